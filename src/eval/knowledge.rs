//! A throw-away index in memory for an evaluation.

use std::sync::Arc;

use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::index::entry::{Entry, passages};
use crate::index::snapshot::Snapshot;
use crate::index::vectors::Vector;
use crate::index::writer::{Edit, IndexWriter};
use crate::text::segment::Segmenter;

/// Embeds every passage of `articles` (equal texts once) and indexes them.
pub fn index(
    articles: Vec<Article>,
    embedder: Option<&dyn Embedder>,
    segmenter: &Arc<Segmenter>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Arc<Snapshot>, Failure> {
    let split: Vec<(Arc<Article>, Vec<_>)> =
        articles.into_iter().map(|article| (passages(&article), article)).map(|(p, a)| (Arc::new(a), p)).collect();
    let mut texts: Vec<String> = split.iter().flat_map(|(_, passages)| passages.iter().map(|p| p.text.clone())).collect();
    texts.sort();
    texts.dedup();
    let vectors: Vec<Option<Arc<Vector>>> = match embedder {
        None => vec![None; texts.len()],
        Some(embedder) => {
            let all = texts.len();
            let numbers = embedder.embed_passages(&texts, &mut |done| progress(done, all))?;
            numbers.iter().map(|n| Vector::new(n, embedder.dims()).map(|v| Some(Arc::new(v)))).collect::<Result<_, _>>()?
        }
    };
    let vector_of = |text: &str| texts.binary_search_by(|t| t.as_str().cmp(text)).ok().and_then(|at| vectors[at].clone());
    let mut edits = Vec::with_capacity(split.len());
    for (article, passages) in split {
        let vectors = passages.iter().map(|p| vector_of(&p.text)).collect();
        edits.push(Edit::Put(Arc::new(Entry::new(article, 1, passages, vectors, segmenter)?)));
    }
    Ok(IndexWriter::in_memory(segmenter.clone())?.apply(&edits, KbRevision(1))?)
}
