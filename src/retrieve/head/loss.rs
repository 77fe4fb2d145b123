//! The loss of the head: how badly the phrasings are told apart, and how large the weights are.
//!
//! `Σ −log p(article | phrasing) + ½ · ridge · ‖W‖²`, where `p` is a softmax over the phrasing's own classes alone; the bias of an
//! article is not penalised. Work is cut into fixed pieces whose sums are added in order: the number of cores changes nothing.

use super::samples::Sample;
use crate::cpu;
use crate::index::vectors;

/// Phrasings or articles in one piece of work.
const PIECE: usize = 64;

/// The loss over given samples.
pub struct Loss<'a> {
    samples: &'a [Sample],
    dims: usize,
    ridge: f64,
    /// Where the classes of each sample begin in a list of all of them; one more at the end.
    starts: Vec<usize>,
    /// For each article, the samples that it is a class of, ascending, with the place in the list of all classes.
    uses: Vec<Vec<(u32, u32)>>,
}

impl<'a> Loss<'a> {
    /// Over `samples`, whose classes are below `articles`, with vectors of `dims` numbers.
    pub fn new(samples: &'a [Sample], articles: usize, dims: usize, ridge: f64) -> Self {
        let (mut starts, mut uses) = (vec![0], vec![Vec::new(); articles]);
        let mut place = 0;
        for (number, sample) in samples.iter().enumerate() {
            for class in &sample.classes {
                uses[*class as usize].push((number as u32, place as u32));
                place += 1;
            }
            starts.push(place);
        }
        Loss { samples, dims, ridge, starts, uses }
    }

    /// Numbers in a point: for each article its weights, then its bias.
    pub fn len(&self) -> usize {
        self.uses.len() * (self.dims + 1)
    }

    /// The loss at `weights`; writes its gradient.
    ///
    /// **Shapes**: both `[articles][dims + 1]`. **Cost**: twice the classes of all samples times `dims` products.
    pub fn at(&self, weights: &[f32], gradient: &mut [f32]) -> f64 {
        let pieces: Vec<usize> = (0..self.samples.len()).step_by(PIECE).collect();
        let told = cpu::parallel_map(&pieces, |from| self.errors(weights, *from), |_| ());
        let mut errors = Vec::with_capacity(self.starts.last().copied().unwrap_or(0));
        let mut loss = 0.0;
        for (part, piece) in told {
            loss += part;
            errors.extend(piece);
        }
        let pieces: Vec<usize> = (0..self.uses.len()).step_by(PIECE).collect();
        let slopes = cpu::parallel_map(&pieces, |from| self.slopes(weights, &errors, *from), |_| ());
        for ((part, piece), into) in slopes.into_iter().zip(gradient.chunks_mut(PIECE * (self.dims + 1))) {
            loss += part;
            into.copy_from_slice(&piece);
        }
        loss
    }

    /// Of one piece of the samples: their loss, and for each of their classes by how much its probability is wrong.
    fn errors(&self, weights: &[f32], from: usize) -> (f64, Vec<f32>) {
        let mut loss = 0.0;
        let mut errors = Vec::new();
        let mut logits: Vec<f64> = Vec::new();
        for sample in &self.samples[from..(from + PIECE).min(self.samples.len())] {
            logits.clear();
            logits.extend(sample.classes.iter().map(|class| {
                let row = self.row(weights, *class as usize);
                f64::from(vectors::dot_f32(&row[..self.dims], &sample.vector.exact) + row[self.dims])
            }));
            let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logits.iter().map(|logit| (logit - highest).exp()).sum();
            for (class, logit) in sample.classes.iter().zip(&logits) {
                let own = *class == sample.article;
                if own {
                    loss += sum.ln() + highest - logit;
                }
                errors.push(((logit - highest).exp() / sum - f64::from(u8::from(own))) as f32);
            }
        }
        (loss, errors)
    }

    /// Of one piece of the articles: the penalty on their weights, and the gradient.
    fn slopes(&self, weights: &[f32], errors: &[f32], from: usize) -> (f64, Vec<f32>) {
        let articles = from..(from + PIECE).min(self.uses.len());
        let mut slopes = vec![0.0f32; articles.len() * (self.dims + 1)];
        let mut penalty = 0.0;
        for (article, slope) in articles.zip(slopes.chunks_exact_mut(self.dims + 1)) {
            let (slope, bias) = slope.split_at_mut(self.dims);
            let term = |(sample, place): (u32, u32)| (errors[place as usize], &*self.samples[sample as usize].vector.exact);
            let (fours, rest) = self.uses[article].as_chunks::<4>();
            fours.iter().for_each(|uses| vectors::add_four_f32(slope, uses.map(term)));
            rest.iter().map(|used| term(*used)).for_each(|(error, vector)| vectors::add_f32(slope, error, vector));
            self.uses[article].iter().for_each(|(_, place)| bias[0] += errors[*place as usize]);
            let row = &self.row(weights, article)[..self.dims];
            vectors::add_f32(slope, self.ridge as f32, row);
            penalty += 0.5 * self.ridge * row.iter().map(|w| f64::from(*w) * f64::from(*w)).sum::<f64>();
        }
        (penalty, slopes)
    }

    fn row<'w>(&self, weights: &'w [f32], article: usize) -> &'w [f32] {
        &weights[article * (self.dims + 1)..(article + 1) * (self.dims + 1)]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::index::vectors::Vector;

    fn samples() -> Vec<Sample> {
        let vectors = [[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.0, 1.0, 0.0], [0.0, 0.6, 0.8], [0.0, 0.0, 1.0]];
        let told = [(0, vec![0, 1]), (0, vec![0, 1, 2]), (1, vec![0, 1, 2]), (2, vec![1, 2]), (2, vec![0, 2])];
        let sample = |(vector, (article, classes)): (&[f32; 3], (u32, Vec<u32>))| Sample {
            vector: Arc::new(Vector::new(vector, 3).unwrap()),
            article,
            classes,
        };
        vectors.iter().zip(told).map(sample).collect()
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let samples = samples();
        let loss = Loss::new(&samples, 3, 3, 0.5);
        let weights: Vec<f32> = (0..loss.len()).map(|n| (n as f32 * 1.3).sin()).collect();
        let mut gradient = vec![0.0; loss.len()];
        loss.at(&weights, &mut gradient);
        for n in 0..loss.len() {
            let moved = |step: f32| {
                let mut weights = weights.clone();
                weights[n] += step;
                loss.at(&weights, &mut vec![0.0; loss.len()])
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((slope - f64::from(gradient[n])).abs() < 1e-3, "{n}: {slope} {}", gradient[n]);
        }
    }

    #[test]
    fn without_weights_every_class_is_equally_likely_and_a_bias_costs_nothing() {
        let samples = samples();
        let loss = Loss::new(&samples, 3, 3, 0.5);
        let mut gradient = vec![0.0; loss.len()];
        let value = loss.at(&vec![0.0; loss.len()], &mut gradient);
        assert!((value - 3.0 * 2f64.ln() - 2.0 * 3f64.ln()).abs() < 1e-6, "{value}");
        let mut biased = vec![0.0; loss.len()];
        biased.chunks_exact_mut(4).for_each(|row| row[3] = 7.0);
        assert!((loss.at(&biased, &mut gradient) - value).abs() < 1e-5);
    }
}
