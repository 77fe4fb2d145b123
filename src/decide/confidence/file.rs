//! The file of a calibration: what `jieda eval fit` writes and `prior.toml` is.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{BIAS, Calibration, Confidence, DEFAULT_TARGET, FEATURES, Factors, Scale, rises};
use crate::decide::logistic::{Logistic, Sign};
use crate::decide::policy::Thresholds;
use crate::domain::decision::Factor;
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded};
use crate::text::unreadable;

/// A calibration file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the calibration cannot be used: {}", problem.en)]
pub struct CalibrationError {
    /// What is wrong.
    pub problem: Wording,
}

impl Coded for CalibrationError {
    fn code(&self) -> Code {
        Code::FileFormat
    }

    fn message(&self, locale: Locale) -> String {
        match locale {
            Locale::ZhCn => format!("校准不可用：{}", self.problem.zh),
            Locale::En => self.to_string(),
        }
    }
}

fn invalid(zh: impl Into<String>, en: impl Into<String>) -> CalibrationError {
    CalibrationError { problem: Wording::new(zh, en) }
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
    fall: f64,
    few: (f64, f64),
    clarify: f64,
    in_scope: f64,
    accurate: f64,
    rival: f64,
    lines: Vec<(f64, f64)>,
    bare_lines: Vec<(f64, f64)>,
    scope_weights: BTreeMap<String, f64>,
    right_weights: BTreeMap<String, f64>,
}

impl Confidence {
    /// What was fitted on the project's own questions.
    pub fn prior() -> Result<Self, CalibrationError> {
        Self::parse(include_str!("../prior.toml"))
    }

    /// Reads a calibration file: every feature must have a weight, none may be unknown.
    pub fn parse(text: &str) -> Result<Self, CalibrationError> {
        let file: File = toml::from_str(text).map_err(|error| CalibrationError { problem: unreadable::toml(&error, text) })?;
        Ok(Confidence {
            full: Calibration::read(file.full)?,
            degraded: Calibration::read(file.degraded)?,
            fingerprint: crate::text::hex::hex(&Sha256::digest(text.as_bytes())),
        })
    }
}

impl Calibration {
    fn read(section: Section) -> Result<Self, CalibrationError> {
        let in_scope = factor(section.scope_weights, Factor::InScope)?;
        let right = factor(section.right_weights, Factor::Right)?;
        let few = Scale { slope: section.few.0, offset: section.few.1 };
        if !(few.slope >= 0.0 && few.slope.is_finite() && few.offset.is_finite()) {
            return Err(invalid("few 应是一个不小于 0 的斜率和一个偏移", "few must be a slope of at least 0 and an offset"));
        }
        if !ascending(&section.lines) || !ascending(&section.bare_lines) {
            return Err(invalid(
                "lines 和 bare_lines 应是精确率和概率的数对，依次上升",
                "lines and bare_lines must be pairs of a precision and a probability, ascending",
            ));
        }
        let mut calibration = Calibration {
            factors: Factors { in_scope, right },
            own: Scale::NONE,
            few,
            fall: section.fall,
            thresholds: Thresholds { answer: 1.0, clarify: section.clarify, in_scope: section.in_scope, rival: section.rival },
            accurate: section.accurate,
            lines: section.lines,
            bare_lines: section.bare_lines,
        };
        calibration.thresholds.answer = calibration.shipped_line(DEFAULT_TARGET, false);
        Ok(calibration)
    }
}

/// Reads a factor: its bias and a weight for every feature that takes part in either mode.
fn factor(mut given: BTreeMap<String, f64>, factor: Factor) -> Result<Logistic, CalibrationError> {
    let bias = given.remove(BIAS).ok_or_else(|| invalid(format!("{factor} 没有 {BIAS}"), format!("the factor {factor} has no {BIAS}")))?;
    let mut weights = Vec::with_capacity(FEATURES.len());
    for feature in FEATURES {
        if !feature.belongs_to(factor) {
            weights.push(0.0);
            continue;
        }
        let name = feature.name;
        let weight = given
            .remove(name)
            .ok_or_else(|| invalid(format!("{factor} 里没有特征 {name} 的权重"), format!("feature {name} has no weight for {factor}")))?;
        let allowed = match feature.sign {
            Sign::Free => true,
            Sign::Positive => weight >= 0.0,
            Sign::Negative => weight <= 0.0,
        };
        if !allowed || !weight.is_finite() {
            return Err(invalid(format!("特征 {name} 的权重不能是 {weight}"), format!("feature {name} may not have the weight {weight}")));
        }
        weights.push(weight);
    }
    if let Some((name, _)) = given.pop_first() {
        return Err(invalid(format!("{factor} 里没有名为 {name} 的特征"), format!("feature {name} is unknown to {factor}")));
    }
    if !bias.is_finite() || !rises(&weights) {
        return Err(invalid("证据更多，把握度不能更低", "more evidence may not lower the confidence"));
    }
    Ok(Logistic { bias, weights })
}

/// Whether precisions rise, and the probabilities beside them never fall.
fn ascending(lines: &[(f64, f64)]) -> bool {
    let within = |share: f64| (0.0..=1.0).contains(&share);
    let rising = lines.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1);
    !lines.is_empty() && rising && lines.iter().all(|(target, line)| within(*target) && within(*line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_missing_and_forbidden_weights_are_named_in_both_languages() {
        let good = include_str!("../prior.toml");
        for (from, to, en, zh) in [
            ("\noverlap = ", "\noverlapp = ", "overlap", "特征 overlap 的权重"),
            ("\nexact = ", "\nexact = -", "exact", "特征 exact 的权重不能是"),
            ("\nevidence_high = ", "\nevidence_high = -9999", "evidence", "证据更多"),
            ("\nbias = ", "\nbiased = ", "in_scope has no bias", "in_scope 没有 bias"),
            ("\nlines = [[0.8", "\nlines = [[0.99", "ascending", "依次上升"),
            ("\nbare_lines = [[0.8", "\nbare_lines = [[0.99", "ascending", "依次上升"),
            ("\nfew = [", "\nfew = [-", "few must be", "few 应是"),
            ("\nfall = ", "\nfalls = ", "unknown field `falls`", "不认识的字段 falls"),
            ("fitted_on = [", "fitted_on = [[", "column 1: ", "写法不合 TOML"),
        ] {
            let error = Confidence::parse(&good.replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains(en), "{error}");
            assert!(error.message(Locale::ZhCn).contains(zh), "{error:?}");
        }
    }
}
