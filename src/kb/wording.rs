//! What editors are told about their files, in both languages.

use crate::domain::wording::Wording;

/// Why a row did not become an article, and what to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable snake_case name of the reason.
    pub code: &'static str,
    /// What is wrong, with the offending value.
    pub message: Wording,
    /// What to change.
    pub hint: Wording,
}

impl Refusal {
    /// A reason, its message and its hint.
    pub fn new(code: &'static str, message: Wording, hint: Wording) -> Self {
        Refusal { code, message, hint }
    }
}

/// Something to know that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Stable snake_case name.
    pub code: &'static str,
    /// The file, and the line if it concerns one; empty for warnings of a row, which have the row's place.
    pub place: Option<super::Place>,
    /// What was found or done.
    pub message: Wording,
}

impl Notice {
    /// A warning about the row that carries it.
    pub fn of_row(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Notice { code, place: None, message: Wording::new(zh, en) }
    }

    /// A notice about a place in a file.
    pub fn at(place: super::Place, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Notice { code, place: Some(place), message: Wording::new(zh, en) }
    }
}

/// A value as it is quoted in messages: at most 40 characters on one line.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}
