//! Questions that customers ask elsewhere: of other shops, banks, offices, and of the world at large.
//!
//! A question that a knowledge base does not answer often resembles an article all the same: “do you take bitcoin” lies near the article on
//! payment. Against a sparse cover of what people ask anywhere it shows: some question asked elsewhere is nearer to it than the article,
//! and does not lie near the article itself. Where the article does answer it, whatever is near to the one is near to the other.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::embed::{EmbedError, Embedder, precomputed};
use crate::error::{Failure, chain};
use crate::index::probes::Probes;
use crate::index::vectors::Vector;
use crate::kb::write_file;
use crate::text::normalize::{bare, fold};

/// The questions as they are encoded, Chinese and English, written for this project; `models/train/elsewhere.py` chose them.
static QUESTIONS: LazyLock<Vec<String>> =
    LazyLock::new(|| include_str!("elsewhere.txt").lines().map(|line| bare(&fold(line)).to_owned()).collect());
/// Questions near to the customer's that are looked at: further ones say nothing.
const NEAR: usize = 10;

/// The vectors of the questions; none without an encoder.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Elsewhere {
    vectors: Vec<Vector>,
}

/// A question asked elsewhere that is nearer to a customer's than an article is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearer {
    /// It.
    pub question: &'static str,
    /// Its cosine with the customer's question.
    pub cosine: f64,
    /// By how much that exceeds its cosine with the article; never below 0.
    pub lead: f64,
}

impl Elsewhere {
    /// The questions as they are encoded.
    pub fn questions() -> &'static [String] {
        &QUESTIONS
    }

    /// Takes the vectors that came with the model, or those that were kept in `dir` before; else encodes the questions and keeps them there.
    /// What cannot be read or kept is told and made again.
    ///
    /// **Cost**: some milliseconds, or once for a model half a minute.
    pub fn open(embedder: &dyn Embedder, dir: &Path) -> Result<Self, Failure> {
        let path = path(dir, embedder);
        if let Some(vectors) = came_with(embedder).or_else(|| usable(precomputed::open(&path, embedder, &QUESTIONS))) {
            return Self::of(&vectors, embedder);
        }
        let (bytes, vectors) = rounded(embedder, &embedder.embed_passages(&QUESTIONS, &mut |_| ())?)?;
        if let Err(error) = write_file(&path, &bytes) {
            tracing::warn!(error = %chain(&error), "questions asked elsewhere cannot be kept: the next start encodes them again");
        }
        Self::of(&vectors, embedder)
    }

    /// Takes the vectors that came with the model, or else those that `encode` makes of the questions.
    pub fn encode(embedder: &dyn Embedder, encode: impl FnOnce(&[String]) -> Result<Vec<Vec<f32>>, Failure>) -> Result<Self, Failure> {
        let vectors = match came_with(embedder) {
            Some(vectors) => vectors,
            None => rounded(embedder, &encode(&QUESTIONS)?)?.1,
        };
        Self::of(&vectors, embedder)
    }

    fn of(vectors: &[Vec<f32>], embedder: &dyn Embedder) -> Result<Self, Failure> {
        Ok(Elsewhere { vectors: vectors.iter().map(|vector| Vector::new(vector, embedder.dims())).collect::<Result<_, _>>()? })
    }

    /// The question asked elsewhere that leads furthest over an article, to another vector as near as `nearness` says; `None` if none leads.
    ///
    /// **Cost**: a scan of some thousand vectors in 8 bits, and [`NEAR`] times the nearness.
    pub fn nearer(&self, question: &Vector, nearness: impl Fn(&Vector) -> f64) -> Option<Nearer> {
        let near = self.near(question).into_iter().map(|at| {
            let vector = &self.vectors[at];
            let cosine = f64::from(vector.cosine(question));
            Nearer { question: &QUESTIONS[at], cosine, lead: cosine - nearness(vector) }
        });
        near.filter(|nearer| nearer.lead > 0.0).max_by(|a, b| a.lead.total_cmp(&b.lead))
    }

    /// The nearest questions, in no order.
    fn near(&self, question: &Vector) -> Vec<usize> {
        let (probes, mut product) = (Probes::of(&[question]), [0]);
        let cosine = |vector: &Vector| {
            probes.products(vector, &mut product);
            product[0] as f32 * vector.scale()
        };
        let mut near: Vec<(f32, usize)> = self.vectors.iter().map(cosine).zip(0..).collect();
        if near.len() > NEAR {
            near.select_nth_unstable_by(NEAR - 1, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            near.truncate(NEAR);
        }
        near.into_iter().map(|(_, at)| at).collect()
    }
}

fn path(dir: &Path, embedder: &dyn Embedder) -> PathBuf {
    let model = embedder.fingerprint();
    dir.join(format!("{}.elsewhere", model.get(..16).unwrap_or(model)))
}

/// Those that came with the model.
fn came_with(embedder: &dyn Embedder) -> Option<Vec<Vec<f32>>> {
    usable(embedder.precomputed(&QUESTIONS))
}

/// What is known; what cannot be used is told, and counts as unknown.
fn usable(known: Result<Option<Vec<Vec<f32>>>, EmbedError>) -> Option<Vec<Vec<f32>>> {
    known.unwrap_or_else(|error| {
        tracing::warn!(error = %chain(&error), "vectors of questions asked elsewhere cannot be used");
        None
    })
}

/// The file of fresh vectors, and the vectors as a later start reads them from it: what follows from them repeats to the last bit.
fn rounded(embedder: &dyn Embedder, vectors: &[Vec<f32>]) -> Result<(Vec<u8>, Vec<Vec<f32>>), EmbedError> {
    let damaged = |source| EmbedError::WeightsDamaged { path: precomputed::FILE.into(), source };
    let bytes = precomputed::write(embedder, &QUESTIONS, vectors).map_err(damaged)?;
    let read = precomputed::read(&bytes, embedder, &QUESTIONS).map_err(damaged)?;
    Ok((bytes, read.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::counting::Counting;
    use crate::embed::hashing::HashingEmbedder;
    use crate::embed::manifest::DEFAULT_MODEL;
    use crate::embed::registry::Registry;
    use crate::text::normalize::is_han;

    fn vector(text: &str) -> Vector {
        Vector::new(&HashingEmbedder.embed_query(text).unwrap(), HashingEmbedder.dims()).unwrap()
    }

    #[test]
    fn questions_are_many_distinct_and_of_both_languages() {
        let questions = Elsewhere::questions();
        let distinct: std::collections::BTreeSet<&String> = questions.iter().collect();
        assert_eq!(distinct.len(), questions.len());
        let chinese = questions.iter().filter(|question| question.chars().any(is_han)).count();
        assert!(questions.len() > 5_000 && chinese > 2_000 && questions.len() - chinese > 2_000, "{chinese} of {}", questions.len());
        assert!(questions.iter().all(|question| !question.is_empty()));
    }

    #[test]
    fn a_question_leads_where_it_is_nearer_than_the_article() {
        let elsewhere =
            Elsewhere::encode(&HashingEmbedder, |questions| Ok(HashingEmbedder.embed_passages(questions, &mut |_| ())?)).unwrap();
        let asked = &Elsewhere::questions()[123];
        let far = elsewhere.nearer(&vector(asked), |_| 0.2).unwrap();
        assert_eq!(far.question, asked);
        assert!((far.cosine - 1.0).abs() < 0.02 && (far.lead - far.cosine + 0.2).abs() < 1e-9, "{far:?}");
        // An article that answers the question lies as near to everything as the question does.
        let (question, article) = (vector(asked), vector(asked));
        assert_eq!(elsewhere.nearer(&question, |other| f64::from(article.cosine(other))), None);
        assert_eq!(Elsewhere::default().nearer(&question, |_| 0.2), None);
    }

    #[test]
    fn the_bundled_models_bring_the_vectors_that_they_would_make() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let registry = Registry::with_roots(Path::new("/nonexistent"), vec![models]).unwrap();
        for name in [DEFAULT_MODEL, "jieda-embed-zh-en-6l"] {
            let encoder = registry.load(name).unwrap();
            let vectors = encoder.precomputed(Elsewhere::questions()).unwrap().expect("models/train/README.md says how it is made anew");
            for at in (0..vectors.len()).step_by(vectors.len() / 8) {
                let made = encoder.embed_query(&Elsewhere::questions()[at]).unwrap();
                let cosine = crate::index::vectors::dot_f32(&vectors[at], &made);
                assert!((cosine - 1.0).abs() < 0.002, "{name}: {} {cosine}", Elsewhere::questions()[at]);
            }
        }
    }

    #[test]
    fn what_was_encoded_once_is_kept_and_what_is_damaged_is_encoded_again() {
        let dir = tempfile::tempdir().unwrap();
        let all = Elsewhere::questions().len();
        let open = || {
            let counting = Counting::default();
            let opened = Elsewhere::open(&counting, &dir.path().join("new")).unwrap();
            (opened, counting.encoded())
        };
        let (first, encoded) = open();
        assert_eq!(encoded, all);
        for damage in [None, Some(&b"damaged"[..]), None, Some(b"")] {
            let (again, encoded) = open();
            assert_eq!((encoded, &again), (0, &first), "to the last bit");
            if let Some(damage) = damage {
                std::fs::write(path(&dir.path().join("new"), &HashingEmbedder), damage).unwrap();
                assert_eq!(open().1, all);
            }
        }
    }

    #[test]
    fn a_directory_that_cannot_be_written_costs_only_the_next_start() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = Elsewhere::open(&HashingEmbedder, file.path()).unwrap();
        assert!(opened.nearer(&vector("怎么退货"), |_| 0.0).is_some());
    }
}
