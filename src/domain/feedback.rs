//! What customers and agents said of a decision afterwards: the labels that a later calibration learns from.

use super::decision::named;
use super::ids::{ArticleId, DecisionId, FeedbackId};
use super::time::Timestamp;

named! {
    /// The judgement.
    FeedbackKind {
        /// The customer found the answer helpful.
        Helpful = "helpful",
        /// The customer did not.
        NotHelpful = "not_helpful",
        /// The customer picked an article from a clarify list.
        Picked = "picked",
        /// The agent sent the suggestion as it was.
        SuggestionAccepted = "suggestion_accepted",
        /// The agent changed the suggestion before sending it.
        SuggestionEdited = "suggestion_edited",
        /// The agent ignored the suggestion.
        SuggestionIgnored = "suggestion_ignored",
    }
}

impl FeedbackKind {
    /// Whether only an agent can say so.
    pub const fn of_agent(self) -> bool {
        matches!(self, FeedbackKind::SuggestionAccepted | FeedbackKind::SuggestionEdited | FeedbackKind::SuggestionIgnored)
    }
}

/// One judgement of one decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// The decision judged.
    pub decision_id: DecisionId,
    /// The judgement.
    pub kind: FeedbackKind,
    /// The article meant, where the judgement names one.
    pub article_id: Option<ArticleId>,
    /// Free text, personal data masked; may be empty.
    pub comment: String,
    /// When it was given.
    pub at: Timestamp,
}
