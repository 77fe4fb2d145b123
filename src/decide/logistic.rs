//! Logistic regression, small and deterministic.
//!
//! Coordinate-wise Newton steps on the penalised log-likelihood. A coefficient may be held to one sign, so that “more of this
//! can only help” stays true whatever the data say. The problem is convex: the result does not depend on the start.

/// A labelled point.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Inputs.
    pub inputs: Vec<f64>,
    /// Outcome.
    pub positive: bool,
    /// Weight, at least 0.
    pub weight: f64,
}

/// What a coefficient may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Anything.
    Free,
    /// At least 0.
    Positive,
    /// At most 0.
    Negative,
}

/// A fitted model: log-odds = bias + Σ weight · input.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// Log-odds where all inputs are 0.
    pub bias: f64,
    /// One per input.
    pub weights: Vec<f64>,
}

impl Logistic {
    /// Log-odds of one point.
    pub fn log_odds(&self, inputs: &[f64]) -> f64 {
        self.bias + self.weights.iter().zip(inputs).map(|(w, x)| w * x).sum::<f64>()
    }

    /// Fits to `samples` with an L2 penalty `ridge` on the weights of the standardised inputs (the bias is free).
    ///
    /// **Cost**: samples × inputs × about 100 sweeps. Without samples of both outcomes the weights are 0 and the bias is the
    /// smoothed log-odds.
    pub fn fit(samples: &[Sample], signs: &[Sign], ridge: f64) -> Logistic {
        let total: f64 = samples.iter().map(|s| s.weight).sum();
        let positive: f64 = samples.iter().filter(|s| s.positive).map(|s| s.weight).sum();
        let mut bias = ((positive + 0.5) / (total - positive + 0.5)).ln();
        let mut weights = vec![0.0; signs.len()];
        if positive <= 0.0 || positive >= total {
            return Logistic { bias, weights };
        }
        let (means, deviations) = moments(samples, signs.len(), total);
        let rows: Vec<Vec<f64>> =
            samples.iter().map(|s| s.inputs.iter().enumerate().map(|(j, x)| (x - means[j]) / deviations[j]).collect()).collect();
        let mut log_odds = vec![bias; samples.len()];
        for _ in 0..500 {
            let mut largest = 0.0f64;
            for j in 0..=signs.len() {
                let input = |i: usize| if j < signs.len() { rows[i][j] } else { 1.0 };
                let (mut gradient, mut curvature) = if j < signs.len() { (-ridge * weights[j], ridge) } else { (0.0, 1e-9) };
                for (i, sample) in samples.iter().enumerate() {
                    let p = 1.0 / (1.0 + (-log_odds[i]).exp());
                    let x = input(i);
                    gradient += sample.weight * (f64::from(u8::from(sample.positive)) - p) * x;
                    curvature += sample.weight * (p * (1.0 - p)).max(1e-6) * x * x;
                }
                let current = if j < signs.len() { weights[j] } else { bias };
                let mut next = current + (gradient / curvature).clamp(-2.0, 2.0);
                match signs.get(j) {
                    Some(Sign::Positive) => next = next.max(0.0),
                    Some(Sign::Negative) => next = next.min(0.0),
                    _ => {}
                }
                let step = next - current;
                if step != 0.0 {
                    for (i, value) in log_odds.iter_mut().enumerate() {
                        *value += step * input(i);
                    }
                }
                if j < signs.len() {
                    weights[j] = next
                } else {
                    bias = next
                }
                largest = largest.max(step.abs());
            }
            if largest < 1e-7 {
                break;
            }
        }
        for (j, weight) in weights.iter_mut().enumerate() {
            *weight /= deviations[j];
            bias -= *weight * means[j];
        }
        Logistic { bias, weights }
    }
}

fn moments(samples: &[Sample], inputs: usize, total: f64) -> (Vec<f64>, Vec<f64>) {
    let mut means = vec![0.0; inputs];
    for sample in samples {
        for (mean, x) in means.iter_mut().zip(&sample.inputs) {
            *mean += sample.weight * x / total;
        }
    }
    let mut deviations = vec![0.0; inputs];
    for sample in samples {
        for j in 0..inputs {
            deviations[j] += sample.weight * (sample.inputs[j] - means[j]).powi(2) / total;
        }
    }
    // An input that never varies keeps weight 0 whatever its scale.
    deviations.iter_mut().for_each(|d: &mut f64| *d = if *d > 1e-12 { d.sqrt() } else { 1.0 });
    (means, deviations)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Numbers from 0 to 1, the same for the same seed.
    pub(in crate::decide) fn uniform(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    fn samples(n: usize, truth: impl Fn(f64, f64) -> f64) -> Vec<Sample> {
        let mut uniform = uniform(7);
        (0..n)
            .map(|_| {
                let (x, y) = (uniform() * 4.0 - 2.0, uniform() * 100.0);
                let p = 1.0 / (1.0 + (-truth(x, y)).exp());
                Sample { inputs: vec![x, y], positive: uniform() < p, weight: 1.0 }
            })
            .collect()
    }

    #[test]
    fn finds_the_truth_back() {
        let model = Logistic::fit(&samples(20_000, |x, y| 0.5 + 1.5 * x - 0.02 * y), &[Sign::Free; 2], 1e-3);
        assert!(
            (model.bias - 0.5).abs() < 0.15 && (model.weights[0] - 1.5).abs() < 0.1 && (model.weights[1] + 0.02).abs() < 0.003,
            "{model:?}"
        );
    }

    #[test]
    fn signs_hold_and_one_outcome_gives_the_rate() {
        let data = samples(5_000, |x, _| -2.0 * x);
        assert_eq!(Logistic::fit(&data, &[Sign::Positive, Sign::Free], 1e-3).weights[0], 0.0);
        let all: Vec<Sample> = data.iter().map(|s| Sample { positive: true, ..s.clone() }).collect();
        let model = Logistic::fit(&all, &[Sign::Free; 2], 1.0);
        assert!(model.weights == [0.0, 0.0] && model.bias > 8.0);
    }
}
