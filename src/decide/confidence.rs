//! The confidence: the probability that the top candidate answers the question.
//!
//! A logistic model over a few named features, monotone where it must be, fitted on the project's own labelled questions
//! (`jieda eval fit`). Raw scores never meet a threshold: they only enter here. Keyword-only mode has a fit of its own.
//! What was fitted is data (`prior.toml`), carries its own fingerprint, and is embedded in the program.

use crate::error::{Code, Coded};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::logistic::{Logistic, Sign};
use super::policy::Thresholds;
use crate::domain::decision::FeatureShare;
use crate::domain::score::Probability;

/// In which mode a feature takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Both.
    Always,
    /// Only with the encoder.
    Full,
    /// Only with keywords alone.
    Degraded,
}

/// Names, permitted signs and modes of the features, in the order of [`Features`].
///
/// The slope over the evidence may change at two points, but never becomes negative. Few features carry over from one knowledge
/// base to another; what did not (docs/QUALITY.md) only enters through the evidence.
pub const FEATURES: [(&str, Sign, Part); 18] = [
    ("evidence", Sign::Positive, Part::Full),
    ("evidence_middle", Sign::Free, Part::Full),
    ("evidence_high", Sign::Free, Part::Full),
    ("close_margin", Sign::Positive, Part::Full),
    ("lead", Sign::Positive, Part::Full),
    ("small_talk_distance", Sign::Positive, Part::Full),
    ("nearer_elsewhere", Sign::Negative, Part::Full),
    ("from_answer", Sign::Free, Part::Full),
    ("other_language", Sign::Free, Part::Full),
    ("few_phrasings", Sign::Negative, Part::Full),
    ("exact", Sign::Positive, Part::Always),
    ("length", Sign::Free, Part::Always),
    ("number_or_code_contradicted", Sign::Negative, Part::Always),
    ("negation_contradicted", Sign::Negative, Part::Always),
    ("unknown_share", Sign::Negative, Part::Degraded),
    ("overlap", Sign::Positive, Part::Degraded),
    ("bm25_share", Sign::Positive, Part::Degraded),
    ("bm25_margin", Sign::Positive, Part::Degraded),
];

/// The signs for a fit in one mode; `None` for a feature that takes no part.
pub fn signs(degraded: bool) -> [Option<Sign>; FEATURES.len()] {
    FEATURES.map(|(_, sign, part)| match part {
        Part::Full if degraded => None,
        Part::Degraded if !degraded => None,
        Part::Always | Part::Full | Part::Degraded => Some(sign),
    })
}

/// What the confidence looks at, in the order of [`FEATURES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features(pub [f64; FEATURES.len()]);

/// A fitted model with its lines between bands.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    model: Logistic,
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

/// A calibration file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the calibration cannot be used: {problem}")]
pub struct CalibrationError {
    /// What is wrong.
    pub problem: String,
}

impl Coded for CalibrationError {
    fn code(&self) -> Code {
        Code::FileFormat
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "fitted_on")]
    _fitted_on: Vec<String>,
    full: Section,
    degraded: Section,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    bias: f64,
    fall: f64,
    clarify: f64,
    in_scope: f64,
    accurate: f64,
    rival: f64,
    lines: Vec<(f64, f64)>,
    bare_lines: Vec<(f64, f64)>,
    weights: std::collections::BTreeMap<String, f64>,
}

impl Confidence {
    /// What was fitted on the project's own questions.
    pub fn prior() -> Result<Self, CalibrationError> {
        Self::parse(include_str!("prior.toml"))
    }

    /// Reads a calibration file: every feature must have a weight, none may be unknown.
    pub fn parse(text: &str) -> Result<Self, CalibrationError> {
        let file: File = toml::from_str(text).map_err(|error| CalibrationError { problem: error.to_string() })?;
        Ok(Confidence {
            full: Calibration::read(file.full)?,
            degraded: Calibration::read(file.degraded)?,
            fingerprint: crate::text::hex::hex(&Sha256::digest(text.as_bytes())),
        })
    }

    /// The calibration of a mode, to be changed.
    pub fn of_mut(&mut self, degraded: bool) -> &mut Calibration {
        if degraded { &mut self.degraded } else { &mut self.full }
    }

    /// The calibration of a mode.
    pub fn of(&self, degraded: bool) -> &Calibration {
        if degraded { &self.degraded } else { &self.full }
    }
}

impl Calibration {
    fn read(section: Section) -> Result<Self, CalibrationError> {
        let mut given = section.weights;
        let mut weights = Vec::with_capacity(FEATURES.len());
        for (name, sign, _) in FEATURES {
            let weight = given.remove(name).ok_or_else(|| CalibrationError { problem: format!("feature {name} has no weight") })?;
            let allowed = match sign {
                Sign::Free => true,
                Sign::Positive => weight >= 0.0,
                Sign::Negative => weight <= 0.0,
            };
            if !allowed || !weight.is_finite() {
                return Err(CalibrationError { problem: format!("feature {name} may not have the weight {weight}") });
            }
            weights.push(weight);
        }
        if let Some((name, _)) = given.pop_first() {
            return Err(CalibrationError { problem: format!("feature {name} is unknown") });
        }
        if !rises(&weights) {
            return Err(CalibrationError { problem: "more evidence may not lower the confidence".to_owned() });
        }
        let ascending = |lines: &[(f64, f64)]| {
            let within = |share: f64| (0.0..=1.0).contains(&share);
            let rising = lines.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1);
            !lines.is_empty() && rising && lines.iter().all(|(target, line)| within(*target) && within(*line))
        };
        if !ascending(&section.lines) || !ascending(&section.bare_lines) {
            return Err(CalibrationError { problem: "lines must be pairs of a precision and a probability, ascending".to_owned() });
        }
        let mut calibration = Calibration {
            model: Logistic { bias: section.bias, weights },
            fall: section.fall,
            thresholds: Thresholds { answer: 1.0, clarify: section.clarify, in_scope: section.in_scope, rival: section.rival },
            accurate: section.accurate,
            lines: section.lines,
            bare_lines: section.bare_lines,
        };
        calibration.thresholds.answer = calibration.shipped_line(DEFAULT_TARGET, false);
        Ok(calibration)
    }

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
        let mut own = self.clone();
        own.model.bias = own.model.bias * scale.slope + scale.offset;
        own.model.weights.iter_mut().for_each(|weight| *weight *= scale.slope);
        own
    }

    /// The log-odds that the top candidate answers the question.
    pub fn log_odds(&self, features: &Features) -> f64 {
        self.model.log_odds(&features.0)
    }

    /// The probability that the top candidate answers the question.
    pub fn confidence(&self, features: &Features) -> Probability {
        Probability::from_log_odds(self.model.log_odds(&features.0))
    }

    /// Every feature with its share of the log-odds; the first line is the bias.
    pub fn shares(&self, features: &Features) -> Vec<FeatureShare> {
        let bias = FeatureShare { name: "bias".to_owned(), value: 1.0, log_odds: self.model.bias };
        let shares = FEATURES.iter().zip(features.0).zip(&self.model.weights).map(|(((name, _, _), value), weight)| FeatureShare {
            name: (*name).to_owned(),
            value,
            log_odds: weight * value,
        });
        std::iter::once(bias).chain(shares).collect()
    }

    /// Probabilities of all candidates from the best one's: `fused` is best first. They fall with the distance to the best and
    /// never sum to more than 1.
    pub fn spread(&self, best: Probability, fused: &[f64]) -> Vec<Probability> {
        let Some(top) = fused.first() else { return Vec::new() };
        let relative: Vec<f64> = fused[1..].iter().map(|score| (-self.fall * (top - score)).exp()).collect();
        let others: f64 = relative.iter().sum();
        let room = 1.0 - best.get();
        // Where the best is unlikely, so are the others: what is left also holds “none of them”.
        let scale = if others > 0.0 { (best.get()).min(room / others) } else { 0.0 };
        let rest = relative.iter().map(|r| Probability::new((r * scale).clamp(0.0, 1.0)).unwrap_or(Probability::ZERO));
        std::iter::once(best).chain(rest).collect()
    }
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
            for (at, (name, sign, _)) in FEATURES.iter().enumerate() {
                let mut more = base;
                more.0[at] += 0.2;
                let change = calibration.confidence(&more).get() - calibration.confidence(&base).get();
                match sign {
                    Sign::Positive => assert!(change >= 0.0, "{name}"),
                    Sign::Negative => assert!(change <= 0.0, "{name}"),
                    Sign::Free => {}
                }
            }
        }
    }

    #[test]
    fn shares_add_up_and_probabilities_stay_below_one() {
        let calibration = Confidence::prior().unwrap().full;
        let features = Features([0.3; FEATURES.len()]);
        let sum: f64 = calibration.shares(&features).iter().map(|s| s.log_odds).sum();
        assert!((Probability::from_log_odds(sum).get() - calibration.confidence(&features).get()).abs() < 1e-12);
        for best in [0.0, 0.2, 0.6, 0.99, 1.0] {
            let spread = calibration.spread(Probability::new(best).unwrap(), &[0.9, 0.9, 0.88, 0.2, -1.0]);
            assert!(spread.iter().map(|p| p.get()).sum::<f64>() <= 1.0 + 1e-9);
            assert!(spread.windows(2).all(|w| w[0].get() >= w[1].get()), "{spread:?}");
        }
    }

    #[test]
    fn unknown_missing_and_forbidden_weights_are_named() {
        let good = include_str!("prior.toml");
        for (from, to, want) in [
            ("\noverlap = ", "\noverlapp = ", "overlap"),
            ("\nexact = ", "\nexact = -", "exact"),
            ("\nevidence_high = ", "\nevidence_high = -9999", "evidence"),
            ("\nlines = [[0.8", "\nlines = [[0.99", "ascending"),
            ("\nbare_lines = [[0.8", "\nbare_lines = [[0.99", "ascending"),
        ] {
            let error = Confidence::parse(&good.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
