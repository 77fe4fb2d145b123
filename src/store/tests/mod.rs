//! What every test of the store starts from, and the tests of the store as a whole.

use std::path::PathBuf;

use super::*;
use crate::domain::conversation::Message;
use crate::domain::decision::{Band, Decision, Fingerprints, Reason};
use crate::domain::ids::{ConversationId, DecisionId, KbRevision, MessageId, TicketNumber, VisitorId};
use crate::domain::locale::Locale;
use crate::domain::score::Probability;

mod crash;
mod disk;
mod whole;

/// A store in a directory of its own, on a clock that stands still.
pub(super) struct Fixture {
    pub(super) dir: tempfile::TempDir,
    pub(super) clock: Clock,
    pub(super) store: Store,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::fixed(Timestamp(1_790_000_000_000));
        let store = Store::open(&dir.path().join(DATABASE_FILE), clock.clone()).await.unwrap();
        Fixture { dir, clock, store }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join(DATABASE_FILE)
    }

    pub(super) async fn conversation(&self) -> ConversationId {
        self.conversation_of(None).await
    }

    pub(super) async fn conversation_of(&self, visitor: Option<&str>) -> ConversationId {
        let new = NewConversation {
            id: ConversationId::new(),
            visitor: visitor.map(|visitor| VisitorId(visitor.to_owned())),
            locale: Locale::ZhCn,
            channel: "web".into(),
            context: "{}".into(),
        };
        self.store.create_conversation(new, [1; 32]).await.unwrap().id
    }

    pub(super) async fn say(&self, conversation: ConversationId, text: &str) -> Message {
        let message = NewMessage { id: MessageId::new(), masked: text, original: None, at: self.clock.now() };
        self.store.add_customer_message(conversation, message).await.unwrap()
    }

    pub(super) async fn answer(&self, message: &Message, conversation: ConversationId) -> RecordedAsk {
        self.store.record_ask(answer(conversation, message.id)).await.unwrap()
    }

    /// Opens a ticket in a conversation of its own.
    pub(super) async fn ticket(&self) -> TicketNumber {
        let conversation = self.conversation().await;
        let message = self.say(conversation, "我要人工").await;
        self.store.record_ask(hand_off(conversation, message.id)).await.unwrap().ticket.unwrap()
    }
}

/// A decision to answer.
pub(super) fn decision(conversation: ConversationId, message: MessageId) -> Decision {
    Decision {
        id: DecisionId::new(),
        conversation_id: conversation,
        message_id: message,
        question: "怎么退货".into(),
        query: "怎么退货".into(),
        locale: Locale::ZhCn,
        channel: "web".into(),
        band: Band::Answer,
        reason: Reason::Confident,
        confidence: Probability::new(0.9).unwrap(),
        answer_threshold: 0.6,
        message: "7 天内可退".into(),
        article_id: Some("returns".parse().unwrap()),
        clarify: Vec::new(),
        candidates: Vec::new(),
        features: Vec::new(),
        grounds: None,
        inherited_from: None,
        kb_revision: KbRevision(3),
        fingerprints: Fingerprints::default(),
        degraded: false,
        ticket: None,
        at: Timestamp(1_790_000_000_000),
        latency_ms: 12.5,
    }
}

/// A decision to answer, and the answer.
pub(super) fn answer(conversation: ConversationId, message: MessageId) -> AskRecord {
    AskRecord { bot_message: Some("7 天内可退".into()), ..AskRecord::new(decision(conversation, message)) }
}

/// A decision to hand off, and what the bot says of it.
pub(super) fn hand_off(conversation: ConversationId, message: MessageId) -> AskRecord {
    let mut record = answer(conversation, message);
    record.decision.band = Band::Handoff;
    record.decision.reason = Reason::LowConfidence;
    record.bot_message = Some("已转人工".into());
    record.handoff = Some(NewHandoff {
        reason: Reason::LowConfidence,
        context_json: r#"{"question":"怎么退货"}"#.into(),
        reply_due_at: Timestamp(1_790_000_060_000),
        close_due_at: Timestamp(1_790_086_400_000),
        outbox_payload_json: r#"{"event":"opened"}"#.into(),
    });
    record
}
