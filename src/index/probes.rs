//! Several vectors compared with many others in one scan, in 8 bits.
//!
//! A scan is bound by how often numbers are loaded and widened: here those of the probes are widened once, and a passage's once for
//! four probes. The sums are whole numbers, so that they are the same in whatever order and width they are made.

use super::vectors::Vector;

/// Numbers that are multiplied in one go.
const STEP: usize = 16;
/// Probes that share what was loaded of a passage.
const GROUP: usize = 4;

/// Vectors that many others are compared with.
pub struct Probes {
    /// `[probes / GROUP][dims / STEP, rounded up]`: the numbers of four probes side by side, zeros behind their end.
    groups: Vec<[[i16; STEP]; GROUP]>,
    /// `[probes % GROUP][dims / STEP, rounded up]`: the others.
    singles: Vec<[[i16; STEP]; 1]>,
    steps: usize,
    count: usize,
}

impl Probes {
    /// Of vectors of equal length.
    pub fn of(vectors: &[&Vector]) -> Self {
        let steps = vectors.first().map_or(0, |vector| vector.coarse().len().div_ceil(STEP));
        let (full, rest) = vectors.as_chunks::<GROUP>();
        Probes {
            groups: full.iter().flat_map(|vectors| widened(vectors, steps)).collect(),
            singles: rest.iter().flat_map(|vector| widened(std::array::from_ref(vector), steps)).collect(),
            steps,
            count: vectors.len(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Writes the product of `vector` with each probe in 8 bits. Times both scales it is the cosine, within about 0.01 at 384
    /// dimensions.
    ///
    /// **Shapes**: `products` has [`Probes::len`] places. **Cost**: `dims` byte products a probe.
    pub fn products(&self, vector: &Vector, products: &mut [i32]) {
        let coarse = vector.coarse();
        let (full, rest) = products.as_chunks_mut::<GROUP>();
        for (probes, products) in self.groups.chunks_exact(self.steps.max(1)).zip(full) {
            *products = multiplied(probes, coarse);
        }
        for (probe, product) in self.singles.chunks_exact(self.steps.max(1)).zip(rest) {
            [*product] = multiplied(probe, coarse);
        }
    }
}

/// The numbers of `vectors` in 16 bits, step by step side by side.
fn widened<'a, const N: usize>(vectors: &'a [&Vector; N], steps: usize) -> impl Iterator<Item = [[i16; STEP]; N]> + use<'a, N> {
    (0..steps).map(move |step| vectors.map(|vector| padded(vector.coarse(), step).map(i16::from)))
}

/// The numbers of one step, zeros behind the end.
fn padded(coarse: &[i8], step: usize) -> [i8; STEP] {
    let mut numbers = [0; STEP];
    let from = &coarse[step * STEP..];
    let length = from.len().min(STEP);
    numbers[..length].copy_from_slice(&from[..length]);
    numbers
}

/// The dot product of `coarse` with each of `N` probes, 32-bit accumulation (384 × 127² fits with room).
fn multiplied<const N: usize>(probes: &[[[i16; STEP]; N]], coarse: &[i8]) -> [i32; N] {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(
            #[inline(always)]
            || multiplied_in_pairs(simd, probes, coarse),
        );
    }
    multiplied_plainly(probes, coarse)
}

/// Sixteen numbers at once: products of neighbours are added in one instruction, which compilers do not find by themselves here.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn multiplied_in_pairs<const N: usize>(simd: pulp::x86::V3, probes: &[[[i16; STEP]; N]], coarse: &[i8]) -> [i32; N] {
    let (avx, avx2) = (simd.avx, simd.avx2);
    let mut sums = [avx._mm256_setzero_si256(); N];
    let mut add = |probes: &[[i16; STEP]; N], numbers: [i8; STEP]| {
        let numbers = avx2._mm256_cvtepi8_epi16(pulp::cast(numbers));
        for (sum, probe) in sums.iter_mut().zip(probes) {
            *sum = avx2._mm256_add_epi32(*sum, avx2._mm256_madd_epi16(numbers, pulp::cast(*probe)));
        }
    };
    let (whole, rest) = coarse.as_chunks::<STEP>();
    for (probes, numbers) in probes.iter().zip(whole) {
        add(probes, *numbers);
    }
    if let (false, Some(probes)) = (rest.is_empty(), probes.get(whole.len())) {
        add(probes, padded(coarse, whole.len()));
    }
    sums.map(|sum| pulp::cast::<_, [i32; 8]>(sum).iter().sum())
}

/// On any machine.
fn multiplied_plainly<const N: usize>(probes: &[[[i16; STEP]; N]], coarse: &[i8]) -> [i32; N] {
    let mut sums = [0; N];
    for (step, probes) in probes.iter().enumerate() {
        let numbers = padded(coarse, step).map(i16::from);
        for (sum, probe) in sums.iter_mut().zip(probes) {
            *sum += numbers.iter().zip(probe).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum::<i32>();
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::vectors::tests::unit;

    #[test]
    fn products_are_those_of_one_vector_with_one_other() {
        for dims in [1, 15, 16, 64, 100, 384, 391] {
            let vectors: Vec<Vector> = (0..11).map(|seed| Vector::new(&unit(seed, dims), dims).unwrap()).collect();
            for count in 0..vectors.len() {
                let probes = Probes::of(&vectors[..count].iter().collect::<Vec<_>>());
                assert_eq!((probes.len(), probes.is_empty()), (count, count == 0));
                for other in &vectors {
                    let mut products = vec![i32::MAX; count];
                    probes.products(other, &mut products);
                    let product =
                        |vector: &Vector| vector.coarse().iter().zip(other.coarse()).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
                    assert_eq!(products, vectors[..count].iter().map(product).collect::<Vec<i32>>(), "{dims} {count}");
                }
            }
        }
    }

    #[test]
    fn both_ways_to_multiply_agree_at_the_largest_numbers() {
        let vector = |sign: f32| Vector::new(&vec![sign; 512], 512).unwrap();
        let (up, down) = (vector(1.0), vector(-1.0));
        let probes = Probes::of(&[&up, &down, &up, &down]);
        let most = 512 * 127 * 127;
        assert_eq!(multiplied(&probes.groups, up.coarse()), [most, -most, most, -most]);
        assert_eq!(multiplied_plainly(&probes.groups, up.coarse()), [most, -most, most, -most]);
    }
}
