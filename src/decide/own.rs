//! What a knowledge base teaches the confidence about itself: a stretch and a shift of the shipped log-odds, no labels needed.
//!
//! Two numbers are all that its own trials can carry: with more, what was learned is how editors vary their wording, not how
//! customers ask. How far they are believed grows with the phrasings an article has, since a phrasing left out takes its share of
//! the article with it, and falls where most phrasings do not lead to their own article without themselves: such trials measure how
//! far apart the editor wrote, not how customers ask. They are taken only if they say more about trials held out than the shipped calibration does.

use super::confidence::{Scale, log_odds};
use super::held_out::{self, Known};
use super::logistic::{Logistic, Sample, Sign};
use super::promise::Trial;
use crate::domain::score::Probability;

/// Phrasings an article needs on average until its own trials count in full.
const FULL_TRUST_PHRASINGS: f64 = 8.0;
/// Share of phrasings found without themselves up to which the trials say nothing, and from which they count in full.
const FOUND: (f64, f64) = (0.5, 0.8);
/// Trust from which the trials give the answer line, too.
pub const TRUST_FOR_LINE: f64 = 0.8;
/// Penalty on the standardised slope, in trials.
const RIDGE: f64 = 1.0;

/// What came of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnFit {
    /// The stretch and shift to use.
    pub scale: Scale,
    /// How far the trials were believed, 0 to 1.
    pub trust: f64,
    /// Mean log-loss on held-out trials: shipped, own.
    pub loss: (f64, f64),
    /// Whether it is better than the shipped calibration; if not, the scale changes nothing.
    pub taken: bool,
}

impl OwnFit {
    /// Nothing was learned.
    pub const NONE: OwnFit = OwnFit { scale: Scale::NONE, trust: 0.0, loss: (0.0, 0.0), taken: false };
}

/// How far trials of a knowledge base with so many phrasings an article are believed.
pub fn trust(trials: &[Trial], phrasings: f64) -> f64 {
    let share = |which: &dyn Fn(&Trial) -> bool| trials.iter().filter(|trial| which(trial)).map(|trial| trial.share).sum::<f64>();
    let kept = share(&|trial| trial.kept);
    let found = if kept > 0.0 { share(&|trial| trial.right) / kept } else { 0.0 };
    let enough = ((phrasings - 1.0) / (FULL_TRUST_PHRASINGS - 1.0)).clamp(0.0, 1.0);
    enough * ((found - FOUND.0) / (FOUND.1 - FOUND.0)).clamp(0.0, 1.0)
}

/// Fits to trials whose log-odds are the shipped ones.
///
/// **Cost**: six fits of two numbers. Deterministic: folds go by position.
pub fn fit(trials: &[Trial], phrasings: f64) -> OwnFit {
    let trust = trust(trials, phrasings);
    let scaled = |seen: &dyn Fn(usize) -> bool| {
        let samples: Vec<Sample> = trials
            .iter()
            .enumerate()
            .filter(|(n, _)| seen(*n))
            .map(|(_, t)| Sample { inputs: vec![t.log_odds], positive: t.right, weight: t.share * trials.len() as f64 })
            .collect();
        let own = Logistic::fit(&samples, &[Sign::Positive], RIDGE);
        Scale { slope: 1.0 - trust + trust * own.weights[0], offset: trust * own.bias }
    };
    let known: Vec<Known> =
        trials.iter().map(|t| Known { log_odds: t.log_odds, right: f64::from(u8::from(t.right)), weight: t.share }).collect();
    let loss = held_out::losses(&known, scaled);
    let taken = trust > 0.0 && loss.1 < loss.0;
    OwnFit { scale: if taken { scaled(&|_| true) } else { Scale::NONE }, trust, loss, taken }
}

/// The log-odds to add where an unlabelled log shows more answerable questions than the trials stand for; never below 0.
///
/// A log in which fewer questions look answerable lowers nothing: customers' words lie further from the articles than an editor's own,
/// which looks the same, and taking it for a share of unanswerable questions made probabilities worse on most knowledge bases
/// (docs/QUALITY.md). For the same reason the assumption counts as much as the log.
///
/// **Source**: Saerens, Latinne, Decaestecker, “Adjusting the outputs of a classifier to new a priori probabilities” (2002): the
/// expectation–maximisation over the log's own probabilities.
pub fn prior_shift(assumed: f64, log: &[f64]) -> f64 {
    if log.is_empty() || assumed <= 0.0 || assumed >= 1.0 {
        return 0.0;
    }
    let mut share = assumed;
    for _ in 0..200 {
        let shift = log_odds(share) - log_odds(assumed);
        let seen = log.iter().map(|z| Probability::from_log_odds(z + shift).get()).sum::<f64>() / log.len() as f64;
        let next = (seen + assumed) / 2.0;
        let moved = (next - share).abs();
        share = next;
        if moved < 1e-9 {
            break;
        }
    }
    (log_odds(share) - log_odds(assumed)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::logistic::tests::uniform;

    /// Trials whose true log-odds are `slope · z + offset`.
    fn trials(slope: f64, offset: f64) -> Vec<Trial> {
        let mut uniform = uniform(11);
        (0..4000)
            .map(|_| {
                let z = uniform() * 8.0 - 4.0;
                let p = 1.0 / (1.0 + (-(slope * z + offset)).exp());
                let right = uniform() < p;
                // What is not right was not to be: every phrasing that should be found is.
                Trial { log_odds: z, right, kept: right, share: 1.0 / 4000.0 }
            })
            .collect()
    }

    #[test]
    fn a_harder_knowledge_base_is_found_to_be_harder() {
        let fit = fit(&trials(0.8, -1.0), 12.0);
        assert!(fit.taken && fit.loss.1 < fit.loss.0);
        assert!((fit.scale.slope - 0.8).abs() < 0.1 && (fit.scale.offset + 1.0).abs() < 0.15, "{fit:?}");
    }

    #[test]
    fn trials_are_believed_by_the_phrasings_behind_them() {
        let half = fit(&trials(0.8, -1.0), 4.5);
        assert!((half.scale.offset + 0.5).abs() < 0.1, "{half:?}");
        let none = fit(&trials(0.8, -1.0), 1.0);
        assert!(!none.taken && none.scale == Scale::NONE);
        let found = |right: usize| (0..100).map(|n| Trial { log_odds: 0.0, right: n < right, kept: true, share: 0.01 }).collect::<Vec<_>>();
        assert_eq!([(90, 20.0), (90, 1.0), (50, 20.0)].map(|(right, n)| trust(&found(right), n)), [1.0, 0.0, 0.0]);
        assert!((trust(&found(65), 20.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_fit_that_is_no_better_is_not_taken() {
        // Probabilities that are true on the whole: of ten trials of nine in ten, nine are right. In each part that is held out more or
        // fewer are, so that the others say the opposite of it.
        let z = 9.0f64.ln();
        let parts: Vec<Vec<Trial>> = [1, -1, 1, -1, 0]
            .iter()
            .map(|more| {
                let side = |log_odds, rights| (0..10).map(move |n| (log_odds, n < rights + more));
                let both = side(z, 9).chain(side(-z, 1));
                both.map(|(log_odds, right)| Trial { log_odds, right, kept: right, share: 0.01 }).collect()
            })
            .collect();
        let noise: Vec<Trial> = (0..20).flat_map(|n| parts.iter().map(move |part| part[n])).collect();
        let fit = fit(&noise, 12.0);
        assert!(fit.trust > 0.9 && fit.loss.1 > fit.loss.0, "{fit:?}");
        assert!(!fit.taken && fit.scale == Scale::NONE, "{fit:?}");
        let empty = super::fit(&[], 12.0);
        assert!(!empty.taken && empty.scale == Scale::NONE);
    }

    #[test]
    fn a_log_can_show_more_answerable_questions_but_not_fewer() {
        // Two clear heaps, where half were assumed to be answerable; the assumption counts as much as the log.
        let log = |answerable: usize| -> Vec<f64> { (0..1000).map(|n| if n % 10 < answerable { 6.0 } else { -6.0 }).collect() };
        let more = prior_shift(0.5, &log(9));
        assert!((more - (0.7f64 / 0.3).ln()).abs() < 0.05, "{more}");
        assert_eq!([prior_shift(0.5, &log(2)), prior_shift(0.5, &[]), prior_shift(1.0, &log(9))], [0.0; 3]);
    }
}
