//! The order of candidates: a fitted combination of scores.
//!
//! Rank fusion as the final order was measured to throw quality away, and any fixed weight is wrong on some knowledge base
//! (docs/QUALITY.md). The combination here is linear in a few bounded scores; its weights were fitted on the project's own
//! questions. It orders; it is no probability.

use super::collapse::{self, Scored};
use super::query::Query;

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
    /// Taken off a match with a piece of the answer: it says less than one with a phrasing.
    pub answer_penalty: f64,
    /// Of BM25 relative to the best candidate's, damped where all are small.
    pub bm25: f64,
    /// Of the share of the question's idf weight found.
    pub overlap: f64,
    /// Taken off for a contradicted number, unit or code.
    pub mismatch: f64,
    /// Taken off for a contradicted negation.
    pub negation: f64,
}

/// The fitted weights (docs/QUALITY.md has the figures of the alternatives).
pub const WEIGHTS: Weights = Weights { broad: 2.0, answer_penalty: 0.06, bm25: 0.07, overlap: 0.05, mismatch: 0.08, negation: 0.04 };

/// BM25 below which terms say little: damps the relative score of weak matches.
const BM25_DAMPING: f64 = 3.0;
/// An exact phrasing stands before everything that is not one.
pub const EXACT: f64 = 10.0;

/// Sets the fused scores and sorts, best first, ties by id.
pub fn order(candidates: &mut [Scored], query: &Query, mode: Mode) {
    let top_bm25 = candidates.iter().map(|c| f64::from(c.bm25)).fold(0.0, f64::max);
    let encoded = query.vector.is_some();
    for candidate in candidates.iter_mut() {
        candidate.fused = match mode {
            Mode::Dense => semantic(candidate, &WEIGHTS),
            Mode::Hybrid if encoded => combined(candidate, top_bm25, &WEIGHTS),
            Mode::Lexical | Mode::Hybrid => f64::from(candidate.bm25) + if candidate.exact { EXACT * (1.0 + top_bm25) } else { 0.0 },
        };
    }
    collapse::sort(candidates);
}

/// What the vectors say of a candidate, on the scale of a cosine; −1 without any.
pub fn semantic(candidate: &Scored, weights: &Weights) -> f64 {
    let phrasings = candidate.phrasing_cosine.zip(candidate.broad_cosine);
    let phrasing = phrasings.map_or(-1.0, |(best, broad)| (f64::from(best) + weights.broad * f64::from(broad)) / (1.0 + weights.broad));
    let answer = candidate.answer_cosine.map_or(-1.0, |cosine| f64::from(cosine) - weights.answer_penalty);
    phrasing.max(answer)
}

/// The fitted combination of one candidate.
pub fn combined(candidate: &Scored, top_bm25: f64, weights: &Weights) -> f64 {
    let mut fused = semantic(candidate, weights)
        + weights.bm25 * f64::from(candidate.bm25) / (top_bm25 + BM25_DAMPING)
        + weights.overlap * f64::from(candidate.overlap);
    if candidate.mismatch.number || candidate.mismatch.code {
        fused -= weights.mismatch;
    }
    if candidate.mismatch.negation {
        fused -= weights.negation;
    }
    if candidate.exact {
        fused += EXACT;
    }
    fused
}
