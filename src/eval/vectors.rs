//! The encoder of an evaluation, which remembers what it has encoded.
//!
//! What a text is encoded together with moves the last bits of its vector. So a question is encoded alone, as a customer's is, and
//! has the bits that it has in the service; an article's passages are encoded together, which is quicker, and remembered together.
//! Runs then repeat to the last digit whatever was remembered before.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cpu;
use crate::embed::Embedder;
use crate::error::{Failure, chain};
use crate::index::embeddings::Embeddings;
use crate::index::entry::{ContentHash, content_hash};
use crate::index::error::IndexError;
use crate::index::vectors::Vector;
use crate::text::hex::hex;

/// An encoder with its memory.
pub struct Vectors {
    embedder: Arc<dyn Embedder>,
    questions: Mutex<Embeddings>,
    passages: Mutex<Embeddings>,
    /// Whether it was said that vectors cannot be kept: once is enough.
    complained: AtomicBool,
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
        let hash = content_hash(folded);
        if let Some(known) = lock(&self.questions).get(&hash) {
            return Ok(known);
        }
        let numbers = self.embedder.embed_query(folded)?;
        self.remember(&self.questions, &[hash], vec![numbers]).pop().ok_or_else(|| self.lost().into())
    }

    /// The vectors of the passages of each article. `progress` hears how many articles of how many are done.
    pub fn passages(&self, articles: &[Vec<String>], progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Vec<Vec<Arc<Vector>>>, Failure> {
        let vectors = cpu::parallel_map(articles, |passages| self.article(passages), |done| progress(done, articles.len()));
        vectors.into_iter().collect()
    }

    fn article(&self, passages: &[String]) -> Result<Vec<Arc<Vector>>, Failure> {
        let whole = content_hash(&serde_json::json!(passages).to_string());
        let hashes: Vec<ContentHash> = passages.iter().map(|text| content_hash(&format!("{} {text}", hex(&whole)))).collect();
        let known: Option<Vec<Arc<Vector>>> = {
            let memory = lock(&self.passages);
            hashes.iter().map(|hash| memory.get(hash)).collect()
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let vectors = self.remember(&self.passages, &hashes, self.embedder.embed_passages(passages, &mut |_| ())?);
        if vectors.len() == passages.len() { Ok(vectors) } else { Err(self.lost().into()) }
    }

    fn remember(&self, memory: &Mutex<Embeddings>, hashes: &[ContentHash], numbers: Vec<Vec<f32>>) -> Vec<Arc<Vector>> {
        let mut memory = lock(memory);
        if let Err(error) = memory.add(hashes.iter().copied().zip(numbers).collect())
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            // They are remembered for this run; only the next one has to encode them again.
            tracing::warn!(error = chain(&error), "vectors cannot be kept for the next evaluation");
        }
        hashes.iter().filter_map(|hash| memory.get(hash)).collect()
    }

    fn lost(&self) -> IndexError {
        IndexError::Vector { want: self.embedder.dims(), got: 0 }
    }
}

fn lock(memory: &Mutex<Embeddings>) -> MutexGuard<'_, Embeddings> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::counting::Counting;

    /// Encodes two articles and a question, and tells how much was not known.
    fn encode(dir: Option<&Path>) -> (usize, Vec<Vec<Arc<Vector>>>, Arc<Vector>) {
        let counting = Arc::new(Counting::default());
        let vectors = match dir {
            Some(dir) => Vectors::open(counting.clone(), dir).unwrap(),
            None => Vectors::in_memory(counting.clone()),
        };
        let articles = [vec!["退款多久".to_owned(), "退款到账时间".to_owned()], vec!["运费多少".to_owned(), "退款多久".to_owned()]];
        let passages = vectors.passages(&articles, &|_, _| ()).unwrap();
        let question = vectors.question("退款多久").unwrap();
        assert_eq!(vectors.question("退款多久").unwrap(), question);
        (counting.encoded(), passages, question)
    }

    #[test]
    fn what_was_encoded_once_is_known_and_what_is_damaged_is_encoded_again() {
        let dir = tempfile::tempdir().unwrap();
        let (fresh, passages, question) = encode(None);
        assert_eq!(fresh, 5);
        for (want, damage) in [(5, false), (0, true), (5, false), (0, false)] {
            let (encoded, again, asked) = encode(Some(dir.path()));
            assert_eq!((encoded, &again, &asked), (want, &passages, &question));
            if damage {
                for kind in ["questions", "passages"] {
                    let file = std::fs::read_dir(dir.path().join(kind)).unwrap().next().unwrap().unwrap().path();
                    std::fs::write(&file, "damaged").unwrap();
                }
            }
        }
    }
}
