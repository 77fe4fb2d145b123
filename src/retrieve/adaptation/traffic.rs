//! What the shop's own traffic shows, beyond what its articles teach: how many questions nothing answers, from the unlabelled log, and
//! how often the first candidate is right, from what people told.
//!
//! What is kept are log-odds under what the articles alone taught: from them the same confidence follows again to the last bit.

use sha2::{Digest, Sha256};

use super::{Adaptation, OutOfScope, Own, share};
use crate::decide::confidence::{Scale, log_odds};
use crate::decide::labels::{self, LabelFit, Outcome};
use crate::decide::own;
use crate::domain::score::Probability;
use crate::text::hex::hex;

/// Logged questions below which they say nothing of the traffic.
pub const LOG_LEAST: usize = 100;

/// Traffic, asked under what the articles alone taught; each with the encoder and with keywords alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traffic {
    /// Log-odds of unlabelled questions.
    pub log: Own<Vec<f64>>,
    /// Questions whose outcome is known.
    pub outcomes: Own<Vec<Outcome>>,
}

impl Traffic {
    /// Whether it shows nothing.
    pub fn is_empty(&self) -> bool {
        [false, true].into_iter().all(|degraded| self.log.of(degraded).is_empty() && self.outcomes.of(degraded).is_empty())
    }

    /// Hex SHA-256 of `articles`, the fingerprint of what the articles taught, and of all that it shows.
    fn fingerprint(&self, articles: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(articles.as_bytes());
        for degraded in [false, true] {
            let (log, outcomes) = (self.log.of(degraded), self.outcomes.of(degraded));
            hash.update((log.len() as u64).to_le_bytes());
            log.iter().for_each(|z| hash.update(z.to_bits().to_le_bytes()));
            hash.update((outcomes.len() as u64).to_le_bytes());
            for outcome in outcomes {
                hash.update(outcome.log_odds.to_bits().to_le_bytes());
                hash.update(outcome.weight.to_bits().to_le_bytes());
                hash.update([u8::from(outcome.right), u8::from(outcome.firm)]);
            }
        }
        hex(&hash.finalize())
    }
}

impl Adaptation {
    /// Takes the traffic into account. Called on what the articles alone taught; the lines have to be aimed again.
    pub fn heed(&mut self, traffic: &Traffic) {
        if traffic.is_empty() {
            return;
        }
        self.fingerprint = traffic.fingerprint(&self.fingerprint);
        for degraded in [false, true] {
            let shift = self.heed_log(traffic.log.of(degraded), degraded);
            let mut outcomes = traffic.outcomes.of(degraded).clone();
            outcomes.iter_mut().for_each(|outcome| outcome.log_odds = shift.of(outcome.log_odds));
            let fit = labels::fit(&outcomes);
            outcomes.iter_mut().for_each(|outcome| outcome.log_odds = fit.scale.of(outcome.log_odds));
            self.trials.of_mut(degraded).iter_mut().for_each(|trial| trial.log_odds = fit.scale.of(trial.log_odds));
            self.rescale(degraded, fit.scale);
            *self.outcomes.of_mut(degraded) = outcomes;
            *self.labels.of_mut(degraded) = fit;
        }
    }

    /// Learns the share of questions that nothing answers from the log, and moves confidence and trials by it. Too short a log moves
    /// nothing.
    fn heed_log(&mut self, log: &[f64], degraded: bool) -> Scale {
        let trials = self.trials.of(degraded);
        let (right, kept) = (share(trials, |trial| trial.right), share(trials, |trial| trial.kept));
        if log.len() < LOG_LEAST || right <= 0.0 || right >= 1.0 {
            return Scale::NONE;
        }
        let offset = own::prior_shift(right, log);
        let now = Probability::from_log_odds(log_odds(right) + offset).get();
        let model = if degraded { !self.model.is_empty() } else { false };
        // The share is the same whatever searches: with an encoder, its judgement counts.
        if !model {
            self.out_of_scope = OutOfScope { share: (1.0 - now * kept / right).clamp(0.0, 1.0), from_log: true };
        }
        let shift = Scale { slope: 1.0, offset };
        self.rescale(degraded, shift);
        let weight = |right_one: bool| if right_one { now / right } else { (1.0 - now) / (1.0 - right) };
        for trial in self.trials.of_mut(degraded) {
            trial.log_odds += offset;
            trial.share *= weight(trial.right);
        }
        shift
    }

    /// What people told, as far as it moved the confidence of a mode.
    pub fn labels(&self, degraded: bool) -> &LabelFit {
        self.labels.of(degraded)
    }
}
