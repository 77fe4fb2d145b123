//! Tests of the tickets: claims, replies, closing, and agents at once.

use super::super::tests::{Fixture, hand_off};
use super::*;

fn says<'a>(f: &Fixture, masked: &'a str) -> NewMessage<'a> {
    NewMessage { id: MessageId::new(), masked, original: None, at: f.clock.now() }
}

#[tokio::test]
async fn a_ticket_is_claimed_answered_and_closed() {
    let f = Fixture::new().await;
    let number = f.ticket().await;
    f.clock.advance_ms(10);
    let claimed_at = f.clock.now();
    let claimed = f.store.claim_ticket(number, "小王", claimed_at).await.unwrap();
    assert_eq!((claimed.state, claimed.agent.as_deref(), claimed.claimed_at), (TicketState::Claimed, Some("小王"), Some(claimed_at)));
    let conversation = f.store.conversation(claimed.conversation_id).await.unwrap().unwrap();
    assert_eq!((conversation.owner, conversation.agent.as_deref()), (Owner::Agent, Some("小王")));
    f.clock.advance_ms(10);
    assert_eq!(f.store.claim_ticket(number, "小王", f.clock.now()).await.unwrap(), claimed, "one's own again");

    let replied_at = f.clock.now();
    let text = NewMessage { original: Some("请拨 13800138000"), ..says(&f, "请拨 [手机号]") };
    let (ticket, message) = f.store.reply_ticket(number, "小王", text).await.unwrap();
    assert_eq!((ticket.first_reply_at, message.author, message.text.as_str()), (Some(replied_at), Author::Agent, "请拨 [手机号]"));
    f.clock.advance_ms(10);
    let (later, _) = f.store.reply_ticket(number, "小王", says(&f, "好了吗")).await.unwrap();
    assert_eq!(later.first_reply_at, Some(replied_at), "only the first counts");

    let closed = f.store.close_ticket(number, "小王", "已补发", f.clock.now()).await.unwrap();
    assert_eq!((closed.state, closed.closed_at), (TicketState::Closed, Some(f.clock.now())));
    assert_eq!(f.store.ticket(number).await.unwrap(), Some(closed));
    let conversation = f.store.conversation(claimed.conversation_id).await.unwrap().unwrap();
    assert_eq!((conversation.owner, conversation.agent, conversation.ticket), (Owner::Bot, None, None));
    let (repeated, again) = f.store.reply_ticket(number, "小王", text).await.unwrap();
    assert_eq!((repeated.state, again), (TicketState::Closed, message), "a reply sent again is not a new one");

    let events: Vec<_> = f.store.ticket_events(number).await.unwrap().into_iter().map(|e| (e.kind.name(), e.actor, e.text)).collect();
    let want = [
        ("opened", "bot", ""),
        ("claimed", "小王", ""),
        ("replied", "小王", "请拨 13800138000"),
        ("replied", "小王", "好了吗"),
        ("closed", "小王", "已补发"),
    ];
    assert_eq!(events, want.map(|(kind, actor, text)| (kind, actor.to_owned(), text.to_owned())));
}

#[tokio::test]
async fn another_agents_ticket_and_a_closed_one_are_refused_by_name() {
    let f = Fixture::new().await;
    let number = f.ticket().await;
    let (ticket, _) = f.store.reply_ticket(number, "小王", says(&f, "您好")).await.unwrap();
    assert_eq!((ticket.state, ticket.agent.as_deref()), (TicketState::Claimed, Some("小王")), "a reply is a takeover");
    let refused = |error: Option<StoreError>, want: TicketState| match error {
        Some(StoreError::TicketState { state, agent, .. }) => assert_eq!((state, agent.as_deref()), (want, Some("小王"))),
        other => panic!("{other:?}"),
    };
    let at = f.clock.now();
    for want in [TicketState::Claimed, TicketState::Closed] {
        refused(f.store.claim_ticket(number, "小李", at).await.err(), want);
        refused(f.store.reply_ticket(number, "小李", says(&f, "我来")).await.err(), want);
        refused(f.store.close_ticket(number, "小李", "", at).await.err(), want);
        if want == TicketState::Claimed {
            f.store.close_ticket(number, "小王", "", at).await.unwrap();
        }
    }
    refused(f.store.claim_ticket(number, "小王", at).await.err(), TicketState::Closed);
    refused(f.store.close_ticket(number, "小王", "", at).await.err(), TicketState::Closed);
    assert_eq!(f.store.messages(ticket.conversation_id, 0, 10).await.unwrap().last().unwrap().text, "您好");
    let unknown = TicketNumber(99);
    assert!(matches!(f.store.claim_ticket(unknown, "小王", at).await, Err(StoreError::TicketNotFound { number }) if number == unknown));
    assert!(matches!(f.store.reply_ticket(unknown, "小王", says(&f, "")).await, Err(StoreError::TicketNotFound { .. })));
}

#[tokio::test]
async fn of_agents_who_reply_at_once_one_wins() {
    let f = Fixture::new().await;
    let number = f.ticket().await;
    let agents: Vec<String> = (0..8).map(|n| format!("坐席{n}")).collect();
    let replies = agents.iter().map(|agent| f.store.reply_ticket(number, agent, says(&f, agent)));
    let won: Vec<_> = futures::future::join_all(replies).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1);
    let (ticket, message) = &won[0];
    assert_eq!(ticket.agent.as_deref(), Some(message.text.as_str()));
    assert_eq!(f.store.messages(ticket.conversation_id, 0, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn numbers_count_up_and_a_closed_ticket_makes_room_for_a_new_one() {
    let f = Fixture::new().await;
    assert_eq!([f.ticket().await, f.ticket().await], [TicketNumber(1), TicketNumber(2)]);
    let first = f.store.close_ticket(TicketNumber(1), "小王", "", f.clock.now()).await.unwrap();
    assert_eq!(first.claimed_at, None, "an open ticket may be closed as it is");
    let message = f.say(first.conversation_id, "又坏了").await;
    let reopened = f.store.record_ask(hand_off(first.conversation_id, message.id)).await.unwrap();
    assert_eq!((reopened.ticket, reopened.joined), (Some(TicketNumber(3)), false));
}

#[tokio::test]
async fn pages_are_newest_first_filtered_and_stable() {
    let f = Fixture::new().await;
    for _ in 0..5 {
        f.ticket().await;
    }
    f.store.claim_ticket(TicketNumber(2), "小王", f.clock.now()).await.unwrap();
    f.store.close_ticket(TicketNumber(4), "小李", "", f.clock.now()).await.unwrap();
    let numbers = |page: &Page<Ticket>| page.items.iter().map(|t| t.number.0).collect::<Vec<_>>();
    let everything = TicketFilter::default();
    let first = f.store.tickets_page(&everything, None, 2).await.unwrap();
    f.ticket().await;
    let second = f.store.tickets_page(&everything, first.next.as_deref(), 2).await.unwrap();
    let third = f.store.tickets_page(&everything, second.next.as_deref(), 2).await.unwrap();
    assert_eq!([numbers(&first), numbers(&second), numbers(&third)], [vec![5, 4], vec![3, 2], vec![1]]);
    assert_eq!(third.next, None);
    for (filter, want) in [
        (TicketFilter { state: Some(TicketState::Open), ..Default::default() }, vec![6, 5, 3, 1]),
        (TicketFilter { agent: Some("小李".into()), ..Default::default() }, vec![4]),
        (TicketFilter { reason: Some(Reason::LowConfidence), state: Some(TicketState::Claimed), ..Default::default() }, vec![2]),
        (TicketFilter { reason: Some(Reason::BlockedTopic), ..Default::default() }, vec![]),
    ] {
        assert_eq!(numbers(&f.store.tickets_page(&filter, None, 10).await.unwrap()), want, "{filter:?}");
    }
    assert!(matches!(f.store.tickets_page(&everything, Some("7a1f"), 2).await, Err(StoreError::CursorInvalid)));
}
