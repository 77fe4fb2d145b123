//! What a knowledge base's scores are measured against.

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

/// The level of a knowledge base, and the background.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// The mean score of the best wrong article for a question whose own article is missing: on a knowledge base of look-alikes a
    /// cosine of .7 says nothing, on one of far-apart articles it says much.
    pub level: f64,
    /// Phrasings an article has on average, in all languages.
    pub phrasings: f64,
    /// What no article need answer.
    pub background: Arc<Background>,
}

impl Ground {
    /// Before anything is known of a knowledge base.
    pub fn unknown(background: Arc<Background>) -> Self {
        Ground { level: USUAL, phrasings: 1.0, background }
    }

    /// From what a knowledge base answered about itself.
    pub fn of(rehearsed: &[Rehearsed], phrasings: f64, background: Arc<Background>) -> Self {
        let best = |kind: Kind| {
            let of_kind = rehearsed.iter().filter(move |asked| asked.kind == kind);
            of_kind.filter_map(|asked| asked.found.candidates.iter().map(semantic).max_by(f64::total_cmp))
        };
        let removed: Vec<f64> = best(Kind::Removed).filter(|score| *score < SAME).collect();
        let talk = best(Kind::SmallTalk);
        let measured = if removed.len() >= LEAST { mean(removed.into_iter()) } else { mean(talk).map(|talk| talk + ABOVE_TALK) };
        let level = measured.unwrap_or(USUAL);
        Ground { level: USUAL + BELIEVED * (level - USUAL), phrasings, background }
    }
}
