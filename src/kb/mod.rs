//! Files of the knowledge base: read in any of their forms, checked, compared with what is stored, written out again.
//!
//! Every form (a tree of Markdown files, a table, JSON lines) becomes the same [`RawRow`]s of texts by field; one piece of code
//! makes articles of them, so that a rule holds in every form. A row that cannot become an article is refused with a reason and a
//! hint, never shortened or guessed; the others go on. Pure over bytes but for [`read_path`], [`export::export`],
//! [`write_refused`] and [`write_file`].
//!
//! bytes → [`encoding`](self::encoding) → records ([`delimited`], [`workbook`], [`json`], [`markdown`]) → [`RawRow`] →
//! [`draft`](self::draft) → [`Document`] → [`plan()`] → [`Plan`].

use std::fmt;

use crate::domain::article::Article;
use crate::domain::locale::Locale;

pub mod dates;
mod delimited;
mod draft;
mod encoding;
mod error;
pub mod export;
mod fields;
mod front_matter;
mod headers;
mod html;
mod json;
pub mod lint;
mod lists;
mod markdown;
mod plan;
mod qna;
mod refused;
pub mod sheets;
mod source;
mod table;
mod wording;
mod workbook;
mod write;

pub use delimited::{Oddity, Record};
pub use draft::derived_id;
pub use error::KbError;
pub use fields::{Field, RawRow};
pub use headers::key as header_key;
pub use lists::{Separators, split as split_cell};
pub use plan::{Plan, PlanItem, PlanOptions, RefusedRow, Verdict, plan};
pub use refused::write_refused;
pub use source::{read_bytes, read_path};
pub use wording::{Notice, Refusal};
pub use write::file as write_file;

/// How files are to be read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The encoding of text files, by its WHATWG label (`gbk`, `utf-8`, `big5` …); `None`: found by rule.
    pub encoding: Option<String>,
    /// The shop's time zone: dates without an offset are days there.
    pub time_zone: jiff::tz::TimeZone,
    /// The locale of articles that name none, in the row or in the path.
    pub default_locale: Locale,
}

impl Default for ReadOptions {
    /// Encoding by rule, Asia/Shanghai, zh-CN.
    fn default() -> Self {
        let shanghai = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
        ReadOptions { encoding: None, time_zone: shanghai, default_locale: Locale::ZhCn }
    }
}

/// Where a row stands: `file:line[:column]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the path that was read.
    pub file: String,
    /// Line in the file, from 1; the row of the sheet in a workbook.
    pub line: u64,
    /// Column in that line, from 1, where it is known.
    pub column: Option<u64>,
}

impl Place {
    /// A place without a column.
    pub fn new(file: impl Into<String>, line: u64) -> Self {
        Place { file: file.into(), line, column: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

/// One row, line or file, that is or should have been an article.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it begins.
    pub place: Place,
    /// The article, or why there is none.
    pub outcome: Result<Article, Refusal>,
    /// What was repaired or looks odd.
    pub warnings: Vec<Notice>,
    /// What was read, to be written out again for correction.
    pub raw: RawRow,
}

/// What was read from a path.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// In the order of the file; files of a tree in the order of their paths.
    pub rows: Vec<Row>,
    /// What concerns a whole file: its encoding, delimiter, skipped lines, unknown columns, an end that was not reached.
    pub notices: Vec<Notice>,
}

#[cfg(test)]
mod tests;
