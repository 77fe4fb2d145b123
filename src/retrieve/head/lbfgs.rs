//! Minimises a smooth function of many numbers: limited-memory BFGS with a line search that brackets the weak Wolfe conditions.
//!
//! Points and gradients are kept in 32 bits (a large knowledge base has millions of weights, and twenty such vectors are
//! remembered), sums run in 64 bits over fixed lanes: the same function gives the same minimum to the last bit.
//!
//! **Source**: Nocedal, Wright, “Numerical Optimization” (2006), algorithm 7.4; Lewis, Overton, “Nonsmooth optimization via
//! quasi-Newton methods” (2013), for the line search.

use std::collections::VecDeque;

/// Steps that are remembered.
const MEMORY: usize = 10;
/// Share of the promised decrease that a step must bring.
const DECREASE: f64 = 1e-4;
/// Share of the slope that may remain after a step.
const CURVATURE: f64 = 0.9;
/// Evaluations in one line search.
const TRIES: usize = 20;
/// A step that lowers the value by less than this share of it is the last: 32 bits hold no more.
const NEGLIGIBLE: f64 = 1e-7;

/// Where the search ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// The point.
    pub at: Vec<f32>,
    /// The value there.
    pub value: f64,
    /// Steps taken.
    pub steps: usize,
}

/// Walks down from `start`, at most `steps` steps. `function` writes the gradient at a point and returns the value there.
///
/// **Cost**: one to two calls of `function` a step, and `22 · start.len()` numbers of memory.
pub fn minimise(mut function: impl FnMut(&[f32], &mut [f32]) -> f64, start: Vec<f32>, steps: usize) -> Minimum {
    let mut gradient = vec![0.0; start.len()];
    let value = function(&start, &mut gradient);
    let mut reached = Minimum { at: start, value, steps: 0 };
    let mut history: VecDeque<Pair> = VecDeque::with_capacity(MEMORY);
    while reached.steps < steps {
        let mut direction = downhill(&gradient, &history);
        let mut slope = dot(&gradient, &direction);
        if slope >= 0.0 {
            // Rounding has spoilt the remembered curvature: begin again with the steepest direction.
            history.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = dot(&gradient, &direction);
        }
        if slope >= 0.0 || !slope.is_finite() {
            break;
        }
        let first = if history.is_empty() { (-slope).sqrt().recip().min(1.0) } else { 1.0 };
        let Some(found) = line_search(&mut function, &reached, &direction, slope, first) else { break };
        let lowered = reached.value - found.value;
        let moved = difference(&found.at, &reached.at);
        let turned = difference(&found.gradient, &gradient);
        if let Some(pair) = Pair::of(moved, turned) {
            if history.len() == MEMORY {
                history.pop_front();
            }
            history.push_back(pair);
        }
        gradient = found.gradient;
        reached = Minimum { at: found.at, value: found.value, steps: reached.steps + 1 };
        if lowered <= NEGLIGIBLE * reached.value.abs().max(1.0) {
            break;
        }
    }
    reached
}

/// A remembered step: how far it went and how the gradient turned over it.
struct Pair {
    moved: Vec<f32>,
    turned: Vec<f32>,
    /// Product of the two; positive.
    product: f64,
}

impl Pair {
    /// `None` where the function did not curve upwards: such a step says nothing of the curvature.
    fn of(moved: Vec<f32>, turned: Vec<f32>) -> Option<Self> {
        let product = dot(&moved, &turned);
        (product > 1e-10 * dot(&turned, &turned)).then_some(Pair { moved, turned, product })
    }
}

/// Minus the gradient times the remembered approximation of the inverse curvature.
fn downhill(gradient: &[f32], history: &VecDeque<Pair>) -> Vec<f32> {
    let mut direction: Vec<f32> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(history.len());
    for pair in history.iter().rev() {
        let share = dot(&pair.moved, &direction) / pair.product;
        add(&mut direction, -share, &pair.turned);
        shares.push(share);
    }
    if let Some(last) = history.back() {
        let scale = (last.product / dot(&last.turned, &last.turned)) as f32;
        direction.iter_mut().for_each(|x| *x *= scale);
    }
    for (pair, share) in history.iter().zip(shares.into_iter().rev()) {
        let back = dot(&pair.turned, &direction) / pair.product;
        add(&mut direction, share - back, &pair.moved);
    }
    direction
}

/// A point on the line with what is known of it.
struct Point {
    at: Vec<f32>,
    value: f64,
    gradient: Vec<f32>,
}

/// The first point that is low enough and flat enough; else the lowest one that is low enough.
fn line_search(
    function: &mut impl FnMut(&[f32], &mut [f32]) -> f64,
    from: &Minimum,
    direction: &[f32],
    slope: f64,
    first: f64,
) -> Option<Point> {
    let (mut low, mut high, mut step) = (0.0, f64::INFINITY, first);
    let mut best: Option<Point> = None;
    for _ in 0..TRIES {
        let mut at = from.at.clone();
        add(&mut at, step, direction);
        let mut gradient = vec![0.0; at.len()];
        let value = function(&at, &mut gradient);
        if value <= from.value + DECREASE * step * slope {
            let flat = dot(&gradient, direction) >= CURVATURE * slope;
            if best.as_ref().is_none_or(|best| value < best.value) {
                best = Some(Point { at, value, gradient });
            }
            if flat {
                break;
            }
            low = step;
        } else {
            high = step;
        }
        step = if high.is_finite() { (low + high) / 2.0 } else { step * 2.0 };
    }
    best
}

/// `sum += factor · term`.
fn add(sum: &mut [f32], factor: f64, term: &[f32]) {
    for (x, y) in sum.iter_mut().zip(term) {
        *x = (f64::from(*x) + factor * f64::from(*y)) as f32;
    }
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += f64::from(x[lane]) * f64::from(y[lane]);
        }
    }
    lanes.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the sum of `scale[n] · (x[n] − goal[n])²`: badly scaled, with a known minimum of 0.
    fn bowl(at: &[f32], gradient: &mut [f32]) -> f64 {
        let mut value = 0.0;
        for (n, (x, g)) in at.iter().zip(gradient).enumerate() {
            let (scale, away) = (10f64.powi(n as i32 % 4), f64::from(*x) - goal(n));
            value += 0.5 * scale * away * away;
            *g = (scale * away) as f32;
        }
        value
    }

    fn goal(n: usize) -> f64 {
        (n as f64 * 0.7).sin() * 3.0
    }

    #[test]
    fn the_known_minimum_is_found_and_found_again_to_the_last_bit() {
        let found = minimise(bowl, vec![0.0; 37], 60);
        assert!(found.value < 1e-4, "{}", found.value);
        assert!(found.at.iter().enumerate().all(|(n, x)| (f64::from(*x) - goal(n)).abs() < 1e-2), "{found:?}");
        assert!(found.steps < 60, "{}", found.steps);
        assert_eq!(minimise(bowl, vec![0.0; 37], 60), found);
    }

    #[test]
    fn a_curved_valley_is_followed() {
        // Rosenbrock's function: its minimum, 0, lies at (1, 1).
        let valley = |at: &[f32], gradient: &mut [f32]| {
            let (x, y) = (f64::from(at[0]), f64::from(at[1]));
            let bend = y - x * x;
            gradient[0] = (-2.0 * (1.0 - x) - 400.0 * x * bend) as f32;
            gradient[1] = (200.0 * bend) as f32;
            (1.0 - x).powi(2) + 100.0 * bend * bend
        };
        let found = minimise(valley, vec![-1.2, 1.0], 100);
        assert!((found.at[0] - 1.0).abs() < 0.02 && (found.at[1] - 1.0).abs() < 0.04, "{found:?}");
    }

    #[test]
    fn every_step_descends_and_the_number_of_steps_is_kept_to() {
        let mut before = f64::INFINITY;
        for steps in 0..8 {
            let found = minimise(bowl, vec![0.0; 12], steps);
            assert!(found.steps <= steps && (found.value < before || found.steps < steps), "{steps}: {found:?}");
            before = found.value;
        }
    }

    #[test]
    fn a_minimum_and_numbers_that_are_none_end_the_search() {
        let flat = minimise(
            |_, gradient| {
                gradient.fill(0.0);
                4.0
            },
            vec![1.0; 3],
            60,
        );
        assert_eq!((flat.at, flat.value, flat.steps), (vec![1.0; 3], 4.0, 0));
        let wild = minimise(
            |_, gradient| {
                gradient.fill(f32::NAN);
                f64::NAN
            },
            vec![1.0; 3],
            60,
        );
        assert_eq!((wild.at, wild.steps), (vec![1.0; 3], 0));
        assert_eq!(minimise(bowl, Vec::new(), 60).steps, 0);
    }
}
