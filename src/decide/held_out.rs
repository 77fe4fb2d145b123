//! Whether a stretch and a shift of the log-odds say more about what they were not fitted to than leaving the log-odds alone.

use super::confidence::Scale;

/// Parts of what is known, each of which is held out once. They go by position, so that the outcome repeats.
const FOLDS: usize = 5;

/// Something whose outcome is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Log-odds as they are without the fit.
    pub log_odds: f64,
    /// How far the first candidate was right, 0 to 1.
    pub right: f64,
    /// What it counts.
    pub weight: f64,
}

/// Mean log-loss on what was held out, before and after; `fit` gives the scale for what it is told to look at, by position. (0, 0)
/// where nothing counts.
///
/// **Cost**: five fits.
pub(super) fn losses(known: &[Known], fit: impl Fn(&dyn Fn(usize) -> bool) -> Scale) -> (f64, f64) {
    let (mut before, mut after, mut all) = (0.0, 0.0, 0.0);
    for fold in 0..FOLDS {
        let scale = fit(&|n| n % FOLDS != fold);
        for Known { log_odds, right, weight } in known.iter().skip(fold).step_by(FOLDS) {
            before += weight * loss(*log_odds, *right);
            after += weight * loss(scale.of(*log_odds), *right);
            all += weight;
        }
    }
    if all > 0.0 { (before / all, after / all) } else { (0.0, 0.0) }
}

/// −ln of the probability given to what happened; where it happened in part, the mean.
fn loss(log_odds: f64, right: f64) -> f64 {
    // ln(1 + e^z) without overflow, z being the log-odds, less what was right of it.
    log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p() - right * log_odds
}
