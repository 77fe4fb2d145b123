//! What the confidence looks at, from what was found.

use super::collapse::Scored;
use super::fusion;
use super::query::Query;
use super::search::Found;
use crate::decide::confidence::Features;
use crate::domain::passage::PassageKind;
use crate::index::snapshot::Snapshot;
use crate::index::terms::{BIGRAM_WEIGHT, Field};
use crate::text::normalize::language;

/// Where the slope over the semantic score changes.
const MIDDLE: f64 = 0.6;
const HIGH: f64 = 0.8;
/// A second candidate within this distance makes the first doubtful; a greater distance says little of the question's scope.
const CLOSE: f64 = 0.04;

/// The features of a question, all bounded; `None` when nothing was found.
pub fn features(found: &Found, query: &Query, snapshot: &Snapshot) -> Option<Features> {
    let best = found.candidates.first()?;
    // An exact match is put far ahead by the order; the margin compares what lies under it.
    let level = |c: &Scored| fusion::semantic(c, &fusion::WEIGHTS).max(0.0);
    let semantic = level(best);
    let margin = found.candidates.get(1).map_or(CLOSE, |second| (semantic - level(second)).clamp(-CLOSE, CLOSE));
    let reach: f64 = query
        .terms
        .0
        .iter()
        .filter(|t| !t.synonym)
        .map(|t| f64::from(snapshot.stats().idf(t.id) * if t.field == Field::Word { 1.0 } else { BIGRAM_WEIGHT }))
        .sum();
    let share = |bm25: f32| if reach > 0.0 { (f64::from(bm25) / reach).min(2.0) } else { 0.0 };
    let best_other_bm25 = found.candidates[1..].iter().map(|c| c.bm25).fold(0.0, f32::max);
    let words = query.terms.0.iter().filter(|t| !t.synonym && t.field == Field::Word).count() as f64;
    let matched = best.matched();
    let phrasings = best.versions.iter().map(|v| v.phrasing_keys.len()).max().unwrap_or(1) as f64;
    let flag = |yes: bool| f64::from(u8::from(yes));
    Some(Features([
        semantic,
        (semantic - MIDDLE).max(0.0),
        (semantic - HIGH).max(0.0),
        margin,
        f64::from(best.overlap),
        share(best.bm25),
        (share(best.bm25) - share(best_other_bm25)).clamp(-1.0, 1.0),
        flag(found.lexical_top.as_ref() == Some(&best.id)),
        flag(found.dense_top.as_ref() == Some(&best.id)),
        flag(best.exact),
        flag(matched.passage.kind == PassageKind::Answer),
        (1.0 + words).ln(),
        f64::from(snapshot.stats().unknown_share(&query.terms)),
        flag(best.mismatch.number || best.mismatch.code),
        flag(best.mismatch.negation),
        flag(language(&matched.passage.text) != query.language),
        1.0 / (1.0 + phrasings),
    ]))
}
