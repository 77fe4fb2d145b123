//! Labelled questions over the API.

use jieda::service::keys::Role;
use serde_json::{Value, json};

use crate::shop::{Answer, Shop};

fn give(shop: &Shop, labels: Value) -> Answer {
    shop.post("/v1/labels", Role::Editor, json!({ "labels": labels }))
}

fn questions(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|label| label["question"].as_str().unwrap()).collect()
}

#[test]
fn labels_are_given_given_again_listed_and_deleted() {
    let shop = Shop::open(jieda::config::Config::demo());
    let given = give(
        &shop,
        json!([
            {"question": "钱几天退回来？打13800138000", "expected": ["refund"]},
            {"question": "今天天气怎么样", "expected": []},
            {"question": "ＶＩＰ 开票", "expected": ["invoice", "address", "invoice"]},
        ]),
    );
    assert_eq!(given.status, 201);
    let given = given.ok();
    assert_eq!((&given["added"], &given["total"]), (&json!(3), &json!(3)));
    let first = &given["items"][0];
    assert_eq!((&first["question"], &first["expected"]), (&json!("钱几天退回来？打[手机号]"), &json!(["refund"])));
    assert_eq!(given["items"][2]["expected"], json!(["invoice", "address"]));
    assert!(first["at"].as_str().unwrap().ends_with('Z'));

    let again =
        give(&shop, json!([{"question": "vip开票!", "expected": ["invoice"]}, {"question": "寄到哪里", "expected": ["address"]}])).ok();
    assert_eq!((&again["added"], &again["total"]), (&json!(1), &json!(4)));
    assert_eq!(again["items"][0]["id"], given["items"][2]["id"]);
    assert!(again["items"][0]["at"].as_str() >= given["items"][2]["at"].as_str());

    let page = shop.get("/v1/labels?limit=3", Role::Admin).ok();
    // Labels of one request have one date; the id decides, and the label given again has kept its own.
    assert_eq!(questions(&page), ["寄到哪里", "vip开票!", "今天天气怎么样"]);
    let rest = shop.get(&format!("/v1/labels?cursor={}", page["next"].as_str().unwrap()), Role::Editor).ok();
    assert_eq!((questions(&rest), &rest["next"]), (vec!["钱几天退回来？打[手机号]"], &Value::Null));

    let path = format!("/v1/labels/{}", first["id"].as_str().unwrap());
    assert_eq!(&shop.request("DELETE", &path).role(Role::Editor).send().ok(), first);
    assert_eq!(shop.request("DELETE", &path).role(Role::Editor).send().code(), "label_not_found");
    assert_eq!(shop.request("DELETE", "/v1/labels/x").role(Role::Editor).send().code(), "label_not_found");
    assert_eq!(shop.get("/v1/labels", Role::Editor).ok()["items"].as_array().unwrap().len(), 3);
    for wrong in ["limit=0", "limit=201", "cursor=zz", "text=x"] {
        assert_eq!(shop.get(&format!("/v1/labels?{wrong}"), Role::Editor).code(), "parameter_invalid", "{wrong}");
    }
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_kept() {
    let shop = Shop::open(jieda::config::Config::demo());
    let good = json!({"question": "运费谁出", "expected": []});
    let many: Vec<Value> = (0..501).map(|n| json!({"question": format!("第{n}问"), "expected": []})).collect();
    for (labels, code, named) in [
        (
            json!([good, {"question": "发票", "expected": ["invoice", "gone"]}, {"question": "地址", "expected": ["lost"]}]),
            "article_not_found",
            "gone (labels[1]), lost (labels[2])",
        ),
        (json!([good, {"question": "发票", "expected": ["a/b"]}]), "body_invalid", "labels[1].expected[0]"),
        (json!([good, {"question": " \u{200b}", "expected": []}]), "question_empty", "labels[1]"),
        (json!([{"question": "长".repeat(2001), "expected": []}]), "question_too_long", "2001"),
        (json!([good, {"question": "发票"}]), "body_invalid", "expected"),
        (json!([]), "body_invalid", "these are 0"),
        (json!(many), "body_invalid", "these are 501"),
    ] {
        let answer = give(&shop, labels);
        assert_eq!(answer.code(), code, "{}", answer.text());
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains(named), "{named}: {}", answer.text());
    }
    assert_eq!(shop.get("/v1/labels", Role::Editor).ok()["items"], json!([]));

    // Twenty full requests fill the shop; what is there may still be labelled again.
    for round in 0..20 {
        let labels: Vec<Value> = (0..500).map(|n| json!({"question": format!("第{round}轮第{n}问"), "expected": []})).collect();
        assert_eq!(give(&shop, json!(labels)).ok()["added"], 500);
    }
    assert_eq!(give(&shop, json!([good])).code(), "labels_full");
    let again = give(&shop, json!([{"question": "第3轮第4问？", "expected": ["refund"]}])).ok();
    assert_eq!((&again["added"], &again["total"]), (&json!(0), &json!(10_000)));
}
