//! Retrieval without a decision: the editor's search and the agent's suggestions.

use super::Service;
use super::answering::Asked;
use super::ask::{AskError, ShownArticle};
use crate::domain::decision::Candidate;
use crate::domain::ids::KbRevision;
use crate::domain::locale::Locale;
use crate::error::Failure;
use crate::text::normalize::{clean, language};
use crate::text::redact::redact;

/// The most results of one search.
pub const LIMIT_MAX: usize = 50;

/// A search.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// The text.
    pub query: String,
    /// At most so many results, 1 to 50.
    pub limit: usize,
    /// The language of the versions shown; `None`: the text's own.
    pub locale: Option<Locale>,
    /// Only articles of this channel; `None` sees every channel.
    pub channel: Option<String>,
}

/// One result.
#[derive(Debug, Clone)]
pub struct SearchItem {
    /// The candidate with its scores.
    pub candidate: Candidate,
    /// The version shown.
    pub shown: ShownArticle,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct SearchReply {
    /// Best first.
    pub items: Vec<SearchItem>,
    /// The state of the knowledge base.
    pub kb_revision: KbRevision,
    /// Whether the encoder took no part.
    pub degraded: bool,
}

impl Service {
    /// Ranks articles for a text. Nothing is decided and nothing stored.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchReply, Failure> {
        let text = clean(&request.query);
        let (chars, max) = (text.chars().count(), self.inner.config.limits.question_chars);
        if text.is_empty() {
            return Err(AskError::Empty.into());
        }
        if chars > max {
            return Err(AskError::TooLong { chars, max }.into());
        }
        let locale = request.locale.unwrap_or_else(|| language(&text));
        let asked = Asked { text: super::ask::searchable(&redact(&text).masked), follows: None, channel: request.channel };
        let answering = self.answering(asked).await?;
        let judgement = &answering.main;
        let items = judgement
            .found
            .candidates
            .iter()
            .zip(judgement.candidates(locale, request.limit.clamp(1, LIMIT_MAX)))
            .map(|(scored, candidate)| SearchItem {
                shown: ShownArticle { article: (*scored.shown(locale).article).clone(), matched: candidate.matched_text.clone() },
                candidate,
            })
            .collect();
        Ok(SearchReply { items, kb_revision: answering.revision, degraded: judgement.degraded })
    }
}
