//! Judgements of decisions, kept as labels.

use super::Service;
use crate::domain::feedback::{Feedback, FeedbackKind};
use crate::domain::ids::{ArticleId, DecisionId, FeedbackId};
use crate::error::{Code, Coded, Failure};
use crate::text::normalize::clean;
use crate::text::redact::redact;

/// The longest comment, in characters.
pub const COMMENT_MAX_CHARS: usize = 2_000;

/// A comment that is too long.
#[derive(Debug, thiserror::Error)]
#[error("a comment has at most {COMMENT_MAX_CHARS} characters, this one has {chars}")]
pub struct CommentTooLong {
    /// Its length.
    pub chars: usize,
}

impl Coded for CommentTooLong {
    fn code(&self) -> Code {
        Code::BodyInvalid
    }
}

impl Service {
    /// Stores a judgement of a decision. **Errors**: an unknown decision.
    pub async fn give_feedback(
        &self,
        decision_id: DecisionId,
        kind: FeedbackKind,
        article_id: Option<ArticleId>,
        comment: &str,
    ) -> Result<Feedback, Failure> {
        let comment = clean(comment);
        let chars = comment.chars().count();
        if chars > COMMENT_MAX_CHARS {
            return Err(CommentTooLong { chars }.into());
        }
        let feedback =
            Feedback { id: FeedbackId::new(), decision_id, kind, article_id, comment: redact(&comment).masked, at: self.inner.clock.now() };
        self.inner.store.add_feedback(&feedback).await?;
        Ok(feedback)
    }
}
