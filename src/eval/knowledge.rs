//! A throw-away index in memory for an evaluation.

use std::sync::Arc;

use super::vectors::Vectors;
use crate::cpu;
use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::domain::passage::Passage;
use crate::error::Failure;
use crate::index::entry::{Entry, passages};
use crate::index::snapshot::Snapshot;
use crate::index::vectors::Vector;
use crate::index::writer::{Edit, IndexWriter};
use crate::text::segment::Segmenter;

/// Encodes every passage of `articles` and indexes them. `progress` hears how many articles of how many are encoded.
pub fn index(
    articles: Vec<Article>,
    vectors: Option<&Vectors>,
    segmenter: &Arc<Segmenter>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Arc<Snapshot>, Failure> {
    let split: Vec<(Arc<Article>, Vec<Passage>)> = articles
        .into_iter()
        .map(|article| (passages(&article), article))
        .map(|(passages, article)| (Arc::new(article), passages))
        .collect();
    let texts: Vec<Vec<String>> = split.iter().map(|(_, passages)| passages.iter().map(|passage| passage.text.clone()).collect()).collect();
    let known: Vec<Vec<Option<Arc<Vector>>>> = match vectors {
        None => texts.iter().map(|texts| vec![None; texts.len()]).collect(),
        Some(vectors) => vectors.passages(&texts, progress)?.into_iter().map(|article| article.into_iter().map(Some).collect()).collect(),
    };
    let parts: Vec<_> = split.into_iter().zip(known).collect();
    let entries = cpu::parallel_map(
        &parts,
        |((article, passages), vectors)| Entry::new(article.clone(), 1, passages.clone(), vectors.clone(), segmenter),
        |_| (),
    );
    let edits = entries.into_iter().map(|entry| entry.map(|entry| Edit::Put(Arc::new(entry)))).collect::<Result<Vec<_>, _>>()?;
    Ok(IndexWriter::in_memory(segmenter.clone())?.apply(&edits, KbRevision(1))?)
}
