//! What people told of the answers teaches the confidence: labelled questions, agents' choices, customers' ratings.
//!
//! Like a knowledge base's own trials they move two numbers, a stretch and a shift of the log-odds. Few labels move them little:
//! the fit is held to where it stood as if some labels had already confirmed it. It is taken only if labels held out say so.
//!
//! Labels may move it as far as they must. What customers rated and agents chose on the way moves the shift alone, and not far: a public
//! button can neither silence the bot nor make it say what it is unsure of.

use super::confidence::Scale;
use super::held_out::{self, Known};
use crate::domain::score::Probability;

/// Labels, in weight, below which nothing is fitted.
pub const LEAST: f64 = 30.0;
/// How firmly the slope is held to 1 and the shift to 0: one over the variance expected of them.
const HELD: (f64, f64) = (16.0, 4.0);
/// The furthest, in log-odds, that hearsay moves the confidence: a surely known answer (.98) stays one, an unsure one (.8) becomes none.
const HEARSAY: f64 = 0.7;
/// Newton steps; the problem is convex in two numbers and settles in under ten.
const STEPS: usize = 50;

/// A question whose outcome is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Log-odds under the confidence before this fit.
    pub log_odds: f64,
    /// Share of what was said of the question that holds the top candidate right: 0 or 1 where one person looked for the answer.
    pub right: f64,
    /// What it counts, in labels: less if it is old or hearsay.
    pub weight: f64,
    /// Whether somebody looked for what answers the question, and may have found nothing, instead of judging what was shown: only these
    /// tell which precision a line reaches.
    pub firm: bool,
}

/// What came of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelFit {
    /// The stretch and shift to use.
    pub scale: Scale,
    /// Labels behind it, in weight.
    pub weight: f64,
    /// Mean log-loss on held-out labels: before, after.
    pub loss: (f64, f64),
    /// Whether it is better than what was in force; if not, the scale changes nothing.
    pub taken: bool,
}

impl LabelFit {
    /// Nothing was learned.
    pub const NONE: LabelFit = LabelFit { scale: Scale::NONE, weight: 0.0, loss: (0.0, 0.0), taken: false };
}

/// Fits to outcomes.
///
/// **Cost**: six fits of two numbers, six of one. Deterministic: folds go by position.
pub fn fit(outcomes: &[Outcome]) -> LabelFit {
    // A sum of nothing would be −0.
    let weight = outcomes.iter().fold(0.0, |sum, outcome| sum + outcome.weight);
    if weight < LEAST {
        return LabelFit { weight, ..LabelFit::NONE };
    }
    let scaled = |seen: &dyn Fn(usize) -> bool| {
        let seen = outcomes.iter().enumerate().filter(|(n, _)| seen(*n)).map(|(_, outcome)| outcome);
        shifted(scale(seen.clone().filter(|outcome| outcome.firm)), seen)
    };
    let known: Vec<Known> = outcomes.iter().map(|o| Known { log_odds: o.log_odds, right: o.right, weight: o.weight }).collect();
    let loss = held_out::losses(&known, scaled);
    let taken = loss.1 < loss.0;
    let scale = if taken { scaled(&|_| true) } else { Scale::NONE };
    LabelFit { scale, weight, loss, taken }
}

/// The likeliest stretch and shift, held to 1 and 0.
fn scale<'a>(outcomes: impl Iterator<Item = &'a Outcome> + Clone) -> Scale {
    let mut scale = Scale::NONE;
    if outcomes.clone().next().is_none() {
        return scale;
    }
    for _ in 0..STEPS {
        let (mut by_slope, mut by_offset) = (HELD.0 * (1.0 - scale.slope), -HELD.1 * scale.offset);
        let (mut slopes, mut both, mut offsets) = (HELD.0, 0.0, HELD.1);
        for outcome in outcomes.clone() {
            let p = Probability::from_log_odds(scale.of(outcome.log_odds)).get();
            let (missed, curved) = (outcome.right - p, outcome.weight * p * (1.0 - p));
            by_slope += outcome.weight * missed * outcome.log_odds;
            by_offset += outcome.weight * missed;
            slopes += curved * outcome.log_odds * outcome.log_odds;
            both += curved * outcome.log_odds;
            offsets += curved;
        }
        let determinant = slopes * offsets - both * both;
        let slope = ((offsets * by_slope - both * by_offset) / determinant).clamp(-0.5, 0.5);
        let offset = ((slopes * by_offset - both * by_slope) / determinant).clamp(-1.0, 1.0);
        // More evidence may not lower the confidence.
        let next = Scale { slope: (scale.slope + slope).max(0.05), offset: scale.offset + offset };
        let moved = (next.slope - scale.slope).abs() + (next.offset - scale.offset).abs();
        scale = next;
        if moved < 1e-10 {
            break;
        }
    }
    scale
}

/// `scale` with the shift that is likeliest for all outcomes, held to where it stands and within [`HEARSAY`] of it. Nothing where all
/// are firm, as they have said it.
fn shifted<'a>(scale: Scale, outcomes: impl Iterator<Item = &'a Outcome> + Clone) -> Scale {
    let mut moved = 0.0;
    if outcomes.clone().all(|outcome| outcome.firm) {
        return scale;
    }
    for _ in 0..STEPS {
        let (mut by_offset, mut offsets) = (-HELD.1 * moved, HELD.1);
        for outcome in outcomes.clone() {
            let p = Probability::from_log_odds(scale.of(outcome.log_odds) + moved).get();
            by_offset += outcome.weight * (outcome.right - p);
            offsets += outcome.weight * p * (1.0 - p);
        }
        let step = (by_offset / offsets).clamp(-1.0, 1.0);
        moved += step;
        if step.abs() < 1e-10 {
            break;
        }
    }
    Scale { offset: scale.offset + moved.clamp(-HEARSAY, HEARSAY), ..scale }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::logistic::tests::uniform;

    /// Outcomes whose true log-odds are `slope · z + offset`.
    fn outcomes(count: usize, slope: f64, offset: f64) -> Vec<Outcome> {
        let mut uniform = uniform(7);
        (0..count)
            .map(|_| {
                let log_odds = uniform() * 8.0 - 4.0;
                let p = 1.0 / (1.0 + (-(slope * log_odds + offset)).exp());
                Outcome { log_odds, right: f64::from(u8::from(uniform() < p)), weight: 1.0, firm: true }
            })
            .collect()
    }

    #[test]
    fn many_labels_find_the_stretch_and_the_shift() {
        let fit = fit(&outcomes(4000, 0.7, -1.2));
        assert!(fit.taken && fit.loss.1 < fit.loss.0);
        assert!((fit.scale.slope - 0.7).abs() < 0.1 && (fit.scale.offset + 1.2).abs() < 0.15, "{fit:?}");
    }

    #[test]
    fn few_labels_move_little_and_fewer_nothing() {
        let (few, many) = (fit(&outcomes(40, 1.0, -1.2)), fit(&outcomes(4000, 1.0, -1.2)));
        assert!(few.taken && few.scale.offset < 0.0 && few.scale.offset > many.scale.offset, "{few:?} {many:?}");
        let too_few = fit(&outcomes(29, 1.0, -1.2));
        assert!(!too_few.taken && too_few.scale == Scale::NONE && too_few.weight == 29.0);
        assert!(fit(&[]) == LabelFit::NONE && fit(&[]).weight.is_sign_positive());
    }

    #[test]
    fn a_fit_that_is_worse_on_held_out_labels_is_not_taken() {
        let calibrated = fit(&outcomes(60, 1.0, 0.0));
        assert!(!calibrated.taken && calibrated.scale == Scale::NONE && calibrated.loss.1 >= calibrated.loss.0, "{calibrated:?}");
    }

    #[test]
    fn what_weighs_nothing_says_nothing() {
        let mut told = outcomes(1000, 1.0, -1.0);
        let alone = fit(&told);
        told.extend(outcomes(1000, 1.0, 3.0).into_iter().map(|outcome| Outcome { weight: 1e-9, ..outcome }));
        let with = fit(&told);
        assert!((alone.scale.offset - with.scale.offset).abs() < 1e-4, "{alone:?} {with:?}");
    }

    #[test]
    fn hearsay_shifts_a_little_and_never_more() {
        let hearsay = |count, offset| -> Vec<Outcome> {
            outcomes(count, 1.0, offset).into_iter().map(|outcome| Outcome { firm: false, ..outcome }).collect()
        };
        let little = fit(&hearsay(2000, 0.4));
        assert!(little.taken && little.scale.slope == 1.0 && (little.scale.offset - 0.4).abs() < 0.15, "{little:?}");
        for (offset, most) in [(-5.0, -HEARSAY), (5.0, HEARSAY)] {
            assert_eq!(fit(&hearsay(2000, offset)).scale, Scale { slope: 1.0, offset: most });
        }
        // Beside labels it adds to what they say.
        let labels = outcomes(2000, 0.7, -1.2);
        let alone = fit(&labels).scale;
        let both = fit(&[labels, hearsay(2000, -5.0)].concat()).scale;
        assert_eq!(both.slope, alone.slope);
        assert!((both.offset - alone.offset + HEARSAY).abs() < 1e-9, "{both:?} {alone:?}");
    }

    #[test]
    fn labels_against_the_evidence_cannot_turn_it_round() {
        let fit = fit(&outcomes(2000, -1.0, 0.0));
        assert!(fit.scale.slope > 0.0, "{fit:?}");
    }
}
