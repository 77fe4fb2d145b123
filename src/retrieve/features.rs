//! What the confidence looks at, from what was found.

use std::sync::Arc;

use super::collapse::Scored;
use super::elsewhere::Nearer;
use super::fusion;
use super::ground::Ground;
use super::query::{Query, Without};
use super::search::Found;
use crate::decide::confidence::{FEATURES, Features};
use crate::domain::passage::PassageKind;
use crate::domain::score::mean;
use crate::index::entry::{Entry, EntryPassage};
use crate::index::snapshot::Snapshot;
use crate::index::terms::{Field, QueryTerm, TermId};
use crate::index::vectors::Vector;

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
/// Words beyond which a question is no longer: the longer ones of the labelled sets have an answer because of how they were written, and a
/// page of nonsense has none.
const LONG: f64 = 20.0;
/// Share of unknown words beyond which it says no more: an answerable question has hardly more of them.
const UNKNOWN: f64 = 0.5;
/// How many candidates after the best one stand for the others.
const OTHERS: usize = 9;
/// How far above the others in meaning a candidate without others counts as.
const ALONE: f64 = 0.2;

/// The features of a question, all bounded; `None` when nothing was found.
pub fn features(found: &Found, query: &Query, snapshot: &Snapshot, ground: &Ground) -> Option<Features> {
    let best = found.candidates.first()?;
    let words = query.terms.0.iter().filter(|t| !t.synonym && t.field == Field::Word).count() as f64;
    // The same phrasing on two articles singles out neither.
    let exact = best.exact && found.candidates.get(1).is_none_or(|second| !second.exact);
    let terms = by_terms(found, query, snapshot);
    let mut features = Features([0.0; FEATURES.len()]);
    let [with_vectors @ .., alike, length, number, negation, unknown, overlap, share, margin] = &mut features.0;
    *alike = flag(exact);
    *length = (1.0 + words.clamp(1.0, LONG)).ln();
    *number = flag(best.mismatch.other_value());
    *negation = flag(best.mismatch.negation);
    *unknown = unknown_share(query, snapshot).min(UNKNOWN);
    *margin = terms.margin;
    match &query.vector {
        Some(vector) => *with_vectors = by_vectors(found, query, vector, ground),
        None => (*overlap, *share) = (f64::from(best.overlap), terms.share),
    }
    Some(features)
}

/// What the vectors say, in the order of [`FEATURES`].
fn by_vectors(found: &Found, query: &Query, vector: &Vector, ground: &Ground) -> [f64; 13] {
    let (best, second) = (&found.candidates[0], found.candidates.get(1));
    let others = &found.candidates[1..found.candidates.len().min(1 + OTHERS)];
    let evidence = (evidence(best) - ground.level).clamp(LEAST, MOST);
    let semantic = semantic(best);
    // The nearer the article, the more the same lead says.
    let elsewhere = nearer_elsewhere(found, query, ground).map_or(0.0, |nearer| nearer.lead / (1.0 + ROOM - semantic));
    let answers = others.iter().filter_map(|other| other.cosines.centre.map(f64::from));
    let phrasings = best.versions.iter().map(|v| v.phrasing_keys.len()).max().unwrap_or(1) as f64;
    [
        evidence,
        (evidence - MIDDLE).max(0.0),
        (evidence - HIGH).max(0.0),
        second.map_or(CLOSE, |second| (semantic - self::semantic(second)).clamp(-CLOSE, CLOSE)),
        second.map_or(CLOSE, |second| (fusion::without_exact(best) - fusion::without_exact(second)).clamp(0.0, CLOSE)),
        mean(others.iter().map(self::semantic)).map_or(ALONE, |others| (semantic - others).clamp(-0.2, 0.7)),
        best.cosines.centre.zip(mean(answers)).map_or(0.0, |(own, others)| (f64::from(own) - others).clamp(-0.4, 0.5)),
        best.head_share.unwrap_or(0.0),
        (semantic - ground.background.small_talk.nearest(&query.folded, vector, &ground.answered)).clamp(-0.5, FAR_FROM_TALK),
        (elsewhere - SLIGHT).clamp(0.0, 1.0),
        flag(best.matched().passage.kind == PassageKind::Answer),
        flag(best.foreign),
        1.0 / (1.0 + phrasings),
    ]
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
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

/// What the best candidate's BM25 says.
struct ByTerms {
    /// Its share of what the question could reach.
    share: f64,
    /// How far that lies above the best other one's.
    margin: f64,
}

fn by_terms(found: &Found, query: &Query, snapshot: &Snapshot) -> ByTerms {
    let own = query.terms.0.iter().filter(|t| !t.synonym);
    let reach: f64 = own.map(|term| f64::from(snapshot.stats().weight(term))).sum();
    let share = |bm25: f32| if reach > 0.0 { (f64::from(bm25) / reach).min(2.0) } else { 0.0 };
    let others = found.candidates[1..].iter().map(|c| c.bm25).fold(0.0, f32::max);
    let best = share(found.candidates[0].bm25);
    ByTerms { share: best, margin: (best - share(others)).clamp(-1.0, 1.0) }
}

/// Share of the question's words that no article has, 0 to 1; 0 for a question without words. What is left out for the question does not
/// have them either: a phrasing asked of its own knowledge base would otherwise never hold an unknown word.
fn unknown_share(query: &Query, snapshot: &Snapshot) -> f64 {
    let asked_of = query.without.as_ref().map(Without::article).map(|id| (id, snapshot.versions(id)));
    // Entries that have the word only in what is left out.
    let only_left_out = |term: TermId| {
        let Some((id, versions)) = &asked_of else { return 0 };
        let has = |passage: &&EntryPassage| passage.terms.count(term) > 0;
        let left_out = |entry: &&Arc<Entry>| {
            let mut with = entry.passages.iter().filter(has).peekable();
            with.peek().is_some() && with.all(|passage| query.leaves_out(id, passage))
        };
        versions.iter().filter(left_out).count() as u32
    };
    let words = query.terms.0.iter().filter(|term| !term.synonym && term.field == Field::Word);
    let unknown = |term: &QueryTerm| flag(snapshot.stats().document_frequency(term.id) <= only_left_out(term.id));
    mean(words.map(unknown)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
