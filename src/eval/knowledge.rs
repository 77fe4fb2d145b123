//! A throw-away index in memory for an evaluation.

use std::sync::Arc;

use super::vectors::Vectors;
use crate::cpu;
use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::error::Failure;
use crate::index::entry::{Entry, passages};
use crate::index::snapshot::Snapshot;
use crate::index::vectors::Vector;
use crate::index::writer::{Edit, IndexWriter};
use crate::text::segment::Segmenter;

/// Encodes every passage of `articles` (equal texts once) and indexes them. `progress` hears how many of how many texts are encoded.
pub fn index(
    articles: Vec<Article>,
    vectors: Option<&Vectors>,
    segmenter: &Arc<Segmenter>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Arc<Snapshot>, Failure> {
    let split: Vec<(Arc<Article>, Vec<_>)> =
        articles.into_iter().map(|article| (passages(&article), article)).map(|(p, a)| (Arc::new(a), p)).collect();
    let texts: Vec<String> = split.iter().flat_map(|(_, passages)| passages.iter().map(|p| p.text.clone())).collect();
    let mut known: Vec<Option<Arc<Vector>>> = match vectors {
        None => vec![None; texts.len()],
        Some(vectors) => vectors.passages(&texts, progress)?.into_iter().map(Some).collect(),
    };
    let mut parts = Vec::with_capacity(split.len());
    for (article, passages) in split {
        let rest = known.split_off(passages.len());
        parts.push((article, passages, std::mem::replace(&mut known, rest)));
    }
    let entries = cpu::parallel_map(
        &parts,
        |(article, passages, vectors)| Entry::new(article.clone(), 1, passages.clone(), vectors.clone(), segmenter),
        |_| (),
    );
    let edits = entries.into_iter().map(|entry| entry.map(|entry| Edit::Put(Arc::new(entry)))).collect::<Result<Vec<_>, _>>()?;
    Ok(IndexWriter::in_memory(segmenter.clone())?.apply(&edits, KbRevision(1))?)
}
