//! The encoder: tokenizer, transformer and pooling of one sentence-transformers directory, behind [`Embedder`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

use super::bert::Bert;
use super::directory::{ModelDir, sha256};
use super::layout::Layout;
use super::manifest::{ModelEntry, Pooling};
use super::tokens::Tokens;
use super::weights::Weights;
use super::{EmbedError, Embedder, precomputed};

/// Part of every fingerprint: raised when a change of this module changes vectors.
const CODE_VERSION: u32 = 1;

/// Tokens in one batch, padding included: enough to keep the matrix products busy, little enough to stay in the caches.
const BATCH_TOKENS: usize = 2048;

const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";

/// What is known about a model apart from its directory; `None` leaves it to the directory's own files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The name to go by; the directory's name by default.
    pub name: Option<String>,
    /// How tokens become one vector.
    pub pooling: Option<Pooling>,
    /// Tokens read, special tokens included; never more than the model has positions.
    pub max_tokens: Option<usize>,
    /// Put before a question.
    pub query_prefix: Option<String>,
    /// Put before a passage.
    pub passage_prefix: Option<String>,
    /// Numbers in a vector; a model of another size is refused.
    pub dims: Option<usize>,
    /// Lower-case hex sha256 by path inside the directory; files that are not named are not checked.
    pub checksums: BTreeMap<String, String>,
}

impl From<&ModelEntry> for Options {
    fn from(entry: &ModelEntry) -> Self {
        Options {
            name: Some(entry.name.clone()),
            pooling: Some(entry.pooling),
            max_tokens: Some(entry.max_tokens),
            query_prefix: Some(entry.query_prefix.clone()),
            passage_prefix: Some(entry.passage_prefix.clone()),
            dims: Some(entry.dims),
            checksums: entry.checksums(),
        }
    }
}

/// A loaded model. Shared between threads; a call holds no lock.
pub struct Encoder {
    name: String,
    fingerprint: String,
    layout: Layout,
    tokens: Tokens,
    bert: Bert,
    /// Where it was loaded from, and the hashes that are known of the files there.
    dir: PathBuf,
    checksums: BTreeMap<String, String>,
}

impl Encoder {
    /// Loads the directory `dir`: configuration, tokenizer, weights, each checked against the others.
    ///
    /// **Errors** a missing, broken or truncated file, a tensor that is missing or of another shape, a model that is not of the
    /// BERT family: each by name, with its path.
    /// **Cost** for the bundled model about 0.4 s on two cores and 160 MB.
    pub fn load(dir: &Path, options: &Options) -> Result<Encoder, EmbedError> {
        let files = ModelDir::new(dir, &options.checksums);
        let layout = Layout::read(&files, options)?;
        let name = options
            .name
            .clone()
            .unwrap_or_else(|| dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into_owned()));
        let weights_path = files.path(WEIGHTS);
        let weights = files.read(WEIGHTS)?;
        // Two halves of about the same length: parsing the tokenizer and hashing, and widening the weights.
        let (tokens, bert) = std::thread::scope(|scope| {
            let tokens = scope.spawn(|| {
                let bytes = files.read(TOKENIZER)?;
                let hash = files.check(TOKENIZER, &bytes)?;
                let tokens = Tokens::load(&files.path(TOKENIZER), &bytes, layout.max_tokens, layout.lower_case)?;
                Ok((tokens, hash, files.check(WEIGHTS, &weights)?))
            });
            let bert = Weights::parse(&weights_path, &weights).and_then(|tensors| Bert::load(&tensors, &layout.sizes));
            (tokens.join(), bert)
        });
        let bert = bert?;
        let (tokens, tokens_hash, weights_hash) = tokens.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let fingerprint = fingerprint(&layout, &tokens_hash, &weights_hash);
        Ok(Encoder { name, fingerprint, layout, tokens, bert, dir: dir.to_owned(), checksums: options.checksums.clone() })
    }

    /// Token ids of a text as the model sees them, for explanations and parity tests.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        self.encode("", text)
    }

    fn encode(&self, prefix: &str, text: &str) -> Result<Vec<u32>, EmbedError> {
        let ids = self.tokens.encode(prefix, text).map_err(|source| EmbedError::Tokenize { name: self.name.clone(), source })?;
        if ids.is_empty() {
            return Err(EmbedError::TextWithoutTokens { name: self.name.clone() });
        }
        let vocab = self.layout.sizes.vocab;
        match ids.iter().find(|id| **id as usize >= vocab) {
            Some(token) => Err(EmbedError::TokenBeyondVocabulary { name: self.name.clone(), token: *token, vocab }),
            None => Ok(ids),
        }
    }

    /// The vectors of texts given as token ids, none of them empty.
    fn forward(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let states = self.states(texts).map_err(|source| EmbedError::Compute { name: self.name.clone(), source })?;
        states.into_iter().map(|state| self.normalise(state)).collect()
    }

    /// **Shapes** `[batch][tokens of each]` → `[batch][dims]`, not normalised.
    fn states(&self, texts: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
        let batch = texts.len();
        let width = texts.iter().map(|ids| ids.len()).max().unwrap_or(0);

        let pad = self.layout.sizes.pad_token;
        let ids: Vec<u32> = texts.iter().flat_map(|ids| ids.iter().copied().chain(std::iter::repeat_n(pad, width - ids.len()))).collect();
        let ids = Tensor::from_vec(ids, (batch, width), &Device::Cpu)?;
        let lengths: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
        let states = self.bert.forward(&ids, &lengths)?;

        // Both poolings are a weighted sum over the tokens.
        let weights = match self.layout.pooling {
            Pooling::Mean => self.per_token(texts, width, |at, len| if at < len { 1.0 / len as f32 } else { 0.0 })?,
            Pooling::Cls => self.per_token(texts, width, |at, _| if at == 0 { 1.0 } else { 0.0 })?,
        };
        weights.reshape((batch, 1, width))?.matmul(&states)?.squeeze(1)?.to_vec2()
    }

    /// A `[batch, width]` table of `value(position, length of the text)`.
    fn per_token(&self, texts: &[&[u32]], width: usize, value: impl Fn(usize, usize) -> f32) -> candle_core::Result<Tensor> {
        let table: Vec<f32> = texts.iter().flat_map(|ids| (0..width).map(|at| value(at, ids.len()))).collect();
        Tensor::from_vec(table, (texts.len(), width), &Device::Cpu)
    }

    fn normalise(&self, mut state: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
        let norm = state.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        // A NaN or an infinity anywhere shows in the norm.
        if !(norm.is_finite() && norm > 1e-12) {
            return Err(EmbedError::VectorInvalid { name: self.name.clone() });
        }
        state.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
        Ok(state)
    }
}

impl Embedder for Encoder {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn dims(&self) -> usize {
        self.layout.sizes.hidden
    }

    fn max_tokens(&self) -> usize {
        self.layout.max_tokens
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let ids = self.encode(&self.layout.query_prefix, text)?;
        self.forward(&[&ids]).map(|mut vectors| vectors.swap_remove(0))
    }

    fn embed_passages(&self, texts: &[String], progress: &mut dyn FnMut(usize)) -> Result<Vec<Vec<f32>>, EmbedError> {
        let prefix = &self.layout.passage_prefix;
        let encoded = texts.iter().map(|text| self.encode(prefix, text)).collect::<Result<Vec<_>, _>>()?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| (encoded[*at].len(), *at));

        let mut vectors = vec![Vec::new(); texts.len()];
        let mut done = 0;
        while done < order.len() {
            let batch = &order[done..done + batch_size(&order[done..], |at| encoded[at].len())];
            let ids: Vec<&[u32]> = batch.iter().map(|at| encoded[*at].as_slice()).collect();
            for (at, vector) in batch.iter().zip(self.forward(&ids)?) {
                vectors[*at] = vector;
            }
            done += batch.len();
            progress(done);
        }
        Ok(vectors)
    }

    fn precomputed(&self, texts: &[String]) -> Result<Option<Vec<Vec<f32>>>, EmbedError> {
        let files = ModelDir::new(&self.dir, &self.checksums);
        let bytes = match files.read(precomputed::FILE) {
            Err(EmbedError::FileMissing { .. }) => return Ok(None),
            read => read?,
        };
        files.check(precomputed::FILE, &bytes)?;
        let damaged = |source| EmbedError::WeightsDamaged { path: files.path(precomputed::FILE), source };
        precomputed::read(&bytes, self, texts).map_err(damaged)
    }
}

/// How many of `order`, whose lengths ascend, fit the budget when padded to the longest; at least one.
fn batch_size(order: &[usize], length: impl Fn(usize) -> usize) -> usize {
    order.iter().enumerate().take_while(|(n, at)| *n == 0 || (n + 1) * length(**at) <= BATCH_TOKENS).count()
}

fn fingerprint(layout: &Layout, tokens: &str, weights: &str) -> String {
    // Debug prints every field of the layout by name, so a new field cannot be forgotten here.
    sha256(format!("encoder {CODE_VERSION}\n{layout:?}\n{tokens}\n{weights}").as_bytes())
}
