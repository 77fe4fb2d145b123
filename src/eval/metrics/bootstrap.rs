//! 95 % intervals by resampling the questions.
//!
//! A resample draws as many questions as there are, with replacement; what is measured on it differs from the truth about as the
//! figure itself does. The draws follow from a fixed seed alone, so that intervals repeat to the last digit on every machine.
//!
//! **Source**: Efron, Tibshirani, “An Introduction to the Bootstrap” (1993), the percentile interval.

use super::figure::{Figure, Figures, Intervals};
use super::sample::Sample;
use crate::cpu;

/// Resamples.
pub const RESAMPLES: u64 = 1_000;
/// Probability left out on either side.
const TAIL: f64 = 0.025;
/// The normal quantile of 97.5 %.
const Z: f64 = 1.959_963_984_540_054;

/// How often each question counts in resample `number`. Questions of the set itself and those that stand against it are drawn
/// apart.
pub fn weights(sample: &Sample, number: u64) -> Vec<u32> {
    let mut draws = Draws::new(number);
    let mut weights = vec![0; sample.len()];
    let (own, against) = weights.split_at_mut(sample.own());
    for part in [own, against] {
        for _ in 0..part.len() {
            part[draws.below(part.len())] += 1;
        }
    }
    weights
}

/// Measures every resample, in order. **Cost**: about 30 ns a question and resample on each core.
pub fn resampled<T: Send>(measure: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let numbers: Vec<u64> = (0..RESAMPLES).collect();
    cpu::parallel_map(&numbers, |number| measure(*number), |_| ())
}

/// The figures of a sample with their intervals.
///
/// The interval of a share of 0 or 1, which resampling cannot widen, is Wilson's. An interval always holds its figure: resampling
/// pushes the calibration error up, and with it both of its ends.
pub fn measured(sample: &Sample) -> (Figures, Intervals) {
    let sums = sample.measure(&vec![1; sample.len()]);
    let figures = sums.figures();
    let resampled = resampled(|number| sample.measure(&weights(sample, number)).figures());
    let intervals = Intervals::from_fn(|figure| {
        let value = figures.get(figure)?;
        match sums.share(figure) {
            Some((part, whole)) if value <= 0.0 || value >= 1.0 => Some(wilson(part, f64::from(whole))),
            _ => percentiles(&resampled, figure).map(|(low, high)| (low.min(value), high.max(value))),
        }
    });
    (figures, intervals)
}

/// The middle 95 % of a figure over resamples; `None` if it is undefined in half of them or more.
pub fn percentiles(resampled: &[Figures], figure: Figure) -> Option<(f64, f64)> {
    let values: Vec<f64> = resampled.iter().filter_map(|figures| figures.get(figure)).collect();
    if 2 * values.len() <= resampled.len() { None } else { middle(values) }
}

/// The middle 95 % of values; `None` of none.
pub fn middle(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let cut = (values.len() as f64 * TAIL) as usize;
    Some((*values.get(cut)?, *values.get(values.len() - 1 - cut)?))
}

/// The interval of a share of `part` in `whole`.
///
/// **Source**: Wilson, “Probable inference, the law of succession, and statistical inference” (1927).
pub fn wilson(part: f64, whole: f64) -> (f64, f64) {
    let (share, square) = (part / whole, Z * Z);
    let middle = share + square / (2.0 * whole);
    let reach = Z * (share * (1.0 - share) / whole + square / (4.0 * whole * whole)).sqrt();
    let scale = 1.0 + square / whole;
    (((middle - reach) / scale).max(0.0), ((middle + reach) / scale).min(1.0))
}

/// A stream of pseudo-random numbers.
///
/// **Source**: Steele, Lea, Flood, “Fast splittable pseudorandom number generators” (2014), SplitMix64.
struct Draws(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draws {
    /// The stream of a number. Mixed first: streams of neighbouring numbers must not run into each other.
    fn new(number: u64) -> Self {
        Draws(mix(number.wrapping_add(1).wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `bound`, from the upper half of the product: its bias is below 2⁻³² of a draw here.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

fn mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
