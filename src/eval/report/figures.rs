//! The tables of figures: all questions with explanations, and by slice.

use std::collections::BTreeSet;

use super::format;
use super::numbers::{Figure, Outcome, share, wilson};
use super::words::Measure;
use crate::domain::locale::Locale;
use crate::eval::record::{Asked, Record};

/// Interim.
pub struct Measured {
    pub questions: usize,
    pub in_scope: usize,
    outcome: Outcome,
}

impl Measured {
    pub fn of(asked: &[&Asked], line: Option<f64>) -> Self {
        Measured {
            questions: asked.len(),
            in_scope: asked.iter().filter(|a| a.in_scope()).count(),
            outcome: Outcome::at(asked, line),
        }
    }
    pub fn get(&self, m: Measure) -> Option<Figure> {
        let o = &self.outcome;
        let f = |a, b| Some(Figure { value: share(a, b)?, interval: wilson(a, b) });
        match m {
            Measure::Coverage => f(o.in_scope, self.in_scope),
            Measure::Precision => f(o.right, o.answered),
            Measure::InScopeRight => f(o.right, self.in_scope),
            Measure::InScopeWrong => f(o.in_scope - o.right, self.in_scope),
            Measure::OutOfScopeRejected => {
                let n = self.questions - self.in_scope;
                f(n - (o.answered - o.in_scope), n)
            }
            _ => None,
        }
    }
}

/// A figure with its words.
pub struct Row {
    /// What it is called.
    pub name: &'static str,
    /// What it says.
    pub explanation: &'static str,
    /// Its value.
    pub value: String,
    /// Its interval, if it has one.
    pub interval: String,
}

/// A group of figures.
pub struct Group {
    /// What they tell about.
    pub title: &'static str,
    /// One each.
    pub rows: Vec<Row>,
    /// By slice: name, number of questions, and value and interval of each figure.
    pub slices: Vec<(String, usize, Vec<(String, String)>)>,
}

/// Groups.
pub fn groups(record: &Record, locale: Locale) -> Vec<Group> {
    let all: Vec<&Asked> = record.asked.iter().collect();
    let measured = Measured::of(&all, record.lines.answer);
    let names: BTreeSet<&str> = record.asked.iter().filter_map(|a| a.slice.as_deref()).collect();
    let slices: Vec<(&str, Measured)> = names
        .into_iter()
        .map(|n| {
            let own: Vec<&Asked> = record.asked.iter().filter(|a| a.slice.as_deref() == Some(n)).collect();
            (n, Measured::of(&own, record.lines.answer))
        })
        .collect();
    let titles = locale.pick(["找得到吗", "答得对吗", "把握度可信吗"], ["Is it found?", "Is it answered?", "Can the confidence be trusted?"]);
    let lists: [&[Measure]; 3] = [&super::words::FINDING, &super::words::ANSWERING, &super::words::TRUSTING];
    titles
        .into_iter()
        .zip(lists)
        .map(|(title, measures)| Group {
            title,
            rows: measures
                .iter()
                .map(|m| {
                    let (value, interval) = format::figure(measured.get(*m), m.is_share());
                    Row { name: m.name(locale), explanation: m.explanation(locale), value, interval }
                })
                .collect(),
            slices: slices
                .iter()
                .map(|(n, s)| ((*n).to_owned(), s.questions, measures.iter().map(|m| format::figure(s.get(*m), m.is_share())).collect()))
                .collect(),
        })
        .collect()
}
