//! From stored articles to index entries: split, embed what is new, segment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::article::{Article, ArticleStatus};
use crate::domain::passage::Passage;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::index::embeddings::Embeddings;
use crate::index::entry::{ContentHash, Entry, content_hash, passages};
use crate::text::segment::Segmenter;

/// Texts embedded between two writes to disk: a killed first start continues where it was.
const CHUNK: usize = 256;

/// Makes entries; equal content is embedded once, ever.
#[derive(Clone)]
pub struct Preparer {
    embedder: Option<Arc<dyn Embedder>>,
    segmenter: Arc<Segmenter>,
    embeddings: Arc<Mutex<Embeddings>>,
}

impl Preparer {
    /// A preparer over the given parts.
    pub fn new(embedder: Option<Arc<dyn Embedder>>, segmenter: Arc<Segmenter>, embeddings: Arc<Mutex<Embeddings>>) -> Self {
        Preparer { embedder, segmenter, embeddings }
    }

    /// The entries of `articles` (each with its store revision), in their order; unpublished ones get no vectors, as they are not
    /// searched. `progress` hears how many of the new passages are embedded.
    ///
    /// **Cost**: one forward pass per new passage; blocks, so not for async threads.
    pub fn entries(&self, articles: Vec<(Article, i64)>, progress: &mut dyn FnMut(usize, usize)) -> Result<Vec<Arc<Entry>>, Failure> {
        let split: Vec<(Article, i64, Vec<Passage>, Vec<ContentHash>)> = articles
            .into_iter()
            .map(|(article, revision)| {
                let passages = passages(&article);
                let hashes = passages.iter().map(|p| content_hash(&p.text)).collect();
                (article, revision, passages, hashes)
            })
            .collect();
        if let Some(embedder) = &self.embedder {
            let published = split.iter().filter(|(article, ..)| article.status == ArticleStatus::Published);
            let mut new: BTreeMap<ContentHash, &str> = BTreeMap::new();
            for (_, _, passages, hashes) in published {
                new.extend(hashes.iter().copied().zip(passages.iter().map(|p| p.text.as_str())));
            }
            new.retain(|hash, _| self.known().get(hash).is_none());
            self.embed(&**embedder, new, progress)?;
        }
        split
            .into_iter()
            .map(|(article, revision, passages, hashes)| {
                let vectors = {
                    let known = self.known();
                    hashes.iter().map(|hash| if self.embedder.is_some() { known.get(hash) } else { None }).collect()
                };
                Ok(Arc::new(Entry::new(Arc::new(article), revision, passages, vectors, &self.segmenter)?))
            })
            .collect()
    }

    fn embed(
        &self,
        embedder: &dyn Embedder,
        new: BTreeMap<ContentHash, &str>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), Failure> {
        let all = new.len();
        let new: Vec<(ContentHash, String)> = new.into_iter().map(|(hash, text)| (hash, text.to_owned())).collect();
        let mut before = 0;
        for chunk in new.chunks(CHUNK) {
            let texts: Vec<String> = chunk.iter().map(|(_, text)| text.clone()).collect();
            let vectors = embedder.embed_passages(&texts, &mut |done| progress(before + done, all))?;
            self.known().add(chunk.iter().map(|(hash, _)| *hash).zip(vectors).collect())?;
            before += chunk.len();
        }
        if all > 0 {
            self.known().sync()?;
        }
        Ok(())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Embeddings> {
        // Remembered vectors are whole after every call, so a panic elsewhere cannot have left them half-made.
        self.embeddings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
