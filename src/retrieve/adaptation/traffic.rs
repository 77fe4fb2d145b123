//! What the shop's own traffic shows, beyond what its articles teach: how many questions nothing answers, from the unlabelled log, and
//! how often the first candidate is right, from what people told.
//!
//! What is kept are log-odds under what the articles alone taught: from them the same confidence follows again to the last bit.

use sha2::{Digest, Sha256};

use super::{Adaptation, OutOfScope, Own, share};
use crate::decide::confidence::{Scale, log_odds};
use crate::decide::labels::{self, Outcome};
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

impl Adaptation {
    /// Takes the traffic into account. Called on what the articles alone taught; the lines have to be aimed again. Traffic that changes
    /// nothing leaves the fingerprint as it was.
    pub fn heed(&mut self, traffic: &Traffic) {
        let mut moved = Moved::over(&self.fingerprint);
        for degraded in [false, true] {
            let shift = self.heed_log(traffic.log.of(degraded), degraded);
            let mut outcomes = traffic.outcomes.of(degraded).clone();
            outcomes.iter_mut().for_each(|outcome| outcome.log_odds = shift.of(outcome.log_odds));
            let fit = labels::fit(&outcomes);
            outcomes.iter_mut().for_each(|outcome| outcome.log_odds = fit.scale.of(outcome.log_odds));
            self.trials.of_mut(degraded).iter_mut().for_each(|trial| trial.log_odds = fit.scale.of(trial.log_odds));
            self.rescale(degraded, fit.scale);
            moved.note(degraded, &[shift, fit.scale], &outcomes);
            *self.outcomes.of_mut(degraded) = outcomes;
            *self.labels.of_mut(degraded) = fit;
        }
        self.fingerprint = moved.fingerprint(&self.fingerprint);
    }

    /// Learns the share of questions that nothing answers from the log, and moves confidence and trials by it. Too short a log moves
    /// nothing, nor does any where the knowledge base's own trials are not trusted: what looks like a share may be its difficulty.
    fn heed_log(&mut self, log: &[f64], degraded: bool) -> Scale {
        let trials = self.trials.of(degraded);
        let (right, kept) = (share(trials, |trial| trial.right), share(trials, |trial| trial.kept));
        if log.len() < LOG_LEAST || self.own.of(degraded).trust < own::TRUST_FOR_LINE || right <= 0.0 || right >= 1.0 {
            return Scale::NONE;
        }
        let offset = own::prior_shift(right, log);
        let now = Probability::from_log_odds(log_odds(right) + offset).get();
        // The share is the same whatever searches: with an encoder, its judgement counts.
        if !degraded || self.model.is_empty() {
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
}

/// What the traffic changed, by content.
struct Moved {
    hash: Sha256,
    any: bool,
}

impl Moved {
    fn over(articles: &str) -> Self {
        Moved { hash: Sha256::new_with_prefix(articles.as_bytes()), any: false }
    }

    /// Scales change probabilities, firm outcomes the line.
    fn note(&mut self, degraded: bool, scales: &[Scale], outcomes: &[Outcome]) {
        let firm: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.firm).collect();
        self.any |= !firm.is_empty() || scales.iter().any(|scale| *scale != Scale::NONE);
        self.hash.update([u8::from(degraded)]);
        let mut number = |number: f64| self.hash.update(number.to_bits().to_le_bytes());
        scales.iter().for_each(|scale| [scale.slope, scale.offset].into_iter().for_each(&mut number));
        number(firm.len() as f64);
        firm.iter().for_each(|o| [o.log_odds, o.weight, o.right].into_iter().for_each(&mut number));
    }

    /// Hex SHA-256; `articles`, the fingerprint of what the articles taught, where nothing changed.
    fn fingerprint(self, articles: &str) -> String {
        if self.any { hex(&self.hash.finalize()) } else { articles.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::decide::own::OwnFit;
    use crate::decide::promise::Trial;
    use crate::retrieve::background::Background;

    /// What a knowledge base taught whose own trials are believed so far: half of them right, in two clear heaps.
    fn taught(trust: f64) -> Adaptation {
        let mut adaptation = Adaptation::prior(Arc::new(Background::unencoded())).unwrap();
        let trial = |n: i32| Trial { log_odds: if n % 2 == 0 { 6.0 } else { -6.0 }, right: n % 2 == 0, kept: n % 3 > 0, share: 0.01 };
        adaptation.trials.full = (0..100).map(trial).collect();
        adaptation.own.full = OwnFit { trust, taken: trust > 0.0, ..OwnFit::NONE };
        adaptation
    }

    fn heeding(trust: f64, traffic: &Traffic) -> Adaptation {
        let mut adaptation = taught(trust);
        adaptation.heed(traffic);
        adaptation
    }

    fn log(count: usize, answerable: usize) -> Traffic {
        let log = (0..count).map(|n| if n % 10 < answerable { 6.0 } else { -6.0 }).collect();
        Traffic { log: Own { full: log, degraded: Vec::new() }, ..Traffic::default() }
    }

    #[test]
    fn a_log_moves_the_share_where_the_trials_are_believed() {
        let moved = heeding(1.0, &log(200, 9));
        assert!(moved.out_of_scope.from_log && moved.out_of_scope.share < taught(1.0).out_of_scope.share, "{:?}", moved.out_of_scope);
        let shares: f64 = moved.trials.full.iter().map(|trial| trial.share).sum();
        assert!((shares - 1.0).abs() < 1e-9 && moved.trials.full[0].log_odds > 6.0);
        for (trust, log) in [(0.5, log(200, 9)), (1.0, log(LOG_LEAST - 1, 9)), (1.0, Traffic::default())] {
            let same = heeding(trust, &log);
            assert!(!same.out_of_scope.from_log && same.trials == taught(trust).trials && same.confidence == taught(trust).confidence);
            assert_eq!(same.fingerprint, taught(trust).fingerprint, "what changes nothing is not another confidence");
        }
    }

    #[test]
    fn labels_move_trials_and_confidence_alike_and_change_the_fingerprint() {
        let told: Vec<Outcome> =
            (0..200).map(|n| Outcome { log_odds: 1.0, right: if n % 4 == 0 { 1.0 } else { 0.0 }, weight: 1.0, firm: true }).collect();
        let traffic = Traffic { outcomes: Own { full: told, degraded: Vec::new() }, ..Traffic::default() };
        let (before, after) = (taught(1.0), heeding(1.0, &traffic));
        let fit = *after.labels.of(false);
        assert!(fit.taken && fit.scale.of(1.0) < 0.0, "three in four were wrong where the odds said right: {fit:?}");
        assert_eq!(after.trials.full[0].log_odds, fit.scale.of(before.trials.full[0].log_odds));
        assert_eq!(after.outcomes.full[0].log_odds, fit.scale.of(1.0));
        assert_ne!(after.fingerprint, before.fingerprint);
        assert_eq!(after.confidence.degraded, before.confidence.degraded);
        assert!(after == heeding(1.0, &traffic), "the same traffic teaches the same");
        let mut later = traffic.clone();
        later.outcomes.full[7].weight = 0.99;
        assert_ne!(heeding(1.0, &later).fingerprint, after.fingerprint);
    }
}
