//! Vectors of passages: scanned in 8 bits, rescored in 32.
//!
//! For a help centre (up to a few ten thousand passages) an exact scan over one byte a number beats every approximate index that
//! reaches the same recall, and an edit costs nothing but its own vector. The scan ([`super::probes`]) only proposes; the cosine that
//! is kept is the 32-bit dot product.

use super::error::IndexError;

/// One L2-normalised vector, in both precisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// `[dims]`, L2-normalised.
    pub exact: Box<[f32]>,
    coarse: Box<[i8]>,
    scale: f32,
}

impl Vector {
    /// Quantises `exact` symmetrically to its own largest magnitude.
    ///
    /// **Errors**: a length other than `dims`, or a number that is not finite.
    pub fn new(exact: &[f32], dims: usize) -> Result<Self, IndexError> {
        if exact.len() != dims || exact.iter().any(|x| !x.is_finite()) {
            return Err(IndexError::Vector { want: dims, got: exact.len() });
        }
        let largest = exact.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let coarse = exact.iter().map(|x| (x / scale).round() as i8).collect();
        Ok(Vector { exact: exact.into(), coarse, scale })
    }

    /// The direction in which `vectors` point together; `None` if there are none or they cancel out.
    pub fn centre<'a>(vectors: impl IntoIterator<Item = &'a Vector>) -> Option<Vector> {
        let mut vectors = vectors.into_iter();
        let mut sum: Vec<f64> = vectors.next()?.exact.iter().map(|x| f64::from(*x)).collect();
        for vector in vectors {
            sum.iter_mut().zip(&vector.exact).for_each(|(sum, x)| *sum += f64::from(*x));
        }
        let norm = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
        let centre: Vec<f32> = sum.iter().map(|x| (x / norm) as f32).collect();
        // A norm of nothing leaves numbers that are none, and those are refused.
        Vector::new(&centre, sum.len()).ok()
    }

    /// The numbers in 8 bits, in units of [`Vector::scale`].
    pub fn coarse(&self) -> &[i8] {
        &self.coarse
    }

    /// What one unit of [`Vector::coarse`] stands for.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Exact cosine: the sum in index order over eight fixed lanes, so that it repeats to the last bit.
    pub fn cosine(&self, other: &Vector) -> f32 {
        dot_f32(&self.exact, &other.exact)
    }
}

/// Dot product of equal lengths, in index order over eight fixed lanes.
pub fn dot_f32(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f32>() + tail
}

/// `sum += factor · term`, number by number.
pub fn add_f32(sum: &mut [f32], factor: f32, term: &[f32]) {
    for (x, y) in sum.iter_mut().zip(term) {
        *x += factor * y;
    }
}

/// [`add_f32`] of four terms one after the other, to the last bit, in one pass over the sum.
pub fn add_four_f32(sum: &mut [f32], [a, b, c, d]: [(f32, &[f32]); 4]) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((((x, ya), yb), yc), yd) in sum.iter_mut().zip(a.1).zip(b.1).zip(c.1).zip(d.1) {
                *x = (((*x + a.0 * ya) + b.0 * yb) + c.0 * yc) + d.0 * yd;
            }
        },
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::index::probes::Probes;

    /// A vector of length one.
    pub(crate) fn unit(seed: u64, dims: usize) -> Vec<f32> {
        let mut state = seed;
        let mut v: Vec<f32> = (0..dims)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
            })
            .collect();
        let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
        v.iter_mut().for_each(|x| *x /= norm);
        v
    }

    #[test]
    fn coarse_follows_exact_closely() {
        for dims in [64, 100, 384, 512] {
            for seed in 0..20 {
                let (a, b) = (Vector::new(&unit(seed, dims), dims).unwrap(), Vector::new(&unit(seed + 100, dims), dims).unwrap());
                let naive: f32 = a.exact.iter().zip(b.exact.iter()).map(|(x, y)| x * y).sum();
                assert!((a.cosine(&b) - naive).abs() < 1e-5);
                let mut product = [0];
                Probes::of(&[&a]).products(&b, &mut product);
                let coarse = product[0] as f32 * a.scale() * b.scale();
                assert!((coarse - naive).abs() < 0.02, "{coarse} {naive}");
            }
        }
    }

    #[test]
    fn the_centre_lies_between_and_has_length_one() {
        let vector = |numbers: &[f32]| Vector::new(numbers, 2).unwrap();
        let (right, up, left) = (vector(&[1.0, 0.0]), vector(&[0.0, 1.0]), vector(&[-1.0, 0.0]));
        let centre = Vector::centre([&right, &up]).unwrap();
        assert!((centre.cosine(&right) - 0.5f32.sqrt()).abs() < 1e-6 && (centre.cosine(&centre) - 1.0).abs() < 1e-6);
        assert_eq!(Vector::centre([&up]), Some(up.clone()));
        assert_eq!(Vector::centre([&right, &left]), None);
        assert_eq!(Vector::centre([]), None);
    }

    #[test]
    fn four_terms_are_added_as_one_after_the_other() {
        let terms: Vec<Vec<f32>> = (0..4).map(|seed| unit(seed, 391)).collect();
        let factors = [0.3, -7.0, 1e-3, 1e4];
        let (mut together, mut apart) = (unit(9, 391), unit(9, 391));
        add_four_f32(&mut together, std::array::from_fn(|n| (factors[n], terms[n].as_slice())));
        factors.iter().zip(&terms).for_each(|(factor, term)| add_f32(&mut apart, *factor, term));
        assert_eq!(together, apart);
    }

    #[test]
    fn wrong_vectors_are_refused() {
        assert!(Vector::new(&[0.0; 3], 4).is_err());
        assert!(Vector::new(&[0.0, f32::NAN], 2).is_err());
        assert!(Vector::new(&[0.0, 0.0], 2).is_ok());
    }
}
