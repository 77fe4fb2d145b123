//! A stand-in for tests that ask what was encoded, or what another encoder changes.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::hashing::HashingEmbedder;
use super::{EmbedError, Embedder};

/// [`HashingEmbedder`], counting the texts that it encodes; by default under its fingerprint.
#[derive(Default)]
pub(crate) struct Counting {
    encoded: AtomicUsize,
    fingerprint: Option<&'static str>,
}

impl Counting {
    /// The same vectors as another encoder's.
    pub(crate) fn with_fingerprint(fingerprint: &'static str) -> Self {
        Counting { fingerprint: Some(fingerprint), ..Counting::default() }
    }

    /// Texts encoded so far.
    pub(crate) fn encoded(&self) -> usize {
        self.encoded.load(Ordering::Relaxed)
    }
}

impl Embedder for Counting {
    fn name(&self) -> &str {
        HashingEmbedder.name()
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint.unwrap_or_else(|| HashingEmbedder.fingerprint())
    }

    fn dims(&self) -> usize {
        HashingEmbedder.dims()
    }

    fn max_tokens(&self) -> usize {
        HashingEmbedder.max_tokens()
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.encoded.fetch_add(1, Ordering::Relaxed);
        HashingEmbedder.embed_query(text)
    }

    fn embed_passages(&self, texts: &[String], progress: &mut dyn FnMut(usize)) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.encoded.fetch_add(texts.len(), Ordering::Relaxed);
        HashingEmbedder.embed_passages(texts, progress)
    }
}
