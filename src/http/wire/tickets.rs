//! Tickets.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::conversations::Message;
use super::fields;
use crate::domain::ticket::{Ticket as Kept, TicketEvent as KeptEvent};
use crate::service::tickets::TicketDetail;

/// Claiming a ticket; `{}` does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Who takes it; the key's name if absent.
    pub agent: Option<String>,
}

/// A reply to the customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Who replies; the key's name if absent.
    pub agent: Option<String>,
    /// What the customer reads.
    pub text: String,
    /// The sender's own id of the message: sent again, it is stored once.
    #[schema(format = "uuid")]
    pub message_id: Option<String>,
}

/// Closing a ticket; `{}` does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// Who closes it; the key's name if absent.
    pub agent: Option<String>,
    /// A note for colleagues; no customer sees it.
    pub note: Option<String>,
}

/// A ticket in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketLine {
    /// Its number.
    pub number: i64,
    /// Where it stands.
    #[schema(schema_with = fields::ticket_state)]
    pub state: &'static str,
    /// Why it was opened.
    #[schema(schema_with = fields::reason)]
    pub reason: &'static str,
    /// Who has it.
    #[schema(required)]
    pub agent: Option<String>,
    /// What the customer asked.
    #[schema(required)]
    pub question: Option<String>,
    /// The conversation.
    pub conversation_id: String,
    /// The decision that opened it.
    pub decision_id: String,
    /// When it was opened.
    #[schema(schema_with = fields::moment)]
    pub opened_at: String,
    /// When an agent took it.
    #[schema(required)]
    pub claimed_at: Option<String>,
    /// When an agent first replied.
    #[schema(required)]
    pub first_reply_at: Option<String>,
    /// When it was closed.
    #[schema(required)]
    pub closed_at: Option<String>,
    /// When the first reply is due.
    #[schema(schema_with = fields::moment)]
    pub reply_due_at: String,
    /// When it should be closed.
    #[schema(schema_with = fields::moment)]
    pub close_due_at: String,
}

impl TicketLine {
    /// Of a ticket.
    pub fn new(ticket: &Kept) -> Self {
        TicketLine {
            number: ticket.number.0,
            state: ticket.state.name(),
            reason: ticket.reason.name(),
            agent: ticket.agent.clone(),
            question: fields::object(&ticket.context).get("question").and_then(Value::as_str).map(str::to_owned),
            conversation_id: ticket.conversation_id.to_string(),
            decision_id: ticket.decision_id.to_string(),
            opened_at: fields::time(ticket.opened_at),
            claimed_at: fields::optional_time(ticket.claimed_at),
            first_reply_at: fields::optional_time(ticket.first_reply_at),
            closed_at: fields::optional_time(ticket.closed_at),
            reply_due_at: fields::time(ticket.reply_due_at),
            close_due_at: fields::time(ticket.close_due_at),
        }
    }
}

/// A ticket, whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ticket {
    /// As in a list.
    #[serde(flatten)]
    pub line: TicketLine,
    /// What the bot knew when it was opened, frozen: question, candidates, messages before.
    #[schema(schema_with = fields::free_object)]
    pub context: Value,
    /// What happened to it, in order.
    pub events: Vec<TicketEvent>,
    /// The newest 500 messages of the conversation, in order, as written while originals are kept.
    pub messages: Vec<Message>,
    /// How many messages the conversation has.
    pub messages_total: u64,
}

impl Ticket {
    /// Of a ticket.
    pub fn new(detail: TicketDetail) -> Self {
        let TicketDetail { ticket, events, messages, messages_total } = detail;
        Ticket {
            line: TicketLine::new(&ticket),
            context: fields::object(&ticket.context),
            events: events.into_iter().map(TicketEvent::new).collect(),
            messages: messages.into_iter().map(Message::new).collect(),
            messages_total,
        }
    }
}

/// One line of a ticket's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketEvent {
    /// What happened.
    #[schema(schema_with = fields::ticket_event)]
    pub kind: &'static str,
    /// Who did it.
    pub actor: String,
    /// The reply's or the note's text.
    pub text: String,
    /// When.
    #[schema(schema_with = fields::moment)]
    pub at: String,
}

impl TicketEvent {
    fn new(event: KeptEvent) -> Self {
        let KeptEvent { kind, actor, text, at } = event;
        TicketEvent { kind: kind.name(), actor, text, at: fields::time(at) }
    }
}
