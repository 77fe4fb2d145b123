//! The confidence: the probability that the top candidate answers the question.
//!
//! It is the product of two: that an article answers the question at all, and that it is the top candidate if one does. What speaks
//! for the first (nearness, far from small talk) and for the second (a lead over the others) are different things, and one sum over both
//! lets a lead over wrong articles stand for an answer that does not exist. Each factor is a logistic model over a few named features,
//! monotone where it must be, fitted on the project's own labelled questions (`jieda eval fit`). Raw scores never meet a threshold: they
//! only enter here. Keyword-only mode has a fit of its own. What was fitted is data (`prior.toml`), carries its own fingerprint, and is
//! embedded in the program ([`file`]). From the second factor also follows how likely the right article is among the first few ([`Chances`]).

mod file;

pub use file::CalibrationError;

use super::logistic::{Logistic, Sign};
use super::policy::{CLARIFY_MAX, Thresholds};
use crate::domain::decision::{Factor, FeatureShare};
use crate::domain::score::Probability;

/// In which mode a feature takes part in a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Both.
    Always,
    /// Only with the encoder.
    Full,
    /// Only with keywords alone.
    Degraded,
    /// Neither.
    Never,
}

impl Part {
    const fn takes(self, degraded: bool) -> bool {
        match self {
            Part::Always => true,
            Part::Full => !degraded,
            Part::Degraded => degraded,
            Part::Never => false,
        }
    }
}

/// A feature of the confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// The sign that its weights may have.
    pub sign: Sign,
    /// Where it says whether an article answers.
    pub in_scope: Part,
    /// Where it says whether the top candidate is that article.
    pub right: Part,
}

impl Feature {
    /// Whether it takes part in a factor.
    pub fn takes_part(&self, factor: Factor, degraded: bool) -> bool {
        match factor {
            Factor::InScope => self.in_scope.takes(degraded),
            Factor::Right => self.right.takes(degraded),
            Factor::Own | Factor::Whole => false,
        }
    }

    /// Whether it takes part in a factor in either mode.
    pub fn belongs_to(&self, factor: Factor) -> bool {
        self.takes_part(factor, false) || self.takes_part(factor, true)
    }
}

const fn feature(name: &'static str, sign: Sign, in_scope: Part, right: Part) -> Feature {
    Feature { name, sign, in_scope, right }
}

/// The features, in the order of [`Features`].
///
/// The slope over the evidence may change at two points, but never becomes negative. What did not carry over from one knowledge base
/// to another (docs/QUALITY.md) is not here.
pub const FEATURES: [Feature; 21] = [
    feature("evidence", Sign::Positive, Part::Full, Part::Full),
    feature("evidence_middle", Sign::Free, Part::Full, Part::Full),
    feature("evidence_high", Sign::Free, Part::Full, Part::Full),
    feature("close_margin", Sign::Positive, Part::Never, Part::Full),
    feature("lead", Sign::Positive, Part::Never, Part::Full),
    feature("apart", Sign::Positive, Part::Never, Part::Full),
    feature("answer_apart", Sign::Positive, Part::Never, Part::Full),
    feature("head_share", Sign::Positive, Part::Never, Part::Full),
    feature("small_talk_distance", Sign::Positive, Part::Full, Part::Never),
    feature("nearer_elsewhere", Sign::Negative, Part::Full, Part::Full),
    feature("from_answer", Sign::Free, Part::Full, Part::Never),
    feature("other_language", Sign::Free, Part::Full, Part::Never),
    feature("few_phrasings", Sign::Free, Part::Full, Part::Full),
    feature("exact", Sign::Positive, Part::Always, Part::Always),
    feature("length", Sign::Free, Part::Always, Part::Degraded),
    feature("number_or_code_contradicted", Sign::Negative, Part::Never, Part::Always),
    feature("negation_contradicted", Sign::Negative, Part::Never, Part::Always),
    feature("unknown_share", Sign::Free, Part::Always, Part::Degraded),
    feature("overlap", Sign::Positive, Part::Degraded, Part::Degraded),
    feature("bm25_share", Sign::Positive, Part::Degraded, Part::Degraded),
    feature("bm25_margin", Sign::Positive, Part::Degraded, Part::Always),
];

/// A model for each of the two factors that are fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// Whether an article answers.
    pub in_scope: Logistic,
    /// Whether the top candidate does, if one does.
    pub right: Logistic,
}

impl Factors {
    /// Both with their names.
    pub fn named(&self) -> [(Factor, &Logistic); 2] {
        [(Factor::InScope, &self.in_scope), (Factor::Right, &self.right)]
    }

    /// The log-odds of each.
    pub fn each(&self, features: &Features) -> (f64, f64) {
        (self.in_scope.log_odds(&features.0), self.right.log_odds(&features.0))
    }

    /// The log-odds that the top candidate answers the question.
    pub fn log_odds(&self, features: &Features) -> f64 {
        let (in_scope, right) = self.each(features);
        both(in_scope, right)
    }
}

/// What the confidence looks at, in the order of [`FEATURES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features(pub [f64; FEATURES.len()]);

/// How likely the candidates of a question are to answer it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chances {
    /// That the top candidate does: the confidence.
    pub first: Probability,
    /// That one of the first [`CLARIFY_MAX`] does; never below the other.
    pub few: Probability,
}

impl Chances {
    /// Where nothing was found.
    pub const NONE: Chances = Chances { first: Probability::ZERO, few: Probability::ZERO };

    fn of(first: f64, few: f64) -> Self {
        Chances { first: Probability::from_log_odds(first), few: Probability::from_log_odds(few.max(first)) }
    }

    /// The same with another confidence: both move by as many log-odds.
    pub fn moved(self, first: Probability) -> Self {
        let odds = |p: Probability| log_odds(p.get().clamp(1e-9, 1.0 - 1e-9));
        let few = Probability::from_log_odds(odds(self.few) + odds(first) - odds(self.first));
        Chances { first, few: if few.get() > first.get() { few } else { first } }
    }
}

/// A fitted model with its lines between bands.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    factors: Factors,
    /// What this knowledge base, its log or its labels made of the log-odds of both.
    own: Scale,
    /// From the second factor's log-odds to those that the right article, if there is one, is among the first [`CLARIFY_MAX`].
    few: Scale,
    /// How fast the probability falls from the best candidate to the next, per unit of the fused score.
    pub fall: f64,
    /// The lines; the answer line is the one for [`DEFAULT_TARGET`].
    pub thresholds: Thresholds,
    /// Probability from which answering is likelier right than answering nothing.
    pub accurate: f64,
    /// Precisions with the probability from which answers reached them on knowledge bases that the fit had not seen, ascending.
    pub lines: Vec<(f64, f64)>,
    /// The same on knowledge bases of bare titles.
    pub bare_lines: Vec<(f64, f64)>,
}

/// The precision promised where nothing else is asked.
pub const DEFAULT_TARGET: f64 = 0.95;

/// The confidence in both modes.
#[derive(Debug, Clone, PartialEq)]
pub struct Confidence {
    /// With the encoder.
    pub full: Calibration,
    /// Keywords only.
    pub degraded: Calibration,
    /// Hex SHA-256 of what was fitted.
    pub fingerprint: String,
}

/// A straight line over log-odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Factor, above 0.
    pub slope: f64,
    /// Added.
    pub offset: f64,
}

impl Scale {
    /// Changes nothing.
    pub const NONE: Scale = Scale { slope: 1.0, offset: 0.0 };

    /// Log-odds, stretched and moved.
    pub fn of(self, log_odds: f64) -> f64 {
        log_odds * self.slope + self.offset
    }
}

/// Whether the confidence never falls as the evidence rises.
pub fn rises(weights: &[f64]) -> bool {
    let slope = |pieces: usize| weights[..pieces].iter().sum::<f64>();
    (1..=EVIDENCE_PIECES).all(|pieces| slope(pieces) >= -1e-9)
}

/// The first features are one line over the evidence whose slope changes.
pub const EVIDENCE_PIECES: usize = 3;

/// ln(p / (1 − p)).
pub fn log_odds(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

impl Confidence {
    /// The calibration of a mode, to be changed.
    pub fn of_mut(&mut self, degraded: bool) -> &mut Calibration {
        if degraded { &mut self.degraded } else { &mut self.full }
    }

    /// The calibration of a mode.
    pub fn of(&self, degraded: bool) -> &Calibration {
        if degraded { &self.degraded } else { &self.full }
    }
}

/// Log-odds that both of two things hold, from the log-odds of the first and those of the second given the first.
pub fn both(first: f64, second: f64) -> f64 {
    // 1 / (p·q) − 1 = a + b + a·b with a and b the odds against each; the larger is taken out so that small ones are not lost.
    let (less, more) = if first < second { (first, second) } else { (second, first) };
    less - ((less - more).exp() + (-more).exp()).ln_1p()
}

/// The log-odds that `shares` tell: of both factors together with what the knowledge base's own correction adds, or the one sum of
/// earlier releases.
pub fn told(shares: &[FeatureShare]) -> f64 {
    uncorrected(shares) + sum(shares, Factor::Own)
}

/// The same without the correction.
pub fn uncorrected(shares: &[FeatureShare]) -> f64 {
    if shares.iter().any(|share| share.factor == Factor::InScope) {
        both(sum(shares, Factor::InScope), sum(shares, Factor::Right))
    } else {
        sum(shares, Factor::Whole)
    }
}

fn sum(shares: &[FeatureShare], factor: Factor) -> f64 {
    shares.iter().filter(|share| share.factor == factor).map(|share| share.log_odds).sum()
}

/// The name of a factor's log-odds where all features are 0.
pub const BIAS: &str = "bias";
/// The name of the stretch of a knowledge base's own scale.
pub const OWN_SLOPE: &str = "own_slope";
/// The name of its shift.
pub const OWN_OFFSET: &str = "own_offset";

impl Calibration {
    /// The probability from which answers are right as often as `target` asks, going by knowledge bases that the fit had not seen;
    /// between two measured precisions the log-odds are interpolated, beyond the last the line rises with the odds asked for. `bare`:
    /// for articles with a single phrasing each.
    pub fn shipped_line(&self, target: f64, bare: bool) -> f64 {
        let lines = if bare { &self.bare_lines } else { &self.lines };
        let odds = |p: f64| log_odds(p.clamp(1e-6, 1.0 - 1e-6));
        let next = lines.iter().position(|(t, _)| *t >= target);
        let line = match next {
            Some(0) => odds(lines[0].1),
            Some(at) => {
                let ((below, low), (above, high)) = (lines[at - 1], lines[at]);
                let share = (odds(target) - odds(below)) / (odds(above) - odds(below));
                odds(low) + share * (odds(high) - odds(low))
            }
            None => {
                let (last, line) = lines[lines.len() - 1];
                odds(line) + odds(target) - odds(last)
            }
        };
        Probability::from_log_odds(line).get()
    }

    /// The same with the log-odds stretched and moved: what a knowledge base taught of its own difficulty.
    pub fn rescaled(&self, scale: Scale) -> Calibration {
        let own = Scale { slope: self.own.slope * scale.slope, offset: scale.of(self.own.offset) };
        Calibration { own, ..self.clone() }
    }

    /// The log-odds that the top candidate answers the question.
    pub fn log_odds(&self, features: &Features) -> f64 {
        self.own.of(self.factors.log_odds(features))
    }

    /// The probabilities that the top candidate answers the question, and that one of the first few does.
    pub fn chances(&self, features: &Features) -> Chances {
        let (in_scope, right) = self.factors.each(features);
        Chances::of(self.own.of(both(in_scope, right)), self.own.of(both(in_scope, self.few.of(right))))
    }

    /// The probability that the top candidate answers the question.
    pub fn confidence(&self, features: &Features) -> Probability {
        self.chances(features).first
    }

    /// Every feature with its share of the log-odds of each factor it takes part in, after that factor's bias; then what the knowledge base's
    /// own scale adds to the log-odds of both together ([`both`]).
    pub fn shares(&self, features: &Features, degraded: bool) -> Vec<FeatureShare> {
        let mut shares = Vec::new();
        let mut add = |factor, name: &str, value, log_odds| shares.push(FeatureShare { factor, name: name.to_owned(), value, log_odds });
        for (factor, model) in self.factors.named() {
            add(factor, BIAS, 1.0, model.bias);
            for ((feature, value), weight) in FEATURES.iter().zip(features.0).zip(&model.weights) {
                if feature.takes_part(factor, degraded) {
                    add(factor, feature.name, value, weight * value);
                }
            }
        }
        if self.own != Scale::NONE {
            add(Factor::Own, OWN_SLOPE, self.own.slope, (self.own.slope - 1.0) * self.factors.log_odds(features));
            add(Factor::Own, OWN_OFFSET, 1.0, self.own.offset);
        }
        shares
    }

    /// Probabilities of all candidates: `fused` is best first. Those of the first [`CLARIFY_MAX`] sum to `chances.few` where none of them
    /// would be likelier than the best one; they fall with the distance to it, and all together never sum to more than 1.
    pub fn spread(&self, chances: Chances, fused: &[f64]) -> Vec<Probability> {
        let Some(top) = fused.first() else { return Vec::new() };
        let first = chances.first.get();
        let relative: Vec<f64> = fused[1..].iter().map(|score| (-self.fall * (top - score)).exp()).collect();
        let (few, beyond) = relative.split_at(relative.len().min(CLARIFY_MAX - 1));
        let level = level(few, chances.few.get() - first, first);
        let others = few.iter().map(|r| (r * level).min(first));
        let left = 1.0 - first - others.clone().sum::<f64>();
        let last = others.clone().next_back().unwrap_or(0.0);
        let lower = level.min(left.max(0.0) / beyond.iter().sum::<f64>());
        let others = others.chain(beyond.iter().map(|r| (r * lower).min(last)));
        std::iter::once(chances.first).chain(others.map(|p| Probability::new(p.clamp(0.0, 1.0)).unwrap_or(Probability::ZERO))).collect()
    }
}

/// What to multiply falling weights by so that they sum to `total`, none counting as more than `most`.
fn level(weights: &[f64], total: f64, most: f64) -> f64 {
    (0..weights.len())
        .map(|full| ((total - full as f64 * most).max(0.0) / weights[full..].iter().sum::<f64>(), weights[full]))
        .find(|(level, next)| level * next <= most)
        .map_or(f64::MAX, |(level, _)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_calibration_is_whole() {
        let prior = Confidence::prior().unwrap();
        for calibration in [&prior.full, &prior.degraded] {
            let lines = calibration.thresholds;
            assert!(lines.answer > lines.in_scope && lines.clarify > lines.in_scope && lines.rival > 0.0, "{lines:?}");
            for bare in [false, true] {
                let rising: Vec<f64> =
                    [0.5, 0.8, 0.85, 0.9, 0.95, 0.99, 0.999].iter().map(|t| calibration.shipped_line(*t, bare)).collect();
                assert!(rising.windows(2).all(|w| w[0] <= w[1]) && rising[6] < 1.0, "{rising:?}");
            }
        }
        assert_ne!(prior.full, prior.degraded);
    }

    #[test]
    fn better_evidence_never_lowers_the_confidence() {
        let prior = Confidence::prior().unwrap();
        let base = Features([0.5; FEATURES.len()]);
        for calibration in [&prior.full, &prior.degraded] {
            for (at, feature) in FEATURES.iter().enumerate() {
                let mut more = base;
                more.0[at] += 0.2;
                let change = calibration.confidence(&more).get() - calibration.confidence(&base).get();
                match feature.sign {
                    Sign::Positive => assert!(change >= 0.0, "{}", feature.name),
                    Sign::Negative => assert!(change <= 0.0, "{}", feature.name),
                    Sign::Free => {}
                }
            }
        }
    }

    #[test]
    fn both_is_the_product_also_at_the_ends() {
        for (p, q) in [(0.5, 0.5), (0.9, 0.2), (1e-9, 0.7), (0.999_999, 0.999_999)] {
            assert!((Probability::from_log_odds(both(log_odds(p), log_odds(q))).get() - p * q).abs() < 1e-12, "{p} {q}");
        }
        // Where one is certain the other is all there is, and two near certainties never come out above either.
        assert!((both(300.0, -1.5) + 1.5).abs() < 1e-12 && (both(-700.0, 2.0) + 700.0).abs() < 0.2);
        assert!(both(40.0, 40.0) < 40.0 && both(40.0, 40.0) > 39.0);
    }

    #[test]
    fn shares_add_up_and_probabilities_stay_below_one() {
        let shipped = Confidence::prior().unwrap();
        let features = Features([0.3; FEATURES.len()]);
        for degraded in [false, true] {
            let shipped = shipped.of(degraded);
            let own = shipped.rescaled(Scale { slope: 0.8, offset: -0.3 }).rescaled(Scale { slope: 1.1, offset: 0.2 });
            for calibration in [shipped, &own] {
                let shares = calibration.shares(&features, degraded);
                assert!((told(&shares) - calibration.log_odds(&features)).abs() < 1e-12);
            }
            let expected = (shipped.log_odds(&features) * 0.8 - 0.3) * 1.1 + 0.2;
            assert!((own.log_odds(&features) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_first_few_sum_to_their_probability_and_none_exceeds_the_one_before() {
        let shipped = Confidence::prior().unwrap().full;
        let fused = [0.9, 0.9, 0.88, 0.87, 0.6, 0.59, 0.2, -1.0];
        for (first, few) in [(0.0, 0.0), (0.0, 0.3), (0.05, 0.9), (0.2, 0.7), (0.6, 0.6), (0.6, 0.99), (0.99, 1.0), (1.0, 1.0)] {
            let [first, few] = [first, few].map(|p| Probability::new(p).unwrap());
            for fused in [&fused[..], &fused[..3], &fused[..1]] {
                let spread = shipped.spread(Chances { first, few }, fused);
                assert_eq!((spread.len(), spread[0]), (fused.len(), first));
                assert!(spread.iter().map(|p| p.get()).sum::<f64>() <= 1.0 + 1e-9);
                assert!(spread.windows(2).all(|w| w[0].get() >= w[1].get() - 1e-12), "{spread:?}");
                let among: f64 = spread.iter().take(CLARIFY_MAX).map(|p| p.get()).sum();
                let most = first.get() * fused.len().min(CLARIFY_MAX) as f64;
                assert!((among - few.get().min(most)).abs() < 1e-9 || fused.len() == 1, "{few:?} {spread:?}");
            }
        }
    }

    #[test]
    fn the_first_few_are_never_less_likely_than_the_first() {
        let shipped = Confidence::prior().unwrap();
        for calibration in [&shipped.full, &shipped.degraded] {
            for value in [-0.5, 0.0, 0.1, 0.3, 0.8] {
                let chances = calibration.chances(&Features([value; FEATURES.len()]));
                assert!(chances.few.get() >= chances.first.get(), "{chances:?}");
                assert_eq!(chances.first, calibration.confidence(&Features([value; FEATURES.len()])));
                let same = chances.moved(chances.first);
                assert!((same.few.get() - chances.few.get()).abs() < 1e-9);
                for first in [0.0, 0.3, 0.9, 1.0].map(|p| Probability::new(p).unwrap()) {
                    let moved = chances.moved(first);
                    assert!(moved.first == first && moved.few.get() >= first.get(), "{moved:?}");
                }
            }
        }
    }
}
