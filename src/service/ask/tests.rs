//! What becomes of a question that nobody waits for, and of one that is answered in part.

use futures::FutureExt;
use serde_json::Value;

use super::*;
use crate::service::fixture::{ask, shop};

#[tokio::test]
async fn a_part_that_stays_open_goes_to_a_person_with_what_was_found_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), |_| ()).await;
    service.inner.handoffs.notified().now_or_never();
    let decision = ask(&service, "退款多久到账？你们的发票几点开门呀？可以用比特币付吗？", None).await;
    assert_eq!((decision.band, decision.article_id.as_ref().unwrap().as_str()), (Band::Answer, "refund"));
    assert!(decision.message.contains("「你们的发票几点开门呀？」「可以用比特币付吗？」"), "{}", decision.message);
    assert!(service.inner.handoffs.notified().now_or_never().is_some(), "the delivery was not woken");
    let conversation = service.inner.store.conversation(decision.conversation_id).await.unwrap().unwrap();
    let ticket = service.inner.store.ticket(conversation.ticket.unwrap()).await.unwrap().unwrap();
    let context: Value = serde_json::from_str(&ticket.context).unwrap();
    assert_eq!(context["question"], "你们的发票几点开门呀？\n可以用比特币付吗？");
    assert_eq!((&context["band"], &context["reason"]), (&"handoff".into(), &"low_confidence".into()));
    assert_eq!(context["candidates"][0]["article_id"], "invoice", "{context:#}");
    assert!(context["confidence"].as_f64().unwrap() < context["answer_threshold"].as_f64().unwrap(), "{context:#}");
}

#[tokio::test]
async fn who_goes_away_after_asking_is_decided_about_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), |_| ()).await;
    let begun = ask(&service, "退款多久到账", None).await;
    let request = AskRequest { question: "转人工".to_owned(), conversation_id: Some(begun.conversation_id), ..AskRequest::default() };
    // The caller is dropped as soon as the work has begun.
    assert!(service.ask(request).now_or_never().is_none());
    let ticket = async {
        loop {
            if let Some(number) = service.inner.store.conversation(begun.conversation_id).await.unwrap().unwrap().ticket {
                return number;
            }
            tokio::task::yield_now().await;
        }
    };
    let number = tokio::time::timeout(std::time::Duration::from_secs(120), ticket).await.unwrap();
    assert_eq!(service.inner.store.ticket(number).await.unwrap().unwrap().reason, Reason::CustomerRequest);
}

#[tokio::test]
async fn a_follow_up_that_finds_what_was_just_shown_is_offered_what_it_finds_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    // Everything is sure enough but for rivals.
    let service = shop(dir.path(), |config| config.answers.answer_threshold = Some(0.01)).await;
    let first = ask(&service, "退款多久到账", None).await;
    assert_eq!(first.article_id.as_ref().unwrap().as_str(), "refund");
    let second = ask(&service, "那如何换呢", Some(&first)).await;
    let rule = |decision: &Decision| decision.grounds.as_ref().unwrap().rule;
    assert_eq!((second.band, rule(&second)), (Band::Clarify, Rule::FoundAgain), "{second:?}");
    assert_eq!(second.clarify[0].as_str(), "exchange", "{second:?}");
    assert!(second.clarify.iter().any(|id| id.as_str() == "refund"), "it may have been meant all the same: {second:?}");
    assert!(second.message.starts_with("您是不是想问：\n1. 如何换货"), "{}", second.message);
}

#[tokio::test]
async fn who_says_that_the_answer_did_not_help_gets_a_person_and_is_heard() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), |_| ()).await;
    let first = ask(&service, "退款多久到账", None).await;
    let second = ask(&service, "看不懂", Some(&first)).await;
    assert_eq!((second.band, second.reason), (Band::Handoff, Reason::RepeatedQuestion), "{second:?}");
    assert_eq!(second.grounds.as_ref().unwrap().rule, Rule::Unhelped);
    let judged = service.inner.store.recent_judgements(10).await.unwrap();
    let judged: Vec<_> = judged.iter().map(|(said, of)| (said.kind, of.id, said.article_id.as_ref().map(ArticleId::as_str))).collect();
    assert_eq!(judged, [(FeedbackKind::NotHelpful, first.id, Some("refund"))]);
    // Without an answer before it, it is no such thing.
    let alone = ask(&service, "看不懂", None).await;
    assert_ne!(alone.grounds.unwrap().rule, Rule::Unhelped);
}

#[tokio::test]
async fn who_needs_no_person_any_more_is_the_bots_again() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), |config| config.answers.burst_window_s = 0).await;
    let wanted = ask(&service, "转人工", None).await;
    let number = wanted.ticket.unwrap();
    assert_eq!(ask(&service, "发票怎么开", Some(&wanted)).await.grounds.unwrap().rule, Rule::PersonAskedFor);
    let back = ask(&service, "不用人工了", Some(&wanted)).await;
    let rule = |decision: &Decision| decision.grounds.as_ref().unwrap().rule;
    assert_eq!((back.band, back.ticket, rule(&back)), (Band::Chitchat, None, Rule::TakenBack), "{back:?}");
    assert_eq!(back.message, "好的，有问题随时问我。");
    assert_eq!(ask(&service, "发票怎么开", Some(&wanted)).await.article_id.unwrap().as_str(), "invoice");
    let ticket = service.ticket(number).await.unwrap_or_else(|failure| panic!("{failure}"));
    let last = ticket.events.last().unwrap();
    assert_eq!((ticket.ticket.state.name(), last.actor.as_str()), ("closed", "customer"));
    // What an agent has taken is the agent's.
    let again = ask(&service, "转人工", Some(&wanted)).await;
    service.claim_ticket(again.ticket.unwrap(), "amy").await.unwrap_or_else(|failure| panic!("{failure}"));
    let silent = ask(&service, "我自己解决了", Some(&wanted)).await;
    assert_eq!((silent.reason, silent.ticket), (Reason::AgentOwned, again.ticket));
}
