//! Articles: found at once, locked optimistically, listed in pages.

use jieda::service::keys::Role;
use serde_json::{Value, json};

use crate::shop::{Answer, Shop, edited};

fn write(shop: &Shop, method: &str, path: &str, condition: Option<&str>, body: Value) -> Answer {
    let request = shop.request(method, path).role(Role::Editor).json(body);
    if let Some(tag) = condition { request.header("if-match", tag).send() } else { request.send() }
}

#[test]
fn an_article_lives_from_creation_to_deletion() {
    let shop = edited();
    let umbrella = json!({
        "id": "umbrella", "title": "雨伞可以借用吗", "variants": ["下雨了能借把伞吗"], "answer": "凭会员码免费借用。", "category": "门店",
        "locale": "zh-CN", "status": "published", "valid_until": "2999-01-31", "tags": ["门店"], "related": ["refund"],
    });
    let created = write(shop, "POST", "/v1/articles", None, umbrella.clone());
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.header("location"), Some("/v1/articles/umbrella?locale=zh-CN"));
    let first = created.header("etag").unwrap().to_owned();
    assert_eq!(first, format!("\"{}\"", created.ok()["revision"]));
    assert_eq!(created.ok()["valid_until"], "2999-01-31T16:00:00.000Z", "the whole day in the shop's time zone");
    let top = |question: &str| shop.ask(json!({"question": question})).ok()["candidates"][0]["article_id"].clone();
    assert_eq!(top("下雨了能借把伞吗"), "umbrella");
    assert_eq!(write(shop, "POST", "/v1/articles", None, umbrella.clone()).code(), "already_exists");

    let read = shop.get("/v1/articles/umbrella", Role::Agent);
    assert_eq!(read.header("etag"), Some(first.as_str()));
    let unchanged = shop.request("GET", "/v1/articles/umbrella").role(Role::Agent).header("if-none-match", &first).send();
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));

    let path = "/v1/articles/umbrella";
    let mut edited = read.ok();
    edited["answer"] = json!("每次借用押金十元。");
    assert_eq!(write(shop, "PUT", path, None, edited.clone()).code(), "precondition_required");
    let second = write(shop, "PUT", path, Some(&first), edited.clone());
    assert_eq!(second.status, 200, "{}", second.text());
    let stale = write(shop, "PUT", path, Some(&first), edited.clone());
    assert_eq!((stale.status, stale.code().as_str()), (412, "precondition_failed"));
    assert_eq!(write(shop, "PUT", path, Some("*"), edited.clone()).status, 200);
    assert_eq!(write(shop, "PUT", path, Some("garbage"), edited).code(), "precondition_failed");

    let delete = |tag: Option<&str>| {
        let request = shop.request("DELETE", path).role(Role::Editor);
        if let Some(tag) = tag { request.header("if-match", tag).send() } else { request.send() }
    };
    assert_eq!(delete(None).code(), "precondition_required");
    assert_eq!(delete(Some(&first)).code(), "precondition_failed");
    assert_eq!(delete(second.header("etag")).ok(), json!({"deleted": 1}));
    assert_eq!(delete(Some("*")).code(), "article_not_found");
    assert_ne!(top("下雨了能借把伞吗"), "umbrella");
}

#[test]
fn languages_are_versions_of_one_article() {
    let shop = edited();
    let zh = json!({"id": "stores", "title": "线下门店在哪里", "answer": "见地图。"});
    let en = json!({"id": "stores", "title": "Where are your stores?", "answer": "See the map.", "locale": "en-GB"});
    assert_eq!(write(shop, "POST", "/v1/articles", None, zh).ok()["locale"], "zh-CN");
    let created = write(shop, "POST", "/v1/articles", None, en);
    assert_eq!(created.header("location"), Some("/v1/articles/stores?locale=en"));
    assert_eq!(shop.get("/v1/articles/stores", Role::Editor).ok()["locale"], "zh-CN");
    assert_eq!(shop.get("/v1/articles/stores?locale=en", Role::Editor).ok()["title"], "Where are your stores?");
    let change = json!({"title": "Where can I visit you?", "answer": "See the map."});
    let changed = write(shop, "PUT", "/v1/articles/stores?locale=en", Some("*"), change);
    assert_eq!((changed.ok()["locale"].as_str(), changed.ok()["title"].as_str()), (Some("en"), Some("Where can I visit you?")));
    let one = shop.request("DELETE", "/v1/articles/stores?locale=en").role(Role::Editor).header("if-match", "*").send();
    assert_eq!(one.ok()["deleted"], 1);
    assert_eq!(shop.get("/v1/articles/stores?locale=en", Role::Editor).code(), "article_not_found");
    assert_eq!(shop.get("/v1/articles/stores?locale=fr", Role::Editor).code(), "parameter_invalid");
}

#[test]
fn what_is_wrong_with_an_article_is_named() {
    let shop = edited();
    for (body, code, says) in [
        (json!({"title": "x"}), "body_invalid", "answer"),
        (json!({"title": "x", "answer": "a", "variants": "y"}), "body_invalid", "variants"),
        (json!({"title": "x", "answer": "a", "variants": ["y", 5]}), "body_invalid", "variants[1]"),
        (json!({"title": "x", "answer": "a", "status": "live"}), "body_invalid", "status"),
        (json!({"title": "x", "answer": "a", "valid_from": "03/04/2026"}), "body_invalid", "valid_from"),
        (json!({"title": "x", "answer": "a", "locale": "fr"}), "body_invalid", "locale"),
        (json!({"title": "x", "answer": "a", "id": "a/b"}), "body_invalid", "id"),
        (json!({"title": "x", "answer": "a", "related": ["ok", ""]}), "body_invalid", "related[1]"),
        (json!({"title": " ", "answer": "a", "id": "blank"}), "article_invalid", "title"),
        (json!({"title": "x", "answer": "长".repeat(20_001), "id": "long"}), "article_invalid", "answer"),
        (json!({"title": "退款 多久 到账！", "answer": "a", "id": "again"}), "phrasing_taken", "refund"),
    ] {
        let answer = write(shop, "POST", "/v1/articles", None, body.clone());
        assert_eq!(answer.code(), code, "{body}");
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains(says), "{}", answer.text());
    }
    let other = write(shop, "PUT", "/v1/articles/refund", Some("*"), json!({"id": "invoice", "title": "x", "answer": "a"}));
    assert_eq!(other.code(), "body_invalid");
    let other = write(shop, "PUT", "/v1/articles/refund?locale=en", Some("*"), json!({"locale": "zh", "title": "x", "answer": "a"}));
    assert_eq!(other.code(), "body_invalid");
    let missing = write(shop, "PUT", "/v1/articles/no-such", Some("*"), json!({"title": "没有的文章", "answer": "a"}));
    assert_eq!(missing.code(), "article_not_found");
}

#[test]
fn an_id_is_derived_from_the_title() {
    let created = write(edited(), "POST", "/v1/articles", None, json!({"title": "停车收费吗？", "answer": "前两小时免费。"}));
    let id = created.ok()["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("停车收费"), "{id}");
    let location = created.header("location").unwrap().to_owned();
    assert!(location.is_ascii());
    assert_eq!(edited().get(&location, Role::Editor).ok()["id"], id.as_str());
}

#[test]
fn pages_neither_repeat_nor_leave_out_while_articles_come() {
    let shop = Shop::open(jieda::config::Config::demo());
    let add = |n: usize| {
        let article = json!({"id": format!("page-{n:02}"), "title": format!("翻页测试第{n}篇"), "answer": "是。", "category": "翻页"});
        write(&shop, "POST", "/v1/articles", None, article).ok();
    };
    (10..15).for_each(add);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for n in 0.. {
        let page = shop.get(&format!("/v1/articles?category=%E7%BF%BB%E9%A1%B5&limit=2{cursor}"), Role::Editor).ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        // Rows that come before the cursor meanwhile hide nothing.
        add(n);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let of_before: Vec<String> = (10..15).map(|n| format!("page-{n}")).collect();
    assert_eq!(seen, of_before);
    for wrong in ["limit=0", "limit=201", "limit=x", "cursor=zz", "page=2", "status=live", "locale=fr"] {
        assert_eq!(shop.get(&format!("/v1/articles?{wrong}"), Role::Editor).code(), "parameter_invalid", "{wrong}");
    }
}
