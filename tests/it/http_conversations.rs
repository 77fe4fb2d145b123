//! Conversations: tokens, messages, the stream of events, people taking over.

use std::io::Write;

use jieda::service::keys::Role;
use serde_json::{Value, json};

use crate::shop::{Answer, Request, Shop, read_until, shared};

fn begin(shop: &Shop) -> (String, String) {
    let begun = shop.post("/v1/conversations", Role::Widget, json!({"channel": "app", "locale": "zh"}));
    assert_eq!(begun.status, 201);
    let body = begun.ok();
    let id = body["id"].as_str().unwrap().to_owned();
    assert_eq!(begun.header("location"), Some(format!("/v1/conversations/{id}").as_str()));
    (id, body["visitor_token"].as_str().unwrap().to_owned())
}

fn with_token<'a>(request: Request<'a>, token: &str) -> Request<'a> {
    request.role(Role::Widget).header("x-visitor-token", token)
}

fn say(shop: &Shop, id: &str, token: &str, question: &str) -> Answer {
    with_token(shop.request("POST", &format!("/v1/conversations/{id}/messages")), token).json(json!({"question": question})).send()
}

#[test]
fn a_conversation_opens_with_its_token_or_for_agents() {
    let shop = shared();
    let (id, token) = begin(shop);
    let (_, other) = begin(shop);
    let path = format!("/v1/conversations/{id}");
    say(shop, &id, &token, "退款多久到账").ok();
    let read = with_token(shop.request("GET", &path), &token).send().ok();
    let texts: Vec<&str> = read["messages"]["items"].as_array().unwrap().iter().map(|m| m["author"].as_str().unwrap()).collect();
    assert_eq!(texts, ["customer", "bot"]);
    assert_eq!((read["channel"].as_str(), read["owner"].as_str(), &read["messages"]["next"]), (Some("app"), Some("bot"), &Value::Null));
    assert_eq!(shop.get(&format!("{path}?visitor_token={token}"), Role::Widget).status, 200);
    assert_eq!(shop.get(&path, Role::Agent).status, 200);

    assert_eq!(shop.get(&path, Role::Widget).code(), "forbidden");
    assert_eq!(with_token(shop.request("GET", &path), &other).send().code(), "forbidden");
    assert_eq!(say(shop, &id, &other, "发票怎么开").code(), "forbidden");
    let nobody = "/v1/conversations/00000000-0000-0000-0000-000000000000";
    assert_eq!(with_token(shop.request("GET", nobody), &token).send().code(), "forbidden", "strangers cannot tell what exists");
    assert_eq!(shop.get(nobody, Role::Agent).code(), "conversation_not_found");
}

#[test]
fn a_question_goes_on_without_a_token_but_not_with_anothers() {
    let shop = shared();
    let ((id, own), (_, other)) = (begin(shop), begin(shop));
    let ask = |token: &str| {
        let request = with_token(shop.request("POST", "/v1/ask"), token);
        request.json(json!({"question": "退款多久到账", "conversation_id": id})).send()
    };
    assert_eq!(ask(&other).code(), "forbidden");
    assert_eq!(ask(&own).ok()["conversation_id"], id.as_str());
    assert_eq!(shop.ask(json!({"question": "发票怎么开", "conversation_id": id})).ok()["band"], "answer");
    let read = with_token(shop.request("GET", &format!("/v1/conversations/{id}")), &own).send().ok();
    assert_eq!(read["messages"]["items"].as_array().unwrap().len(), 4, "what was refused is not kept");
}

#[test]
fn a_question_whose_reply_was_lost_is_sent_again() {
    let shop = shared();
    let body = json!({"question": "发票怎么开", "message_id": "019ac000-0000-7000-8000-0000000000a1"});
    let (first, again) = (shop.ask(body.clone()).ok(), shop.ask(body.clone()).ok());
    assert_eq!((&again["decision_id"], &again["conversation_id"]), (&first["decision_id"], &first["conversation_id"]));
    assert!(first["visitor_token"].is_string() && again.get("visitor_token").is_none_or(Value::is_null), "{again}");
    let mut other = body;
    other["question"] = json!("退款多久到账");
    assert_eq!(shop.ask(other).code(), "idempotency_conflict");
}

#[test]
fn what_did_not_help_is_not_answered_again() {
    let shop = shared();
    let (id, token) = begin(shop);
    let reasons: Vec<String> = (0..4).map(|_| say(shop, &id, &token, "发票怎么开").ok()["reason"].as_str().unwrap().to_owned()).collect();
    assert_eq!(reasons, ["exact_match", "repeated_question", "repeated_question", "repeated_question"]);
    assert_eq!(say(shop, &id, &token, "退款多久到账").ok()["band"], "answer", "another question is");
}

#[test]
fn after_a_topic_for_people_the_silence_keeps_its_reason() {
    let shop = shared();
    for (first, reason) in [("宝宝吃坏肚子了", "blocked_topic"), ("转人工", "customer_request")] {
        let (id, token) = begin(shop);
        let reasons: Vec<String> = [first, "发票怎么开", "退款多久到账"]
            .map(|question| say(shop, &id, &token, question).ok()["reason"].as_str().unwrap().to_owned())
            .into();
        assert_eq!(reasons, [reason; 3]);
    }
}

#[test]
fn messages_come_in_pages_by_their_number() {
    let shop = shared();
    let (id, token) = begin(shop);
    say(shop, &id, &token, "退款多久到账").ok();
    say(shop, &id, &token, "发票怎么开").ok();
    let page =
        |query: &str| shop.get(&format!("/v1/conversations/{id}?visitor_token={token}&{query}"), Role::Widget).ok()["messages"].clone();
    let first = page("limit=3");
    let numbers = |page: &Value| page["items"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!((numbers(&first), first["next"].as_str()), (vec![1, 2, 3], Some("3")));
    let second = page("limit=3&after=3");
    assert_eq!((numbers(&second), &second["next"]), (vec![4], &Value::Null));
}

#[test]
fn while_a_person_has_it_the_bot_is_silent() {
    let shop = shared();
    let (id, token) = begin(shop);
    let ticket = say(shop, &id, &token, "转人工").ok()["ticket"].as_i64().unwrap();
    assert_eq!(say(shop, &id, &token, "找个真人").ok()["ticket"].as_i64(), Some(ticket), "no second ticket");
    let act = |what: &str, body: Value| shop.post(&format!("/v1/tickets/{ticket}/{what}"), Role::Agent, body);
    assert_eq!(act("reply", json!({"agent": "小李", "text": " "})).code(), "body_invalid");
    let replied = act("reply", json!({"agent": "小李", "text": "您好，我是小李，手机 13812345678"})).ok();
    assert_eq!((replied["state"].as_str(), replied["agent"].as_str()), (Some("claimed"), Some("小李")), "a reply takes over");
    assert_eq!(act("claim", json!({"agent": "小王"})).code(), "ticket_state");
    let silent = say(shop, &id, &token, "退款多久到账").ok();
    assert_eq!(
        (silent["band"].as_str(), silent["reason"].as_str(), silent["message"].as_str()),
        (Some("handoff"), Some("agent_owned"), Some(""))
    );
    assert_eq!(silent["article"], Value::Null);
    let closed = act("close", json!({"agent": "小李", "note": "已解决"})).ok();
    assert_eq!(closed["state"], "closed");
    let read = with_token(shop.request("GET", &format!("/v1/conversations/{id}")), &token).send();
    assert!(!read.text().contains("已解决"), "a note reaches no customer");
    assert_eq!(say(shop, &id, &token, "发票怎么开").ok()["band"], "answer", "the bot answers again");
}

#[test]
fn a_message_sent_twice_is_answered_once() {
    let shop = shared();
    let (id, token) = begin(shop);
    let body = json!({"question": "发票怎么开", "message_id": "019ac000-0000-7000-8000-000000000001"});
    let send = || with_token(shop.request("POST", &format!("/v1/conversations/{id}/messages")), &token).json(body.clone()).send().ok();
    let (first, second) = (send(), send());
    assert_eq!(first["decision_id"], second["decision_id"]);
    let read = with_token(shop.request("GET", &format!("/v1/conversations/{id}")), &token).send().ok();
    assert_eq!(read["messages"]["items"].as_array().unwrap().len(), 2);
}

#[test]
fn the_stream_tells_every_message_once_and_continues_where_it_was() {
    let shop = shared();
    let (id, token) = begin(shop);
    say(shop, &id, &token, "退款多久到账").ok();
    let listen = |last: Option<&str>| {
        let request = with_token(shop.request("GET", &format!("/v1/conversations/{id}/events")), &token);
        let request = if let Some(last) = last { request.header("last-event-id", last) } else { request };
        let mut stream = shop.connect();
        stream.write_all(request.head().as_bytes()).unwrap();
        stream
    };
    let mut stream = listen(None);
    let head = read_until(&mut stream, "id: 2\n");
    assert!(head.contains("text/event-stream") && head.contains("id: 1\n") && head.contains("event: message"), "{head}");
    say(shop, &id, &token, "发票怎么开").ok();
    let news = read_until(&mut stream, "id: 4\n");
    assert!(news.contains("id: 3\n") && !news.contains("id: 2\n"), "{news}");
    assert!(news.contains("发票怎么开"));

    let mut again = listen(Some("3"));
    let rest = read_until(&mut again, "id: 4\n");
    assert!(!rest.contains("id: 3\n"), "{rest}");
    let path = format!("/v1/conversations/{id}/events");
    assert_eq!(shop.get(&path, Role::Widget).code(), "forbidden");
    assert_eq!(with_token(shop.request("GET", &path), &token).header("last-event-id", "x").send().code(), "parameter_invalid");
}
