//! Tests of the sweep and erasure, down to the bytes of the files.

use std::path::Path;

use super::super::tests::{Fixture, hand_off};
use super::super::{AskRecord, DATABASE_FILE, NewMessage};
use super::*;
use crate::domain::feedback::{Feedback, FeedbackKind};
use crate::domain::ids::{ConversationId, DecisionId, FeedbackId, MessageId, TicketNumber};

/// Whether a text stands in any of the database's files.
fn on_disk(dir: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(DATABASE_FILE))
        .any(|path| std::fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()))
}

/// Has the visitor say the secret in every place there is, over enough rows that pages split.
async fn tell(f: &Fixture, visitor: &str, secret: &str) -> (ConversationId, DecisionId, TicketNumber) {
    let conversation = f.conversation_of(Some(visitor)).await;
    let mut last = None;
    for n in 0..40 {
        let masked = format!("{secret} 第 {n} 句 {}", "长".repeat(n * 20));
        let original = format!("{secret} 手机 138 {n}");
        let message = NewMessage { id: MessageId::new(), masked: &masked, original: Some(&original), at: f.clock.now() };
        let question = f.store.add_customer_message(conversation, message).await.unwrap();
        let mut record = hand_off(conversation, question.id);
        record.decision.question = masked.clone();
        record.decision.query = secret.into();
        record.decision.message = format!("回 {secret}");
        record.bot_message = Some(format!("收到 {secret}"));
        let handoff = record.handoff.as_mut().unwrap();
        handoff.context_json = format!("{{\"question\":\"{secret}\"}}");
        handoff.outbox_payload_json = format!("{{\"text\":\"{secret}\"}}");
        last = Some(f.store.record_ask(record).await.unwrap());
    }
    let last = last.unwrap();
    let (decision, ticket) = (last.decision.id, last.ticket.unwrap());
    let reply = NewMessage {
        id: MessageId::new(),
        masked: &format!("答复 {secret}"),
        original: Some(&format!("原文 {secret}")),
        at: f.clock.now(),
    };
    f.store.reply_ticket(ticket, "小王", reply).await.unwrap();
    f.store.close_ticket(ticket, "小王", &format!("结案 {secret}"), f.clock.now()).await.unwrap();
    let feedback = Feedback {
        id: FeedbackId::new(),
        decision_id: decision,
        kind: FeedbackKind::Helpful,
        article_id: None,
        comment: format!("谢谢 {secret}"),
        at: f.clock.now(),
    };
    f.store.add_feedback(&feedback).await.unwrap();
    f.store.idempotent("k", secret.get(..3).unwrap(), [0; 32]).await.unwrap();
    let body = format!("{{\"conversation_id\":\"{conversation}\",\"message\":\"{secret}\"}}");
    f.store.finish_idempotent("k", secret.get(..3).unwrap(), 200, &body).await.unwrap();
    (conversation, decision, ticket)
}

/// Hundreds of comments that grow: rows move between pages, and the unused part of a page keeps copies of what stood there,
/// which no later UPDATE or DELETE reaches.
async fn scatter(f: &Fixture, decision: DecisionId, secret: &str) {
    let mut transaction = f.store.writer.begin(Durability::Answered).await.unwrap();
    let conn = transaction.conn().unwrap();
    for n in 0..300 {
        sqlx::query("INSERT INTO feedback (id, decision_id, kind, article_id, comment, at) VALUES ($1, $2, 'picked', $3, $4, 0)")
            .bind(FeedbackId::new().to_string())
            .bind(decision.to_string())
            .bind(format!("article-{n}"))
            .bind(secret)
            .execute(&mut *conn)
            .await
            .unwrap();
    }
    for length in [100, 300, 700] {
        let grown = format!("{secret}{}", "b".repeat(length));
        sqlx::query("UPDATE feedback SET comment = $1").bind(grown).execute(&mut *conn).await.unwrap();
    }
    transaction.end(Ok(())).await.unwrap();
}

#[tokio::test]
async fn an_erased_visitors_words_are_in_no_file_and_the_counts_stay() {
    let f = Fixture::new().await;
    let (secret, other) = ("我住在桂花路七弄", "另一位顾客的话");
    let (conversation, decision, ticket) = tell(&f, "visitor-secret-77", secret).await;
    scatter(&f, decision, secret).await;
    let (kept, kept_decision, _) = tell(&f, "visitor-88", other).await;
    assert!(on_disk(f.dir.path(), secret) && on_disk(f.dir.path(), "visitor-secret-77"));

    let report = f.store.erase_visitor(&VisitorId("visitor-secret-77".into())).await.unwrap();
    let want = EraseReport { conversations: 1, messages: 81, originals: 41, decisions: 40, tickets: 1, outbox: 1, idempotency: 1 };
    assert_eq!(report, want);
    assert!(!on_disk(f.dir.path(), secret) && !on_disk(f.dir.path(), "visitor-secret-77"));
    assert!(on_disk(f.dir.path(), other) && on_disk(f.dir.path(), "visitor-88"));

    let left = f.store.messages(conversation, 0, 100).await.unwrap();
    assert!(left.len() == 81 && left.iter().all(|message| message.text.is_empty()));
    let decision = f.store.decision(decision).await.unwrap().unwrap();
    assert_eq!((decision.question.as_str(), decision.query.as_str(), decision.message.as_str()), ("", "", ""));
    assert_eq!((decision.ticket, decision.confidence.get()), (Some(ticket), 0.9));
    assert_eq!(f.store.ticket(ticket).await.unwrap().unwrap().context, "{}");
    assert!(f.store.ticket_events(ticket).await.unwrap().iter().all(|event| event.text.is_empty()));
    assert_eq!(f.store.feedback_of(decision.id).await.unwrap()[0].comment, "");
    let forgotten = f.store.conversation(conversation).await.unwrap().unwrap();
    assert_eq!(forgotten.visitor, None);
    assert!(!f.store.visitor_token_matches(conversation, [1; 32]).await.unwrap());
    assert!(f.store.visitor_token_matches(kept, [1; 32]).await.unwrap());
    assert!(f.store.decision(kept_decision).await.unwrap().unwrap().query.contains(other));

    assert_eq!(f.store.erase_visitor(&VisitorId("visitor-secret-77".into())).await.unwrap(), EraseReport::default());
    assert_eq!(f.ticket().await, TicketNumber(3), "numbers go on");
}

#[tokio::test]
async fn the_sweep_deletes_what_is_past_its_time_and_nothing_else() {
    let f = Fixture::new().await;
    let (conversation, old, ticket) = tell(&f, "v", "旧的秘密").await;
    f.clock.advance_ms(30 * DAY_MS);
    let at_30_days = f.store.sweep(f.clock.now(), Retention::default()).await.unwrap();
    assert_eq!(at_30_days, SweepReport { originals: 0, decisions: 0, idempotency: 1 });

    f.clock.advance_ms(1);
    let message = f.say(conversation, "新的").await;
    let recorded = f.store.record_ask(AskRecord { bot_message: Some("好".into()), ..hand_off(conversation, message.id) }).await.unwrap();
    let young = recorded.decision.id;
    // The fixture stamps decisions with the time at which its clock began.
    let retention = Retention { originals_days: 30, decisions_days: Some(30) };
    let swept = f.store.sweep(f.clock.now().plus_ms(-1), retention).await.unwrap();
    assert_eq!(swept, SweepReport::default());
    assert!(f.store.decision(young).await.unwrap().is_some());
    let swept = f.store.sweep(f.clock.now(), retention).await.unwrap();
    assert_eq!(swept, SweepReport { originals: 41, decisions: 41, idempotency: 0 });
    assert_eq!(f.store.decision(old).await.unwrap(), None);
    assert_eq!(f.store.original_texts(conversation).await.unwrap(), [].into());
    assert!(!on_disk(f.dir.path(), "旧的秘密 手机"), "nor in the log or a freed page");
    let events = f.store.ticket_events(ticket).await.unwrap();
    let reply = events.iter().find(|event| event.kind.name() == "replied").unwrap();
    assert_eq!(reply.text, "答复 旧的秘密", "without its original a reply is shown masked");
}
