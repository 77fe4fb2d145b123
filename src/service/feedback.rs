//! Judgements of decisions, kept as labels.

use super::Service;
use crate::domain::decision::Decision;
use crate::domain::feedback::{Feedback, FeedbackKind};
use crate::domain::ids::{ArticleId, DecisionId, FeedbackId};
use crate::domain::locale::Locale;
use crate::error::{Code, Coded, Failure};
use crate::text::normalize::clean;
use crate::text::redact::redact;

/// The longest comment, in characters.
pub const COMMENT_MAX_CHARS: usize = 2_000;

/// A judgement that cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum FeedbackError {
    /// The comment is too long.
    #[error("comment: it has {chars} characters, at most {COMMENT_MAX_CHARS} are taken")]
    CommentTooLong {
        /// Its length.
        chars: usize,
    },
    /// What was picked was not offered.
    #[error("article_id: {} was not among the options of this decision", .article.as_ref().map_or("nothing", ArticleId::as_str))]
    NotOffered {
        /// The article named.
        article: Option<ArticleId>,
    },
    /// The article does not exist.
    #[error("article_id: there is no article {article}")]
    NoSuchArticle {
        /// Which.
        article: ArticleId,
    },
}

impl Coded for FeedbackError {
    fn code(&self) -> Code {
        match self {
            FeedbackError::CommentTooLong { .. } | FeedbackError::NotOffered { .. } => Code::BodyInvalid,
            FeedbackError::NoSuchArticle { .. } => Code::ArticleNotFound,
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            FeedbackError::CommentTooLong { .. } => locale.pick("请缩短评论。", "Shorten the comment."),
            FeedbackError::NotOffered { .. } => locale.pick(
                "picked 的 article_id 须是该条回复 clarify 列表里的一篇。",
                "With picked, article_id is one of the articles in the reply's clarify list.",
            ),
            FeedbackError::NoSuchArticle { .. } => self.code().hint(locale),
        }
        .to_owned()
    }
}

impl Service {
    /// Stores a judgement of a decision and returns it as it is kept.
    ///
    /// **Errors**: an unknown decision, [`FeedbackError`].
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
            return Err(FeedbackError::CommentTooLong { chars }.into());
        }
        let decision = self.decision(decision_id).await?;
        self.judges(&decision, kind, article_id.as_ref()).await?;
        let comment = redact(&comment).masked;
        let feedback = Feedback { id: FeedbackId::new(), decision_id, kind, article_id, comment, at: self.inner.clock.now() };
        Ok(self.inner.store.add_feedback(&feedback).await?)
    }

    /// Whether the article can be meant: a pick is one of the options, anything else an article that exists or was found then.
    async fn judges(&self, decision: &Decision, kind: FeedbackKind, article: Option<&ArticleId>) -> Result<(), Failure> {
        if kind == FeedbackKind::Picked {
            return match article.filter(|article| decision.clarify.contains(article)) {
                Some(_) => Ok(()),
                None => Err(FeedbackError::NotOffered { article: article.cloned() }.into()),
            };
        }
        let Some(article) = article else { return Ok(()) };
        let found = decision.candidates.iter().any(|candidate| candidate.article_id == *article);
        if found || self.inner.store.article_ids().await?.contains(article) {
            return Ok(());
        }
        Err(FeedbackError::NoSuchArticle { article: article.clone() }.into())
    }
}
