//! What is wrong with files of questions, line by line.

use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded};
use crate::eval::visible;
use crate::kb::{KbError, Place};

/// A question file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QuestionsError {
    /// It cannot be read or decoded.
    #[error(transparent)]
    File {
        /// Why.
        source: Box<KbError>,
    },
    /// Lines are not what they should be.
    #[error("{}", listed(wrong, *more, Locale::En))]
    Lines {
        /// What the file should hold.
        form: Form,
        /// The first of them, at least one.
        wrong: Vec<Wrong>,
        /// How many there are beside these.
        more: usize,
    },
    /// There is nothing in it.
    #[error("{file} holds no {}", if *form == Form::Pairs { "pairs" } else { "questions" })]
    Empty {
        /// What the file should hold.
        form: Form,
        /// Which file.
        file: String,
    },
}

/// A line and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which line.
    pub place: Place,
    /// What is wrong.
    pub detail: Wording,
}

/// What a file should hold: hints say how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Questions with their right articles.
    Labelled,
    /// Questions alone.
    Log,
    /// Pairs of sentences.
    Pairs,
}

/// Wrong lines that are named; of more the number is told.
const NAMED: usize = 20;

fn listed(wrong: &[Wrong], more: usize, locale: Locale) -> String {
    let mut lines: Vec<String> = wrong.iter().map(|Wrong { place, detail }| format!("{place}: {}", visible(detail.pick(locale)))).collect();
    if more > 0 {
        lines.push(locale.pick(format!("另有 {more} 处"), format!("and {more} more")));
    }
    lines.join("\n")
}

impl QuestionsError {
    /// A line of labelled questions that is wrong.
    pub fn line(file: &str, line: usize, zh: impl Into<String>, en: impl Into<String>) -> Self {
        QuestionsError::of(Form::Labelled, Place::new(file, line as u64), Wording::new(zh, en))
    }

    /// A line of a file that should hold something of a form.
    pub fn of(form: Form, place: Place, detail: Wording) -> Self {
        QuestionsError::Lines { form, wrong: vec![Wrong { place, detail }], more: 0 }
    }

    /// The lines of labelled questions that are wrong, at least one.
    pub(super) fn lines(mut wrong: Vec<Wrong>) -> Self {
        let more = wrong.len().saturating_sub(NAMED);
        wrong.truncate(NAMED);
        QuestionsError::Lines { form: Form::Labelled, wrong, more }
    }
}

impl Coded for QuestionsError {
    fn code(&self) -> Code {
        match self {
            QuestionsError::File { source } => source.code(),
            QuestionsError::Lines { .. } | QuestionsError::Empty { .. } => Code::FileFormat,
        }
    }

    fn message(&self, locale: Locale) -> String {
        match self {
            QuestionsError::File { source } => source.message(locale),
            QuestionsError::Lines { wrong, more, .. } => listed(wrong, *more, locale),
            QuestionsError::Empty { form: Form::Pairs, file } => locale.pick(format!("{file} 里没有句对"), self.to_string()),
            QuestionsError::Empty { file, .. } => locale.pick(format!("{file} 里没有问题"), self.to_string()),
        }
    }

    fn hint(&self, locale: Locale) -> String {
        let (zh, en) = match self {
            // No command that reads questions lets an encoding be named; a mark in the file decides it.
            QuestionsError::File { source } if source.code() == Code::FileEncoding => (
                "请另存为 .xlsx，或带 BOM 的 UTF-8（Excel 里的“CSV UTF-8”）。",
                "Save it as .xlsx, or as UTF-8 with a byte-order mark (“CSV UTF-8” in Excel).",
            ),
            QuestionsError::File { source } => return source.hint(locale),
            QuestionsError::Lines { form, .. } | QuestionsError::Empty { form, .. } => match form {
                Form::Labelled => (
                    "每个问题要有问题（question）和期望（expected）；没有文章能回答时写 none 或“无”。见 eval/README.md。",
                    "A question has question and expected; where no article answers, write none. See eval/README.md.",
                ),
                Form::Log => (
                    "日志每行一个问题，或每行一个带问题（question）的 JSON 对象；不用标注。",
                    "A log has a question a line, or a JSON object with question a line; labels are not needed.",
                ),
                Form::Pairs => (
                    "每行写两个句子和一个数，用制表符隔开；数越大越相近。首行可以是列名。",
                    "A line has two sentences and a number, separated by tabs; the larger, the more alike. The first line may name the columns.",
                ),
            },
        };
        locale.pick(zh, en).to_owned()
    }
}
