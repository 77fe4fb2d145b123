//! A knowledge base asked about itself.
//!
//! Each phrasing is asked with itself left out: its article should be found all the same. It is asked again with its whole article
//! taken away: nothing should be found. Messages that no article answers are asked as well. No label is needed, and the answers
//! tell how hard this knowledge base is.

use std::collections::BTreeMap;

use super::error::RetrieveError;
use super::fusion::Mode;
use super::head::Head;
use super::query::{Query, Without};
use super::search::{Found, TOGETHER, Taught, search_together};
use super::small_talk::SmallTalk;
use crate::cpu;
use crate::domain::ids::ArticleId;
use crate::domain::passage::PassageKind;
use crate::index::entry::content_hash;
use crate::index::snapshot::{Live, Snapshot};
use crate::index::vectors::Vector;
use crate::text::synonyms::Synonyms;

/// Phrasings asked at most: more say little more, and cost time on every edit.
const PHRASINGS_MAX: usize = 800;
/// Parts of the phrasings that a head is learned without, so that it has not seen what it is asked.
const FOLDS: u8 = 3;
/// Phrasings from which one part is enough.
const ONE_FOLD_FROM: usize = 8_000;

/// What an asked question stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its article is there, the phrasing itself is not.
    Kept,
    /// Its article is taken away.
    Removed,
    /// No article answers it.
    SmallTalk,
}

/// One question asked.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// What it stands for.
    pub kind: Kind,
    /// The question.
    pub query: Query,
    /// What was found.
    pub found: Found,
    /// Whether the best candidate is right.
    pub right: bool,
}

/// A phrasing to ask.
struct Phrasing {
    article: ArticleId,
    text: String,
    vector: Option<Vector>,
    fold: u8,
    /// Whether its article has others.
    others: bool,
}

/// Asks; `degraded` with keywords alone.
///
/// **Cost**: up to 1,900 searches and three heads; deterministic.
pub fn rehearse(
    snapshot: &Snapshot,
    small_talk: &SmallTalk,
    taught: Taught<'_>,
    live: Live<'_>,
    degraded: bool,
) -> Result<Vec<Rehearsed>, RetrieveError> {
    let (phrasings, all) = phrasings(snapshot, live);
    let folds = if all >= ONE_FOLD_FROM { 1 } else { FOLDS };
    let heads: Vec<Option<Head>> = match taught.head {
        Some(_) if !degraded => (0..folds).map(|fold| Head::learn_without(snapshot, &|text| fold_of(text) == fold)).collect(),
        _ => vec![None; usize::from(folds)],
    };
    let mut asked: Vec<(Kind, Query, Option<ArticleId>, Taught<'_>)> = Vec::new();
    for phrasing in phrasings.iter().filter(|p| p.fold < folds) {
        let seen = Taught { head: heads[usize::from(phrasing.fold)].as_ref(), ..taught };
        for kind in [Kind::Kept, Kind::Removed].into_iter().filter(|kind| *kind == Kind::Removed || phrasing.others) {
            let mut query = query(&phrasing.text, phrasing.vector.as_ref(), snapshot, degraded);
            query.without = Some(if kind == Kind::Kept {
                Without::Itself(phrasing.article.clone())
            } else {
                Without::Article(phrasing.article.clone())
            });
            asked.push((kind, query, Some(phrasing.article.clone()), seen));
        }
    }
    for (text, vector) in small_talk.iter() {
        asked.push((Kind::SmallTalk, query(text, vector, snapshot, degraded), None, taught));
    }
    let mode = if degraded { Mode::Lexical } else { Mode::Hybrid };
    let chunks: Vec<_> = asked.chunks(TOGETHER).collect();
    let found = cpu::parallel_map(
        &chunks,
        |chunk| search_together(&chunk.iter().map(|(_, query, _, taught)| (query, *taught)).collect::<Vec<_>>(), snapshot, mode, live),
        |_| (),
    );
    let found: Vec<Found> = found.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let rehearsed = asked.into_iter().zip(found).map(|((kind, query, own, _), found)| {
        let right = kind == Kind::Kept && found.candidates.first().map(|best| &best.id) == own.as_ref();
        Rehearsed { kind, query, found, right }
    });
    Ok(rehearsed.collect())
}

fn query(text: &str, vector: Option<&Vector>, snapshot: &Snapshot, degraded: bool) -> Query {
    let mut query = Query::new(text, snapshot, &Synonyms::empty());
    query.vector = vector.filter(|_| !degraded).cloned();
    query
}

/// Phrasings of live articles, spread evenly by the hash of their text, and how many there are in all.
fn phrasings(snapshot: &Snapshot, live: Live<'_>) -> (Vec<Phrasing>, usize) {
    let mut of_article: BTreeMap<&ArticleId, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for entry in snapshot.entries().filter(|entry| entry.article.is_live(live.now, live.channel)) {
        for passage in entry.passages.iter().filter(|p| p.passage.kind != PassageKind::Answer) {
            *of_article.entry(&entry.article.id).or_default() += 1;
            let vector = passage.vector.as_deref().cloned();
            let text = passage.passage.text.clone();
            found.push((
                content_hash(&text),
                Phrasing { article: entry.article.id.clone(), fold: fold_of(&text), text, vector, others: false },
            ));
        }
    }
    let all = found.len();
    for (_, phrasing) in &mut found {
        phrasing.others = of_article.get(&phrasing.article).is_some_and(|n| *n > 1);
    }
    found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.article.cmp(&b.1.article)));
    found.truncate(PHRASINGS_MAX);
    (found.into_iter().map(|(_, phrasing)| phrasing).collect(), all)
}

fn fold_of(text: &str) -> u8 {
    content_hash(text)[1] % FOLDS
}
