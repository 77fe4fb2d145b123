//! The encoder of an evaluation, which remembers what it has encoded.
//!
//! Questions and passages are remembered by their text, apart, as an encoder may treat them differently. Every text is encoded
//! alone: a vector then depends on nothing but its text, so that runs repeat to the last digit whatever was remembered before,
//! and a question has the bits that it has in the service.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cpu;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::index::embeddings::Embeddings;
use crate::index::entry::content_hash;
use crate::index::error::IndexError;
use crate::index::vectors::Vector;

/// An encoder with its memory.
pub struct Vectors {
    embedder: Arc<dyn Embedder>,
    questions: Mutex<Embeddings>,
    passages: Mutex<Embeddings>,
    /// Whether it was said that vectors cannot be kept: once is enough.
    complained: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Question,
    Passage,
}

impl Vectors {
    /// Remembers for the life of the process only.
    pub fn in_memory(embedder: Arc<dyn Embedder>) -> Self {
        let memory = || Mutex::new(Embeddings::in_memory(embedder.dims()));
        Vectors { questions: memory(), passages: memory(), embedder, complained: AtomicBool::new(false) }
    }

    /// Remembers in `dir`, a file for each encoder and kind. What is damaged there is encoded again.
    ///
    /// **Errors** `dir` cannot be read or written. **Cost** reads the encoder's files, about 1.6 kB a text.
    pub fn open(embedder: Arc<dyn Embedder>, dir: &Path) -> Result<Self, IndexError> {
        let memory = |kind: &str| Embeddings::open(&dir.join(kind), embedder.fingerprint(), embedder.dims()).map(Mutex::new);
        Ok(Vectors { questions: memory("questions")?, passages: memory("passages")?, embedder, complained: AtomicBool::new(false) })
    }

    /// The encoder.
    pub fn embedder(&self) -> &dyn Embedder {
        &*self.embedder
    }

    /// The vector of a question, folded as [`crate::retrieve::query::Query`] folds it.
    pub fn question(&self, folded: &str) -> Result<Arc<Vector>, Failure> {
        self.vector(Kind::Question, folded)
    }

    /// The vectors of passages, in their order; equal texts are encoded once. `progress` hears how many of how many are done.
    pub fn passages(&self, texts: &[String], progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Vec<Arc<Vector>>, Failure> {
        let mut distinct: Vec<&String> = texts.iter().collect();
        distinct.sort();
        distinct.dedup();
        let vectors = cpu::parallel_map(&distinct, |text| self.vector(Kind::Passage, text), |done| progress(done, distinct.len()));
        let vectors = vectors.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(texts.iter().filter_map(|text| distinct.binary_search(&text).ok().map(|at| vectors[at].clone())).collect())
    }

    fn vector(&self, kind: Kind, text: &str) -> Result<Arc<Vector>, Failure> {
        let memory = match kind {
            Kind::Question => &self.questions,
            Kind::Passage => &self.passages,
        };
        let hash = content_hash(text);
        if let Some(known) = lock(memory).get(&hash) {
            return Ok(known);
        }
        let numbers = match kind {
            Kind::Question => self.embedder.embed_query(text)?,
            Kind::Passage => self.embedder.embed_passages(&[text.to_owned()], &mut |_| ())?.pop().unwrap_or_default(),
        };
        let mut memory = lock(memory);
        if let Err(error) = memory.add(vec![(hash, numbers)])
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            // They are remembered for this run; only the next one has to encode them again.
            tracing::warn!(%error, "vectors cannot be kept for the next evaluation");
        }
        Ok(memory.get(&hash).ok_or(IndexError::Vector { want: self.embedder.dims(), got: 0 })?)
    }
}

fn lock(memory: &Mutex<Embeddings>) -> MutexGuard<'_, Embeddings> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}
