//! `jieda eval report`: a page from a record, by itself and from a run.

use serde_json::{Value, json};

use crate::program::Shop;

/// A record of three questions: right, wrong and confident, out of scope.
fn record() -> Value {
    let source = |name: &str, count: u64| json!({ "name": name, "fingerprint": "ab".repeat(32), "count": count });
    let asked = |line: u64, question: &str, expected: &[&str], confidence: f64| {
        json!({
            "line": line,
            "question": question,
            "slice": "plain",
            "expected": expected,
            "ranked": [{ "id": "refund", "title": "退款多久到账？", "matched": "退款几天到", "probability": confidence }],
            "confidence": confidence,
            "features": [{ "name": "semantic", "value": 0.8, "log_odds": 2.5 }],
        })
    };
    json!({
        "format": 1,
        "program": "0.1.0",
        "made_at": "2026-11-26T10:32:00Z",
        "seconds": 1.5,
        "knowledge": source("kb", 12),
        "questions": source("questions/zh-CN.jsonl", 3),
        "model": null,
        "mode": "lexical",
        "calibration": {
            "kind": "prior",
            "version": "cd".repeat(32),
            "out_of_scope_share": 0.5,
            "share_from": "assumed",
            "notes": ["只用关键词"],
        },
        "configuration": "ef".repeat(32),
        "lines": { "target_precision": 0.95, "answer": 0.75, "accurate": 0.5, "labels_missing": null },
        "asked": [
            asked(1, "退款几天能到账", &["refund"], 0.97),
            asked(2, "<img src=x onerror=alert(1)>运费谁出", &["shipping"], 0.9),
            asked(3, "今天天气怎么样", &[], 0.1),
        ],
    })
}

#[test]
fn a_record_becomes_one_page_in_either_language() {
    let shop = Shop::new();
    shop.write("run.json", record().to_string());
    assert_eq!(shop.ok(&["eval", "report", "run.json"]).out, "the report is in run.html\n");
    let told = shop.ok(&["--format", "json", "eval", "report", "run.json", "--out", "pages/zh.html", "--locale", "zh-CN"]).json();
    assert_eq!(told, json!({ "report": "pages/zh.html" }));
    let read = |name: &str| std::fs::read_to_string(shop.path(name)).unwrap();
    for (page, words) in [
        (read("run.html"), ["<html lang=\"en\">", "Too few answers to tell", "Risk–coverage curve", "Sure, and wrong", "keywords alone"]),
        (read("pages/zh.html"), ["<html lang=\"zh-CN\">", "作答太少，无从判断", "风险–覆盖曲线", "有把握却答错了", "只靠关键词"]),
    ] {
        for word in words {
            assert!(page.contains(word), "{word}");
        }
        for outside in ["http:", "https:", "<script", "<link", "<img", "url(", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;运费谁出"));
        assert_eq!(page.matches("<svg ").count(), 3);
    }
    let before = read("run.html");
    shop.ok(&["eval", "report", "run.json"]);
    assert_eq!(read("run.html"), before, "the same record gives the same page");
}

#[test]
fn a_run_can_be_reported() {
    let shop = Shop::new();
    shop.write("q.jsonl", "{\"question\": \"火星几度\", \"expected\": [\"refund-after-confirm\"]}\n");
    let run = ["eval", "run", "--kb", "kb", "--questions", "q.jsonl", "--mode", "lexical", "--calibrate", "prior", "--out", "run.json"];
    shop.ok(&run);
    shop.ok(&["eval", "report", "run.json"]);
    assert!(std::fs::read_to_string(shop.path("run.html")).unwrap().contains("火星几度"));
}

#[test]
fn what_is_no_record_is_named_and_the_record_is_never_overwritten() {
    let shop = Shop::new();
    shop.write("other.json", "{\"format\": 99}");
    let record = record().to_string();
    shop.write("run.html", &record);
    for (args, code) in [
        (&["eval", "report", "nothing.json"][..], "file_unreadable"),
        (&["eval", "report", "other.json"], "file_format"),
        (&["eval", "report", "run.html"], "usage_invalid"),
        (&["eval", "report", "run.html", "--out", "./run.html"], "usage_invalid"),
        (&["eval", "report", "run.html", "--out", "page.html", "--locale", "fr"], "usage_invalid"),
    ] {
        let ran = shop.run(&[&["--format", "json"], args].concat());
        assert_eq!((ran.status, ran.code()), (2, code.to_owned()), "{args:?}");
    }
    assert_eq!(std::fs::read_to_string(shop.path("run.html")).unwrap(), record);
    assert!(!shop.path("page.html").exists() && !shop.path("other.html").exists());
}
