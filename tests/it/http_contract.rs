//! The shape of answers, as integrators rely on it.

use jieda::service::keys::Role;
use serde_json::{Value, json};

use crate::shop::shared;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn an_answer_has_every_field_and_no_other() {
    let body = shared().ask(json!({"question": "退款多久到账？"})).ok();
    let mut want = vec![
        "decision_id",
        "conversation_id",
        "band",
        "reason",
        "confidence",
        "message",
        "article",
        "candidates",
        "clarify",
        "ticket",
        "kb_revision",
        "model",
        "degraded",
        "latency_ms",
        "visitor_token",
    ];
    want.sort_unstable();
    assert_eq!(keys(&body), want);
    assert_eq!((body["band"].as_str(), body["reason"].as_str()), (Some("answer"), Some("exact_match")), "{body}");
    assert_eq!(keys(&body["article"]), ["answer", "answer_html", "category", "id", "locale", "matched_variant", "related", "title"]);
    assert_eq!(body["article"]["id"], "refund");
    assert!(body["article"]["answer_html"].as_str().unwrap().contains("<strong>三天内</strong>"));
    assert!(body["message"].as_str().unwrap().contains("原路退回"));
    let candidate = &body["candidates"][0];
    assert_eq!(keys(candidate), ["article_id", "locale", "matched_variant", "probability", "scores", "title"]);
    assert_eq!(keys(&candidate["scores"]), ["bm25", "bm25_rank", "cosine", "cosine_rank", "fused", "term_overlap"]);
    assert!(candidate["scores"]["bm25"].as_f64().unwrap() > 0.0 && candidate["scores"]["cosine"].as_f64().unwrap() > 0.9);
    assert_eq!(
        (&body["ticket"], &body["clarify"], &body["degraded"], &body["model"]),
        (&Value::Null, &json!([]), &json!(false), &json!("hashing"))
    );
}

#[test]
fn a_later_question_returns_no_token_and_locales_pick_versions() {
    let first = shared().ask(json!({"question": "退款多久到账", "locale": "en-US"})).ok();
    assert_eq!((first["article"]["id"].as_str(), first["article"]["locale"].as_str()), (Some("refund"), Some("en")));
    let again = shared().ask(json!({"question": "发票怎么开", "conversation_id": first["conversation_id"], "locale": "zh"})).ok();
    assert!(again.get("visitor_token").is_none());
    assert_eq!(again["conversation_id"], first["conversation_id"]);
    assert_eq!(again["article"]["locale"], "zh-CN");
}

#[test]
fn a_person_is_given_a_ticket_with_everything_found() {
    let shop = shared();
    let body = shop.ask(json!({"question": "转人工", "channel": "app", "context": {"order": "A1", "page": "/cart"}})).ok();
    assert_eq!((body["band"].as_str(), body["reason"].as_str()), (Some("handoff"), Some("customer_request")));
    assert_eq!(body["article"], Value::Null);
    let number = body["ticket"].as_i64().unwrap();
    let ticket = shop.get(&format!("/v1/tickets/{number}"), Role::Agent).ok();
    assert_eq!(ticket["number"].as_i64(), Some(number));
    assert_eq!((ticket["state"].as_str(), ticket["reason"].as_str()), (Some("open"), Some("customer_request")));
    assert_eq!(ticket["context"]["question"], "转人工");
    assert!(ticket["context"]["candidates"].is_array());
    assert_eq!(ticket["conversation_id"], body["conversation_id"]);
    assert_eq!(ticket["events"][0]["kind"], "opened");
    assert!(ticket["opened_at"].as_str().unwrap().ends_with('Z'));
    let listed = shop.get("/v1/tickets?state=open&reason=customer_request", Role::Agent).ok();
    assert!(listed["items"].as_array().unwrap().iter().any(|line| line["number"].as_i64() == Some(number) && line["question"] == "转人工"));
}

#[test]
fn a_decision_explains_itself() {
    let shop = shared();
    let asked = shop.ask(json!({"question": "发票怎么开"})).ok();
    let id = asked["decision_id"].as_str().unwrap();
    let decision = shop.get(&format!("/v1/decisions/{id}"), Role::Editor).ok();
    assert_eq!(decision["id"], id);
    assert_eq!(decision["confidence"], asked["confidence"]);
    assert_eq!(decision["candidates"][0]["article_id"], asked["candidates"][0]["article_id"]);
    assert_eq!(decision["candidates"][0]["scores"], asked["candidates"][0]["scores"]);
    assert!(!decision["features"].as_array().unwrap().is_empty());
    assert!(decision["features"][0]["log_odds"].is_number());
    assert_eq!(keys(&decision["fingerprints"]), ["confidence", "config", "index", "model"]);
    assert!(decision["candidates"][0]["exact"].as_bool().unwrap());
}

#[test]
fn search_ranks_and_suggest_brings_answers() {
    let shop = shared();
    let found = shop.post("/v1/search", Role::Editor, json!({"query": "发票", "limit": 2})).ok();
    assert!(found["items"].as_array().unwrap().len() <= 2);
    assert_eq!((found["items"][0]["article_id"].as_str(), &found["next"]), (Some("invoice"), &Value::Null));
    assert!(found["items"][0].get("answer").is_none());
    let suggested = shop.post("/v1/suggest", Role::Agent, json!({"query": "发票怎么开"})).ok();
    assert!(suggested["items"][0]["article"]["answer_html"].as_str().unwrap().contains("href=\"https://example.com/invoice\""));

    let asked = shop.ask(json!({"question": "转人工"})).ok();
    shop.ask(json!({"question": "退款多久到账", "conversation_id": asked["conversation_id"]})).ok();
    for what in [json!({"conversation_id": asked["conversation_id"]}), json!({"ticket": asked["ticket"]})] {
        let suggested = shop.post("/v1/suggest", Role::Agent, what).ok();
        assert_eq!(suggested["items"][0]["article_id"], "refund", "{suggested}");
    }
    let empty = shop.post("/v1/conversations", Role::Widget, json!({})).ok();
    assert_eq!(shop.post("/v1/suggest", Role::Agent, json!({"conversation_id": empty["id"]})).ok()["items"], json!([]));
    for (what, code) in [
        (json!({}), "body_invalid"),
        (json!({"query": "a", "ticket": 1}), "body_invalid"),
        (json!({"ticket": 999_999}), "ticket_not_found"),
        (json!({"conversation_id": "00000000-0000-0000-0000-000000000000"}), "conversation_not_found"),
        (json!({"query": "退款", "limit": 51}), "body_invalid"),
        (json!({"query": " "}), "question_empty"),
    ] {
        assert_eq!(shop.post("/v1/suggest", Role::Agent, what).code(), code);
    }
}

#[test]
fn feedback_is_kept_for_decisions_that_exist() {
    let shop = shared();
    let decision = shop.ask(json!({"question": "发票怎么开"})).ok()["decision_id"].clone();
    let given = shop.post("/v1/feedback", Role::Widget, json!({"decision_id": decision, "kind": "helpful", "comment": "谢谢"}));
    assert_eq!(given.status, 201);
    let given = given.ok();
    assert_eq!(given["kind"], "helpful");
    let again = shop.post("/v1/feedback", Role::Widget, json!({"decision_id": decision, "kind": "helpful", "comment": "真的"})).ok();
    assert_eq!(again["id"], given["id"], "as it is kept");
    // What came of a suggestion teaches more than a rating: the widget's key, which everybody can read, may not say it.
    for kind in ["suggestion_accepted", "suggestion_edited", "suggestion_ignored"] {
        let said = |role| shop.post("/v1/feedback", role, json!({"decision_id": decision, "kind": kind}));
        assert_eq!((said(Role::Widget).code(), said(Role::Agent).status), ("forbidden".to_owned(), 201), "{kind}");
    }
    for (body, code) in [
        (json!({"decision_id": decision, "kind": "loved"}), "body_invalid"),
        (json!({"decision_id": "x", "kind": "helpful"}), "body_invalid"),
        (json!({"decision_id": "00000000-0000-0000-0000-000000000000", "kind": "helpful"}), "decision_not_found"),
        (json!({"decision_id": decision, "kind": "helpful", "comment": "长".repeat(2001)}), "body_invalid"),
        (json!({"decision_id": decision, "kind": "helpful", "article_id": "no-such-article"}), "article_not_found"),
        // Nothing was offered.
        (json!({"decision_id": decision, "kind": "picked", "article_id": "invoice"}), "body_invalid"),
    ] {
        assert_eq!(shop.post("/v1/feedback", Role::Widget, body).code(), code);
    }
}

#[test]
fn probes_figures_and_the_document_are_served() {
    let shop = shared();
    shop.ask(json!({"question": "发票怎么开"})).ok();
    assert_eq!(shop.request("GET", "/healthz").send().ok(), json!({"status": "ok"}));
    let ready = shop.request("GET", "/readyz").send().ok();
    assert_eq!((ready["status"].as_str(), ready["model"].as_str()), (Some("ready"), Some("hashing")));
    let document = shop.request("GET", "/openapi.json").send().ok();
    assert!(document["paths"]["/v1/articles/{id}"]["put"]["responses"]["412"].is_object());
    shop.get("/v1/articles/%E6%B2%A1%E6%9C%89", Role::Editor);
    let figures = shop.get("/metrics", Role::Admin);
    assert_eq!(figures.status, 200);
    let line = |start: &str| figures.text().lines().any(|line| line.starts_with(start));
    assert!(line("jieda_http_requests_total{method=\"POST\",route=\"/v1/ask\",status=\"200\"}"), "{}", figures.text());
    assert!(line("jieda_http_requests_total{method=\"GET\",route=\"/v1/articles/{id}\",status=\"404\"}"), "{}", figures.text());
}

#[test]
fn answers_carry_safe_headers_and_the_requests_id() {
    let shop = shared();
    let answer = shop.request("GET", "/healthz").header("x-request-id", "trace-1.2").send();
    assert_eq!(answer.header("x-request-id"), Some("trace-1.2"));
    for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("cache-control", "no-store")] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let refused = shop.request("GET", "/v1/nowhere").header("x-request-id", "bad id").send();
    assert_ne!(refused.header("x-request-id"), Some("bad id"));
    assert_eq!(refused.code(), "not_found");
}

#[test]
fn hints_speak_the_readers_language() {
    let hint = |accepts: &str| {
        let answer = shared().request("GET", "/v1/nowhere").header("accept-language", accepts).send();
        answer.json()["error"]["hint"].as_str().unwrap().to_owned()
    };
    assert_eq!(hint("en-US,en"), "Check the path and the id.");
    assert_eq!(hint("zh-CN"), "请检查地址和编号。");
}
