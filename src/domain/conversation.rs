//! Conversations: who speaks, who owns them, and what was said in which order.

use super::decision::named;
use super::ids::{ConversationId, DecisionId, MessageId, TicketNumber, VisitorId};
use super::locale::Locale;
use super::time::Timestamp;

named! {
    /// Who answers the customer at the moment.
    Owner {
        /// The bot.
        Bot = "bot",
        /// Nobody yet: a person was promised for one question; the bot still answers what it is sure of.
        Waiting = "waiting",
        /// Nobody yet: the customer asked for a person or touched a blocked topic; the bot only tells the waiting state.
        WaitingSilent = "waiting_silent",
        /// A person; the bot is silent.
        Agent = "agent",
    }
}

named! {
    /// Who wrote a message.
    Author {
        /// The customer.
        Customer = "customer",
        /// The bot.
        Bot = "bot",
        /// A person of the shop.
        Agent = "agent",
    }
}

/// A conversation of one visitor on one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Who the visitor is, if the shop says so.
    pub visitor: Option<VisitorId>,
    /// The language the customer reads.
    pub locale: Locale,
    /// Where it takes place: `web`, `app`, `wechat` ….
    pub channel: String,
    /// Who answers.
    pub owner: Owner,
    /// The agent's name while one owns it.
    pub agent: Option<String>,
    /// The open ticket, if any.
    pub ticket: Option<TicketNumber>,
    /// Page, order and other context given by the shop: a JSON object as text, personal data masked.
    pub context: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When the last message was stored.
    pub updated_at: Timestamp,
}

/// One message. The order within a conversation is `seq`, given by the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Position in the conversation, from 1, without gaps.
    pub seq: i64,
    /// Who wrote it.
    pub author: Author,
    /// What was written, personal data masked.
    pub text: String,
    /// The decision that a bot's message carries out, or that answered a customer's message.
    pub decision_id: Option<DecisionId>,
    /// When it was stored.
    pub at: Timestamp,
}
