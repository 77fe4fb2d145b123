//! Small models with made-up weights, written as the well-known ones are published.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize};
use serde_json::{Value, json};

/// What to write.
#[derive(Debug, Clone, Copy)]
pub struct Tiny {
    pub model_type: &'static str,
    pub cls: bool,
    pub unigram: bool,
    pub dtype: Dtype,
    /// `max_seq_length` of `sentence_bert_config.json`.
    pub max_seq_length: usize,
    pub positions: usize,
    pub head_prefix: &'static str,
}

pub const HIDDEN: usize = 16;
const INTERMEDIATE: usize = 24;
const LAYERS: usize = 2;
const VOCAB: usize = 64;

/// The first token, WordPiece, as bge-small-zh-v1.5.
pub const BGE: Tiny =
    Tiny { model_type: "bert", cls: true, unigram: false, dtype: Dtype::F32, max_seq_length: 12, positions: 16, head_prefix: "" };
/// The mean, Unigram, as multilingual-e5-small.
pub const E5: Tiny = Tiny { cls: false, unigram: true, ..BGE };
/// The mean, WordPiece, lower-case, as all-MiniLM-L6-v2.
pub const MINILM: Tiny = Tiny { cls: false, ..BGE };
/// Positions that begin after the padding id.
pub const XLM_R: Tiny = Tiny { model_type: "xlm-roberta", positions: 18, ..E5 };

impl Tiny {
    pub fn write(&self, dir: &Path) {
        std::fs::create_dir_all(dir.join("1_Pooling")).unwrap();
        let put = |name: &str, value: Value| std::fs::write(dir.join(name), serde_json::to_vec_pretty(&value).unwrap()).unwrap();
        put("config.json", self.config());
        put(
            "modules.json",
            json!([
                {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
            ]),
        );
        let pooling = json!({
            "word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": self.cls, "pooling_mode_mean_tokens": !self.cls,
            "pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false,
        });
        put("1_Pooling/config.json", pooling);
        put("sentence_bert_config.json", json!({"max_seq_length": self.max_seq_length, "do_lower_case": false}));
        put("tokenizer.json", if self.unigram { unigram() } else { wordpiece() });
        std::fs::write(dir.join("model.safetensors"), self.weights()).unwrap();
    }

    pub fn config(&self) -> Value {
        json!({
            "architectures": ["BertModel"], "model_type": self.model_type, "vocab_size": VOCAB, "hidden_size": HIDDEN,
            "num_hidden_layers": LAYERS, "num_attention_heads": 4, "intermediate_size": INTERMEDIATE, "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "initializer_range": 0.02,
            "max_position_embeddings": self.positions, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
            "pad_token_id": self.pad(), "position_embedding_type": "absolute",
        })
    }

    fn pad(&self) -> u32 {
        if self.unigram { 1 } else { 0 }
    }

    fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = vec![
            ("embeddings.word_embeddings.weight".to_owned(), vec![VOCAB, HIDDEN]),
            ("embeddings.position_embeddings.weight".to_owned(), vec![self.positions, HIDDEN]),
            ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, HIDDEN]),
        ];
        let mut affine = |name: String, weight: Vec<usize>| {
            shapes.push((format!("{name}.bias"), weight[..1].to_vec()));
            shapes.push((format!("{name}.weight"), weight));
        };
        affine("embeddings.LayerNorm".to_owned(), vec![HIDDEN]);
        for n in 0..LAYERS {
            for (part, weight) in [
                ("attention.self.query", vec![HIDDEN, HIDDEN]),
                ("attention.self.key", vec![HIDDEN, HIDDEN]),
                ("attention.self.value", vec![HIDDEN, HIDDEN]),
                ("attention.output.dense", vec![HIDDEN, HIDDEN]),
                ("attention.output.LayerNorm", vec![HIDDEN]),
                ("intermediate.dense", vec![INTERMEDIATE, HIDDEN]),
                ("output.dense", vec![HIDDEN, INTERMEDIATE]),
                ("output.LayerNorm", vec![HIDDEN]),
            ] {
                affine(format!("encoder.layer.{n}.{part}"), weight);
            }
        }
        shapes
    }

    /// Numbers between −0.5 and 0.5 that depend on the tensor's name only.
    pub fn weights(&self) -> Vec<u8> {
        let stored: Vec<(String, Vec<usize>, Vec<u8>)> = self
            .shapes()
            .into_iter()
            .map(|(name, shape)| {
                let mut state = name.bytes().fold(0x1234_5678_u32, |state, byte| state.wrapping_mul(31).wrapping_add(u32::from(byte)));
                let bytes = (0..shape.iter().product::<usize>())
                    .flat_map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        // Multiples of 1/64 are exact in every storage type.
                        self.store((state >> 26) as f32 / 64.0 - 0.5)
                    })
                    .collect();
                (format!("{}{name}", self.head_prefix), shape, bytes)
            })
            .collect();
        let views: BTreeMap<&str, TensorView<'_>> =
            stored.iter().map(|(name, shape, bytes)| (name.as_str(), TensorView::new(self.dtype, shape.clone(), bytes).unwrap())).collect();
        serialize(views, None).unwrap()
    }

    fn store(&self, value: f32) -> Vec<u8> {
        match self.dtype {
            Dtype::F32 => value.to_le_bytes().to_vec(),
            Dtype::F64 => f64::from(value).to_le_bytes().to_vec(),
            Dtype::BF16 => ((value.to_bits() >> 16) as u16).to_le_bytes().to_vec(),
            Dtype::F16 => half(value).to_le_bytes().to_vec(),
            other => panic!("{other:?} is not written here"),
        }
    }
}

/// The f16 bits of a multiple of 1/64 between −0.5 and 0.5.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    if value == 0.0 {
        return 0;
    }
    let (sign, exponent, mantissa) = ((bits >> 16) & 0x8000, ((bits >> 23) & 0xff) - 112, (bits >> 13) & 0x3ff);
    (sign | (exponent << 10) | mantissa) as u16
}

fn template(first: (&str, u32), last: (&str, u32)) -> Value {
    let special = |(name, id): (&str, u32)| json!({"id": name, "ids": [id], "tokens": [name]});
    json!({
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": first.0, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": last.0, "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {(first.0): special(first), (last.0): special(last)},
    })
}

fn added(tokens: &[(&str, u32)]) -> Value {
    let one = |(content, id): &(&str, u32)| json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    tokens.iter().map(one).collect()
}

/// As published: with a padding and a truncation of the file's own, which must not count.
fn wordpiece() -> Value {
    let mut vocab = serde_json::Map::new();
    let words = "[PAD] [UNK] [CLS] [SEP] query ##s passage : refund ship ##ping 退 款 货 运 费 多 久 到 账 发 票 ？ 为 这 个 句 子 order"
        .split(' ');
    for (id, word) in words.enumerate() {
        vocab.insert(word.to_owned(), json!(id));
    }
    json!({
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": 14}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": added(&[("[PAD]", 0), ("[UNK]", 1), ("[CLS]", 2), ("[SEP]", 3)]),
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": template(("[CLS]", 2), ("[SEP]", 3)),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": vocab,
        },
    })
}

fn unigram() -> Value {
    let pieces = "<s> <pad> </s> <unk> ▁ ▁query: ▁passage: ▁退款 退款 多久 到账 运费 发票 ？ ▁refund s a b c d e";
    let vocab: Vec<Value> =
        pieces.split(' ').enumerate().map(|(n, piece)| json!([piece, if n < 4 { 0.0 } else { -(n as f64) / 4.0 }])).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added(&[("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3)]),
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "post_processor": template(("<s>", 0), ("</s>", 2)),
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocab, "byte_fallback": false},
    })
}
