//! What the head learns from: every title and variant with its vector, its article, and the articles it is told apart from.

use std::sync::Arc;

use crate::cpu;
use crate::domain::ids::ArticleId;
use crate::domain::passage::PassageKind;
use crate::index::probes::Probes;
use crate::index::snapshot::Snapshot;
use crate::index::vectors::Vector;
use crate::retrieve::fusion;

/// Articles that a phrasing is told apart from: those further away are no rivals, and leaving them out keeps the cost in bounds.
pub const RIVALS: usize = 30;
/// Phrasings in one piece of work.
const PIECE: usize = 16;

/// One title or variant.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its vector.
    pub vector: Arc<Vector>,
    /// Its article, as an index into [`Samples::articles`].
    pub article: u32,
    /// Its article and the articles that it is told apart from, ascending.
    pub classes: Vec<u32>,
}

/// The phrasings of a knowledge base.
#[derive(Debug, Clone)]
pub struct Samples {
    /// Articles with an encoded phrasing, ascending.
    pub articles: Vec<ArticleId>,
    /// Their phrasings, by article.
    pub samples: Vec<Sample>,
}

impl Samples {
    /// Reads the phrasings of a snapshot but those whose text is `left_out`; rivals are still missing.
    pub fn of(snapshot: &Snapshot, left_out: &dyn Fn(&str) -> bool) -> Self {
        let (mut articles, mut samples): (Vec<ArticleId>, Vec<Sample>) = (Vec::new(), Vec::new());
        for entry in snapshot.entries() {
            let phrasings = entry.passages.iter().filter(|p| p.passage.kind != PassageKind::Answer && !left_out(&p.passage.text));
            for vector in phrasings.filter_map(|p| p.vector.clone()) {
                if articles.last() != Some(&entry.article.id) {
                    articles.push(entry.article.id.clone());
                }
                samples.push(Sample { vector, article: articles.len() as u32 - 1, classes: Vec::new() });
            }
        }
        Samples { articles, samples }
    }

    /// Finds the rivals of every phrasing: the [`RIVALS`] articles that come nearest when the phrasing itself is left out.
    ///
    /// **Cost**: one byte product per number of every pair of phrasings, on all cores.
    pub fn find_rivals(&mut self) {
        let pieces: Vec<usize> = (0..self.samples.len()).step_by(PIECE).collect();
        let found = cpu::parallel_map(&pieces, |from| self.classes(*from), |_| ());
        for (sample, classes) in self.samples.iter_mut().zip(found.into_iter().flatten()) {
            sample.classes = classes;
        }
    }

    /// The classes of one piece of the phrasings. They are compared with all others together: those pass the caches once.
    fn classes(&self, from: usize) -> Vec<Vec<u32>> {
        let asked = &self.samples[from..(from + PIECE).min(self.samples.len())];
        let mut nearness: Vec<Vec<(f64, u32)>> = vec![Vec::with_capacity(self.articles.len()); asked.len()];
        let probes = Probes::of(&asked.iter().map(|question| &*question.vector).collect::<Vec<_>>());
        let mut products = vec![0; asked.len()];
        let mut first = 0;
        for phrasings in self.samples.chunk_by(|a, b| a.article == b.article) {
            let mut best = [[f32::NEG_INFINITY; 3]; PIECE];
            for (other, number) in phrasings.iter().zip(first..) {
                probes.products(&other.vector, &mut products);
                for (n, question) in asked.iter().enumerate().filter(|(n, _)| from + n != number) {
                    keep_best(&mut best[n], products[n] as f32 * question.vector.scale() * other.vector.scale());
                }
            }
            first += phrasings.len();
            for (near, best) in nearness.iter_mut().zip(&best) {
                near.push((agreement(best), phrasings[0].article));
            }
        }
        nearness.into_iter().zip(asked).map(|(near, question)| nearest(near, question.article)).collect()
    }
}

/// The articles that come nearest, and `own`, ascending.
fn nearest(mut nearness: Vec<(f64, u32)>, own: u32) -> Vec<u32> {
    if nearness.len() > RIVALS {
        nearness.select_nth_unstable_by(RIVALS - 1, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        nearness.truncate(RIVALS);
    }
    let mut classes: Vec<u32> = nearness.into_iter().map(|(_, article)| article).chain([own]).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// How well an article agrees in its up to three best phrasings; −1 where there is none but the one left out.
fn agreement(best: &[f32; 3]) -> f64 {
    let known: Vec<f64> = best.iter().filter(|cosine| cosine.is_finite()).map(|cosine| f64::from(*cosine)).collect();
    known.first().map_or(-1.0, |first| fusion::phrasing(*first, known.iter().sum::<f64>() / known.len() as f64, &fusion::WEIGHTS))
}

/// Puts `value` into a descending list if it is among the best.
fn keep_best(best: &mut [f32; 3], value: f32) {
    if value > best[0] {
        *best = [value, best[0], best[1]];
    } else if value > best[1] {
        *best = [best[0], value, best[1]];
    } else if value > best[2] {
        best[2] = value;
    }
}
