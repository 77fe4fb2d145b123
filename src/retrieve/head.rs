//! A ranking head over frozen vectors, learned from the titles and variants of one knowledge base.
//!
//! A multinomial logistic regression: each article has a weight for every number of a question's vector. Cosines treat all numbers
//! of a vector alike; the head learns which of them tell this knowledge base's articles apart. It says which article a question
//! belongs to, given that it belongs to one; it does not say that it does.

mod lbfgs;
mod loss;
mod samples;

use crate::domain::ids::ArticleId;
use crate::index::snapshot::Snapshot;
use crate::index::vectors::Vector;
use loss::Loss;
use samples::Samples;

/// Penalty on the squared weights.
const RIDGE: f64 = 0.02;
/// Steps of the fit; few knowledge bases need them all.
const STEPS: usize = 60;
/// Phrasings an article on average above which a knowledge base can teach anything of itself: bare titles cannot.
pub const PHRASINGS_LEAST: f64 = 1.5;

/// The weights of one knowledge base's articles.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    dims: usize,
    /// Ascending.
    articles: Vec<ArticleId>,
    /// `[articles][dims + 1]`, the bias last.
    weights: Vec<f32>,
}

impl Head {
    /// Learns from a snapshot; `None` if its articles have too few phrasings, or no vectors.
    ///
    /// The same snapshot gives the same weights to the last bit, on any number of cores.
    /// **Cost**: all cores for one to three seconds at 474 articles with 3,490 phrasings; minutes, and some 400 MB meanwhile, at 10,000
    /// with 50,000.
    pub fn learn(snapshot: &Snapshot) -> Option<Self> {
        Self::learn_without(snapshot, &|_| false)
    }

    /// The same as if phrasings whose text is `left_out` were not there.
    pub fn learn_without(snapshot: &Snapshot, left_out: &dyn Fn(&str) -> bool) -> Option<Self> {
        let mut read = Samples::of(snapshot, left_out);
        let dims = read.samples.first()?.vector.exact.len();
        if read.articles.len() < 2 || read.samples.len() as f64 <= PHRASINGS_LEAST * read.articles.len() as f64 {
            return None;
        }
        read.find_rivals();
        let loss = Loss::new(&read.samples, read.articles.len(), dims, RIDGE);
        let found = lbfgs::minimise(|weights, gradient| loss.at(weights, gradient), vec![0.0; loss.len()], STEPS);
        tracing::debug!(
            articles = read.articles.len(),
            phrasings = read.samples.len(),
            steps = found.steps,
            loss = found.value,
            "learned a ranking head"
        );
        Some(Head { dims, articles: read.articles, weights: found.at })
    }

    /// Numbers a vector, articles ascending, and their weights (`[articles][dims + 1]`, the bias last): what is stored.
    pub fn parts(&self) -> (usize, &[ArticleId], &[f32]) {
        (self.dims, &self.articles, &self.weights)
    }

    /// From what was stored; `None` if the parts do not fit each other, or a weight is none.
    pub fn from_parts(dims: usize, articles: Vec<ArticleId>, weights: Vec<f32>) -> Option<Self> {
        let fits = dims.checked_add(1).and_then(|row| row.checked_mul(articles.len())) == Some(weights.len());
        let sorted = articles.is_sorted_by(|a, b| a < b);
        (fits && sorted && weights.iter().all(|weight| weight.is_finite())).then_some(Head { dims, articles, weights })
    }

    /// How much speaks for `article`, comparable between articles for the same question only; `None` for an article that was not
    /// there to learn from, or a vector of another length.
    pub fn logit(&self, article: &ArticleId, vector: &Vector) -> Option<f64> {
        let at = self.articles.binary_search(article).ok().filter(|_| vector.exact.len() == self.dims)?;
        let (weights, bias) = self.weights[at * (self.dims + 1)..(at + 1) * (self.dims + 1)].split_at(self.dims);
        let product: f64 = weights.iter().zip(&vector.exact).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
        Some(product + f64::from(bias[0]))
    }
}

#[cfg(test)]
mod tests;
