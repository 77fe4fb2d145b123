//! `Idempotency-Key`: one effect, one answer.

use std::sync::Barrier;

use jieda::service::keys::Role;
use serde_json::{Value, json};

use crate::shop::{Answer, edited};

fn post(key: &str, path: &str, role: Role, body: &Value) -> Answer {
    edited().request("POST", path).role(role).header("idempotency-key", key).json(body.clone()).send()
}

#[test]
fn the_same_request_gets_the_same_answer_whole() {
    let article = json!({"id": "once", "title": "只写一次", "answer": "好。"});
    let (first, again) = (post("a-1", "/v1/articles", Role::Editor, &article), post("a-1", "/v1/articles", Role::Editor, &article));
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text());
    assert_eq!(first.body, again.body);
    assert_eq!((first.header("etag"), first.header("location")), (again.header("etag"), again.header("location")));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(again.header("content-type"), Some("application/json"));

    let other = json!({"id": "once", "title": "只写两次", "answer": "好。"});
    assert_eq!(post("a-1", "/v1/articles", Role::Editor, &other).code(), "idempotency_conflict");
    assert_eq!(post("a-1", "/v1/articles", Role::Admin, &other).code(), "already_exists", "another key's namesake is another request");

    let question = json!({"question": "发票怎么开"});
    let (first, again) = (post("q-1", "/v1/ask", Role::Widget, &question).ok(), post("q-1", "/v1/ask", Role::Widget, &question).ok());
    assert_eq!(first, again);
}

#[test]
fn a_refused_request_can_be_corrected_under_its_key() {
    assert_eq!(post("b-1", "/v1/ask", Role::Widget, &json!({"question": ""})).code(), "question_empty");
    assert_eq!(post("b-1", "/v1/ask", Role::Widget, &json!({"question": "发票怎么开"})).status, 200);
    for wrong in ["", " ", "长", &"k".repeat(201)] {
        assert_eq!(post(wrong, "/v1/ask", Role::Widget, &json!({"question": "发票怎么开"})).code(), "parameter_invalid", "{wrong:?}");
    }
}

#[test]
fn tickets_keep_their_keys_apart_and_reply_once() {
    let shop = edited();
    let open = || shop.ask(json!({"question": "转人工"})).ok()["ticket"].as_i64().unwrap();
    let (one, two) = (open(), open());
    let reply = json!({"agent": "小李", "text": "在的"});
    for ticket in [one, two, one] {
        let answer = post("r-1", &format!("/v1/tickets/{ticket}/reply"), Role::Agent, &reply).ok();
        assert_eq!(answer["number"].as_i64(), Some(ticket));
    }
    let ticket = shop.get(&format!("/v1/tickets/{one}"), Role::Agent).ok();
    let replies = ticket["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "replied").count();
    assert_eq!(replies, 1);
}

#[test]
fn of_requests_at_the_same_time_one_is_done() {
    let article = json!({"id": "race", "title": "同时写入", "answer": "好。"});
    let start = Barrier::new(8);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    post("c-1", "/v1/articles", Role::Editor, &article)
                })
            })
            .collect();
        sent.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let done: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(done.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count(), 1);
    for waiting in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((waiting.status, waiting.code().as_str(), waiting.header("retry-after")), (409, "idempotency_conflict", Some("1")));
    }
}
