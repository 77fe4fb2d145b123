//! Tickets: what a person has to deal with.

use super::decision::{Reason, named};
use super::ids::{ConversationId, DecisionId, TicketNumber};
use super::time::Timestamp;

named! {
    /// Where a ticket stands.
    TicketState {
        /// Waits for an agent.
        Open = "open",
        /// An agent has it.
        Claimed = "claimed",
        /// Done.
        Closed = "closed",
    }
}

named! {
    /// What happened to a ticket.
    TicketEventKind {
        /// It was opened.
        Opened = "opened",
        /// Another hand-off of the same conversation joined it.
        Joined = "joined",
        /// An agent took it.
        Claimed = "claimed",
        /// An agent replied to the customer.
        Replied = "replied",
        /// It was closed.
        Closed = "closed",
    }
}

/// One ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Its number.
    pub number: TicketNumber,
    /// The conversation it came from.
    pub conversation_id: ConversationId,
    /// The decision that opened it.
    pub decision_id: DecisionId,
    /// Where it stands.
    pub state: TicketState,
    /// Why it was opened.
    pub reason: Reason,
    /// The agent who has it.
    pub agent: Option<String>,
    /// What the bot knew when it was opened: a JSON object as text, frozen.
    pub context: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When an agent took it.
    pub claimed_at: Option<Timestamp>,
    /// When an agent first replied.
    pub first_reply_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When the first reply is due.
    pub reply_due_at: Timestamp,
    /// When it should be closed.
    pub close_due_at: Timestamp,
}

/// One line of a ticket's history.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketEvent {
    /// What happened.
    pub kind: TicketEventKind,
    /// Who did it: an agent's name, or `bot`.
    pub actor: String,
    /// The reply's or closing note's text, personal data as written.
    pub text: String,
    /// When.
    pub at: Timestamp,
}
