//! What the plots count beside the figures of the measures: the sweep over all lines, and bins of confidence.

use crate::eval::metrics;
use crate::eval::record::{Asked, Lines};

/// Bins of the reliability diagram; those of the calibration error.
const BINS: usize = 15;

/// What would come of answering from some confidence on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The confidence from which answers are given.
    pub line: f64,
    /// Questions answered.
    pub answered: usize,
    /// Of these, rightly.
    pub right: usize,
    /// Of these, with an article that answers them.
    pub in_scope: usize,
}

impl Outcome {
    /// What the software's own line comes to; nothing without one.
    pub fn chosen(asked: &[&Asked], lines: &Lines) -> Self {
        let nothing = Outcome { line: lines.answer.unwrap_or(f64::INFINITY), answered: 0, right: 0, in_scope: 0 };
        asked.iter().filter(|asked| metrics::answered(asked, lines)).fold(nothing, |sum, asked| sum.and(asked))
    }

    fn and(self, asked: &Asked) -> Self {
        Outcome {
            answered: self.answered + 1,
            right: self.right + usize::from(asked.right()),
            in_scope: self.in_scope + usize::from(asked.in_scope()),
            ..self
        }
    }

    /// Share of the answers that are right; `None` without answers.
    pub fn precision(&self) -> Option<f64> {
        share(self.right, self.answered)
    }

    /// Share of the answers that are wrong; `None` without answers.
    pub fn risk(&self) -> Option<f64> {
        share(self.answered - self.right, self.answered)
    }
}

/// `part` of `whole`; `None` of nothing.
pub fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The outcomes of every line there could be, strictest first: one per confidence that occurs.
///
/// **Cost**: one sort.
pub fn sweep(asked: &[&Asked]) -> Vec<Outcome> {
    let mut order: Vec<&Asked> = asked.to_vec();
    order.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut so_far = Outcome { line: f64::INFINITY, answered: 0, right: 0, in_scope: 0 };
    for asked in order {
        let tied = asked.confidence == so_far.line;
        so_far = Outcome { line: asked.confidence, ..so_far.and(asked) };
        match outcomes.last_mut() {
            Some(last) if tied => *last = so_far,
            _ => outcomes.push(so_far),
        }
    }
    outcomes
}

/// The outcome that answers most in-scope questions at a precision of at least `target`; the strictest line among equals.
pub fn best_at(sweep: &[Outcome], target: f64) -> Option<Outcome> {
    let reached = sweep.iter().filter(|outcome| outcome.precision().is_some_and(|precision| precision >= target));
    reached.fold(None, |best: Option<Outcome>, outcome| match best {
        Some(best) if best.in_scope >= outcome.in_scope => Some(best),
        _ => Some(*outcome),
    })
}

/// Questions of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// How many.
    pub questions: usize,
    /// Mean confidence.
    pub confidence: f64,
    /// How many have a right first candidate.
    pub right: usize,
}

impl Bin {
    /// Share with a right first candidate.
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.questions.max(1) as f64
    }
}

/// [`BINS`] bins of about equally many questions, least confident first; empty ones left out. As in the calibration error, what is
/// tied goes into one bin, that of its middle.
pub fn bins(asked: &[&Asked]) -> Vec<Bin> {
    let mut order: Vec<&Asked> = asked.to_vec();
    order.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut bins = [Bin { questions: 0, confidence: 0.0, right: 0 }; BINS];
    let mut seen = 0;
    for tied in order.chunk_by(|a, b| a.confidence == b.confidence) {
        let middle = (2 * seen + tied.len()) * BINS / (2 * order.len());
        let bin = &mut bins[middle.min(BINS - 1)];
        bin.questions += tied.len();
        bin.confidence += tied[0].confidence * tied.len() as f64;
        bin.right += tied.iter().filter(|asked| asked.right()).count();
        seen += tied.len();
    }
    let filled = bins.into_iter().rev().filter(|bin| bin.questions > 0);
    filled.map(|bin| Bin { confidence: bin.confidence / bin.questions as f64, ..bin }).collect()
}

/// The 95 % interval of a share; `None` of nothing.
pub fn interval(part: usize, whole: usize) -> Option<(f64, f64)> {
    (whole > 0).then(|| metrics::wilson(part as f64, whole as f64))
}
