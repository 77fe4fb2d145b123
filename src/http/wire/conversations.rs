//! Conversations and their messages.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{List, ask, fields};
use crate::domain::conversation::{Conversation as Kept, Message as KeptMessage};
use crate::http::error::HttpError;
use crate::service::conversations::{BeginRequest, Begun as KeptBegun, Transcript as KeptTranscript};

/// What a conversation begins with; everything may be left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// The customer's language; the shop's if absent.
    #[schema(schema_with = fields::tag)]
    pub locale: Option<String>,
    /// Where it takes place; `web` if absent.
    pub channel: Option<String>,
    /// Page, order and other context for the agent; kept with personal data masked.
    #[schema(schema_with = fields::free_object)]
    pub context: Option<Map<String, Value>>,
    /// The shop's own name for the customer.
    pub visitor: Option<String>,
}

impl Begin {
    /// What the service takes.
    pub fn into_request(self) -> Result<BeginRequest, HttpError> {
        Ok(BeginRequest {
            locale: fields::locale(self.locale.as_deref())?,
            channel: self.channel,
            context: fields::context(self.context),
            visitor: ask::visitor(self.visitor)?,
        })
    }
}

/// A conversation that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// Its id.
    pub id: String,
    /// Reads it; shown this once.
    pub visitor_token: String,
    /// The customer's language.
    pub locale: &'static str,
    /// Where it takes place.
    pub channel: String,
    /// Who answers.
    #[schema(schema_with = fields::owner)]
    pub owner: &'static str,
    /// When it began.
    #[schema(schema_with = fields::moment)]
    pub created_at: String,
}

impl Begun {
    /// Of a begun conversation.
    pub fn new(begun: KeptBegun) -> Self {
        let KeptBegun { conversation, visitor_token } = begun;
        Begun {
            id: conversation.id.to_string(),
            visitor_token,
            locale: conversation.locale.tag(),
            channel: conversation.channel,
            owner: conversation.owner.name(),
            created_at: fields::time(conversation.created_at),
        }
    }
}

/// A conversation with messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transcript {
    /// Its id.
    pub id: String,
    /// The customer's language.
    pub locale: &'static str,
    /// Where it takes place.
    pub channel: String,
    /// Who answers.
    #[schema(schema_with = fields::owner)]
    pub owner: &'static str,
    /// The agent who owns it.
    #[schema(required)]
    pub agent: Option<String>,
    /// The open ticket's number.
    #[schema(required)]
    pub ticket: Option<i64>,
    /// When it began.
    #[schema(schema_with = fields::moment)]
    pub created_at: String,
    /// When the last message was stored.
    #[schema(schema_with = fields::moment)]
    pub updated_at: String,
    /// Messages in order; `next` is the `after` of the next page.
    pub messages: List<Message>,
}

impl Transcript {
    /// Of a transcript that was read with `limit`.
    pub fn new(transcript: KeptTranscript, limit: usize) -> Self {
        let KeptTranscript { conversation, messages } = transcript;
        let next = messages.last().filter(|_| messages.len() >= limit).map(|message| message.seq.to_string());
        let Kept { id, locale, channel, owner, agent, ticket, created_at, updated_at, .. } = conversation;
        Transcript {
            id: id.to_string(),
            locale: locale.tag(),
            channel,
            owner: owner.name(),
            agent,
            ticket: ticket.map(|number| number.0),
            created_at: fields::time(created_at),
            updated_at: fields::time(updated_at),
            messages: List { items: messages.into_iter().map(Message::new).collect(), next },
        }
    }
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Position in the conversation, from 1, without gaps.
    pub seq: i64,
    /// Who wrote it.
    #[schema(schema_with = fields::author)]
    pub author: &'static str,
    /// What was written.
    pub text: String,
    /// The decision that the message carries out or was answered by.
    #[schema(required)]
    pub decision_id: Option<String>,
    /// When it was stored.
    #[schema(schema_with = fields::moment)]
    pub at: String,
}

impl Message {
    /// Of a message.
    pub fn new(message: KeptMessage) -> Self {
        let KeptMessage { id, seq, author, text, decision_id, at } = message;
        Message {
            id: id.to_string(),
            seq,
            author: author.name(),
            text,
            decision_id: decision_id.map(|id| id.to_string()),
            at: fields::time(at),
        }
    }
}
