//! Retrieval without a decision: the editor's search and the agent's suggestions.

use tokio::sync::SemaphorePermit;

use super::Service;
use super::answering::{Answering, Asked};
use super::ask::{AskError, ShownArticle};
use super::conversations::ConversationError;
use super::tickets::TicketError;
use crate::domain::decision::Candidate;
use crate::domain::ids::{ConversationId, KbRevision, TicketNumber};
use crate::domain::locale::Locale;
use crate::error::{Code, Coded, Failure};
use crate::text::normalize::{clean, language};
use crate::text::redact::redact;

/// The most results of one search.
pub const LIMIT_MAX: usize = 50;

/// Searches run at a time, for so many questions one.
pub(super) const SHARE: usize = 4;
/// So many may run at a time in any case.
pub(super) const LEAST: usize = 4;

/// Searches wait for the same threads as customers' questions and must not hold them up, so that few run at a time.
#[derive(Debug, thiserror::Error)]
#[error("too many searches are running already")]
pub struct TooManySearches;

impl Coded for TooManySearches {
    fn code(&self) -> Code {
        Code::Overloaded
    }

    fn retry_after_s(&self) -> Option<u64> {
        Some(1)
    }
}

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

/// What suggestions are wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuggestFor {
    /// A text.
    Query(String),
    /// The last question of a conversation.
    Conversation(ConversationId),
    /// The last question of a ticket's conversation.
    Ticket(TicketNumber),
}

/// An agent's wish for suggestions.
#[derive(Debug, Clone)]
pub struct SuggestRequest {
    /// For what.
    pub what: SuggestFor,
    /// At most so many, 1 to 50.
    pub limit: usize,
    /// The language of the versions shown; `None`: the text's own.
    pub locale: Option<Locale>,
}

impl Service {
    /// Ranks articles for an agent. A conversation without a question yet gets no suggestions.
    ///
    /// **Errors**: an unknown conversation or ticket, an empty or over-long text, too many searches at a time.
    pub async fn suggest(&self, request: SuggestRequest) -> Result<SearchReply, Failure> {
        let SuggestRequest { what, limit, locale } = request;
        let conversation = match what {
            SuggestFor::Query(query) => return self.search(SearchRequest { query, limit, locale, channel: None }).await,
            SuggestFor::Conversation(id) => self.inner.store.conversation(id).await?.ok_or(ConversationError::Unknown { id })?.id,
            SuggestFor::Ticket(number) => {
                self.inner.store.ticket(number).await?.ok_or(TicketError::Unknown { number: number.0 })?.conversation_id
            }
        };
        let Some(last) = self.inner.store.last_decisions(conversation, 1).await?.into_iter().next() else {
            return Ok(SearchReply { items: Vec::new(), kb_revision: self.kb_revision(), degraded: false });
        };
        let _permit = self.search_permit()?;
        // The text as it was searched: a follow-up carries the question that it follows.
        let answering = self.answering_again(&last.query, &super::reading::searchable(&last.question), Some(last.channel)).await?;
        Ok(found(&answering, locale.unwrap_or(last.locale), limit))
    }

    fn search_permit(&self) -> Result<SemaphorePermit<'_>, TooManySearches> {
        self.inner.searches.try_acquire().map_err(|_| TooManySearches)
    }

    /// Ranks articles for a text. Nothing is decided and nothing stored.
    ///
    /// **Errors**: an empty or over-long text, too many searches at a time.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchReply, Failure> {
        let text = clean(&request.query);
        let (chars, max) = (text.chars().count(), self.inner.config.limits.question_chars);
        if text.is_empty() {
            return Err(AskError::Empty.into());
        }
        if chars > max {
            return Err(AskError::TooLong { chars, max }.into());
        }
        let _permit = self.search_permit()?;
        let locale = request.locale.unwrap_or_else(|| language(&text));
        let asked = Asked { text: super::reading::searchable(&redact(&text).masked), follows: None, channel: request.channel };
        let answering = self.answering(asked).await?;
        Ok(found(&answering, locale, request.limit))
    }
}

fn found(answering: &Answering, locale: Locale, limit: usize) -> SearchReply {
    let judgement = &answering.main;
    let items = judgement
        .found
        .candidates
        .iter()
        .zip(judgement.candidates(locale, limit.clamp(1, LIMIT_MAX)))
        .map(|(scored, candidate)| SearchItem {
            shown: ShownArticle { article: (*scored.shown(locale).article).clone(), matched: candidate.matched_text.clone() },
            candidate,
        })
        .collect();
    SearchReply { items, kb_revision: answering.revision, degraded: judgement.degraded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::fixture;

    #[tokio::test]
    async fn searches_leave_room_for_questions() {
        let dir = tempfile::tempdir().unwrap();
        let service = fixture::shop(dir.path(), |config| config.limits.asks_in_flight = 8).await;
        let search = || service.search(SearchRequest { query: "退款".to_owned(), limit: 3, locale: None, channel: None });
        let held = service.inner.searches.acquire_many(LEAST as u32).await.unwrap();
        let refused = search().await.err().unwrap();
        assert_eq!((refused.code(), refused.get().retry_after_s()), (Code::Overloaded, Some(1)));
        let asked = fixture::ask(&service, "退款多久到账", None).await;
        assert_eq!(asked.article_id.unwrap().as_str(), "refund");
        drop(held);
        assert!(search().await.is_ok());
    }
}
