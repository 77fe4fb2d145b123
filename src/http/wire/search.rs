//! Search and suggestions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{RankedArticle, Shown};
use super::fields;
use crate::domain::ids::TicketNumber;
use crate::http::error::HttpError;
use crate::service::search::{LIMIT_MAX, SearchItem, SearchReply, SearchRequest, SuggestFor, SuggestRequest};

/// Results of a search that names no limit.
const LIMIT_DEFAULT: usize = 10;
/// Suggestions where the request names no limit.
const SUGGESTIONS_DEFAULT: usize = 5;

fn limit(limit: Option<usize>, default: usize) -> Result<usize, HttpError> {
    let limit = limit.unwrap_or(default);
    if (1..=LIMIT_MAX).contains(&limit) { Ok(limit) } else { Err(HttpError::field("limit", format!("must be 1 to {LIMIT_MAX}"))) }
}

/// A search.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// The text.
    #[schema(example = "发票怎么开")]
    pub query: String,
    /// At most so many results, 1 to 50; 10 if absent.
    #[schema(minimum = 1, maximum = 50)]
    pub limit: Option<usize>,
    /// The language of the versions shown; the text's own if absent.
    #[schema(schema_with = fields::tag)]
    pub locale: Option<String>,
    /// Only articles of this channel.
    pub channel: Option<String>,
}

impl Search {
    /// What the service takes.
    pub fn into_request(self) -> Result<SearchRequest, HttpError> {
        let (limit, locale) = (limit(self.limit, LIMIT_DEFAULT)?, fields::locale(self.locale.as_deref())?);
        Ok(SearchRequest { query: self.query, limit, locale, channel: self.channel })
    }
}

/// What an agent wants suggestions for: exactly one of `query`, `conversation_id` and `ticket`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Suggest {
    /// A text.
    pub query: Option<String>,
    /// The last question of a conversation.
    #[schema(format = "uuid")]
    pub conversation_id: Option<String>,
    /// The last question of a ticket's conversation.
    pub ticket: Option<i64>,
    /// At most so many suggestions, 1 to 50; 5 if absent.
    #[schema(minimum = 1, maximum = 50)]
    pub limit: Option<usize>,
    /// The language of the versions shown.
    #[schema(schema_with = fields::tag)]
    pub locale: Option<String>,
}

impl Suggest {
    /// What the service takes.
    pub fn into_request(self) -> Result<SuggestRequest, HttpError> {
        let what = match (self.query, self.conversation_id, self.ticket) {
            (Some(query), None, None) => SuggestFor::Query(query),
            (None, Some(id), None) => SuggestFor::Conversation(fields::id("conversation_id", &id)?),
            (None, None, Some(number)) => SuggestFor::Ticket(TicketNumber(number)),
            _ => return Err(HttpError::Body { problem: "exactly one of query, conversation_id and ticket is wanted".to_owned() }),
        };
        Ok(SuggestRequest { what, limit: limit(self.limit, SUGGESTIONS_DEFAULT)?, locale: fields::locale(self.locale.as_deref())? })
    }
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found<T> {
    /// Best first.
    pub items: Vec<T>,
    /// Always null: a ranking has no further pages.
    #[schema(required)]
    pub next: Option<String>,
    /// The state of the knowledge base.
    pub kb_revision: i64,
    /// Whether keywords alone were searched.
    pub degraded: bool,
}

impl<T> Found<T> {
    /// Of a reply, each item made by `item`.
    pub fn new(reply: SearchReply, item: fn(SearchItem) -> T) -> Self {
        Found { items: reply.items.into_iter().map(item).collect(), next: None, kb_revision: reply.kb_revision.0, degraded: reply.degraded }
    }
}

/// One result.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hit {
    /// The candidate.
    #[serde(flatten)]
    pub ranked: RankedArticle,
    /// Where the article stands in the help centre.
    pub category: String,
}

impl Hit {
    /// Of a result.
    pub fn new(item: SearchItem) -> Self {
        Hit { ranked: RankedArticle::new(&item.candidate), category: item.shown.article.category }
    }
}

/// One suggestion: a candidate with its answer, ready to be sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// The candidate.
    #[serde(flatten)]
    pub ranked: RankedArticle,
    /// The article.
    pub article: Shown,
}

impl Suggestion {
    /// Of a result.
    pub fn new(item: SearchItem) -> Self {
        Suggestion { ranked: RankedArticle::new(&item.candidate), article: Shown::new(item.shown) }
    }
}
