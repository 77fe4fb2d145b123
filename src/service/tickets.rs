//! What agents do with tickets.

use super::Service;
use super::events::Event;
use super::finish::finish;
use crate::domain::conversation::Message;
use crate::domain::ids::{MessageId, TicketNumber};
use crate::domain::ticket::{Ticket, TicketEvent};
use crate::error::{Code, Coded, Failure};
use crate::store::NewMessage;
use crate::store::Page;
use crate::store::TicketFilter;
use crate::text::normalize::clean;
use crate::text::redact::redact;

/// The longest reply of an agent, in characters.
pub const REPLY_MAX_CHARS: usize = 10_000;

/// The most messages that a ticket is shown with.
pub const SHOWN_MESSAGES: usize = 500;

/// A ticket that cannot be dealt with as asked.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// No such ticket.
    #[error("there is no ticket {number}")]
    Unknown {
        /// Its number.
        number: i64,
    },
    /// The reply is empty or too long.
    #[error("a reply has 1 to {REPLY_MAX_CHARS} characters, this one has {chars}")]
    Reply {
        /// Its length.
        chars: usize,
    },
    /// The agent's name is unusable.
    #[error("the agent's name must have 1 to 80 characters")]
    Agent,
}

impl Coded for TicketError {
    fn code(&self) -> Code {
        match self {
            TicketError::Unknown { .. } => Code::TicketNotFound,
            TicketError::Reply { .. } | TicketError::Agent => Code::BodyInvalid,
        }
    }
}

/// A ticket with its history and the conversation.
#[derive(Debug, Clone)]
pub struct TicketDetail {
    /// The ticket.
    pub ticket: Ticket,
    /// What happened to it.
    pub events: Vec<TicketEvent>,
    /// The newest [`SHOWN_MESSAGES`] of the conversation, in order, as they were written while originals are kept, else masked.
    pub messages: Vec<Message>,
    /// How many messages the conversation has.
    pub messages_total: u64,
}

impl Service {
    /// A page of tickets, newest first.
    pub async fn tickets(&self, filter: &TicketFilter, cursor: Option<&str>, limit: usize) -> Result<Page<Ticket>, Failure> {
        Ok(self.inner.store.tickets_page(filter, cursor, limit).await?)
    }

    /// One ticket, whole. Agents see what customers wrote before masking, as long as it is kept.
    pub async fn ticket(&self, number: TicketNumber) -> Result<TicketDetail, Failure> {
        let ticket = self.inner.store.ticket(number).await?.ok_or(TicketError::Unknown { number: number.0 })?;
        let events = self.inner.store.ticket_events(number).await?;
        let originals = self.inner.store.original_texts(ticket.conversation_id).await?;
        let (mut messages, messages_total) = self.inner.store.newest_messages(ticket.conversation_id, SHOWN_MESSAGES).await?;
        for message in &mut messages {
            if let Some(original) = originals.get(&message.id) {
                message.text.clone_from(original);
            }
        }
        Ok(TicketDetail { ticket, events, messages, messages_total })
    }

    /// Gives the ticket to an agent; the bot is silent from now on.
    pub async fn claim_ticket(&self, number: TicketNumber, agent: &str) -> Result<Ticket, Failure> {
        let agent = agent_name(agent)?;
        let service = self.clone();
        finish(async move {
            let ticket = service.inner.store.claim_ticket(number, &agent, service.inner.clock.now()).await?;
            service.inner.events.tell(Event::Ticket { number });
            Ok(ticket)
        })
        .await
    }

    /// Sends an agent's reply to the customer; a reply to an open ticket claims it.
    pub async fn reply_ticket(
        &self,
        number: TicketNumber,
        agent: &str,
        text: &str,
        id: Option<MessageId>,
    ) -> Result<(Ticket, Message), Failure> {
        let agent = agent_name(agent)?;
        let text = clean(text);
        let chars = text.chars().count();
        if chars == 0 || chars > REPLY_MAX_CHARS {
            return Err(TicketError::Reply { chars }.into());
        }
        let service = self.clone();
        finish(async move {
            let masked = redact(&text).masked;
            let original = (masked != text).then_some(text.as_str());
            let message = NewMessage { id: id.unwrap_or_default(), masked: &masked, original, at: service.inner.clock.now() };
            let (ticket, message) = service.inner.store.reply_ticket(number, &agent, message).await?;
            service.inner.events.tell(Event::Message { conversation: ticket.conversation_id, message: message.clone() });
            service.inner.events.tell(Event::Ticket { number });
            Ok((ticket, message))
        })
        .await
    }

    /// Closes the ticket; the bot answers again.
    pub async fn close_ticket(&self, number: TicketNumber, agent: &str, note: &str) -> Result<Ticket, Failure> {
        let agent = agent_name(agent)?;
        let note = redact(&clean(note)).masked;
        let service = self.clone();
        finish(async move {
            let ticket = service.inner.store.close_ticket(number, &agent, &note, service.inner.clock.now()).await?;
            service.inner.events.tell(Event::Ticket { number });
            Ok(ticket)
        })
        .await
    }
}

fn agent_name(name: &str) -> Result<String, TicketError> {
    let name = clean(name);
    if name.is_empty() || name.chars().count() > 80 { Err(TicketError::Agent) } else { Ok(name) }
}
