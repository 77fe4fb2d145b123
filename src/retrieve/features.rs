//! What the confidence looks at, from what was found.

use super::collapse::Scored;
use super::elsewhere::Nearer;
use super::fusion;
use super::ground::Ground;
use super::query::Query;
use super::search::Found;
use crate::decide::confidence::Features;
use crate::domain::passage::PassageKind;
use crate::index::snapshot::Snapshot;
use crate::index::terms::{BIGRAM_WEIGHT, Field};

/// Where the slope over the evidence changes, above the level of the knowledge base.
const MIDDLE: f64 = 0.05;
const HIGH: f64 = 0.12;
/// Evidence below and above this says no more.
const LEAST: f64 = -0.15;
const MOST: f64 = 0.5;
/// A second candidate within this distance makes the first doubtful; a greater distance says little of the question's scope.
const CLOSE: f64 = 0.04;
/// Being further from small talk than this says no more: a question on any other matter is, too.
const FAR_FROM_TALK: f64 = 0.1;
/// A lead of a question asked elsewhere counts as a share of what the article lacks of being the same, and of this.
const ROOM: f64 = 0.3;
/// Up to this share it says nothing: that near lies some question to any other.
const SLIGHT: f64 = 0.1;

/// The features of a question, all bounded; `None` when nothing was found.
pub fn features(found: &Found, query: &Query, snapshot: &Snapshot, ground: &Ground) -> Option<Features> {
    let best = found.candidates.first()?;
    let matched = best.matched();
    let phrasings = best.versions.iter().map(|v| v.phrasing_keys.len()).max().unwrap_or(1) as f64;
    let words = query.terms.0.iter().filter(|t| !t.synonym && t.field == Field::Word).count() as f64;
    let flag = |yes: bool| f64::from(u8::from(yes));
    // The same phrasing on two articles singles out neither.
    let exact = best.exact && found.candidates.get(1).is_none_or(|second| !second.exact);
    let always = [flag(exact), (1.0 + words).ln(), flag(best.mismatch.number || best.mismatch.code), flag(best.mismatch.negation)];
    let mut values = Features([0.0; crate::decide::confidence::FEATURES.len()]);
    values.0[10..14].copy_from_slice(&always);
    match &query.vector {
        Some(vector) => {
            let evidence = (evidence(best) - ground.level).clamp(LEAST, MOST);
            let semantic = semantic(best);
            let second = found.candidates.get(1);
            // The nearer the article, the more the same lead says.
            let elsewhere = nearer_elsewhere(found, query, ground).map_or(0.0, |nearer| nearer.lead / (1.0 + ROOM - semantic));
            values.0[..10].copy_from_slice(&[
                evidence,
                (evidence - MIDDLE).max(0.0),
                (evidence - HIGH).max(0.0),
                second.map_or(CLOSE, |second| (semantic - self::semantic(second)).clamp(-CLOSE, CLOSE)),
                second.map_or(CLOSE, |second| (fusion::without_exact(best) - fusion::without_exact(second)).clamp(0.0, CLOSE)),
                (semantic - ground.background.small_talk.nearest(&query.folded, vector)).clamp(-0.5, FAR_FROM_TALK),
                (elsewhere - SLIGHT).clamp(0.0, 1.0),
                flag(matched.passage.kind == PassageKind::Answer),
                flag(best.foreign),
                1.0 / (1.0 + phrasings),
            ]);
        }
        None => values.0[14..].copy_from_slice(&by_terms(found, query, snapshot)),
    }
    Some(values)
}

/// What speaks for a candidate: the fused score without the step of an exact match, with half of what the head adds and with what
/// hubness takes. The head knows which article a question belongs to if it belongs to one; it says less of whether it does. So it is
/// with hubness: a phrasing near to everything is a weaker sign of its article, but no weaker one that an article answers.
pub fn evidence(candidate: &Scored) -> f64 {
    fusion::without_exact(candidate) + candidate.hubness - fusion::of_head(candidate) / 2.0
}

/// The question asked elsewhere that leads furthest over the best candidate; `None` if none leads, and without a vector.
pub fn nearer_elsewhere(found: &Found, query: &Query, ground: &Ground) -> Option<Nearer> {
    let (best, question) = (found.candidates.first()?, query.vector.as_ref()?);
    ground.background.elsewhere.nearer(question, |other| best.nearness(other, query))
}

/// What the vectors say, never below 0.
pub fn semantic(candidate: &Scored) -> f64 {
    fusion::semantic(&candidate.cosines, &fusion::WEIGHTS).max(0.0)
}

/// What keywords alone say: unknown share, overlap, share of the BM25 that the question could reach, and the lead in it.
fn by_terms(found: &Found, query: &Query, snapshot: &Snapshot) -> [f64; 4] {
    let best = &found.candidates[0];
    let reach: f64 = query
        .terms
        .0
        .iter()
        .filter(|t| !t.synonym)
        .map(|t| f64::from(snapshot.stats().idf(t.id) * if t.field == Field::Word { 1.0 } else { BIGRAM_WEIGHT }))
        .sum();
    let share = |bm25: f32| if reach > 0.0 { (f64::from(bm25) / reach).min(2.0) } else { 0.0 };
    let others = found.candidates[1..].iter().map(|c| c.bm25).fold(0.0, f32::max);
    [
        f64::from(snapshot.stats().unknown_share(&query.terms)),
        f64::from(best.overlap),
        share(best.bm25),
        (share(best.bm25) - share(others)).clamp(-1.0, 1.0),
    ]
}
