//! Tickets. A conversation has at most one that is not closed; who claims it owns the conversation until it is closed. Numbers
//! come from a counter that only goes up.

use sqlx::QueryBuilder;

use super::conversations::{self, NewMessage};
use super::rows::Reader;
use super::sqlite::{Conn, Database, Durability, Row};
use super::{NewHandoff, Page, Store, StoreError, count_up, cursor, outbox};
use crate::domain::conversation::{Author, Conversation, Message, Owner};
use crate::domain::decision::{Decision, Reason};
use crate::domain::ids::{MessageId, TicketNumber};
use crate::domain::ticket::{Ticket, TicketEvent, TicketEventKind, TicketState};
use crate::domain::time::Timestamp;

/// Which tickets a list shows; empty fields do not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TicketFilter {
    /// In this state.
    pub state: Option<TicketState>,
    /// Opened for this reason.
    pub reason: Option<Reason>,
    /// Held, or closed, by this agent.
    pub agent: Option<String>,
}

const COLUMNS: &str = "number, conversation_id, decision_id, state, reason, agent, context, opened_at, claimed_at, first_reply_at, \
                       closed_at, reply_due_at, close_due_at";

impl Store {
    /// A page of tickets, newest first.
    pub async fn tickets_page(&self, filter: &TicketFilter, cursor: Option<&str>, limit: usize) -> Result<Page<Ticket>, StoreError> {
        let limit = cursor::clamp(limit);
        let mut query = select();
        query.push(" WHERE 1 = 1");
        if let Some(cursor) = cursor {
            let [number, _] = cursor::read(cursor)?;
            let number: i64 = number.parse().map_err(|_| StoreError::CursorInvalid)?;
            query.push(" AND number < ").push_bind(number);
        }
        if let Some(state) = filter.state {
            query.push(" AND state = ").push_bind(state.name());
        }
        if let Some(reason) = filter.reason {
            query.push(" AND reason = ").push_bind(reason.name());
        }
        if let Some(agent) = &filter.agent {
            query.push(" AND agent = ").push_bind(agent.clone());
        }
        query.push(" ORDER BY number DESC LIMIT ").push_bind(limit + 1);
        let rows = query.build().fetch_all(&self.readers).await?;
        let tickets = rows.iter().map(ticket_of).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::page(tickets, limit, |ticket| [ticket.number.0.to_string(), String::new()]))
    }

    /// One ticket.
    pub async fn ticket(&self, number: TicketNumber) -> Result<Option<Ticket>, StoreError> {
        find(&mut *self.readers.acquire().await?, number).await
    }

    /// What happened to a ticket, in order; replies as they were written while their originals are kept, afterwards masked.
    pub async fn ticket_events(&self, number: TicketNumber) -> Result<Vec<TicketEvent>, StoreError> {
        let sql = "SELECT e.kind, e.actor, coalesce(o.text, e.text) AS text, e.at FROM ticket_events e \
                   LEFT JOIN originals o ON o.message_id = e.message_id WHERE e.ticket = $1 ORDER BY e.seq";
        let rows = sqlx::query(sql).bind(number.0).fetch_all(&self.readers).await?;
        let events = rows.iter().map(|row| Reader::new("ticket_events", row));
        events
            .map(|row| {
                Ok(TicketEvent {
                    kind: row.named("kind", TicketEventKind::parse)?,
                    actor: row.text("actor")?,
                    text: row.text("text")?,
                    at: row.time("at")?,
                })
            })
            .collect()
    }

    /// Gives a ticket to an agent, who owns the conversation from now on. Claiming one's own again changes nothing.
    ///
    /// **Errors**: `TicketNotFound`; `TicketState` if it is closed or another agent's, whom the error names.
    pub async fn claim_ticket(&self, number: TicketNumber, agent: &str, at: Timestamp) -> Result<Ticket, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = claim(transaction.conn()?, number, agent, at).await;
        transaction.end(result).await
    }

    /// Sends an agent's reply to the customer. An open ticket is claimed by it: of two agents who reply at once the second gets
    /// `TicketState` with the first one's name, and nothing of the second's is stored. The same message again is returned as
    /// it was stored.
    ///
    /// **Errors**: as [`Store::claim_ticket`]; `MessageConflict`.
    pub async fn reply_ticket(&self, number: TicketNumber, agent: &str, message: NewMessage<'_>) -> Result<(Ticket, Message), StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = reply(transaction.conn()?, number, agent, message).await;
        transaction.end(result).await
    }

    /// Closes a ticket, open or the agent's own, and gives the conversation back to the bot. `note` is kept as long as the
    /// ticket: pass it masked.
    ///
    /// **Errors**: `TicketNotFound`; `TicketState` if it is closed already or another agent's.
    pub async fn close_ticket(&self, number: TicketNumber, agent: &str, note: &str, at: Timestamp) -> Result<Ticket, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = close(transaction.conn()?, number, agent, note, at).await;
        transaction.end(result).await
    }
}

impl Store {
    /// Closes a ticket that the customer takes back, and gives the conversation back to the bot. False if an agent has it, if it is closed, or if
    /// it is about a topic that always goes to a person.
    ///
    /// **Errors**: `TicketNotFound`.
    pub async fn withdraw_ticket(&self, number: TicketNumber, at: Timestamp) -> Result<bool, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = withdraw(transaction.conn()?, number, at).await;
        transaction.end(result).await
    }
}

async fn withdraw(conn: &mut Conn, number: TicketNumber, at: Timestamp) -> Result<bool, StoreError> {
    let ticket = find(conn, number).await?.ok_or(StoreError::TicketNotFound { number })?;
    let may = ticket.state == TicketState::Open && ticket.reason != Reason::BlockedTopic;
    if may {
        close(conn, number, CUSTOMER, "", at).await?;
    }
    Ok(may)
}

fn select() -> QueryBuilder<Database> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM tickets");
    query
}

fn ticket_of(row: &Row) -> Result<Ticket, StoreError> {
    let row = Reader::new("tickets", row);
    Ok(Ticket {
        number: TicketNumber(row.number("number")?),
        conversation_id: row.parsed("conversation_id")?,
        decision_id: row.parsed("decision_id")?,
        state: row.named("state", TicketState::parse)?,
        reason: row.named("reason", Reason::parse)?,
        agent: row.optional_text("agent")?,
        context: row.text("context")?,
        opened_at: row.time("opened_at")?,
        claimed_at: row.optional_time("claimed_at")?,
        first_reply_at: row.optional_time("first_reply_at")?,
        closed_at: row.optional_time("closed_at")?,
        reply_due_at: row.time("reply_due_at")?,
        close_due_at: row.time("close_due_at")?,
    })
}

async fn find(conn: &mut Conn, number: TicketNumber) -> Result<Option<Ticket>, StoreError> {
    let mut query = select();
    query.push(" WHERE number = ").push_bind(number.0);
    query.build().fetch_optional(conn).await?.as_ref().map(ticket_of).transpose()
}

/// The ticket if this agent may work on it: open, or the agent's own.
async fn workable(conn: &mut Conn, number: TicketNumber, agent: &str) -> Result<Ticket, StoreError> {
    let ticket = find(conn, number).await?.ok_or(StoreError::TicketNotFound { number })?;
    let allowed = match ticket.state {
        TicketState::Open => true,
        TicketState::Claimed => ticket.agent.as_deref() == Some(agent),
        TicketState::Closed => false,
    };
    if allowed { Ok(ticket) } else { Err(StoreError::TicketState { number, state: ticket.state, agent: ticket.agent }) }
}

/// Opens a ticket for a hand-off, with its event for the outside. The caller notes it in the conversation.
pub(super) async fn open(conn: &mut Conn, decision: &Decision, handoff: &NewHandoff, now: Timestamp) -> Result<TicketNumber, StoreError> {
    let number = TicketNumber(count_up(conn, "ticket").await?);
    sqlx::query(
        "INSERT INTO tickets (number, conversation_id, decision_id, state, reason, context, opened_at, reply_due_at, close_due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(number.0)
    .bind(decision.conversation_id.to_string())
    .bind(decision.id.to_string())
    .bind(TicketState::Open.name())
    .bind(handoff.reason.name())
    .bind(&handoff.context_json)
    .bind(now.0)
    .bind(handoff.reply_due_at.0)
    .bind(handoff.close_due_at.0)
    .execute(&mut *conn)
    .await?;
    event(conn, number, Event { kind: TicketEventKind::Opened, actor: BOT, text: "", message: None, at: now }).await?;
    outbox::insert(conn, number, &handoff.outbox_payload_json, now).await?;
    Ok(number)
}

/// Notes that another hand-off came while the ticket is open; its question is the event's text.
pub(super) async fn join(conn: &mut Conn, number: TicketNumber, question: &str, now: Timestamp) -> Result<(), StoreError> {
    event(conn, number, Event { kind: TicketEventKind::Joined, actor: BOT, text: question, message: None, at: now }).await
}

/// Who acts when no agent does.
const BOT: &str = "bot";
/// Who takes a ticket back.
const CUSTOMER: &str = "customer";

struct Event<'a> {
    kind: TicketEventKind,
    actor: &'a str,
    text: &'a str,
    message: Option<MessageId>,
    at: Timestamp,
}

async fn event(conn: &mut Conn, number: TicketNumber, event: Event<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ticket_events (ticket, seq, kind, actor, text, message_id, at) \
         VALUES ($1, (SELECT coalesce(max(seq), 0) + 1 FROM ticket_events WHERE ticket = $1), $2, $3, $4, $5, $6)",
    )
    .bind(number.0)
    .bind(event.kind.name())
    .bind(event.actor)
    .bind(event.text)
    .bind(event.message.map(|id| id.to_string()))
    .bind(event.at.0)
    .execute(conn)
    .await?;
    Ok(())
}

async fn claim(conn: &mut Conn, number: TicketNumber, agent: &str, at: Timestamp) -> Result<Ticket, StoreError> {
    let mut ticket = workable(conn, number, agent).await?;
    if ticket.state == TicketState::Claimed {
        return Ok(ticket);
    }
    ticket.state = TicketState::Claimed;
    ticket.agent = Some(agent.to_owned());
    ticket.claimed_at = Some(at);
    update(conn, &ticket).await?;
    event(conn, number, Event { kind: TicketEventKind::Claimed, actor: agent, text: "", message: None, at }).await?;
    let conversation = conversations::require(conn, ticket.conversation_id).await?;
    let owned = Conversation { owner: Owner::Agent, agent: ticket.agent.clone(), ..conversation };
    conversations::set_owner(conn, &owned).await?;
    Ok(ticket)
}

async fn reply(conn: &mut Conn, number: TicketNumber, agent: &str, message: NewMessage<'_>) -> Result<(Ticket, Message), StoreError> {
    let ticket = find(conn, number).await?.ok_or(StoreError::TicketNotFound { number })?;
    if conversations::find_message(conn, message.id).await?.is_some() {
        // Sent again, perhaps after the ticket was closed: what counts is that the customer has it.
        let stored = conversations::add_from_person(conn, ticket.conversation_id, Author::Agent, message).await?;
        return Ok((ticket, stored));
    }
    let mut ticket = claim(conn, number, agent, message.at).await?;
    let stored = conversations::add_from_person(conn, ticket.conversation_id, Author::Agent, message).await?;
    if ticket.first_reply_at.is_none() {
        ticket.first_reply_at = Some(message.at);
        update(conn, &ticket).await?;
    }
    let replied = Event { kind: TicketEventKind::Replied, actor: agent, text: message.masked, message: Some(message.id), at: message.at };
    event(conn, number, replied).await?;
    Ok((ticket, stored))
}

async fn close(conn: &mut Conn, number: TicketNumber, agent: &str, note: &str, at: Timestamp) -> Result<Ticket, StoreError> {
    let mut ticket = workable(conn, number, agent).await?;
    ticket.state = TicketState::Closed;
    ticket.agent = Some(agent.to_owned());
    ticket.closed_at = Some(at);
    update(conn, &ticket).await?;
    event(conn, number, Event { kind: TicketEventKind::Closed, actor: agent, text: note, message: None, at }).await?;
    let conversation = conversations::require(conn, ticket.conversation_id).await?;
    let free = Conversation { owner: Owner::Bot, agent: None, ticket: None, ..conversation };
    conversations::set_owner(conn, &free).await?;
    Ok(ticket)
}

/// Stores what changes in a ticket's life.
async fn update(conn: &mut Conn, ticket: &Ticket) -> Result<(), StoreError> {
    sqlx::query("UPDATE tickets SET state = $2, agent = $3, claimed_at = $4, first_reply_at = $5, closed_at = $6 WHERE number = $1")
        .bind(ticket.number.0)
        .bind(ticket.state.name())
        .bind(ticket.agent.as_deref())
        .bind(ticket.claimed_at.map(|t| t.0))
        .bind(ticket.first_reply_at.map(|t| t.0))
        .bind(ticket.closed_at.map(|t| t.0))
        .execute(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
