//! The two searches, pooled.

use super::collapse::{self, Ranks, Scored};
use super::error::RetrieveError;
use super::fusion::{self, Mode};
use super::head::Head;
use super::query::Query;
use crate::domain::ids::ArticleId;
use crate::index::snapshot::{Hit, Live, Snapshot};

/// Articles taken from each of the two searches.
pub const POOL: usize = 60;

/// Everything found for one question.
#[derive(Debug, Clone)]
pub struct Found {
    /// Best first; ties by id.
    pub candidates: Vec<Scored>,
    /// Best article by terms alone.
    pub lexical_top: Option<ArticleId>,
    /// Best article by vectors alone.
    pub dense_top: Option<ArticleId>,
}

/// Searches one snapshot. Candidates are pooled from both sides (plus exact matches), scored by the same code wherever they came
/// from, and ordered by the fitted combination with what the knowledge base taught. Without a vector only terms are searched.
///
/// **Cost**: a scan of all vectors in 8 bits, one tantivy query, and exact scores for about a hundred articles.
pub fn search(query: &Query, snapshot: &Snapshot, mode: Mode, live: Live<'_>, head: Option<&Head>) -> Result<Found, RetrieveError> {
    let lexical_hits = if mode == Mode::Dense { Vec::new() } else { snapshot.lexical(&query.terms, POOL, live)? };
    let dense_hits = match (&query.vector, mode) {
        (Some(vector), Mode::Hybrid | Mode::Dense) => snapshot.dense(vector, POOL, live),
        _ => Vec::new(),
    };
    let (lexical, dense) = (collapse::ranks(&lexical_hits), collapse::ranks(&dense_hits));
    let ids = pooled(&lexical_hits, &dense_hits, snapshot.exact(&query.key, live));
    let mut candidates = collapse::score(ids, query, snapshot, live, &lexical, &dense);
    let rerank = rank_by_own_bm25(&candidates);
    for candidate in &mut candidates {
        candidate.bm25_rank = rerank.get(&candidate.id).copied();
    }
    fusion::order(&mut candidates, query, mode, head);
    Ok(Found {
        lexical_top: rerank.iter().find(|(_, rank)| **rank == 1).map(|(id, _)| id.clone()),
        dense_top: dense.iter().find(|(_, rank)| **rank == 1).map(|(id, _)| id.clone()),
        candidates,
    })
}

fn pooled(lexical: &[Hit], dense: &[Hit], exact: Vec<ArticleId>) -> Vec<ArticleId> {
    lexical.iter().chain(dense).map(|hit| hit.entry.article.id.clone()).chain(exact).collect()
}

/// tantivy proposes; the lexical rank that counts is by our own BM25.
fn rank_by_own_bm25(candidates: &[Scored]) -> Ranks {
    let mut order: Vec<(f64, &ArticleId)> = candidates.iter().filter(|c| c.bm25 > 0.0).map(|c| (f64::from(c.bm25), &c.id)).collect();
    order.sort_by(|a, b| crate::domain::score::by_score_then_id((a.0, a.1), (b.0, b.1)));
    order.into_iter().enumerate().map(|(n, (_, id))| (id.clone(), n as u32 + 1)).collect()
}
