//! The two searches, pooled.

use super::collapse::{self, Lists, Ranks, Scored};
use super::error::RetrieveError;
use super::fusion::{self, Mode};
use super::head::Head;
use super::hubs::Hubs;
use super::query::Query;
use crate::domain::ids::ArticleId;
use crate::index::snapshot::{Hit, Live, Snapshot};
use crate::index::vectors::Vector;

/// Articles taken from each of the two searches.
pub const POOL: usize = 60;
/// Questions that are worth searching together: more gain little and hold more in memory.
pub const TOGETHER: usize = 16;

/// What the knowledge base taught about the order of its articles.
#[derive(Debug, Clone, Copy)]
pub struct Taught<'a> {
    /// The ranking head, where there is one.
    pub head: Option<&'a Head>,
    /// What is taken off cosines.
    pub hubs: &'a Hubs,
}

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
/// **Cost**: a scan of all vectors in 8 bits, a tantivy query ([`Snapshot::lexical`]), and exact scores for about a hundred articles.
pub fn search(query: &Query, snapshot: &Snapshot, mode: Mode, live: Live<'_>, taught: Taught<'_>) -> Result<Found, RetrieveError> {
    let dense_hits = dense(&[query], snapshot, mode, live).pop().unwrap_or_default();
    pool(query, &dense_hits, snapshot, mode, live, taught)
}

/// Searches for several questions, each with what was taught for it: what [`search`] finds for each, in their order, with one scan of all vectors
/// for all of them. [`TOGETHER`] at once are enough.
pub fn search_together(
    asked: &[(&Query, Taught<'_>)],
    snapshot: &Snapshot,
    mode: Mode,
    live: Live<'_>,
) -> Result<Vec<Found>, RetrieveError> {
    let queries: Vec<&Query> = asked.iter().map(|(query, _)| *query).collect();
    let dense_hits = dense(&queries, snapshot, mode, live);
    asked.iter().zip(&dense_hits).map(|((query, taught), hits)| pool(query, hits, snapshot, mode, live, *taught)).collect()
}

/// The nearest articles of each question; none where vectors take no part.
fn dense(queries: &[&Query], snapshot: &Snapshot, mode: Mode, live: Live<'_>) -> Vec<Vec<Hit>> {
    let vectors: Vec<&Vector> = queries.iter().filter(|_| mode != Mode::Lexical).filter_map(|query| query.vector.as_ref()).collect();
    let mut found = if vectors.is_empty() { Vec::new() } else { snapshot.dense(&vectors, POOL, live) }.into_iter();
    let searched = |query: &&Query| mode != Mode::Lexical && query.vector.is_some();
    queries.iter().map(|query| if searched(query) { found.next().unwrap_or_default() } else { Vec::new() }).collect()
}

fn pool(
    query: &Query,
    dense_hits: &[Hit],
    snapshot: &Snapshot,
    mode: Mode,
    live: Live<'_>,
    taught: Taught<'_>,
) -> Result<Found, RetrieveError> {
    let lexical_hits = if mode == Mode::Dense { Vec::new() } else { snapshot.lexical(&query.terms, POOL, live)? };
    let (lexical, dense) = (collapse::ranks(&lexical_hits), collapse::ranks(dense_hits));
    let exact = query.phrasing_of(snapshot, live);
    let ids = pooled(&lexical_hits, dense_hits, &exact);
    let mut candidates =
        collapse::score(ids, query, snapshot, live, taught.hubs, Lists { lexical: &lexical, dense: &dense, exact: &exact });
    let rerank = rank_by_own_bm25(&candidates);
    for candidate in &mut candidates {
        candidate.bm25_rank = rerank.get(&candidate.id).copied();
    }
    fusion::order(&mut candidates, query, mode, taught.head);
    Ok(Found {
        lexical_top: rerank.iter().find(|(_, rank)| **rank == 1).map(|(id, _)| id.clone()),
        dense_top: dense.iter().find(|(_, rank)| **rank == 1).map(|(id, _)| id.clone()),
        candidates,
    })
}

fn pooled(lexical: &[Hit], dense: &[Hit], exact: &[ArticleId]) -> Vec<ArticleId> {
    lexical.iter().chain(dense).map(|hit| &hit.entry.article.id).chain(exact).cloned().collect()
}

/// tantivy proposes; the lexical rank that counts is by our own BM25.
fn rank_by_own_bm25(candidates: &[Scored]) -> Ranks {
    let mut order: Vec<(f64, &ArticleId)> = candidates.iter().filter(|c| c.bm25 > 0.0).map(|c| (f64::from(c.bm25), &c.id)).collect();
    order.sort_by(|a, b| crate::domain::score::by_score_then_id((a.0, a.1), (b.0, b.1)));
    order.into_iter().enumerate().map(|(n, (_, id))| (id.clone(), n as u32 + 1)).collect()
}
