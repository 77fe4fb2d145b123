//! The steps between the matrix products, each one pass over memory, for whatever vector instructions the machine has.
//!
//! candle's own element-wise operations take a pass each and wait for a pool of spinning threads, which on a busy machine costs
//! more than the products. These run on the calling thread; every row is computed the same way whatever else is in the batch.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, bail};

use super::layout::Activation;

/// `x + bias`, then the activation. **Shapes** `[rows, n] → [rows, n]`.
pub(super) struct Activate<'a> {
    pub bias: &'a [f32],
    pub activation: Activation,
}

/// Layer normalisation of `x + bias + residual`. **Shapes** `[rows, n], [rows, n] → [rows, n]`.
pub(super) struct AddNorm<'a> {
    pub bias: &'a [f32],
    pub weight: &'a [f32],
    pub shift: &'a [f32],
    pub eps: f32,
}

/// Adds the bias and sorts query, key and value by head.
/// **Shapes** `[batch · tokens, 3 · heads · size] → [3, batch, heads, tokens, size]`.
pub(super) struct SplitHeads<'a> {
    pub bias: &'a [f32],
    pub batch: usize,
    pub heads: usize,
}

/// **Shapes** `[batch, heads, tokens, size] → [batch · tokens, heads · size]`.
pub(super) struct MergeHeads;

/// Softmax over the tokens of each text; padding behind them gets exactly 0, so that it cannot matter.
/// **Shapes** `[batch, heads, tokens, tokens] → the same`.
pub(super) struct Attend<'a> {
    /// Tokens of each text, at least 1.
    pub lengths: &'a [usize],
}

/// The slice behind a contiguous f32 tensor.
fn floats<'s>(storage: &'s CpuStorage, layout: &Layout) -> Result<&'s [f32]> {
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&storage.as_slice::<f32>()?[from..to]),
        None => bail!("a tensor of shape {:?} is not contiguous", layout.shape()),
    }
}

impl CustomOp1 for Activate<'_> {
    fn name(&self) -> &'static str {
        "activate"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(storage, layout)?;
        let mut y = vec![0.0; x.len()];
        pulp::Arch::new().dispatch(|| {
            for (x, y) in x.chunks_exact(self.bias.len()).zip(y.chunks_exact_mut(self.bias.len())) {
                match self.activation {
                    Activation::Gelu => each(y, x, self.bias, |x, bias| gelu(x + bias)),
                    Activation::GeluTanh => each(y, x, self.bias, |x, bias| gelu_tanh(x + bias)),
                    Activation::Relu => each(y, x, self.bias, |x, bias| if x + bias < 0.0 { 0.0 } else { x + bias }),
                }
            }
        });
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }
}

impl CustomOp2 for AddNorm<'_> {
    fn name(&self) -> &'static str {
        "add-norm"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, residual) = (floats(s1, l1)?, floats(s2, l2)?);
        let width = self.weight.len();
        let mut y = vec![0.0; x.len()];
        pulp::Arch::new().dispatch(|| {
            let rows = x.chunks_exact(width).zip(residual.chunks_exact(width)).zip(y.chunks_exact_mut(width));
            for ((x, residual), y) in rows {
                each(y, x, residual, |x, residual| x + residual);
                update(y, self.bias, |y, bias| y + bias);
                let mean = sum(y, |v| v) / width as f32;
                let variance = sum(y, |v| (v - mean) * (v - mean)) / width as f32;
                let scale = 1.0 / (variance + self.eps).sqrt();
                update(y, self.weight, |y, weight| (y - mean) * scale * weight);
                update(y, self.shift, |y, shift| y + shift);
            }
        });
        Ok((CpuStorage::F32(y), l1.shape().clone()))
    }
}

impl CustomOp1 for SplitHeads<'_> {
    fn name(&self) -> &'static str {
        "split-heads"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(storage, layout)?;
        let (rows, width) = layout.shape().dims2()?;
        let (tokens, size) = (rows / self.batch, width / 3 / self.heads);
        let mut y = vec![0.0; x.len()];
        pulp::Arch::new().dispatch(|| {
            for (row, x) in x.chunks_exact(width).enumerate() {
                let (text, token) = (row / tokens, row % tokens);
                for (part, (x, bias)) in x.chunks_exact(size).zip(self.bias.chunks_exact(size)).enumerate() {
                    let (kind, head) = (part / self.heads, part % self.heads);
                    let at = (((kind * self.batch + text) * self.heads + head) * tokens + token) * size;
                    each(&mut y[at..at + size], x, bias, |x, bias| x + bias);
                }
            }
        });
        Ok((CpuStorage::F32(y), Shape::from((3, self.batch, self.heads, tokens, size))))
    }
}

impl CustomOp1 for MergeHeads {
    fn name(&self) -> &'static str {
        "merge-heads"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(storage, layout)?;
        let (batch, heads, tokens, size) = layout.shape().dims4()?;
        let mut y = vec![0.0; x.len()];
        for (row, x) in x.chunks_exact(size).enumerate() {
            let (text, head, token) = (row / tokens / heads, row / tokens % heads, row % tokens);
            let at = ((text * tokens + token) * heads + head) * size;
            y[at..at + size].copy_from_slice(x);
        }
        Ok((CpuStorage::F32(y), Shape::from((batch * tokens, heads * size))))
    }
}

impl CustomOp1 for Attend<'_> {
    fn name(&self) -> &'static str {
        "attend"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(storage, layout)?;
        let (_, heads, tokens, width) = layout.shape().dims4()?;
        let mut y = vec![0.0; x.len()];
        pulp::Arch::new().dispatch(|| {
            for (row, (x, y)) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)).enumerate() {
                let length = self.lengths[row / tokens / heads];
                let (x, y) = (&x[..length], &mut y[..length]);
                let greatest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                update(y, x, |_, x| exp(x - greatest));
                let scale = 1.0 / sum(y, |v| v);
                update(y, x, |y, _| y * scale);
            }
        });
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }
}

/// `y[n] = f(a[n], b[n])`; the slices have the same length.
#[inline(always)]
fn each(y: &mut [f32], a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
    let len = y.len();
    let (a, b) = (&a[..len], &b[..len]);
    let mut n = 0;
    while n < len {
        y[n] = f(a[n], b[n]);
        n += 1;
    }
}

/// `y[n] = f(y[n], a[n])`; the slices have the same length.
#[inline(always)]
fn update(y: &mut [f32], a: &[f32], f: impl Fn(f32, f32) -> f32) {
    let len = y.len();
    let a = &a[..len];
    let mut n = 0;
    while n < len {
        y[n] = f(y[n], a[n]);
        n += 1;
    }
}

/// The sum of `term` over `values`, in 16 lanes: a fixed order that vector instructions can follow.
#[inline(always)]
fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let chunks = values.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().map(|v| term(*v)).sum();
    for chunk in chunks {
        let mut n = 0;
        while n < 16 {
            lanes[n] += term(chunk[n]);
            n += 1;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    // tanh(u) = 1 − 2 / (e^2u + 1)
    let u = 0.797_884_6 * (x + 0.044_715 * x * x * x);
    x * (1.0 - 1.0 / (exp(2.0 * within(u, 20.0)) + 1.0))
}

/// `x` between `-limit` and `limit`; NaN stays NaN.
#[inline(always)]
fn within(x: f32, limit: f32) -> f32 {
    if x > limit {
        limit
    } else if x < -limit {
        -limit
    } else {
        x
    }
}

/// The error function within 5e-7: an odd rational function on [−4, 4], beyond which it is ±1 in f32.
///
/// NaN stays NaN.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = within(x, 4.0);
    let t = x * x;
    let p = ((((-2.726_142_4e-10 * t + 2.770_681_5e-8) * t - 2.101_024e-6) * t - 5.692_506_2e-5) * t - 7.349_906_4e-4) * t;
    let p = (p - 2.954_6e-3) * t - 1.609_603_3e-2;
    let q = (((-1.456_607_2e-5 * t - 2.133_740_6e-4) * t - 1.682_827e-3) * t - 7.373_329e-3) * t - 1.426_473_9e-2;
    x * p / q
}

/// e^x within 2 units in the last place from −87 to 87; 0 below.
///
/// **Source** the usual reduction to x = n · ln 2 + r and a polynomial on |r| ≤ ln 2 / 2. NaN stays NaN.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 · 2²³ rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let clamped = within(x, 87.0);
    let n = clamped * std::f32::consts::LOG2_E + ROUND - ROUND;
    let r = clamped - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = (((1.987_569_1e-4 * r + 1.398_199_9e-3) * r + 8.333_452e-3) * r + 4.166_579_6e-2) * r;
    let p = (p + 1.666_666_6e-1) * r + 0.5;
    let power = f32::from_bits(((n as i32 + 127) as u32) << 23);
    let value = (p * r * r + r + 1.0) * power;
    if x < -87.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> impl Iterator<Item = f32> {
        (-4000..=4000).map(|n| n as f32 / 400.0)
    }

    #[test]
    fn the_approximations_are_close() {
        let reference = candle_core::Tensor::from_iter(points(), &candle_core::Device::Cpu).unwrap();
        let exact: Vec<f32> = reference.gelu_erf().unwrap().to_vec1().unwrap();
        let by_tanh: Vec<f32> = reference.gelu().unwrap().to_vec1().unwrap();
        for (n, x) in points().enumerate() {
            assert!((gelu(x) - exact[n]).abs() <= 1e-6 * x.abs().max(1.0), "gelu({x}) = {} not {}", gelu(x), exact[n]);
            assert!((gelu_tanh(x) - by_tanh[n]).abs() <= 2e-6 * x.abs().max(1.0), "{x}: {} not {}", gelu_tanh(x), by_tanh[n]);
            assert!((exp(x) - x.exp()).abs() <= 3e-7 * x.exp(), "exp({x}) = {} not {}", exp(x), x.exp());
        }
        assert_eq!((exp(0.0), exp(-100.0), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(f32::NAN).is_nan() && erf(f32::NAN).is_nan() && gelu(f32::NAN).is_nan());
        assert_eq!((erf(40.0), erf(-40.0)), (erf(4.0), -erf(4.0)));
    }

    #[test]
    fn sums_take_every_value() {
        for len in [0, 1, 15, 16, 17, 48, 100] {
            let values: Vec<f32> = (1..=len).map(|n| n as f32).collect();
            assert_eq!(sum(&values, |v| v), (len * (len + 1) / 2) as f32, "{len}");
        }
    }
}
