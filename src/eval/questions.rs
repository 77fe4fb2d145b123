//! Question sets: what is asked and what would be right.

use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::domain::ids::ArticleId;
use crate::error::{Code, Coded};
use crate::text::hex::hex;
use crate::text::normalize::phrasing_key;

/// One labelled question.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledQuestion {
    /// Line of the file, from 1.
    pub line: usize,
    /// The question.
    pub question: String,
    /// Articles that would answer it; empty when none does.
    pub expected: Vec<ArticleId>,
    /// The part of the set it belongs to.
    pub slice: Option<String>,
}

impl LabelledQuestion {
    /// Whether any article answers it.
    pub fn in_scope(&self) -> bool {
        !self.expected.is_empty()
    }
}

/// Hex SHA-256 of what is asked and expected; the form and the order of the file do not matter.
pub fn fingerprint(questions: &[LabelledQuestion]) -> String {
    let mut lines: Vec<String> = questions
        .iter()
        .map(|q| serde_json::json!([q.question, q.expected.iter().map(ArticleId::as_str).collect::<Vec<_>>(), q.slice]).to_string())
        .collect();
    lines.sort();
    hex(&Sha256::digest(lines.join("\n").as_bytes()))
}

/// A question file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QuestionsError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not a labelled question.
    #[error("{path}:{line}: {detail}")]
    Line {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// There is no question in it.
    #[error("{path} holds no questions")]
    Empty {
        /// Which file.
        path: String,
    },
}

impl Coded for QuestionsError {
    fn code(&self) -> Code {
        match self {
            QuestionsError::Unreadable { .. } => Code::FileUnreadable,
            QuestionsError::Line { .. } | QuestionsError::Empty { .. } => Code::FileFormat,
        }
    }
}

#[derive(Deserialize)]
struct Line {
    question: String,
    #[serde(default)]
    expected: Vec<String>,
    #[serde(default)]
    slice: Option<String>,
}

/// Reads JSONL: `{"question": …, "expected": ["id", …], "slice": …}`; empty `expected` means that no article answers it. Ids that
/// `known` does not hold are refused with their line.
pub fn read(path: &Path, known: &dyn Fn(&ArticleId) -> bool) -> Result<Vec<LabelledQuestion>, QuestionsError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| QuestionsError::Unreadable { path: name.clone(), source })?;
    let mut questions = Vec::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |detail: String| QuestionsError::Line { path: name.clone(), line: at + 1, detail };
        let row: Line = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        if row.question.trim().is_empty() {
            return Err(wrong("the question is empty".to_owned()));
        }
        let expected = row
            .expected
            .iter()
            .map(|id| id.parse::<ArticleId>())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        if let Some(unknown) = expected.iter().find(|id| !known(id)) {
            return Err(wrong(format!("article {unknown} is not in the knowledge base")));
        }
        questions.push(LabelledQuestion { line: at + 1, question: row.question, expected, slice: row.slice });
    }
    if questions.is_empty() {
        return Err(QuestionsError::Empty { path: name });
    }
    Ok(questions)
}

/// Reads unlabelled questions: one a line, or JSONL with `question`. Those of the `tested` set are left out, by normalised text, as
/// they must not count for their own calibration.
pub fn read_log(path: &Path, tested: &[LabelledQuestion]) -> Result<Vec<String>, QuestionsError> {
    #[derive(Deserialize)]
    struct Logged {
        question: String,
    }
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| QuestionsError::Unreadable { path: name.clone(), source })?;
    let tested: std::collections::HashSet<String> = tested.iter().map(|question| phrasing_key(&question.question)).collect();
    let mut log = Vec::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let question = if line.trim_start().starts_with('{') {
            let wrong = |error: serde_json::Error| QuestionsError::Line { path: name.clone(), line: at + 1, detail: error.to_string() };
            serde_json::from_str::<Logged>(line).map_err(wrong)?.question
        } else {
            line.trim().to_owned()
        };
        if !tested.contains(&phrasing_key(&question)) {
            log.push(question);
        }
    }
    if log.is_empty() { Err(QuestionsError::Empty { path: name }) } else { Ok(log) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("q.jsonl");
        let read_text = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path, &|id| id.as_str() != "gone")
        };
        let good =
            read_text("{\"question\":\"退款多久\",\"expected\":[\"a\"],\"slice\":\"zh\"}\n\n{\"question\":\"天气\",\"expected\":[]}\n")
                .unwrap();
        assert_eq!(good.len(), 2);
        assert!(good[0].in_scope() && !good[1].in_scope() && good[1].line == 3);
        for (text, want) in
            [("{\"question\":\"x\",\"expected\":[\"gone\"]}", "gone"), ("\n{\"question\":", ":2:"), ("{\"question\":\" \"}", "empty")]
        {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
        assert!(matches!(read_text("\n").unwrap_err(), QuestionsError::Empty { .. }));
    }
}
