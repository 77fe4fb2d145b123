//! From a precision that the editor asks for to the line from which articles are shown.
//!
//! Three kinds of evidence, best first. Questions whose outcome people told. What the knowledge base says of itself: its own
//! phrasings asked again, with themselves and with their article left out, weighed against an assumed or learned share of questions
//! that nothing answers. And where it has too few phrasings to ask itself, the line that held on other knowledge bases; where titles
//! stand alone, a more cautious one that held on others of bare titles. The line always follows the cautious end of an interval.

use super::confidence::Calibration;
use super::labels::Outcome;
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
    /// Questions whose outcome people told.
    Labels,
    /// The knowledge base's own phrasings.
    OwnPhrasings,
    /// Other knowledge bases.
    Shipped,
    /// Too little is known: the line of other knowledge bases of bare titles.
    Cautious,
}

impl Evidence {
    /// The name on the wire and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Evidence::Labels => "labels",
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
    /// The precision expected at the line, with the ends of its 95 % interval, where the evidence is of this knowledge base.
    pub expected: Option<(f64, f64, f64)>,
    /// What it rests on.
    pub evidence: Evidence,
    /// Labelled questions that are missing until the promise can be checked; 0 where it rests on evidence of this knowledge base.
    pub labels_missing: u64,
}

/// One-sided 80 %: how far a line from labels goes to the cautious end.
const CAUTION: f64 = 0.84;
/// The same for a line from trials, whose outcomes the probabilities were fitted to already.
const TRIAL_CAUTION: f64 = 0.75;
/// Two-sided 95 %, in standard deviations.
pub const INTERVAL: f64 = 1.96;
/// Trials at or above a line below which it says nothing.
const LEAST_TRIALS: f64 = 20.0;
/// Labels at or above a line below which it says nothing. Of all depths the lowest that seems to hold is taken, so that chance has many
/// tries; with twenty it made a line of every third confidence that tells nothing, with fifty it does so as seldom as [`CAUTION`] says.
const LEAST_LABELS: f64 = 50.0;
/// Half-width of the interval at which a promise counts as checked.
const CHECKED_WITHIN: f64 = 0.03;

/// The line for `target` from what people told: the lowest at which the cautious end of the observed precision reaches it. Its line is
/// `None` where the labels deny the precision. The promise is `None` while there are fewer labels than it takes to check it
/// ([`labels_needed`]), and where they neither confirm nor deny it.
///
/// **Cost**: one sort.
pub fn from_labels(target: f64, outcomes: &[Outcome]) -> Option<Promise> {
    let mut order: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.firm && outcome.weight > 0.0).collect();
    if firm_count(outcomes) < labels_needed(target) as f64 {
        return None;
    }
    order.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds));
    let (mut weight, mut squares, mut right) = (0.0, 0.0, 0.0);
    let (mut best, mut denied) = (None, true);
    for (at, outcome) in order.iter().enumerate() {
        weight += outcome.weight;
        squares += outcome.weight * outcome.weight;
        right += outcome.weight * outcome.right;
        // Equal confidences stand or fall together.
        if order.get(at + 1).is_some_and(|next| next.log_odds == outcome.log_odds) {
            continue;
        }
        // As many labels of full weight as would say as much.
        let (precision, counted) = (right / weight, weight * weight / squares);
        if counted < LEAST_LABELS {
            continue;
        }
        denied &= wilson(precision, counted, INTERVAL).1 < target;
        if wilson(precision, counted, CAUTION).0 >= target {
            let (low, high) = wilson(precision, counted, INTERVAL);
            best = Some((Probability::from_log_odds(outcome.log_odds).get(), (precision, low, high)));
        }
    }
    if best.is_none() && !denied {
        return None;
    }
    let (line, expected) = best.unzip();
    Some(Promise { target, line, expected, evidence: Evidence::Labels, labels_missing: 0 })
}

/// How many firm labels of equal weight would say as much as these do. Labels that all fade alike still count in full.
pub fn firm_count(outcomes: &[Outcome]) -> f64 {
    let firm = outcomes.iter().filter(|outcome| outcome.firm);
    let (weight, squares) = firm.fold((0.0, 0.0), |(sum, squares), o| (sum + o.weight, squares + o.weight * o.weight));
    if squares > 0.0 { weight * weight / squares } else { 0.0 }
}

/// Both ends of the interval around a share observed `counted` times, `deviations` standard deviations wide on each side.
///
/// **Source**: Wilson, “Probable inference, the law of succession, and statistical inference” (1927).
pub fn wilson(share: f64, counted: f64, deviations: f64) -> (f64, f64) {
    let squared = deviations * deviations / counted;
    let centre = share + squared / 2.0;
    let spread = deviations * (share * (1.0 - share) / counted + squared / (4.0 * counted)).sqrt();
    ((centre - spread) / (1.0 + squared), (centre + spread) / (1.0 + squared))
}

/// The line for `target` from the knowledge base's own trials, `questions` of which are distinct ones that should be answered: the lowest
/// at which the precision that the probabilities lead to expect of the trials surely reaches it. What came of the trials themselves is not
/// asked again: it stretched and moved the probabilities, and beyond that it tells how well an editor's phrasings lead to each other, which
/// is better than customers' words do. On every knowledge base with phrasings enough the precision then observed reached the target within
/// its interval (docs/QUALITY.md).
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
        if counted >= LEAST_TRIALS && precision - TRIAL_CAUTION * error >= target {
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
    let line = calibration.shipped_line(target, bare);
    let evidence = if bare { Evidence::Cautious } else { Evidence::Shipped };
    Promise { target, line: Some(line), expected: None, evidence, labels_missing: labels_needed(target) }
}

/// Labels after which an observed precision of `target` has an interval of ± 3 points, and which, all of them right, would confirm it. A
/// target below .95 needs no more than that one: who asks for less need not know it more closely.
pub fn labels_needed(target: f64) -> u64 {
    let usual = target.max(0.95);
    let checked = INTERVAL * INTERVAL * usual * (1.0 - usual) / (CHECKED_WITHIN * CHECKED_WITHIN);
    let confirmed = CAUTION * CAUTION * target / (1.0 - target);
    checked.max(confirmed).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::confidence::{Confidence, log_odds};

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
        let few = from_trials(0.95, &calibrated(), 300);
        assert!(few.line.unwrap() > 0.9, "the cautious end of a wider interval asks for more: {few:?}");
        let none = from_trials(0.95, &calibrated(), 10);
        assert!(none.line.is_none() && none.labels_missing == labels_needed(0.95) && none.labels_missing > 100);
        assert!(from_trials(0.999, &calibrated(), 6000).line.is_none());
        assert!(from_trials(0.95, &[], 0).line.is_none());
    }

    fn told(count: usize, right: impl Fn(usize) -> bool) -> Vec<Outcome> {
        (0..count)
            .map(|n| Outcome { log_odds: 4.0 - n as f64 * 0.01, right: f64::from(u8::from(right(n))), weight: 1.0, firm: true })
            .collect()
    }

    #[test]
    fn enough_labels_give_the_line_and_its_interval() {
        // Right down to the 200th, then one in two.
        let outcomes = told(400, |n| n < 200 || n % 2 == 0);
        let promise = from_labels(0.95, &outcomes).unwrap();
        let (precision, low, high) = promise.expected.unwrap();
        assert!(precision > 0.95 && low < precision && precision < high && high < 1.0, "{promise:?}");
        let line = log_odds(promise.line.unwrap());
        assert!(line < 2.05 && line > 1.8, "somewhere below the 200th: {line}");
        assert!(from_labels(0.99, &outcomes).unwrap().line > promise.line, "a higher precision asks for more");
        assert_eq!((promise.evidence.name(), promise.labels_missing), ("labels", 0));
    }

    #[test]
    fn labels_that_deny_the_precision_promise_nothing_and_too_few_say_nothing() {
        let denied = from_labels(0.95, &told(400, |n| n % 2 == 0)).unwrap();
        assert!(denied.line.is_none() && denied.expected.is_none());
        assert_eq!(from_labels(0.95, &told(labels_needed(0.95) as usize - 1, |_| true)), None);
        let mut hearsay = told(400, |_| true);
        hearsay.iter_mut().for_each(|outcome| outcome.firm = false);
        assert_eq!(from_labels(0.95, &hearsay), None);
        let mut old = told(400, |_| true);
        old.iter_mut().for_each(|outcome| outcome.weight = 0.4);
        assert!(from_labels(0.95, &old).is_some(), "labels that are all as old still count");
        old[0].weight = 40.0;
        assert_eq!(from_labels(0.95, &old), None, "one that outweighs the others is one");
    }

    #[test]
    fn labels_that_leave_it_open_leave_it_to_other_evidence() {
        assert!([0.8, 0.95, 0.99, 0.999].map(labels_needed).iter().all(|needed| *needed >= 70));
        assert_eq!([0.5, 0.8, 0.95].map(labels_needed), [203; 3]);
        // 38 of 40 are right at every depth: .95 lies within the interval, its cautious end below.
        assert_eq!(from_labels(0.95, &told(220, |n| n % 20 != 7)), None);
        assert_eq!(from_labels(0.99, &told(80, |n| n != 10)), None);
        assert!(from_labels(0.99, &told(80, |_| true)).unwrap().line.is_some());
    }

    #[test]
    fn the_interval_of_a_share_stays_within_bounds() {
        let (low, high) = wilson(1.0, 20.0, INTERVAL);
        assert!((low - 0.8389).abs() < 1e-3 && (high - 1.0).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn bare_titles_ask_for_more_than_elsewhere() {
        let full = Confidence::prior().unwrap().full;
        let (usual, bare) = (from_elsewhere(0.95, &full, false), from_elsewhere(0.95, &full, true));
        assert!(usual.line < bare.line && bare.line.unwrap() < 1.0 && bare.labels_missing > 0);
        assert_eq!((usual.evidence.name(), bare.evidence.name()), ("shipped", "cautious"));
    }
}
