//! What a sentence-transformers directory says about its model, read from its small JSON files and checked before any weight
//! is touched.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::EmbedError;
use super::directory::ModelDir;
use super::encoder::Options;
use super::manifest::Pooling;

/// The activation between the two halves of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// x · Φ(x) with the exact error function.
    Gelu,
    /// x · Φ(x) by the tanh formula.
    GeluTanh,
    /// max(x, 0).
    Relu,
}

/// Sizes of the transformer, all at least 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sizes {
    pub vocab: usize,
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    pub intermediate: usize,
    /// Rows of the position table.
    pub positions: usize,
    /// The row of the first token: 0 for BERT, the padding id + 1 for the RoBERTa family.
    pub first_position: usize,
    pub token_types: usize,
    pub layer_norm_eps: f32,
    pub activation: Activation,
    pub pad_token: u32,
}

/// Everything but the weights and the tokenizer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub sizes: Sizes,
    pub pooling: Pooling,
    /// Special tokens included.
    pub max_tokens: usize,
    /// Lower-case the text before the tokenizer sees it.
    pub lower_case: bool,
    pub query_prefix: String,
    pub passage_prefix: String,
}

// Foreign files carry many more fields than are used, so these structs ignore the unknown.

#[derive(Deserialize)]
struct ConfigFile {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    max_position_embeddings: usize,
    #[serde(default = "one")]
    type_vocab_size: usize,
    #[serde(default = "bert_eps")]
    layer_norm_eps: f64,
    #[serde(default)]
    pad_token_id: Option<u32>,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

fn one() -> usize {
    1
}

fn bert_eps() -> f64 {
    1e-12
}

#[derive(Deserialize)]
struct ModuleFile {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default)]
    pooling_mode_weightedmean_tokens: bool,
    #[serde(default)]
    pooling_mode_lasttoken: bool,
    #[serde(default)]
    word_embedding_dimension: Option<usize>,
}

#[derive(Deserialize, Default)]
struct SentenceFile {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Deserialize, Default)]
struct PromptsFile {
    #[serde(default)]
    prompts: BTreeMap<String, String>,
    #[serde(default)]
    default_prompt_name: Option<String>,
}

impl Layout {
    /// Reads `config.json`, `modules.json` with the pooling it names, `sentence_bert_config.json` and
    /// `config_sentence_transformers.json`; the last two may be missing, as may `modules.json` when `options` knows the
    /// pooling.
    pub fn read(dir: &ModelDir<'_>, options: &Options) -> Result<Layout, EmbedError> {
        let config_path = dir.path("config.json");
        let sizes = sizes(&config_path, dir.json("config.json")?)?;
        if let Some(dims) = options.dims.filter(|dims| *dims != sizes.hidden) {
            let problem = format!("is {}, the manifest says {dims}", sizes.hidden);
            return Err(EmbedError::ConfigInvalid { path: config_path, field: "hidden_size", problem });
        }
        let pooling = match options.pooling {
            Some(pooling) => pooling,
            None => pooling(dir, sizes.hidden)?,
        };
        let sentence: SentenceFile = dir.optional_json("sentence_bert_config.json")?;
        let prompts: PromptsFile = dir.optional_json("config_sentence_transformers.json")?;
        let room = sizes.positions - sizes.first_position;
        let max_tokens = options.max_tokens.or(sentence.max_seq_length).unwrap_or(room).min(room);
        Ok(Layout {
            sizes,
            pooling,
            max_tokens,
            lower_case: sentence.do_lower_case,
            query_prefix: options.query_prefix.clone().unwrap_or_else(|| prompts.find(&["query"])),
            passage_prefix: options.passage_prefix.clone().unwrap_or_else(|| prompts.find(&["passage", "document"])),
        })
    }
}

impl PromptsFile {
    fn find(&self, names: &[&str]) -> String {
        names
            .iter()
            .copied()
            .chain(self.default_prompt_name.as_deref())
            .find_map(|name| self.prompts.get(name))
            .cloned()
            .unwrap_or_default()
    }
}

fn sizes(path: &Path, file: ConfigFile) -> Result<Sizes, EmbedError> {
    let unsupported = |what, found: &str| EmbedError::ModelUnsupported { path: path.to_owned(), what, found: found.to_owned() };
    let invalid = |field, problem: String| EmbedError::ConfigInvalid { path: path.to_owned(), field, problem };

    let pad_token = file.pad_token_id.unwrap_or(0);
    let first_position = match file.model_type.as_str() {
        "bert" => 0,
        "roberta" | "xlm-roberta" | "camembert" => pad_token as usize + 1,
        other => return Err(unsupported("model_type", other)),
    };
    let activation = match file.hidden_act.as_str() {
        "gelu" => Activation::Gelu,
        "gelu_new" | "gelu_pytorch_tanh" => Activation::GeluTanh,
        "relu" => Activation::Relu,
        other => return Err(unsupported("hidden_act", other)),
    };
    if let Some(kind) = file.position_embedding_type.as_deref().filter(|kind| *kind != "absolute") {
        return Err(unsupported("position_embedding_type", kind));
    }
    let counted = [
        ("vocab_size", file.vocab_size),
        ("hidden_size", file.hidden_size),
        ("num_hidden_layers", file.num_hidden_layers),
        ("num_attention_heads", file.num_attention_heads),
        ("intermediate_size", file.intermediate_size),
        ("type_vocab_size", file.type_vocab_size),
    ];
    if let Some((field, _)) = counted.into_iter().find(|(_, size)| *size == 0) {
        return Err(invalid(field, "is 0".to_owned()));
    }
    if !file.hidden_size.is_multiple_of(file.num_attention_heads) {
        return Err(invalid("hidden_size", format!("{} cannot be shared by {} heads", file.hidden_size, file.num_attention_heads)));
    }
    if file.max_position_embeddings <= first_position {
        return Err(invalid("max_position_embeddings", format!("{} leaves no room for a token", file.max_position_embeddings)));
    }
    if !(file.layer_norm_eps > 0.0 && file.layer_norm_eps < 1.0) {
        return Err(invalid("layer_norm_eps", format!("{} is not between 0 and 1", file.layer_norm_eps)));
    }
    Ok(Sizes {
        vocab: file.vocab_size,
        hidden: file.hidden_size,
        layers: file.num_hidden_layers,
        heads: file.num_attention_heads,
        intermediate: file.intermediate_size,
        positions: file.max_position_embeddings,
        first_position,
        token_types: file.type_vocab_size,
        layer_norm_eps: file.layer_norm_eps as f32,
        activation,
        pad_token,
    })
}

fn pooling(dir: &ModelDir<'_>, hidden: usize) -> Result<Pooling, EmbedError> {
    let modules_path = dir.path("modules.json");
    let modules: Vec<ModuleFile> = dir.json("modules.json")?;
    let mut pooling_dir: Option<String> = None;
    for module in modules {
        // "sentence_transformers.models.Pooling", in newer releases "sentence_transformers.sentence_transformer.modules…Pooling".
        match module.kind.rsplit('.').next().unwrap_or_default() {
            "Transformer" | "Normalize" => {}
            "Pooling" => pooling_dir = Some(module.path),
            _ => return Err(EmbedError::ModelUnsupported { path: modules_path, what: "module", found: module.kind }),
        }
    }
    let Some(pooling_dir) = pooling_dir else {
        return Err(EmbedError::ModelUnsupported { path: modules_path, what: "pooling", found: "none".to_owned() });
    };
    let name = format!("{pooling_dir}/config.json");
    let path = dir.path(&name);
    let file: PoolingFile = dir.json(&name)?;
    if let Some(dims) = file.word_embedding_dimension.filter(|dims| *dims != hidden) {
        let problem = format!("is {dims}, but hidden_size is {hidden}");
        return Err(EmbedError::ConfigInvalid { path, field: "word_embedding_dimension", problem });
    }
    let unusual = [
        ("max", file.pooling_mode_max_tokens),
        ("mean_sqrt_len", file.pooling_mode_mean_sqrt_len_tokens),
        ("weightedmean", file.pooling_mode_weightedmean_tokens),
        ("lasttoken", file.pooling_mode_lasttoken),
    ];
    if let Some((mode, _)) = unusual.into_iter().find(|(_, on)| *on) {
        return Err(EmbedError::ModelUnsupported { path, what: "pooling", found: mode.to_owned() });
    }
    match (file.pooling_mode_cls_token, file.pooling_mode_mean_tokens) {
        (true, false) => Ok(Pooling::Cls),
        (false, true) => Ok(Pooling::Mean),
        (true, true) => Err(EmbedError::ModelUnsupported { path, what: "pooling", found: "cls and mean together".to_owned() }),
        (false, false) => Err(EmbedError::ModelUnsupported { path, what: "pooling", found: "none".to_owned() }),
    }
}
