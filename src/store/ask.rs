//! What is stored when a question has been decided: the decision, the bot's message, and on a hand-off the ticket with its
//! frozen context and the event for the outside, all in one transaction.
//!
//! Time passes between deciding and storing, so the transaction looks again at what the decision took for granted: whether the
//! message has been decided meanwhile (by a retry, or as part of a burst), whether an agent has taken the conversation, whether
//! a ticket is open.

use super::conversations::{self, NewRow};
use super::sqlite::{Conn, Durability};
use super::{Store, StoreError, decisions, feedback, tickets};
use crate::domain::conversation::{Author, Message, Owner};
use crate::domain::decision::{Band, Decision, Reason};
use crate::domain::feedback::Feedback;
use crate::domain::ids::{MessageId, TicketNumber};
use crate::domain::score::Probability;
use crate::domain::time::Timestamp;

/// What was decided and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct AskRecord {
    /// The decision; its message must be stored. Its ticket is filled in here.
    pub decision: Decision,
    /// Earlier messages that were read together with the decision's message and are answered with it.
    pub burst: Vec<MessageId>,
    /// What the bot says; `None`: nothing.
    pub bot_message: Option<String>,
    /// Who answers from now on; `None`: as before. It can only move towards a person: bot, waiting, waiting_silent. A ticket's
    /// closing leads back.
    pub owner_after: Option<Owner>,
    /// The hand-off, if it is one.
    pub handoff: Option<NewHandoff>,
    /// Whether it has to survive a power cut even without a hand-off.
    pub durable: bool,
    /// What the message says of an earlier decision: an option that it picks.
    pub judgement: Option<Feedback>,
}

impl AskRecord {
    /// A decision that says nothing and changes nothing.
    pub fn new(decision: Decision) -> Self {
        AskRecord { decision, burst: Vec::new(), bot_message: None, owner_after: None, handoff: None, durable: false, judgement: None }
    }
}

/// What a ticket is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHandoff {
    /// Why.
    pub reason: Reason,
    /// What the bot knew, for the agent: a JSON object as text.
    pub context_json: String,
    /// When the first reply is due.
    pub reply_due_at: Timestamp,
    /// When it should be closed.
    pub close_due_at: Timestamp,
    /// The event for the outside: JSON as text, personal data masked.
    pub outbox_payload_json: String,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedAsk {
    /// The decision as stored: its ticket filled in, and where an agent owns the conversation turned into silence.
    pub decision: Decision,
    /// The conversation's open ticket.
    pub ticket: Option<TicketNumber>,
    /// Whether the hand-off joined a ticket that was open.
    pub joined: bool,
    /// Whether an agent owns the conversation, so that the bot said nothing.
    pub silenced: bool,
    /// Whether the message had been decided before; everything here is then that decision's.
    pub repeated: bool,
    /// The bot's message.
    pub bot_message: Option<Message>,
}

impl Store {
    /// Stores a decision and what follows from it. For a message that is decided already it returns what was stored then, so
    /// that a customer's message gets one reply at most, whatever retries and recoveries do.
    ///
    /// With a hand-off or `durable` it survives a power cut, otherwise the death of the process.
    ///
    /// **Errors**: `ConversationNotFound`, `MessageNotFound`.
    pub async fn record_ask(&self, record: AskRecord) -> Result<RecordedAsk, StoreError> {
        let promised = record.durable || record.handoff.is_some();
        let mut transaction = self.writer.begin(if promised { Durability::Promised } else { Durability::Answered }).await?;
        let result = record_one(transaction.conn()?, record, self.now()).await;
        transaction.end(result).await
    }
}

async fn record_one(conn: &mut Conn, record: AskRecord, now: Timestamp) -> Result<RecordedAsk, StoreError> {
    let mut decision = record.decision;
    let mut conversation = conversations::require(conn, decision.conversation_id).await?;
    let question = match conversations::find_message(conn, decision.message_id).await? {
        Some((stored_in, message)) if stored_in == conversation.id && message.author == Author::Customer => message,
        _ => return Err(StoreError::MessageNotFound { id: decision.message_id }),
    };
    if let Some(id) = question.decision_id {
        let earlier = decisions::find(conn, id).await?.ok_or(StoreError::DecisionNotFound { id })?;
        return repeated(conn, earlier).await;
    }

    let silenced = conversation.owner == Owner::Agent;
    if silenced {
        silence(&mut decision);
    }
    let mut joined = false;
    if let Some(handoff) = record.handoff.filter(|_| !silenced) {
        match conversation.ticket {
            Some(ticket) => {
                joined = true;
                tickets::join(conn, ticket, &decision.question, now).await?;
            }
            None => conversation.ticket = Some(tickets::open(conn, &decision, &handoff, now).await?),
        }
    }
    decision.ticket = conversation.ticket;
    if !silenced && let Some(owner) = record.owner_after {
        conversation.owner = owner.max(conversation.owner);
    }
    conversations::set_owner(conn, &conversation).await?;

    decisions::insert(conn, &decision).await?;
    if let Some(judgement) = &record.judgement {
        feedback::add(conn, judgement).await?;
    }
    for message in record.burst.iter().chain([&decision.message_id]) {
        sqlx::query(
            "UPDATE messages SET decision_id = $1 \
             WHERE id = $2 AND conversation_id = $3 AND author = 'customer' AND decision_id IS NULL",
        )
        .bind(decision.id.to_string())
        .bind(message.to_string())
        .bind(conversation.id.to_string())
        .execute(&mut *conn)
        .await?;
    }
    let bot_message = match record.bot_message.filter(|_| !silenced) {
        Some(text) => {
            let new = NewRow {
                id: MessageId::new(),
                author: Author::Bot,
                text: &text,
                decision_id: Some(decision.id),
                answers: Some(decision.message_id),
                at: now,
            };
            Some(conversations::append(conn, conversation.id, new).await?)
        }
        None => None,
    };
    Ok(RecordedAsk { ticket: decision.ticket, decision, joined, silenced, repeated: false, bot_message })
}

/// What a decision made earlier led to.
async fn repeated(conn: &mut Conn, decision: Decision) -> Result<RecordedAsk, StoreError> {
    let sql = "SELECT id, seq, author, text, decision_id, at FROM messages WHERE answers = $1";
    let row = sqlx::query(sql).bind(decision.message_id.to_string()).fetch_optional(conn).await?;
    let bot_message = row.as_ref().map(conversations::message_of).transpose()?;
    let silenced = decision.reason == Reason::AgentOwned;
    Ok(RecordedAsk { ticket: decision.ticket, joined: false, silenced, repeated: true, bot_message, decision })
}

/// Turns a decision into the one that says nothing because an agent owns the conversation. What was found stays on record.
fn silence(decision: &mut Decision) {
    decision.band = Band::Handoff;
    decision.reason = Reason::AgentOwned;
    decision.confidence = Probability::ZERO;
    decision.message.clear();
    decision.article_id = None;
    decision.clarify.clear();
}

#[cfg(test)]
mod tests;
