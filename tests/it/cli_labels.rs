//! Labelled questions in and out of a data directory.

use serde_json::{Value, json};

use crate::program::Shop;

fn labels(shop: &Shop) -> Value {
    shop.ok(&["--format", "json", "labels", "list"]).json()["items"].clone()
}

fn shown(labels: &Value) -> Vec<(&str, &Value)> {
    labels.as_array().unwrap().iter().map(|label| (label["question"].as_str().unwrap(), &label["expected"])).collect()
}

#[test]
fn labels_come_from_a_file_are_listed_and_go() {
    let shop = Shop::new();
    shop.write("faq.csv", "id,title,answer\nfee,运费多少,十元\nback,怎么退货,七天内\n");
    assert_eq!(shop.run(&["--format", "json", "labels", "import", "q.csv"]).code(), "file_unreadable", "there is no database yet");
    shop.ok(&["kb", "import", "faq.csv"]);
    shop.write("q.csv", "问题,期望,分组\n邮费谁出，打13800138000,fee|back,易\n今天天气,无,\n");
    let report = shop.ok(&["--format", "json", "labels", "import", "q.csv"]).json();
    assert_eq!(report, json!({"added": 2, "replaced": 0, "total": 2}));
    shop.write("q.jsonl", "{\"question\":\"今天天气？\",\"expected\":\"back\"}\n{\"question\":\"包邮吗\",\"expected\":[\"fee\"]}\n");
    assert_eq!(shop.ok(&["labels", "import", "q.jsonl"]).out, "added 1, replaced 1, 3 altogether\n");
    assert!(shop.ok(&["labels", "import", "q.jsonl", "--lang", "zh"]).out.contains("新增 0，替换 2，共 3"));

    let kept = labels(&shop);
    let want = [("包邮吗", json!(["fee"])), ("今天天气？", json!(["back"])), ("邮费谁出，打[手机号]", json!(["fee", "back"]))];
    assert_eq!(shown(&kept), want.iter().map(|(question, expected)| (*question, expected)).collect::<Vec<_>>());
    let text = shop.ok(&["labels", "list"]).out;
    assert!(text.contains("\n  邮费谁出，打[手机号]\n  fee | back\n"), "{text}");

    let ids: Vec<&str> = kept.as_array().unwrap().iter().map(|label| label["id"].as_str().unwrap()).collect();
    let unknown = "00000000-0000-0000-0000-000000000000";
    assert_eq!(shop.run(&["--format", "json", "labels", "delete", ids[0], unknown]).code(), "label_not_found");
    assert_eq!(labels(&shop), kept, "all or none");
    assert_eq!(shop.ok(&["labels", "delete", ids[0], ids[2]]).out, "deleted 2 labels\n");
    assert_eq!(labels(&shop), json!([kept[1]]));
}

#[test]
fn a_wrong_line_is_named_and_nothing_is_stored() {
    let shop = Shop::new();
    shop.write("faq.csv", "id,title,answer\nfee,运费多少,十元\n");
    shop.ok(&["kb", "import", "faq.csv"]);
    let long = "长".repeat(2001);
    for (text, line, en, zh) in [
        ("问题,期望\n邮费,fee\n退货,gone\n".to_owned(), 3, "article gone is not in the knowledge base", "知识库里没有文章 gone"),
        ("问题,期望\n邮费,fee\n退货,\n".to_owned(), 3, "write none", "写 none"),
        ("问题,期望\n邮费,fee\n\u{200b},fee\n".to_owned(), 3, "the question is empty", "问题是空的"),
        (format!("问题,期望\n邮费,fee\n\n{long},fee\n"), 4, "2001 characters", "2001 个字符"),
    ] {
        shop.write("q.csv", text);
        let ran = shop.run(&["labels", "import", "q.csv"]);
        let place = format!("q.csv:{line}: ");
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains("error[file_format]") && ran.err.contains(&place) && ran.err.contains(en), "{}", ran.err);
        let chinese = shop.run(&["labels", "import", "q.csv", "--lang", "zh"]).err;
        assert!(chinese.contains(&place) && chinese.contains(zh), "{chinese}");
    }
    assert_eq!(labels(&shop), json!([]));
    assert_eq!(shop.run(&["--format", "json", "labels", "import", "none.csv"]).code(), "file_unreadable");
    assert_eq!(shop.run(&["--format", "json", "labels", "delete"]).code(), "usage_invalid");
}

#[test]
fn a_server_shows_its_labels_and_keeps_others_from_changing_them() {
    let shop = Shop::new().without_encoder();
    let server = shop.demo();
    let body = json!({"labels": [{"question": "余额退到哪", "expected": ["refund-balance"]}]});
    let given = server.must("POST", "/v1/labels", "editor", Some(&body));
    assert_eq!(given.status, 201, "{given:?}");
    assert_eq!(labels(&shop), given.body["items"]);
    shop.write("q.csv", "问题,期望\n余额,无\n");
    let refused = shop.run(&["labels", "import", "q.csv"]);
    assert!(refused.err.contains("error[data_dir_in_use]") && refused.err.contains("POST /v1/labels"), "{refused:?}");
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(labels(&shop), given.body["items"]);
}
