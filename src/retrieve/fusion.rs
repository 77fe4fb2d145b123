//! The order of candidates: a fitted combination of scores.
//!
//! Rank fusion as the final order was measured to throw quality away, and any fixed weight is wrong on some knowledge base
//! (docs/QUALITY.md). The combination here is linear in a few bounded scores; its weights were fitted on the project's own
//! questions. It orders; it is no probability.

use super::collapse::{self, Scored};
use super::cosines::Cosines;
use super::head::Head;
use super::query::Query;
use crate::domain::score::mean;

/// Which searches take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Terms only: what remains when the encoder is missing or late.
    Lexical,
    /// Vectors only, for measuring.
    Dense,
    /// Both.
    Hybrid,
}

/// Weights of the combination.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of the mean of the three best phrasings against the best one's 1: an article that agrees in several phrasings is likelier
    /// than one that agrees in a single.
    pub broad: f64,
    /// Share of the whole answer against its best piece: a piece may sound like any question.
    pub centre: f64,
    /// Taken off a match with the answer: it says less than one with a phrasing.
    pub answer_penalty: f64,
    /// Of BM25 relative to the best candidate's, damped where all are small.
    pub bm25: f64,
    /// Of the share of the question's idf weight found.
    pub overlap: f64,
    /// Share of the largest bonus for terms that an article without a passage in the question's language gets at least: it has
    /// nothing that could share a term.
    pub foreign: f64,
    /// Taken off for a contradicted number, unit or code.
    pub mismatch: f64,
    /// Taken off for a contradicted negation or an opposite.
    pub negation: f64,
    /// Of the whole answer's cosine above the mean of the near candidates. Whichever of phrasings and answer is nearer alone counts in
    /// [`semantic`]; with many phrasings that is hardly ever the answer, though it tells articles of one topic apart.
    pub whole_answer: f64,
    /// Of the head's logit above the mean of the near candidates.
    pub head_lift: f64,
    /// Of the head's share among the near candidates.
    pub head_share: f64,
}

/// The fitted weights (docs/QUALITY.md has the figures of the alternatives).
pub const WEIGHTS: Weights = Weights {
    broad: 2.0,
    centre: 0.5,
    answer_penalty: 0.06,
    bm25: 0.07,
    overlap: 0.05,
    foreign: 0.8,
    mismatch: 0.08,
    negation: 0.04,
    whole_answer: 0.2,
    head_lift: 0.04,
    head_share: 0.1,
};

/// BM25 below which terms say little: damps the relative score of weak matches.
const BM25_DAMPING: f64 = 3.0;
/// An exact phrasing stands before everything that is not one.
pub const EXACT: f64 = 10.0;
/// Candidates that are compared with each other, the best by their own scores. Those behind keep their places.
const NEAR: usize = 30;

/// Sets the fused scores and sorts, best first, ties by id.
pub fn order(candidates: &mut [Scored], query: &Query, mode: Mode, head: Option<&Head>) {
    match mode {
        Mode::Dense => candidates.iter_mut().for_each(|candidate| candidate.fused = discounted(candidate, &WEIGHTS)),
        Mode::Hybrid if query.vector.is_some() => combine(candidates, &WEIGHTS),
        Mode::Lexical | Mode::Hybrid => return by_terms(candidates),
    }
    collapse::sort(candidates);
    compare(candidates, query, head, &WEIGHTS);
    collapse::sort(candidates);
}

fn by_terms(candidates: &mut [Scored]) {
    let top = top_bm25(candidates);
    for candidate in candidates.iter_mut() {
        candidate.fused = f64::from(candidate.bm25) + if candidate.exact { EXACT * (1.0 + top) } else { 0.0 };
    }
    collapse::sort(candidates);
}

fn top_bm25(candidates: &[Scored]) -> f64 {
    candidates.iter().map(|c| f64::from(c.bm25)).fold(0.0, f64::max)
}

/// What the vectors say for the order: less what the candidate owes to passages that lie near everything.
fn discounted(candidate: &Scored, weights: &Weights) -> f64 {
    semantic(&candidate.cosines, weights) - candidate.hubness
}

/// What the vectors say of an article, on the scale of a cosine; −1 without any.
pub fn semantic(cosines: &Cosines, weights: &Weights) -> f64 {
    let phrasings = cosines.phrasing.zip(cosines.broad);
    let phrasings = phrasings.map_or(-1.0, |(best, broad)| phrasing(f64::from(best), f64::from(broad), weights));
    let answer = cosines.answer.zip(cosines.centre).map_or(-1.0, |(piece, centre)| {
        (1.0 - weights.centre) * f64::from(piece) + weights.centre * f64::from(centre) - weights.answer_penalty
    });
    phrasings.max(answer)
}

/// What an article's phrasings say, from the best cosine and the mean of the three best.
pub fn phrasing(best: f64, broad: f64, weights: &Weights) -> f64 {
    (best + weights.broad * broad) / (1.0 + weights.broad)
}

/// Sets the fused scores from what each candidate shows by itself.
fn combine(candidates: &mut [Scored], weights: &Weights) {
    let top = top_bm25(candidates);
    let bonus = |c: &Scored| weights.bm25 * f64::from(c.bm25) / (top + BM25_DAMPING) + weights.overlap * f64::from(c.overlap);
    let granted = weights.foreign * candidates.iter().map(bonus).fold(0.0, f64::max);
    for candidate in candidates.iter_mut() {
        let mut fused = discounted(candidate, weights);
        fused += if candidate.foreign { bonus(candidate).max(granted) } else { bonus(candidate) };
        if candidate.mismatch.other_value() {
            fused -= weights.mismatch;
        }
        if candidate.mismatch.contrary() {
            fused -= weights.negation;
        }
        if candidate.exact {
            fused += EXACT;
        }
        candidate.fused = fused;
    }
}

/// Adds what the near ones of sorted candidates show against each other: the whole answer, and the head. An article that the
/// head does not know yet is neither raised nor lowered by it.
fn compare(candidates: &mut [Scored], query: &Query, head: Option<&Head>, weights: &Weights) {
    let (near, far) = candidates.split_at_mut(candidates.len().min(NEAR));
    let centres: Vec<Option<f64>> = near.iter().map(|c| c.cosines.centre.map(f64::from)).collect();
    let logits: Vec<Option<f64>> = match (head, &query.vector) {
        (Some(head), Some(vector)) => near.iter().map(|c| head.logit(&c.id, vector)).collect(),
        _ => vec![None; near.len()],
    };
    let [centre_mean, logit_mean] = [&centres, &logits].map(|known| mean(known.iter().flatten().copied()).unwrap_or(0.0));
    let highest = logits.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().flatten().map(|logit| (logit - highest).exp()).sum();
    let mut least = 0.0f64;
    for ((candidate, centre), logit) in near.iter_mut().zip(centres).zip(logits) {
        candidate.head_lift = logit.map(|logit| logit - logit_mean);
        candidate.head_share = logit.map(|logit| (logit - highest).exp() / sum);
        candidate.whole_answer = weights.whole_answer * centre.map_or(0.0, |centre| centre - centre_mean);
        let step = candidate.whole_answer + of_head(candidate);
        candidate.fused += step;
        least = least.min(step);
    }
    // Not compared, so never lifted over one that was.
    far.iter_mut().for_each(|candidate| candidate.fused += least);
}

/// What the head adds to a candidate's fused score.
pub fn of_head(candidate: &Scored) -> f64 {
    WEIGHTS.head_lift * candidate.head_lift.unwrap_or(0.0) + WEIGHTS.head_share * candidate.head_share.unwrap_or(0.0)
}

/// A candidate's fused score without the step of an exact match.
pub fn without_exact(candidate: &Scored) -> f64 {
    if candidate.exact { candidate.fused - EXACT } else { candidate.fused }
}

#[cfg(test)]
mod tests;
