//! Tests of the storing of decisions: one reply a message, hand-offs, silence.

use super::super::tests::{Fixture, answer, decision, hand_off};
use super::*;
use crate::domain::ids::{ConversationId, DecisionId};
use crate::domain::ticket::{TicketEventKind, TicketState};

#[tokio::test]
async fn an_answer_stores_decision_and_reply() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let question = f.say(conversation, "怎么退货").await;
    let record = answer(conversation, question.id);
    let recorded = f.store.record_ask(record.clone()).await.unwrap();
    let said = recorded.bot_message.clone().unwrap();
    assert_eq!((said.seq, said.author, said.decision_id), (2, Author::Bot, Some(record.decision.id)));
    assert_eq!((recorded.ticket, recorded.joined, recorded.silenced, recorded.repeated), (None, false, false, false));
    assert_eq!(f.store.decision(record.decision.id).await.unwrap(), Some(record.decision.clone()));
    let messages = f.store.messages(conversation, 0, 10).await.unwrap();
    assert_eq!(messages[0].decision_id, Some(record.decision.id));
    assert_eq!(messages[1], said);
    assert_eq!(f.store.conversation(conversation).await.unwrap().unwrap().owner, Owner::Bot);
}

#[tokio::test]
async fn a_message_is_decided_once() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let first = f.say(conversation, "我想问下").await;
    let second = f.say(conversation, "运费谁出").await;
    let both = AskRecord { burst: vec![first.id], ..answer(conversation, second.id) };
    let recorded = f.store.record_ask(both).await.unwrap();

    // A retry, and the first fragment's own decision, which came late.
    for message in [second.id, first.id] {
        let again = f.store.record_ask(hand_off(conversation, message)).await.unwrap();
        assert_eq!(again, RecordedAsk { repeated: true, ..recorded.clone() });
    }
    assert_eq!(f.store.messages(conversation, 0, 10).await.unwrap().len(), 3);
    assert_eq!(f.store.tickets_page(&Default::default(), None, 10).await.unwrap().items, []);
}

#[tokio::test]
async fn a_hand_off_opens_one_ticket_and_later_ones_join_it() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let ask = async |text: &str, owner| {
        let message = f.say(conversation, text).await;
        let record = AskRecord { owner_after: Some(owner), ..hand_off(conversation, message.id) };
        f.store.record_ask(record).await.unwrap()
    };
    let first = ask("杯子裂了", Owner::WaitingSilent).await;
    let second = ask("在吗", Owner::Waiting).await;
    let number = first.ticket.unwrap();
    assert_eq!((first.joined, second.joined, second.ticket), (false, true, Some(number)));
    assert_eq!(second.decision.ticket, Some(number));

    let ticket = f.store.ticket(number).await.unwrap().unwrap();
    assert_eq!((ticket.state, ticket.decision_id, ticket.reason), (TicketState::Open, first.decision.id, Reason::LowConfidence));
    assert_eq!((ticket.opened_at, ticket.context.as_str()), (f.clock.now(), r#"{"question":"怎么退货"}"#));
    let kinds: Vec<_> = f.store.ticket_events(number).await.unwrap().iter().map(|e| (e.kind, e.actor.clone())).collect();
    assert_eq!(kinds, [(TicketEventKind::Opened, "bot".to_owned()), (TicketEventKind::Joined, "bot".to_owned())]);
    assert_eq!(f.store.outbox_due(f.clock.now(), 10).await.unwrap().len(), 1);
    let conversation = f.store.conversation(conversation).await.unwrap().unwrap();
    assert_eq!((conversation.owner, conversation.ticket), (Owner::WaitingSilent, Some(number)), "waiting does not loosen");

    // An answer while the ticket is open carries its number.
    let message = f.say(conversation.id, "顺便问运费").await;
    assert_eq!(f.answer(&message, conversation.id).await.decision.ticket, Some(number));
}

#[tokio::test]
async fn an_agent_who_came_first_silences_the_bot() {
    let f = Fixture::new().await;
    let number = f.ticket().await;
    let conversation = f.store.claim_ticket(number, "小王", f.clock.now()).await.unwrap().conversation_id;
    let message = f.say(conversation, "还在吗").await;
    for record in [answer(conversation, message.id), hand_off(conversation, message.id)] {
        let recorded = f.store.record_ask(AskRecord { owner_after: Some(Owner::Waiting), ..record }).await.unwrap();
        assert!(recorded.silenced && recorded.bot_message.is_none() && !recorded.joined);
        let stored = f.store.decision(recorded.decision.id).await.unwrap().unwrap();
        assert_eq!((stored.band, stored.reason, stored.confidence), (Band::Handoff, Reason::AgentOwned, Probability::ZERO));
        assert_eq!((stored.message.as_str(), stored.article_id, stored.ticket), ("", None, Some(number)));
    }
    assert_eq!(f.store.messages(conversation, 0, 10).await.unwrap().last().unwrap().text, "还在吗");
    assert_eq!(f.store.conversation(conversation).await.unwrap().unwrap().owner, Owner::Agent);

    f.store.close_ticket(number, "小王", "", f.clock.now()).await.unwrap();
    let message = f.say(conversation, "再问一个").await;
    assert!(f.answer(&message, conversation).await.bot_message.is_some(), "after closing the bot answers again");
}

#[tokio::test]
async fn what_does_not_exist_is_named_and_nothing_is_stored() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let elsewhere = f.say(f.conversation().await, "别处").await;
    let question = f.say(conversation, "问").await;
    let reply = f.answer(&question, conversation).await.bot_message.unwrap();
    let nowhere = f.store.record_ask(answer(ConversationId::new(), question.id)).await;
    assert!(matches!(nowhere, Err(StoreError::ConversationNotFound { .. })));
    for message in [MessageId::new(), elsewhere.id, reply.id] {
        let record = hand_off(conversation, message);
        let id = record.decision.id;
        assert!(matches!(f.store.record_ask(record).await, Err(StoreError::MessageNotFound { id }) if id == message));
        assert_eq!(f.store.decision(id).await.unwrap(), None);
    }
    assert_eq!(f.store.tickets_page(&Default::default(), None, 10).await.unwrap().items, []);
}

#[tokio::test]
async fn fifty_at_once_make_one_reply_per_message_and_one_ticket() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let mut messages = Vec::new();
    for n in 0..5 {
        messages.push(f.say(conversation, &format!("第 {n} 条")).await.id);
    }
    let asks = (0..50).map(|n| f.store.record_ask(hand_off(conversation, messages[n % 5])));
    let recorded: Vec<_> = futures::future::join_all(asks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(recorded.iter().filter(|r| !r.repeated).count(), 5);
    assert!(recorded.iter().all(|r| r.ticket == Some(TicketNumber(1)) && r.bot_message.is_some()));
    let stored = f.store.messages(conversation, 0, 100).await.unwrap();
    assert_eq!(stored.iter().map(|m| m.seq).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>(), "no gaps");
    assert_eq!(stored.iter().filter(|m| m.author == Author::Bot).count(), 5);
    let events = f.store.ticket_events(TicketNumber(1)).await.unwrap();
    assert_eq!(events.iter().filter(|e| e.kind == TicketEventKind::Opened).count(), 1);
    assert_eq!(events.len(), 5);
}

#[tokio::test]
async fn the_table_itself_refuses_a_second_reply() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let question = f.say(conversation, "问").await;
    f.answer(&question, conversation).await;
    let mut transaction = f.store.writer.begin(Durability::Answered).await.unwrap();
    let new = NewRow {
        id: MessageId::new(),
        author: Author::Bot,
        text: "再答一次",
        decision_id: Some(DecisionId::new()),
        answers: Some(question.id),
        at: f.clock.now(),
    };
    let result = conversations::append(transaction.conn().unwrap(), conversation, new).await;
    assert!(matches!(transaction.end(result).await, Err(StoreError::Unexpected { .. })));
    let second = decision(conversation, question.id);
    let mut transaction = f.store.writer.begin(Durability::Answered).await.unwrap();
    let result = decisions::insert(transaction.conn().unwrap(), &second).await;
    assert!(matches!(transaction.end(result).await, Err(StoreError::Unexpected { .. })));
    assert_eq!(f.store.messages(conversation, 0, 10).await.unwrap().len(), 2);
}
