//! Decisions explained: over a socket, and as text and JSON by the program.

use jieda::config::Config;
use jieda::service::keys::Role;
use serde_json::{Value, json};

use crate::program;
use crate::shop::{Shop, shared};

fn explained(shop: &Shop, asked: &Value) -> Value {
    shop.get(&format!("/v1/decisions/{}", asked["decision_id"].as_str().unwrap()), Role::Agent).ok()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a Vec<Value> {
    value[field].as_array().unwrap_or_else(|| panic!("{field} in {value}"))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-4
}

#[test]
fn scores_are_told_term_by_term_and_passage_by_passage() {
    let shop = shared();
    let asked = shop.ask(json!({"question": "　退款 ＶＩＰ 多久能到账？"})).ok();
    let told = explained(shop, &asked);
    let now = &told["recomputed"];
    assert_eq!((&now["changed"], &now["same"], &now["text"]), (&json!([]), &json!(true), &told["query"]), "{told}");
    let token = |text: &str| list(now, "tokens").iter().find(|token| token["text"] == text && token["field"] == "word").unwrap();
    assert_eq!((&token("退款")["known"], &token("vip")["known"], &token("vip")["entries"]), (&json!(true), &json!(false), &json!(0)));
    assert!(token("vip")["idf"].as_f64() > token("退款")["idf"].as_f64());

    assert_eq!(now["candidates"][0]["article_id"], told["candidates"][0]["article_id"]);
    for (scoring, candidate) in list(now, "candidates").iter().zip(list(&told, "candidates")) {
        let sum = |list: &Vec<Value>, field: &str| list.iter().map(|item| item[field].as_f64().unwrap()).sum::<f64>();
        assert!(close(sum(list(scoring, "terms"), "bm25"), candidate["scores"]["bm25"].as_f64().unwrap()), "{scoring}");
        assert!(close(sum(list(scoring, "parts"), "value"), candidate["scores"]["fused"].as_f64().unwrap()), "{scoring}");
        assert_eq!(scoring["passages"][0]["wording"], candidate["matched_variant"]);
        assert_eq!(scoring["passages"][0]["cosine"], candidate["scores"]["cosine"]);
    }
    for feature in list(&told, "features") {
        let (zh, en) = (feature["label"]["zh-CN"].as_str().unwrap(), feature["label"]["en"].as_str().unwrap());
        assert!(!zh.is_ascii() && en.is_ascii(), "{feature}");
    }
}

#[test]
fn what_would_have_flipped_it_is_true() {
    let shop = shared();
    let told = explained(shop, &shop.ask(json!({"question": "钱要多久退"})).ok());
    let band = told["band"].as_str().unwrap();
    assert_eq!(told["would_flip_exact"], true);
    let flips = list(&told, "would_flip");
    let confidence: Vec<&Value> = flips.iter().filter(|flip| flip["cause"] == "confidence").collect();
    assert!(!confidence.is_empty(), "{told}");
    for flip in flips {
        assert_ne!(flip["band"], band);
        assert!(!flip["words"]["zh-CN"].as_str().unwrap().is_empty() && flip["words"]["en"].is_string());
    }
    let line = list(&told, "lines").iter().find(|line| line["name"] == "answer").unwrap();
    assert_eq!((&line["line"], &line["value"]), (&told["answer_threshold"], &told["candidates"][0]["probability"]));

    // The shares of each factor add up to its log-odds; the confidence is the product, corrected by what the shop taught.
    let sum = |factor: &str| {
        let of_factor = list(&told, "features").iter().filter(|share| share["factor"] == factor);
        of_factor.map(|share| share["log_odds"].as_f64().unwrap()).sum::<f64>()
    };
    let probability = |log_odds: f64| 1.0 / (1.0 + (-log_odds).exp());
    let product = probability(sum("in_scope")) * probability(sum("right"));
    let best = told["candidates"][0]["probability"].as_f64().unwrap();
    assert!((probability((product / (1.0 - product)).ln() + sum("own")) - best).abs() < 1e-9, "{told}");

    let person = explained(shop, &shop.ask(json!({"question": "你们太慢了，快给我转人工！退款多久到账"})).ok());
    assert_eq!((&person["decided_by"]["rule"], &person["decided_by"]["matched"]), (&json!("wants_person"), &json!("快给我转人工")));
    let flip = &person["would_flip"][0];
    assert_eq!(flip["cause"], "rule", "{person}");
    assert!(flip["words"]["zh-CN"].as_str().unwrap().starts_with("若“快给我转人工”没有触发规则（顾客要找人工），就会"), "{flip}");
}

#[test]
fn masked_data_stays_masked_and_contradictions_are_named() {
    let shop = Shop::open(Config::demo());
    let article = json!({"id": "seven", "title": "7天内可以无理由退货吗", "answer": "可以，签收后 7 天内申请。"});
    assert_eq!(shop.post("/v1/articles", Role::Editor, article).status, 201);
    shop.block_on(shop.service.adapted());
    let asked = shop.ask(json!({"question": "我的手机是13812345678，15天内可以无理由退货吗"})).ok();
    let told = explained(&shop, &asked);
    assert!(!told.to_string().contains("13812345678"), "{told}");
    let seven = list(&told, "candidates").iter().find(|candidate| candidate["article_id"] == "seven").unwrap();
    assert_eq!(seven["contradictions"], json!([{"kind": "number", "asked": "15天", "found": "7天"}]), "{told}");

    // Later the article is another: what is stored stays, what is computed again says so.
    let changed = json!({"id": "seven", "title": "怎么联系店铺", "answer": "在店铺页点客服。"});
    let put = shop.request("PUT", "/v1/articles/seven?locale=zh-CN").role(Role::Editor).header("if-match", "*").json(changed).send();
    assert_eq!(put.status, 200, "{}", put.text());
    shop.block_on(shop.service.adapted());
    let later = explained(&shop, &asked);
    assert_eq!(later["recomputed"]["changed"], json!(["kb_revision", "confidence"]), "{later}");
    assert_eq!(later["recomputed"]["same"], false);
    for field in ["candidates", "features", "lines", "decided_by", "answer_threshold", "query"] {
        assert_eq!(later[field], told[field], "{field}");
    }
    assert_eq!(later["would_flip_exact"], false);
    let causes = |told: &Value| list(told, "would_flip").iter().map(|flip| flip["cause"].clone()).collect::<Vec<_>>();
    assert_eq!(causes(&later).first(), causes(&told).first(), "{later}");
}

#[test]
fn the_opposite_of_what_is_asked_is_offered_and_never_the_answer() {
    let mut config = Config::demo();
    (config.answers.answer_threshold, config.answers.clarify_threshold) = (Some(0.2), Some(0.01));
    let shop = Shop::open(config);
    let article = json!({"id": "open", "title": "怎么开通青禾先享后付", "answer": "在我的页面点先享后付，按提示同意协议。"});
    assert_eq!(shop.post("/v1/articles", Role::Editor, article).status, 201);
    shop.block_on(shop.service.adapted());
    let same = shop.ask(json!({"question": "在哪里开通青禾先享后付"})).ok();
    assert_eq!((&same["band"], &same["article"]["id"]), (&json!("answer"), &json!("open")), "{same}");
    for (question, asked) in [("怎么关闭青禾先享后付", "关闭"), ("青禾先享後付怎麼取消啊", "取消")] {
        let told = explained(&shop, &shop.ask(json!({"question": question})).ok());
        let open = list(&told, "candidates").iter().find(|candidate| candidate["article_id"] == "open").unwrap();
        assert_eq!(open["contradictions"], json!([{"kind": "opposite", "asked": asked, "found": "开通"}]), "{told}");
        assert_eq!((&told["candidates"][0]["article_id"], &told["band"]), (&json!("open"), &json!("clarify")), "{told}");
        assert!(told["candidates"][0]["probability"].as_f64() > Some(0.2), "{told}");
        let flip = &told["would_flip"][0];
        assert_eq!((&flip["cause"], &flip["band"]), (&json!("contradiction"), &json!("answer")), "{told}");
    }
}

#[test]
fn rejected_options_go_to_a_person_in_words_of_their_own() {
    let mut config = Config::demo();
    (config.answers.answer_threshold, config.answers.clarify_threshold) = (Some(0.999), Some(0.001));
    // Messages stand alone, however soon one follows another.
    config.answers.burst_window_s = 0;
    let shop = Shop::open(config);
    let offered = shop.ask(json!({"question": "退款到账要多久呢"})).ok();
    assert_eq!(offered["band"], "clarify", "{offered}");
    let rejected = shop.ask(json!({"question": "都不是", "conversation_id": offered["conversation_id"]})).ok();
    assert_eq!((&rejected["band"], &rejected["clarify"]), (&json!("handoff"), &json!([])));
    assert!(rejected["message"].as_str().unwrap().starts_with("抱歉没猜对，已经转给客服同事"), "{rejected}");
    let told = explained(&shop, &rejected);
    assert_eq!((&told["decided_by"]["rule"], &told["decided_by"]["matched"]), (&json!("options_rejected"), &json!("都不是")));
    // A person is on the way: the same question is offered nothing, and but for that it would be.
    let waiting = shop.ask(json!({"question": "退款到账要多久呢", "conversation_id": offered["conversation_id"]})).ok();
    let told = explained(&shop, &waiting);
    assert_eq!((&told["band"], &told["decided_by"]["rule"]), (&json!("handoff"), &json!("person_awaited")), "{told}");
    let flip = &told["would_flip"][0];
    assert_eq!((&flip["cause"], &flip["band"]), (&json!("rule"), &json!("clarify")));
    assert_eq!(flip["words"]["zh-CN"], "若不是因为“已转人工，等待期间不请顾客选”，就会请顾客从几篇里选");
    let silent = shop.ask(json!({"question": "转人工", "conversation_id": offered["conversation_id"]})).ok();
    let silent = shop.ask(json!({"question": "发票怎么开", "conversation_id": silent["conversation_id"]})).ok();
    let told = explained(&shop, &silent);
    assert_eq!(told["decided_by"]["rule"], "person_asked_for");
    assert_eq!(list(&told, "would_flip").iter().map(|flip| &flip["cause"]).collect::<Vec<_>>(), ["rule"]);

    let offered = explained(&shop, &offered);
    let words: Vec<&str> = list(&offered, "would_flip").iter().map(|flip| flip["words"]["zh-CN"].as_str().unwrap()).collect();
    assert!(words.iter().any(|words| words.starts_with("把握度再高") && words.ends_with("就会直接回答")), "{words:?}");
}

/// Columns of a line, a Chinese character taking two.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if matches!(u32::from(c), 0x2e80..=0xffe6) { 2 } else { 1 }).sum()
}

#[test]
fn the_program_explains_in_both_languages_within_eighty_columns() {
    let shop = program::Shop::new();
    shop.ok(&["kb", "import", "kb"]);
    shop.write("data/synonyms.txt", "退钱, 退款\n");
    for (lang, parts) in [
        (
            "zh",
            [
                "依据\n检索文本 退钱要几天才到呀",
                "同义词 退钱 → 退款",
                "\n判定 ",
                "把握度 ",
                "回答线 ",
                "特征 ",
                "与文章相符的程度",
                "综合分 ",
                "字对 ",
                "BM25 ",
            ],
        ),
        (
            "en",
            [
                "reasons\nquery 退钱要几天才到呀",
                "synonyms 退钱 → 退款",
                "\ndecided by ",
                "confidence ",
                "answer line ",
                "feature ",
                "agreement with the article",
                "fused ",
                "pairs ",
                "BM25 ",
            ],
        ),
    ] {
        let out = shop.ok(&["--lang", lang, "ask", "退钱要几天才到呀", "--explain"]).out;
        for part in parts {
            assert!(out.contains(part), "{part:?} is missing in {out}");
        }
        let reasons = &out[out.find(parts[0]).unwrap()..];
        for line in reasons.lines() {
            assert!(columns(line) <= 80, "{} columns: {line}", columns(line));
        }
    }
}

#[test]
fn beside_a_server_the_record_explains_itself() {
    let shop = program::Shop::new().without_encoder();
    shop.ok(&["kb", "import", "kb"]);
    let server = shop.serve(&["serve", "--bind", "127.0.0.1:0"]);
    let asked = server.ask("我要转人工");
    let id = asked.body["decision_id"].as_str().unwrap().to_owned();
    let ran = shop.ok(&["--format", "json", "decisions", "show", &id]);
    let beside = ran.json();
    assert_eq!((&beside["decided_by"]["matched"], &beside["recomputed"]), (&json!("我要转人工"), &Value::Null), "{beside}");
    assert!(ran.err.contains("GET /v1/decisions/{id}"), "{}", ran.err);
    let served = server.must("GET", &format!("/v1/decisions/{id}"), "agent", None).body;
    assert_eq!(served["recomputed"]["same"], true, "{served}");
    server.stop();

    let alone = shop.ok(&["--format", "json", "decisions", "show", &id]).json();
    for field in ["decided_by", "lines", "would_flip", "would_flip_exact", "features", "query"] {
        assert_eq!(alone[field], served[field], "the program and the server say the same");
    }
    assert_eq!((&alone["recomputed"]["same"], &alone["recomputed"]["text"]), (&json!(true), &json!("我要转人工")));
    for (lang, part) in [
        ("zh", "判定 顾客要找人工 (wants_person)，因为“我要转人工”"),
        ("en", "decided by the customer asks for a person (wants_person), because of “我要转人工”"),
    ] {
        let text = shop.ok(&["--lang", lang, "decisions", "show", &id]).out;
        // The line may be broken anywhere between Han characters.
        let unbroken = |text: &str| text.split_whitespace().collect::<String>();
        assert!(unbroken(&text).contains(&unbroken(part)), "{text}");
    }
    let replay = shop.ok(&["--format", "json", "decisions", "replay", &id]).json();
    assert_eq!(replay["stored"], alone);
}
