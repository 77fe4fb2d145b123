//! Questions whose right articles an editor has named: what the confidence is checked against and fitted to.

use super::ids::{ArticleId, LabelId};
use super::time::Timestamp;

/// A labelled question.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// The question as a customer would ask it, personal data masked.
    pub question: String,
    /// Articles of which any answers it; empty: no article does. They existed when the label was given.
    pub expected: Vec<ArticleId>,
    /// When it was given, or last given again.
    pub at: Timestamp,
}
