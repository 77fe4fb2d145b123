//! The report: one page about one evaluation, for editors. It needs no script and nothing from outside, prints, and can be read
//! aloud; the same record gives the same page to the last byte.
//!
//! `numbers` counts, `verdict` judges the promise, `curve`, `reliability` and `histogram` draw, `misses` picks what went wrong,
//! and `page.html` puts it together.

mod curve;
mod figures;
pub(in crate::eval) mod format;
mod histogram;
mod misses;
mod numbers;
mod page;
mod plot;
mod reliability;
mod verdict;
mod words;

#[cfg(test)]
mod tests;

use crate::domain::locale::Locale;
use crate::error::{Code, Coded};
use crate::eval::record::Record;

/// A page that could not be made: a mistake of ours.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A plot could not be drawn.
    #[error("a plot could not be drawn")]
    Plot {
        /// Why.
        #[source]
        source: plot::Failed,
    },
    /// The page could not be put together.
    #[error("the page could not be put together")]
    Page {
        /// Why.
        #[source]
        source: askama::Error,
    },
}

impl Coded for ReportError {
    fn code(&self) -> Code {
        Code::Internal
    }

    fn message(&self, locale: Locale) -> String {
        match self {
            ReportError::Plot { .. } => locale.pick("图没有画成".to_owned(), self.to_string()),
            ReportError::Page { .. } => locale.pick("页面没有拼成".to_owned(), self.to_string()),
        }
    }
}

/// The page about `record`, as HTML.
///
/// **Errors**: none that a record could cause. **Cost**: that of measuring, plus some milliseconds.
pub fn page(record: &Record, locale: Locale) -> Result<String, ReportError> {
    page::page(record, locale)
}
