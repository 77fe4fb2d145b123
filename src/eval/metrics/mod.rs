//! Measures, pure.
//!
//! Retrieval measures are over in-scope questions: where the expected articles stand among the candidates. Decision measures see
//! the confidence, which is the probability that the first candidate is right, and the lines; an out-of-scope question has no right
//! candidate. Nothing here depends on the order of the file: questions are put in order by their text, and what is tied in
//! confidence counts as one.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{Asked, Lines};

mod bootstrap;
mod figure;
mod rank;
mod sample;

pub use bootstrap::{RESAMPLES, measured, middle, percentiles, resampled, weights, wilson};
pub use figure::{Figure, Figures, Intervals, PerFigure};
pub use rank::{auroc, spearman};
pub use sample::{Sample, Sums, answered, decided_rightly};

/// What a set of questions shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Questions.
    pub questions: usize,
    /// Of these, with an expected article.
    pub in_scope: usize,
    /// Of these, without.
    pub out_of_scope: usize,
    /// How many are answered.
    pub answered: usize,
    /// The figures.
    pub figures: Figures,
    /// Their 95 % intervals.
    pub intervals: Intervals,
    /// Whether the precision is not below the target by more than its interval; true where nothing is answered, as nothing was
    /// promised.
    pub promise_kept: bool,
}

/// Answers below which nobody is told whether a promise was kept: one more or less would turn it.
const ANSWERS_LEAST: usize = 20;

impl Measured {
    /// Whether so few are answered that their precision tells nothing yet.
    pub fn too_few_answers(&self) -> bool {
        self.answered < ANSWERS_LEAST
    }
}

/// What an evaluation shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Over all questions.
    pub all: Measured,
    /// By slice. A slice with questions of one side of the scope only is set against all questions of the other side.
    pub slices: BTreeMap<String, Measured>,
}

/// Questions of a slice, or all, and those that stand against them.
pub struct Part<'a> {
    /// The slice; `None`: all questions.
    pub slice: Option<&'a str>,
    /// Its questions.
    pub own: Vec<&'a Asked>,
    /// The questions of the other side, for a slice with one side only.
    pub against: Vec<&'a Asked>,
}

/// All questions and every slice, each in an order that does not depend on the file's.
pub fn parts<'a>(asked: impl IntoIterator<Item = &'a Asked>) -> Vec<Part<'a>> {
    let mut all: Vec<&Asked> = asked.into_iter().collect();
    all.sort_by(|a, b| (&a.question, &a.expected, &a.slice, a.line).cmp(&(&b.question, &b.expected, &b.slice, b.line)));
    let names: BTreeSet<&str> = all.iter().filter_map(|asked| asked.slice.as_deref()).collect();
    let slices = names.into_iter().map(|name| {
        let (own, others): (Vec<&Asked>, Vec<&Asked>) = all.iter().copied().partition(|asked| asked.slice.as_deref() == Some(name));
        let in_scope = own.iter().filter(|asked| asked.in_scope()).count();
        let one_sided = in_scope == 0 || in_scope == own.len();
        let against = others.into_iter().filter(|asked| one_sided && asked.in_scope() != (in_scope > 0)).collect();
        Part { slice: Some(name), own, against }
    });
    let slices: Vec<Part<'_>> = slices.collect();
    std::iter::once(Part { slice: None, own: all.clone(), against: Vec::new() }).chain(slices).collect()
}

/// Measures all questions and every slice. **Cost**: about a second for 10,000 questions on two cores.
pub fn report(asked: &[Asked], lines: &Lines) -> Report {
    let mut all = None;
    let mut slices = BTreeMap::new();
    for part in parts(asked) {
        let measured = measure(&part, lines);
        match part.slice {
            None => all = Some(measured),
            Some(name) => drop(slices.insert(name.to_owned(), measured)),
        }
    }
    let nothing = || measure(&Part { slice: None, own: Vec::new(), against: Vec::new() }, lines);
    Report { all: all.unwrap_or_else(nothing), slices }
}

fn measure(part: &Part<'_>, lines: &Lines) -> Measured {
    let (figures, intervals) = measured(&Sample::new(&part.own, &part.against, lines));
    let in_scope = part.own.iter().filter(|asked| asked.in_scope()).count();
    Measured {
        questions: part.own.len(),
        in_scope,
        out_of_scope: part.own.len() - in_scope,
        answered: part.own.iter().filter(|asked| answered(asked, lines)).count(),
        figures,
        intervals,
        promise_kept: intervals.get(Figure::Precision).is_none_or(|(_, high)| high >= lines.target_precision),
    }
}

#[cfg(test)]
mod tests;
