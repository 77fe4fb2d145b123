//! The tables of figures: all questions with explanations, and by slice.

use super::format;
use super::words::{self, ANSWERING, FINDING, TRUSTING};
use crate::domain::locale::Locale;
use crate::eval::metrics::{Figure, Measured, Report};

/// A value and its interval, as they are shown.
pub struct Cell {
    /// The value.
    pub value: String,
    /// The interval; empty if there is none.
    pub interval: String,
}

/// A figure with its words.
pub struct Row {
    /// What it is called.
    pub name: &'static str,
    /// What it says.
    pub explanation: &'static str,
    /// What was measured.
    pub cell: Cell,
}

/// The figures of a slice.
pub struct Slice {
    /// Its name.
    pub name: String,
    /// How many questions it has.
    pub questions: usize,
    /// In the order of the group's rows.
    pub cells: Vec<Cell>,
}

/// Figures that tell about one thing.
pub struct Group {
    /// What they tell about.
    pub title: &'static str,
    /// Over all questions.
    pub rows: Vec<Row>,
    /// By slice.
    pub slices: Vec<Slice>,
}

/// All figures, in the order of a reader's questions.
pub fn groups(report: &Report, locale: Locale) -> Vec<Group> {
    let group = |title, figures: &[Figure]| Group {
        title,
        rows: figures
            .iter()
            .map(|figure| Row {
                name: words::name(*figure, locale),
                explanation: words::explanation(*figure, locale),
                cell: cell(&report.all, *figure),
            })
            .collect(),
        slices: report
            .slices
            .iter()
            .map(|(name, measured)| Slice {
                name: name.clone(),
                questions: measured.questions,
                cells: figures.iter().map(|figure| cell(measured, *figure)).collect(),
            })
            .collect(),
    };
    vec![
        group(locale.pick("找得到吗", "Is it found?"), &FINDING),
        group(locale.pick("答得对吗", "Is it answered?"), &ANSWERING),
        group(locale.pick("把握度可信吗", "Can the confidence be trusted?"), &TRUSTING),
    ]
}

fn cell(measured: &Measured, figure: Figure) -> Cell {
    // One without width is no certainty: the questions are too few or too alike for resamples to vary.
    let interval = measured.intervals.get(figure).filter(|(low, high)| low < high);
    let (value, interval) = format::figure(measured.figures.get(figure), interval, words::is_share(figure));
    Cell { value, interval }
}
