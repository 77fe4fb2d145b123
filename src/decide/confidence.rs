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

/// Names and permitted signs of the features, in the order of [`Features`].
pub const FEATURES: [(&str, Sign); 17] = [
    ("semantic", Sign::Positive),
    ("semantic_middle", Sign::Positive),
    ("semantic_high", Sign::Positive),
    ("close_margin", Sign::Positive),
    ("overlap", Sign::Positive),
    ("bm25_share", Sign::Positive),
    ("bm25_margin", Sign::Positive),
    ("lexical_agrees", Sign::Positive),
    ("dense_agrees", Sign::Positive),
    ("exact", Sign::Positive),
    ("from_answer", Sign::Free),
    ("length", Sign::Free),
    ("unknown_share", Sign::Negative),
    ("number_or_code_contradicted", Sign::Negative),
    ("negation_contradicted", Sign::Negative),
    ("other_language", Sign::Free),
    ("few_phrasings", Sign::Free),
];

/// What the confidence looks at, in the order of [`FEATURES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features(pub [f64; FEATURES.len()]);

/// A fitted model with its lines between bands.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    model: Logistic,
    /// How fast the probability falls from the best candidate to the next, per unit of the fused score.
    pub fall: f64,
    /// The lines.
    pub thresholds: Thresholds,
}

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
    answer: f64,
    clarify: f64,
    in_scope: f64,
    rival: f64,
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

    /// The calibration of a mode.
    pub fn of(&self, degraded: bool) -> &Calibration {
        if degraded { &self.degraded } else { &self.full }
    }
}

impl Calibration {
    fn read(section: Section) -> Result<Self, CalibrationError> {
        let mut given = section.weights;
        let mut weights = Vec::with_capacity(FEATURES.len());
        for (name, sign) in FEATURES {
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
        Ok(Calibration {
            model: Logistic { bias: section.bias, weights },
            fall: section.fall,
            thresholds: Thresholds { answer: section.answer, clarify: section.clarify, in_scope: section.in_scope, rival: section.rival },
        })
    }

    /// The probability that the top candidate answers the question.
    pub fn confidence(&self, features: &Features) -> Probability {
        Probability::from_log_odds(self.model.log_odds(&features.0))
    }

    /// Every feature with its share of the log-odds; the first line is the bias.
    pub fn shares(&self, features: &Features) -> Vec<FeatureShare> {
        let bias = FeatureShare { name: "bias".to_owned(), value: 1.0, log_odds: self.model.bias };
        let shares = FEATURES.iter().zip(features.0).zip(&self.model.weights).map(|(((name, _), value), weight)| FeatureShare {
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
        }
        assert_ne!(prior.full, prior.degraded);
    }

    #[test]
    fn better_evidence_never_lowers_the_confidence() {
        let prior = Confidence::prior().unwrap();
        let base = Features([0.5; FEATURES.len()]);
        for calibration in [&prior.full, &prior.degraded] {
            for (at, (name, sign)) in FEATURES.iter().enumerate() {
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
        for (from, to, want) in [("\noverlap = ", "\noverlapp = ", "overlap"), ("\nexact = ", "\nexact = -", "exact")] {
            let error = Confidence::parse(&good.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
