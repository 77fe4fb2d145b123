//! Sentence vectors: a small transformer on candle, the tokenizer before it and the pooling behind it, where models lie, how
//! they are checked and fetched. Everything that knows candle or tokenizers is in here.
//!
//! [`encoder::Encoder`] computes; [`hashing::HashingEmbedder`] stands in for it where a test needs vectors but no meaning.
//! Every vector has L2 norm 1, so that a dot product is a cosine.

mod bert;
#[cfg(test)]
pub(crate) mod counting;
mod directory;
pub mod encoder;
pub mod error;
pub mod hashing;
mod layout;
pub mod manifest;
mod ops;
pub mod precomputed;
pub mod pull;
pub mod registry;
mod tokens;
mod weights;

pub use error::EmbedError;

/// Turns text into vectors of one model. Implementations hold no state that a call could change.
pub trait Embedder: Send + Sync {
    /// The model's name, as `models list` shows it.
    fn name(&self) -> &str;

    /// Hex sha256 over everything that a vector depends on: weights, tokenizer, configuration, pooling, prefixes and the
    /// version of this code. Vectors of different fingerprints must not meet.
    fn fingerprint(&self) -> &str;

    /// Numbers in a vector.
    fn dims(&self) -> usize;

    /// Tokens of a text that are read, special tokens included; the rest is cut off.
    fn max_tokens(&self) -> usize;

    /// The vector of one customer's question, encoded alone: the same text gives the same bits at every call, whatever else
    /// runs. An empty text gives the vector of the special tokens.
    ///
    /// **Shapes** `[dims]`, L2-normalised. **Errors** none that a text can cause in an undamaged model.
    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError>;

    /// The vectors of many passages, in the order given. Texts are sorted by length and cut into batches by a budget of
    /// tokens; `progress` hears the number of texts done so far after every batch. A vector equals the one that the text
    /// alone would get within 1e-5 for every number, not to the last bit.
    ///
    /// **Shapes** `[texts][dims]`, each L2-normalised.
    fn embed_passages(&self, texts: &[String], progress: &mut dyn FnMut(usize)) -> Result<Vec<Vec<f32>>, EmbedError>;

    /// The vectors of texts that the program brings along, if they came with the model ([`precomputed`]), to 8 bits a number.
    ///
    /// **Shapes** `[texts][dims]`. **Errors** a file that cannot be read or is damaged.
    fn precomputed(&self, _texts: &[String]) -> Result<Option<Vec<Vec<f32>>>, EmbedError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
