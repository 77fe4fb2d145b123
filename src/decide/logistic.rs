//! Logistic regression, small and deterministic.
//!
//! Newton steps on the penalised log-likelihood, each within the signs that are permitted. A coefficient may be held to one sign, so that
//! “more of this can only help” stays true whatever the data say. The problem is convex: the result does not depend on the start.

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
    /// **Cost**: samples × inputs² × about ten steps. Without samples of both outcomes the weights are 0 and the bias is the
    /// smoothed log-odds.
    pub fn fit(samples: &[Sample], signs: &[Sign], ridge: f64) -> Logistic {
        let total: f64 = samples.iter().map(|s| s.weight).sum();
        let positive: f64 = samples.iter().filter(|s| s.positive).map(|s| s.weight).sum();
        let bias = ((positive + 0.5) / (total - positive + 0.5)).ln();
        if positive <= 0.0 || positive >= total {
            return Logistic { bias, weights: vec![0.0; signs.len()] };
        }
        let (means, deviations) = moments(samples, signs.len(), total);
        let problem = Problem::new(samples, signs, ridge, (&means, &deviations));
        let mut at = vec![0.0; signs.len()];
        at.push(bias);
        let mut cost = problem.cost(&at);
        for _ in 0..STEPS {
            let step = problem.step(&at);
            let mut share = 1.0;
            // A full step is too long only far from the end.
            let moved = loop {
                let next: Vec<f64> = at.iter().zip(&step).map(|(at, step)| at + share * step).collect();
                let lower = problem.cost(&next);
                if lower <= cost {
                    cost = lower;
                    break Some(next);
                }
                share /= 2.0;
                if share < SHORTEST {
                    break None;
                }
            };
            let Some(next) = moved else { break };
            at = next;
            if step.iter().all(|step| step.abs() < CLOSE_ENOUGH) {
                break;
            }
        }
        let weights: Vec<f64> = at.iter().zip(&deviations).map(|(weight, deviation)| weight / deviation).collect();
        let bias = at[signs.len()] - weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum::<f64>();
        Logistic { bias, weights }
    }
}

/// Newton steps at most; about ten are taken.
const STEPS: usize = 100;
/// The shortest share of a step that is tried.
const SHORTEST: f64 = 1e-6;
/// A step below which the end is reached.
const CLOSE_ENOUGH: f64 = 1e-9;
/// Sweeps over the coefficients of one step at most.
const SWEEPS: usize = 1_000;

/// The penalised log-likelihood over standardised inputs. Coefficients are the weights, then the bias.
struct Problem<'a> {
    samples: &'a [Sample],
    signs: &'a [Sign],
    ridge: f64,
    /// Inputs of a sample one after the other, then 1.
    rows: Vec<f64>,
}

impl<'a> Problem<'a> {
    fn new(samples: &'a [Sample], signs: &'a [Sign], ridge: f64, (means, deviations): (&[f64], &[f64])) -> Self {
        let mut rows = Vec::with_capacity(samples.len() * (signs.len() + 1));
        for sample in samples {
            rows.extend(sample.inputs.iter().zip(means).zip(deviations).map(|((x, mean), deviation)| (x - mean) / deviation));
            rows.push(1.0);
        }
        Problem { samples, signs, ridge, rows }
    }

    /// The samples with their rows and log-odds.
    fn at<'b>(&'b self, at: &'b [f64]) -> impl Iterator<Item = (&'b Sample, &'b [f64], f64)> {
        let rows = self.rows.chunks_exact(self.signs.len() + 1);
        self.samples.iter().zip(rows).map(move |(sample, row)| (sample, row, row.iter().zip(at).map(|(x, w)| x * w).sum()))
    }

    fn cost(&self, at: &[f64]) -> f64 {
        let weights = &at[..self.signs.len()];
        let penalty = self.ridge / 2.0 * weights.iter().map(|weight| weight * weight).sum::<f64>();
        let loss = |(sample, _, log_odds): (&Sample, &[f64], f64)| {
            // ln(1 + e^z) without overflow.
            let all = log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p();
            sample.weight * (all - if sample.positive { log_odds } else { 0.0 })
        };
        penalty + self.at(at).map(loss).sum::<f64>()
    }

    /// The step to the least value of the quadratic that fits the cost here, among the coefficients with permitted signs.
    fn step(&self, at: &[f64]) -> Vec<f64> {
        let count = self.signs.len() + 1;
        let (mut gradient, mut curvature) = (vec![0.0; count], vec![0.0; count * count]);
        for (sample, row, log_odds) in self.at(at) {
            let p = 1.0 / (1.0 + (-log_odds).exp());
            let error = sample.weight * (f64::from(u8::from(sample.positive)) - p);
            let bend = sample.weight * (p * (1.0 - p)).max(1e-9);
            for (i, x) in row.iter().enumerate() {
                gradient[i] += error * x;
                let bent = bend * x;
                for (sum, other) in curvature[i * count..].iter_mut().zip(&row[..=i]) {
                    *sum += bent * other;
                }
            }
        }
        for i in 0..self.signs.len() {
            gradient[i] -= self.ridge * at[i];
            curvature[i * count + i] += self.ridge;
        }
        let bend = |i: usize, j: usize| if i >= j { curvature[i * count + j] } else { curvature[j * count + i] };
        let mut step = vec![0.0; count];
        for _ in 0..SWEEPS {
            let mut largest = 0.0f64;
            for i in 0..count {
                let slope = gradient[i] - (0..count).map(|j| bend(i, j) * step[j]).sum::<f64>();
                let mut next = at[i] + step[i] + slope / bend(i, i).max(1e-12);
                match self.signs.get(i) {
                    Some(Sign::Positive) => next = next.max(0.0),
                    Some(Sign::Negative) => next = next.min(0.0),
                    Some(Sign::Free) | None => {}
                }
                let changed = next - at[i] - step[i];
                step[i] += changed;
                largest = largest.max(changed.abs());
            }
            if largest < CLOSE_ENOUGH / 10.0 {
                break;
            }
        }
        step
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
