//! The answer lines where more than one precision is asked for: per channel, per category.
//!
//! They are found once, when what was learned is put in force, so that a question only looks its line up.

use super::{Adaptation, Own};
use crate::decide::promise::Promise;
use crate::domain::decision::Thresholds;

impl Adaptation {
    /// Sets the answer lines for the usual precision and those for the `others`. **Cost**: a sort of the trials for each.
    pub fn aim_at(&mut self, usual: f64, others: &[f64]) {
        self.aim(usual);
        let others = others.iter().map(|target| self.promises_for(*target)).collect::<Vec<_>>();
        self.promises.extend(others);
    }

    pub(super) fn promises_for(&self, target: f64) -> Own<Promise> {
        Own { full: self.promise(target, false), degraded: self.promise(target, true) }
    }

    /// The lines for a precision that [`Adaptation::aim_at`] was told of; for any other those for the usual one.
    pub fn thresholds(&self, target: f64, degraded: bool) -> Thresholds {
        let usual = self.confidence.of(degraded).thresholds;
        let own = self.promises.iter().skip(1).map(|promises| promises.of(degraded)).find(|promise| promise.target == target);
        own.map_or(usual, |promise| {
            let answer = answer_line(promise);
            Thresholds { answer, clarify: usual.clarify.min(answer), ..usual }
        })
    }
}

/// Without a line nothing is answered: no probability reaches 1.
pub(super) fn answer_line(promise: &Promise) -> f64 {
    promise.line.unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::retrieve::background::Background;

    #[test]
    fn each_target_has_the_line_that_it_would_have_alone() {
        let aimed = |usual: f64, others: &[f64]| {
            let mut adaptation = Adaptation::prior(Arc::new(Background::unencoded())).unwrap();
            adaptation.aim_at(usual, others);
            adaptation
        };
        let three = aimed(0.95, &[0.8, 0.99]);
        for degraded in [false, true] {
            let lines = [0.8, 0.95, 0.99].map(|target| three.thresholds(target, degraded));
            assert!(lines.windows(2).all(|pair| pair[0].answer <= pair[1].answer), "{lines:?}");
            assert!(lines.iter().all(|lines| lines.clarify <= lines.answer), "{lines:?}");
            for (target, lines) in [0.8, 0.95, 0.99].into_iter().zip(lines) {
                assert_eq!(lines.answer, aimed(target, &[]).thresholds(target, degraded).answer, "{target} {degraded}");
            }
            assert_eq!(three.thresholds(0.7, degraded), three.confidence.of(degraded).thresholds, "never told of");
        }
        assert!(three.thresholds(0.8, false).answer < three.thresholds(0.99, false).answer);
    }

    #[test]
    fn what_is_closed_is_closed_for_every_target() {
        let mut adaptation = Adaptation::prior(Arc::new(Background::unencoded())).unwrap();
        adaptation.aim_at(0.95, &[0.5]);
        adaptation.close();
        assert_eq!([0.5, 0.95].map(|target| adaptation.thresholds(target, false).answer), [1.0, 1.0]);
    }
}
