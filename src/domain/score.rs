//! Scores. Each scale is a type, so that they cannot be mixed; NaN is refused where it would enter.

use std::cmp::Ordering;

/// A number that is not a score of the scale asked for.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{value} is not a {scale}")]
pub struct InvalidScore {
    /// The scale.
    pub scale: &'static str,
    /// The number.
    pub value: f64,
}

/// Cosine of two L2-normalised vectors, −1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Cosine(f32);

impl Cosine {
    /// Takes a number, clamping rounding beyond ±1; NaN is refused.
    pub fn new(value: f32) -> Result<Self, InvalidScore> {
        if value.is_nan() {
            return Err(InvalidScore { scale: "cosine", value: f64::from(value) });
        }
        Ok(Cosine(value.clamp(-1.0, 1.0)))
    }
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

/// BM25 over one knowledge base, 0 or more; not comparable between knowledge bases or questions.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Bm25(f32);

impl Bm25 {
    /// Takes a finite number of at least 0.
    pub fn new(value: f32) -> Result<Self, InvalidScore> {
        if !value.is_finite() || value < 0.0 {
            return Err(InvalidScore { scale: "BM25 score", value: f64::from(value) });
        }
        Ok(Bm25(value))
    }
    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

/// A probability, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Probability(f64);

impl Probability {
    /// Certainly not.
    pub const ZERO: Probability = Probability(0.0);

    /// Takes a number from 0 to 1.
    pub fn new(value: f64) -> Result<Self, InvalidScore> {
        if (0.0..=1.0).contains(&value) { Ok(Probability(value)) } else { Err(InvalidScore { scale: "probability", value }) }
    }

    /// The logistic function of `log_odds`.
    pub fn from_log_odds(log_odds: f64) -> Self {
        let p = 1.0 / (1.0 + (-log_odds).exp());
        Probability(if p.is_nan() { 0.0 } else { p })
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Orders by `score`, greatest first, then by `id`: the one order of everything ranked.
pub fn by_score_then_id<I: Ord + ?Sized>(a: (f64, &I), b: (f64, &I)) -> Ordering {
    b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1))
}

/// The mean, added up in order; `None` of nothing.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0usize, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_out_of_range_are_refused() {
        assert!(
            Cosine::new(f32::NAN).is_err()
                && Bm25::new(-0.1).is_err()
                && Probability::new(1.1).is_err()
                && Probability::new(f64::NAN).is_err()
        );
        assert_eq!(Cosine::new(1.000_001).unwrap().get(), 1.0);
        assert_eq!(Probability::from_log_odds(0.0).get(), 0.5);
    }

    #[test]
    fn ties_go_by_id() {
        let mut ranked = [(0.5, "b"), (0.7, "c"), (0.5, "a")];
        ranked.sort_by(|x, y| by_score_then_id((x.0, x.1), (y.0, y.1)));
        assert_eq!(ranked.map(|r| r.1), ["c", "a", "b"]);
    }
}
