//! What a knowledge base's scores are measured against.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::background::Background;
use super::features::semantic;
use super::rehearsal::{Kind, Rehearsed};
use crate::domain::score::mean;

/// A score at which two articles ask the same: it says nothing of how near different ones lie.
const SAME: f64 = 0.9;
/// Rehearsed questions from which the level is believed.
const LEAST: usize = 100;
/// How far above the nearest small talk the level lies where nothing better is known.
const ABOVE_TALK: f64 = 0.1;
/// The level of knowledge bases on average, and of one of which nothing is known at all.
const USUAL: f64 = 0.6;
/// How much of a measured level's distance from the usual one is believed: an article missing is a harder case than a question that
/// nothing answers, and harder by another measure on each knowledge base (docs/QUALITY.md has the figures of other shares).
const BELIEVED: f64 = 0.75;

/// Cosine of small talk with a phrasing from which the article is there to answer it: mostly, the two ask the same then.
const ANSWERED: f32 = 0.7;

/// The level of a knowledge base, and the background.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// The mean score of the best wrong article for a question whose own article is missing: on a knowledge base of look-alikes a
    /// cosine of .7 says nothing, on one of far-apart articles it says much.
    pub level: f64,
    /// Phrasings an article has on average, in all languages.
    pub phrasings: f64,
    /// Messages of small talk that an article answers: here they are questions like any other.
    pub answered: BTreeSet<String>,
    /// What no article need answer.
    pub background: Arc<Background>,
}

impl Ground {
    /// Before anything is known of a knowledge base.
    pub fn unknown(background: Arc<Background>) -> Self {
        Ground { level: USUAL, phrasings: 1.0, answered: BTreeSet::new(), background }
    }

    /// From what a knowledge base answered about itself.
    pub fn of(rehearsed: &[Rehearsed], phrasings: f64, background: Arc<Background>) -> Self {
        let of_kind = |kind: Kind| rehearsed.iter().filter(move |asked| asked.kind == kind);
        let (answered, talk): (Vec<_>, Vec<_>) = of_kind(Kind::SmallTalk).partition(|asked| is_answered(asked));
        let answered = answered.into_iter().map(|asked| asked.query.folded.clone()).collect();
        let best = |asked: &Rehearsed| asked.found.candidates.iter().map(semantic).max_by(f64::total_cmp);
        let removed: Vec<f64> = of_kind(Kind::Removed).filter_map(best).filter(|score| *score < SAME).collect();
        let talk = talk.into_iter().filter_map(best);
        let measured = if removed.len() >= LEAST { mean(removed.into_iter()) } else { mean(talk).map(|talk| talk + ABOVE_TALK) };
        let level = measured.unwrap_or(USUAL);
        Ground { level: USUAL + BELIEVED * (level - USUAL), phrasings, answered, background }
    }
}

/// Whether an article has a phrasing that asks what was asked.
fn is_answered(asked: &Rehearsed) -> bool {
    asked.found.candidates.iter().filter_map(|candidate| candidate.cosines.phrasing).any(|cosine| cosine >= ANSWERED)
}
