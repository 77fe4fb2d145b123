//! From a precision that the editor asks for to the line from which articles are shown.
//!
//! Three kinds of evidence, best first. Labelled answers of this knowledge base. What the knowledge base says of itself: its own
//! phrasings asked again, with themselves and with their article left out, weighed against an assumed or learned share of questions
//! that nothing answers. And where it has too few phrasings to ask itself, the line that held on other knowledge bases, moved up
//! to a cautious one where titles stand alone. The line always follows the cautious end of an interval.

use super::confidence::{Calibration, log_odds};
use crate::domain::score::Probability;

/// A question with its confidence and outcome, as far as known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Log-odds under the calibration in force.
    pub log_odds: f64,
    /// Whether the top candidate was right.
    pub right: bool,
    /// Whether an article answers it.
    pub kept: bool,
    /// Share of the traffic that it stands for; the shares of a list sum to 1.
    pub share: f64,
}

/// What a line rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The knowledge base's own phrasings.
    OwnPhrasings,
    /// Other knowledge bases.
    Shipped,
    /// Too little is known: a line above the shipped one.
    Cautious,
}

impl Evidence {
    /// The name on the wire and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Evidence::OwnPhrasings => "own_phrasings",
            Evidence::Shipped => "shipped",
            Evidence::Cautious => "cautious",
        }
    }
}

/// A line and what stands behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// The precision asked for.
    pub target: f64,
    /// Probability from which articles are shown; `None`: nothing can be promised.
    pub line: Option<f64>,
    /// The precision expected at the line, with the ends of its 95 % interval, where the evidence is the knowledge base's own.
    pub expected: Option<(f64, f64, f64)>,
    /// What it rests on.
    pub evidence: Evidence,
    /// Labelled answers that are missing until the promise can be checked; 0 where it rests on the knowledge base's own evidence.
    pub labels_missing: u64,
}

/// One-sided 80 %: how far the line goes to the cautious end.
const CAUTION: f64 = 0.84;
/// Two-sided 95 %.
const INTERVAL: f64 = 1.96;
/// Trials at or above a line below which it says nothing.
const LEAST_TRIALS: f64 = 20.0;
/// How far above the shipped line a knowledge base of bare titles or answers stands, in log-odds.
const CAUTIOUS_STEP: f64 = 1.75;
/// Half-width of the interval at which a promise counts as checked.
const CHECKED_WITHIN: f64 = 0.03;

/// The line for `target` from the knowledge base's own trials, `questions` of which are distinct ones that should be answered.
///
/// **Cost**: one sort.
pub fn from_trials(target: f64, trials: &[Trial], questions: usize) -> Promise {
    let mut order: Vec<&Trial> = trials.iter().collect();
    order.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds));
    let (mut share, mut expected) = (0.0, 0.0);
    let mut best = None;
    let mut at = 0;
    while at < order.len() {
        // Equal confidences stand or fall together.
        let value = order[at].log_odds;
        while at < order.len() && order[at].log_odds == value {
            share += order[at].share;
            expected += order[at].share / (1.0 + (-value).exp());
            at += 1;
        }
        let (precision, counted) = (expected / share, share * questions as f64);
        let error = (precision * (1.0 - precision) / counted.max(1.0)).sqrt();
        if counted >= LEAST_TRIALS && precision - CAUTION * error >= target {
            let (low, high) = (precision - INTERVAL * error, (precision + INTERVAL * error).min(1.0));
            best = Some((Probability::from_log_odds(value).get(), (precision, low, high)));
        }
    }
    Promise {
        target,
        line: best.map(|(line, _)| line),
        expected: best.map(|(_, expected)| expected),
        evidence: Evidence::OwnPhrasings,
        labels_missing: if best.is_some() { 0 } else { labels_needed(target) },
    }
}

/// The line for `target` where the knowledge base cannot ask itself; `bare`: its articles have a single phrasing each.
pub fn from_elsewhere(target: f64, calibration: &Calibration, bare: bool) -> Promise {
    let shipped = calibration.shipped_line(target);
    let line = if bare { Probability::from_log_odds(log_odds(shipped) + CAUTIOUS_STEP).get() } else { shipped };
    let evidence = if bare { Evidence::Cautious } else { Evidence::Shipped };
    Promise { target, line: Some(line), expected: None, evidence, labels_missing: labels_needed(target) }
}

/// Labelled answers after which an observed precision of `target` has an interval of ± 3 points.
pub fn labels_needed(target: f64) -> u64 {
    (INTERVAL * INTERVAL * target * (1.0 - target) / (CHECKED_WITHIN * CHECKED_WITHIN)).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::confidence::Confidence;

    /// Calibrated trials: of a thousand at each probability that share is right.
    fn calibrated() -> Vec<Trial> {
        let levels = [0.99, 0.97, 0.9, 0.7, 0.4, 0.1];
        let each = 1000;
        let all = (levels.len() * each) as f64;
        levels
            .iter()
            .flat_map(|p| {
                (0..each).map(move |n| Trial { log_odds: log_odds(*p), right: (n as f64) < p * each as f64, kept: true, share: 1.0 / all })
            })
            .collect()
    }

    #[test]
    fn the_line_is_the_lowest_that_keeps_the_promise() {
        // Mean of .99, .97 and .9 is .953; with .7 it falls to .89.
        let promise = from_trials(0.95, &calibrated(), 6000);
        assert!((promise.line.unwrap() - 0.9).abs() < 1e-9, "{promise:?}");
        let (precision, low, high) = promise.expected.unwrap();
        assert!((precision - 0.9533).abs() < 1e-3 && low < precision && precision < high);
        assert!((from_trials(0.985, &calibrated(), 6000).line.unwrap() - 0.99).abs() < 1e-9);
    }

    #[test]
    fn too_little_evidence_promises_less_or_nothing() {
        let few = from_trials(0.95, &calibrated(), 600);
        assert!(few.line.unwrap() > 0.9, "the cautious end of a wider interval asks for more: {few:?}");
        let none = from_trials(0.95, &calibrated(), 10);
        assert!(none.line.is_none() && none.labels_missing == labels_needed(0.95) && none.labels_missing > 100);
        assert!(from_trials(0.999, &calibrated(), 6000).line.is_none());
        assert!(from_trials(0.95, &[], 0).line.is_none());
    }

    #[test]
    fn bare_titles_ask_for_more_than_elsewhere() {
        let full = Confidence::prior().unwrap().full;
        let (usual, bare) = (from_elsewhere(0.95, &full, false), from_elsewhere(0.95, &full, true));
        assert!(usual.line < bare.line && bare.line.unwrap() < 1.0 && bare.labels_missing > 0);
        assert_eq!((usual.evidence.name(), bare.evidence.name()), ("shipped", "cautious"));
    }
}
