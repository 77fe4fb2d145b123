//! Evaluations: measured, kept, compared, held to a baseline.

use serde_json::{Value, json};

use crate::program::{Ran, Shop};

const KB: &str = r#"{"id":"fee","title":"运费多少","variants":["邮费几块"],"answer":"满九十九元包邮，不满收八元。"}
{"id":"back","title":"怎么退货","variants":["退货流程"],"answer":"签收后七天内可以申请。"}
{"id":"invoice","title":"发票怎么开","answer":"在订单详情里申请电子发票。"}
{"id":"coupon","title":"优惠券为什么用不了","answer":"请看使用门槛和有效期。"}
"#;

const QUESTIONS: &str = "\u{feff}问题,期望文章,分组\n运费多少,fee,plain\n邮费几块钱,fee,plain\n退货流程是什么,back,plain\n\
                         开发票,invoice|coupon,plain\n优惠券用不了,coupon,plain\n今天天气怎么样,none,far\n你们招人吗,无,far\n";

/// A shop with four articles and seven questions, asked by keywords alone.
fn shop() -> Shop {
    let shop = Shop::new();
    shop.write("kb.jsonl", KB);
    shop.write("q.csv", QUESTIONS);
    shop
}

fn run(shop: &Shop, kb: &str, questions: &str, more: &[&str]) -> Ran {
    let args = ["--format", "json", "eval", "run", "--mode", "lexical", "--kb", kb, "--questions", questions];
    shop.run(&[&args[..], more].concat())
}

fn record(shop: &Shop, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(shop.path(name)).unwrap()).unwrap()
}

#[test]
fn a_run_is_measured_by_slice_with_intervals_and_kept() {
    let shop = shop();
    let ran = run(&shop, "kb.jsonl", "q.csv", &["--out", "out/r.json", "--target-precision", "0.9"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!([&report["articles"], &report["questions"], &report["in_scope"], &report["out_of_scope"]], [4, 7, 5, 2]);
    for name in [
        "auroc_out_of_scope",
        "aurc",
        "ece",
        "brier",
        "target_precision",
        "coverage",
        "in_scope_right",
        "in_scope_wrong",
        "out_of_scope_rejected",
        "mcc",
        "accuracy",
    ] {
        assert!(report["decision"][name].is_number(), "{name}: {report}");
    }
    assert_eq!(report["decision"]["target_precision"], 0.9);
    assert!(report["decision"]["promise_kept"].is_boolean());
    let hits = report["retrieval"]["hit_at_1"].as_f64().unwrap();
    let interval: Vec<f64> = serde_json::from_value(report["intervals"]["retrieval"]["hit_at_1"].clone()).unwrap();
    assert!(interval[0] <= hits && hits <= interval[1] && hits >= 0.8, "{report}");
    assert_eq!(report["slices"]["far"]["retrieval"]["hit_at_1"], Value::Null);
    assert!(report["slices"]["far"]["decision"]["auroc_out_of_scope"].is_number());
    assert_eq!(report["slices"]["plain"]["in_scope"], 5);

    let record = record(&shop, "out/r.json");
    // Notes are kept in both languages, so that a report can be read in either.
    let note = &record["calibration"]["notes"][0];
    assert!(note["zh-CN"].as_str().unwrap().contains("回答线") && note["en"].as_str().unwrap().contains("the line"), "{note}");
    assert_eq!(record["asked"][3]["expected"], json!(["invoice", "coupon"]));
    assert_eq!((&record["asked"][0]["line"], &record["asked"][0]["ranked"][0]["id"]), (&json!(2), &json!("fee")));
    assert_eq!((&record["model"], &record["mode"], &record["questions"]["count"]), (&Value::Null, &json!("lexical"), &json!(7)));
    let kept = shop.ok(&["--format", "json", "eval", "runs"]).json();
    assert_eq!(kept["items"].as_array().unwrap().len(), 1);
    let name = kept["items"][0]["name"].as_str().unwrap();
    assert!(ran.err.contains(name) && shop.ok(&["eval", "runs", "--lang", "zh"]).out.contains("问题 7 q.csv"));
    let text = shop.ok(&["eval", "run", "--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q.csv", "--lang", "zh"]).out;
    assert!(text.contains("问题 7（范围内 5，范围外 2）") && text.contains("校准误差") && text.contains("[far]"), "{text}");
}

#[test]
fn the_editors_synonyms_and_words_count_as_in_the_service() {
    let shop = shop();
    shop.write("q2.csv", "问题,期望文章\n快递费咋算,fee\n");
    let ran = |name: &str| {
        assert_eq!(run(&shop, "kb.jsonl", "q2.csv", &["--out", name]).status, 0);
        record(&shop, name)
    };
    let without = ran("without.json");
    shop.write("data/synonyms.txt", "快递费 => 运费\n");
    let with = ran("with.json");
    let first = |record: &Value| record["asked"][0]["ranked"][0]["id"].as_str().map(str::to_owned);
    assert_eq!((first(&without), first(&with)), (None, Some("fee".to_owned())));
    assert_ne!(without["configuration"], with["configuration"], "a record says that they were others");
}

#[test]
fn a_run_repeats_to_the_last_digit_whatever_was_remembered() {
    let shop = shop();
    let ran = |name: &str, more: &[&str]| {
        let args = ["--format", "json", "eval", "run", "--kb", "kb.jsonl", "--questions", "q.csv", "--out", name];
        let ran = shop.ok(&[&args[..], more].concat());
        let mut record = record(&shop, name);
        for changing in ["made_at", "seconds"] {
            record.as_object_mut().unwrap().remove(changing).unwrap();
        }
        (ran.out, record)
    };
    let first = ran("1.json", &[]);
    let vectors = |kind: &str| std::fs::read_dir(shop.path("data/eval/vectors").join(kind)).unwrap().next().unwrap().unwrap().path();
    let written = std::fs::metadata(vectors("passages")).unwrap().len();
    assert_eq!(ran("2.json", &[]), first, "from memory");
    assert_eq!(std::fs::metadata(vectors("passages")).unwrap().len(), written, "nothing was encoded again");
    assert_eq!(ran("3.json", &["--no-cache"]), first, "encoded again");
    std::fs::write(vectors("questions"), "damaged").unwrap();
    assert_eq!(ran("4.json", &[]), first, "over a damaged memory");
    // Another article beside them leaves the others' vectors as they are.
    shop.write("more.jsonl", format!("{KB}{}", r#"{"id":"size","title":"尺码怎么选","answer":"看尺码表。"}"#));
    let more = ["--format", "json", "eval", "run", "--kb", "more.jsonl", "--questions", "q.csv"];
    assert_eq!(shop.ok(&more).out, shop.ok(&[&more[..], &["--no-cache"]].concat()).out);
}

#[test]
fn what_cannot_be_kept_is_said_and_does_not_fail_the_run() {
    let shop = shop();
    shop.write("data/eval", "a file where a directory should be");
    let ran = run(&shop, "kb.jsonl", "q.csv", &[]);
    assert!(ran.status == 0 && ran.err.contains("note: not kept in ./data/eval/runs"), "{ran:?}");
}

#[test]
fn wrong_questions_are_named_with_their_line() {
    let shop = shop();
    for (name, text, want) in [
        ("a.csv", "问题,期望\n运费多少,fee\n退货,bakc\n", "a.csv:3: article bakc is not in the knowledge base"),
        ("b.csv", "问题,期望\n运费多少,fee\n退货,\n", "b.csv:3: it does not say which article is expected"),
        ("c.jsonl", "{\"question\":\"运费\",\"expected\":[\"fee\"]}\n{\"question\":\"退货\"}\n", "c.jsonl:2: it does not say"),
        ("d.csv", "运费多少,fee\n", "d.csv:1: the first line must name the columns"),
        (
            "e.csv",
            "问题,期望\n运费,fee\n退货,x|back\n发票,y\n",
            "e.csv:3: article x is not in the knowledge base\\ne.csv:4: article y is not",
        ),
        ("i.csv", "问题,期望\n开发票,\"invoice,coupon\"\n", "i.csv:2: invoice,coupon is several ids: separate them by | in a cell"),
        ("j.csv", "问题,期望,文章编号\n运费,fee,back\n", "j.csv:1: expected stands more than once: 期望, 文章编号; keep one of them"),
        ("g.csv", "问题,期望\n运费,none|fee\n", "g.csv:2: none cannot stand beside ids"),
        ("h.json", "[{\"question\":\"运费\",\"expected\":\"fee\"}]", "h.json:1: a JSON array: write one object a line"),
    ] {
        shop.write(name, text);
        let ran = run(&shop, "kb.jsonl", name, &[]);
        assert_eq!((ran.status, ran.code().as_str()), (2, "file_format"), "{ran:?}");
        assert!(ran.err.contains(want), "{name}: {}", ran.err);
    }
    shop.write("long.csv", format!("问题,期望\n运费,fee\n{},fee\n", "退".repeat(2001)));
    for (questions, log) in [("long.csv", None), ("q.csv", Some(["--log", "long.txt"])), ("q.csv", Some(["--labels", "long.csv"]))] {
        shop.write("long.txt", format!("运费\n\n{}\n", "退".repeat(2001)));
        let ran = run(&shop, "kb.jsonl", questions, log.as_ref().map_or(&[], |log| &log[..]));
        let want = ":3: the question has 2001 characters, at most 2000 are taken (limits.question_chars)";
        assert!(ran.status == 2 && ran.code() == "file_format" && ran.err.contains(want), "{ran:?}");
    }
    shop.write("hint.csv", "运费,fee\n");
    let ran = shop.run(&["eval", "run", "--kb", "kb.jsonl", "--questions", "hint.csv", "--mode", "lexical", "--lang", "zh"]);
    assert!(ran.err.contains("每个问题要有问题（question）和期望（expected）"), "{ran:?}");
    assert_eq!(run(&shop, "kb.jsonl", "none.csv", &[]).code(), "file_unreadable");
    shop.write("nul.csv", b"a\0b");
    let ran = run(&shop, "kb.jsonl", "nul.csv", &[]);
    assert!(ran.code() == "file_encoding" && !ran.err.contains("--encoding"), "eval run has no such option: {ran:?}");
    shop.write("book.xlsx", b"PK\x03\x04 and no more");
    let ran = shop.run(&["eval", "run", "--kb", "kb.jsonl", "--questions", "book.xlsx", "--mode", "lexical", "--lang", "zh"]);
    assert!(ran.err.contains("不是可读取的 .xlsx 工作簿") && !ran.err.contains("readable"), "{ran:?}");
    shop.write("log.txt", "\n");
    let ran = run(&shop, "kb.jsonl", "q.csv", &["--log", "log.txt"]);
    assert!(ran.code() == "file_format" && ran.err.contains("log.txt holds no questions") && !ran.err.contains("expected"), "{ran:?}");
    for (args, en, zh) in [
        (
            &["--calibrate", "q.csv"][..],
            "q.csv is no calibration that can be used: line 1, column ",
            "q.csv 不是可用的校准文件：第 1 行第 ",
        ),
        (&["--calibrate", "gone.toml"], "cannot read gone.toml", "无法读取 gone.toml"),
    ] {
        let told = |lang: &str| run(&shop, "no-kb-is-read", "q.csv", &[args, &["--lang", lang]].concat());
        let (english, chinese) = (told("en"), told("zh"));
        assert!(english.err.contains(en) && chinese.err.contains(zh), "{english:?} {chinese:?}");
        assert!(!english.err.contains("KB.md") && !chinese.err.contains("TOML parse error"), "{english:?}");
    }
    for (name, text) in [("b9.json", "{\"format\":9}"), ("b.json", "{")] {
        shop.write(name, text);
        let gate = shop.run(&["eval", "gate", "--baseline", name, "--record", "r", "--lang", "zh"]);
        let report = shop.run(&["eval", "report", name, "--lang", "zh"]);
        assert!(gate.err.contains("不是基线：") && report.err.contains("不是评测记录："), "{gate:?} {report:?}");
        assert!(![" format ", "missing", "EOF"].iter().any(|word| gate.err.contains(word) || report.err.contains(word)), "{gate:?}");
    }
    shop.write("pairs.tsv", "退款\t到账\n");
    let ran = shop.run(&["--format", "json", "eval", "pairs", "--file", "pairs.tsv"]);
    assert!(ran.code() == "file_format" && ran.err.contains("separated by tabs") && !ran.err.contains("expected.\""), "{ran:?}");
}

#[test]
fn small_samples_do_not_look_certain() {
    let shop = shop();
    two_runs(&shop);
    for name in ["before.json", "after.json"] {
        let mut record = record(&shop, name);
        record["lines"]["answer"] = json!(0.0);
        record["asked"].as_array_mut().unwrap().truncate(1);
        record["questions"]["fingerprint"] = json!("one");
        record["asked"][0]["slice"] = json!("a\u{1b}[31m");
        record["asked"][0]["question"] = json!("运费\u{7}多少");
        shop.write(name, record.to_string());
    }
    let text = shop.ok(&["eval", "compare", "before.json", "after.json"]).out;
    assert!(text.contains("1.0000 → 0.0000  -1.0000 ") && !text.contains("-1.0000*"), "{text}");
    assert!(text.contains("fewer than 10 questions"), "{text}");
    // What stands in a file does not steer the terminal, and a flipped question is shown with its slice.
    assert!(text.contains("运费\\u{7}多少  [a\\u{1b}[31m]\n") && !text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
    let told = shop.ok(&["--format", "json", "eval", "compare", "before.json", "after.json"]).json();
    assert_eq!(told["flipped"][0]["question"], "运费\u{7}多少");

    shop.write("q.jsonl", "{\"question\":\"运费多少\",\"expected\":\"fee\",\"slice\":\"a\\u001b[31m\"}\n");
    let ran = run(&shop, "kb.jsonl", "q.jsonl", &["--target-precision", "0.5"]).json();
    let args = ["eval", "run", "--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q.jsonl", "--target-precision", "0.5"];
    let text = shop.ok(&args).out;
    assert!(text.contains("[a\\u{1b}[31m]") && !text.contains('\u{1b}') && !text.contains("1.0000–1.0000"), "{text}");
    if ran["answered"] == 1 {
        assert!(text.contains("too few answers to tell") && ran["decision"]["promise_kept"] == true, "{text}");
    }
}

#[test]
fn labels_that_deny_the_precision_are_said_to() {
    let shop = shop();
    // All of them find an article, and never the right one.
    let labels: String = (0..230).map(|n| format!("运费多少第{n}次问,coupon\n")).collect();
    shop.write("labels.csv", format!("问题,期望\n{labels}"));
    let args =
        ["eval", "run", "--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q.csv", "--labels", "labels.csv", "--out", "r.json"];
    for (lang, text, note, page) in [
        (
            "en",
            "target precision 0.95: 230 labelled questions show that no line reaches it, nothing is answered\n",
            "note: 230 labelled questions show that no line reaches a precision of 95%: nothing is answered\n",
            "230 labelled questions show that no line reaches a precision of 95%, so nothing",
        ),
        (
            "zh",
            "230 个标注好的问题表明没有哪条线能达到，不作答\n",
            "提醒：230 条标注问题表明，没有哪条回答线能达到 95% 的精确率：一概不直接回答\n",
            "230 个标注好的问题表明，没有哪条回答线能达到 95% 的精确率",
        ),
    ] {
        let said = shop.ok(&[&args[..], &["--lang", lang]].concat()).out;
        assert!(said.contains(text) && said.contains(note) && !said.contains("0.0%"), "{said}");
        shop.ok(&["eval", "report", "r.json", "--lang", lang]);
        let shown = std::fs::read_to_string(shop.path("r.html")).unwrap();
        assert!(shown.contains(page));
        // One word for precision, another for accuracy, here and there.
        for (word, used) in [("精确率", lang == "zh"), ("正确率", lang == "zh"), ("准确率", false)] {
            assert!(said.contains(word) == used && shown.contains(word) == used, "{word}: {said}");
        }
    }
}

#[test]
fn what_is_odd_but_usable_is_noted() {
    let shop = shop();
    shop.write("q.jsonl", "{\"question\":\"运费多少\",\"expected\":\"fee\"}\n{\"question\":\"天气\",\"expected\":[\"none\"]}\n{\"question\":\"运费多少？\",\"expected\":\"fee\"}\n");
    shop.write("log.txt", "运费多少\n");
    let ran = run(&shop, "kb.jsonl", "q.jsonl", &["--log", "log.txt"]).json();
    assert_eq!((&ran["questions"], &ran["out_of_scope"]), (&json!(3), &json!(1)));
    assert_eq!(ran["notes"][0]["en"], "1 lines ask what an earlier line asks, and each counts (lines 1/3)");
    let notes = ran["calibration"]["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note["en"].as_str().unwrap().contains("all questions of the log are tested ones")), "{notes:?}");
    assert_eq!(ran["calibration"]["share_from"], "assumed");
    shop.ok(&["eval", "run", "--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q.jsonl", "--log", "log.txt", "--out", "r.json"]);
    shop.ok(&["eval", "report", "r.json"]);
    let page = std::fs::read_to_string(shop.path("r.html")).unwrap();
    assert!(page.contains("a cautious assumption, not told by a log") && !page.contains("no log"), "a log was given");

    shop.write("labels.csv", "问题,期望,expected_2\n运费多少,fee,back\n怎么退,back,\n");
    let args = ["eval", "run", "--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q.jsonl", "--labels", "labels.csv"];
    let ran = shop.ok(&args);
    assert!(ran.err.contains("note: columns that are not read: labels.csv: expected_2\n"), "{ran:?}");
    assert!(ran.out.contains("1 of the labelled questions given to learn from are tested ones and left out; 1 are left"), "{ran:?}");
    shop.write("labels.csv", "问题,期望\n运费多少,fee\n");
    let ran = shop.ok(&[&args[..], &["--lang", "zh"]].concat());
    assert!(ran.out.contains("提醒：给出的 1 条标注问题都在被测之列，没有可用的\n"), "{ran:?}");
}

/// Two runs: in the second, two articles have swapped their phrasings.
fn two_runs(shop: &Shop) {
    shop.write("swapped.jsonl", KB.replace("\"fee\"", "\"x\"").replace("\"back\"", "\"fee\"").replace("\"x\"", "\"back\""));
    for (kb, out) in [("kb.jsonl", "before.json"), ("swapped.jsonl", "after.json")] {
        assert_eq!(run(shop, kb, "q.csv", &["--out", out]).status, 0);
    }
}

#[test]
fn runs_are_compared_question_by_question() {
    let shop = shop();
    two_runs(&shop);
    let compared = shop.ok(&["--format", "json", "eval", "compare", "before.json", "after.json"]).json();
    let hits = &compared["retrieval"]["hit_at_1"];
    assert!((hits["difference"].as_f64().unwrap() + 0.6).abs() < 1e-9, "{compared}");
    assert_eq!((&compared["mcnemar"]["right_first"]["lost"], &compared["mcnemar"]["right_first"]["won"]), (&json!(3), &json!(0)));
    assert!((compared["mcnemar"]["right_first"]["p"].as_f64().unwrap() - 0.25).abs() < 1e-9, "{compared}");
    let lost: Vec<&str> = compared["flipped"].as_array().unwrap().iter().map(|flip| flip["question"].as_str().unwrap()).collect();
    assert_eq!(lost, ["运费多少", "邮费几块钱", "退货流程是什么"]);
    assert_eq!(compared["flipped"][0]["after"]["first"], "back");
    assert!(compared["slices"]["plain"]["retrieval"]["hit_at_1"]["interval"][1].as_f64().unwrap() < 0.0);
    let text = shop.ok(&["eval", "compare", "before.json", "after.json", "--lang", "zh"]).out;
    assert!(text.contains("变差的问题 (3)") && text.contains("3 个变错，0 个变对"), "{text}");
    // The articles are others, and so is what was learned from them.
    let differs: Vec<&str> = compared["differs"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert!(differs.contains(&"articles") && !differs.contains(&"configuration"), "{compared}");
    assert!(text.contains("不同  文章：4 kb.jsonl · ") && text.contains(" → 4 swapped.jsonl · "), "{text}");

    let kept = shop.ok(&["--format", "json", "eval", "runs"]).json();
    let names: Vec<&str> = kept["items"].as_array().unwrap().iter().map(|run| run["name"].as_str().unwrap()).collect();
    let same = shop.ok(&["--format", "json", "eval", "compare", "before.json", names[0]]).json();
    let other = shop.ok(&["--format", "json", "eval", "compare", "before.json", names[1]]).json();
    let flips = [&same, &other].map(|compared| compared["flipped"].as_array().unwrap().len());
    assert!(flips == [0, 3] || flips == [3, 0], "kept runs are found by their names: {flips:?}");

    shop.write("fewer.csv", "问题,期望\n运费多少,fee\n有实体店吗,none\n");
    assert_eq!(run(&shop, "kb.jsonl", "fewer.csv", &["--out", "fewer.json"]).status, 0);
    let refused = shop.run(&["--format", "json", "eval", "compare", "before.json", "fewer.json"]);
    assert!(refused.status == 2 && refused.code() == "file_format" && refused.err.contains("6 only in the first, 1 only in the second"));
    let common = shop.ok(&["--format", "json", "eval", "compare", "before.json", "fewer.json", "--common"]).json();
    assert_eq!((&common["questions"], &common["only_before"], &common["only_after"]), (&json!(1), &json!(6), &json!(1)));
    assert_eq!(shop.run(&["--format", "json", "eval", "compare", "before.json", "nothing"]).code(), "file_unreadable");
    assert_eq!(shop.run(&["--format", "json", "eval", "compare", "before.json", "q.csv"]).code(), "file_format");
}

#[test]
fn a_gate_closes_on_a_run_that_falls_behind() {
    let shop = shop();
    two_runs(&shop);
    shop.write("baseline.json", shop.ok(&["eval", "baseline", "before.json"]).out);
    let gate = |more: &[&str]| shop.run(&[&["--format", "json", "eval", "gate", "--baseline", "baseline.json"], more].concat());
    let passed = gate(&["--record", "before.json"]);
    assert_eq!((passed.status, &passed.json()["misses"]), (0, &json!([])));
    let again = gate(&["--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q.csv"]);
    assert_eq!((again.status, &again.json()["passed"]), (0, &json!(true)), "a run of its own: {again:?}");

    let missed = gate(&["--record", "after.json"]);
    assert_eq!(missed.status, 1);
    let report = missed.json();
    let misses = report["misses"].as_array().unwrap();
    let hits = misses.iter().find(|miss| miss["figure"] == "retrieval.hit_at_1" && miss["slice"].is_null()).unwrap();
    assert!((hits["was"].as_f64().unwrap() - hits["is"].as_f64().unwrap() - 0.6).abs() < 1e-9 && hits["tolerance"] == 0.01, "{hits}");
    let text = shop.run(&["eval", "gate", "--baseline", "baseline.json", "--record", "after.json", "--lang", "zh"]);
    assert!(text.status == 1 && text.out.contains("hit@1：原为 1.0000（容差 0.0100），现为 0.4000"), "{}", text.out);

    shop.write("fewer.csv", "问题,期望\n运费多少,fee\n");
    let other = gate(&["--mode", "lexical", "--kb", "kb.jsonl", "--questions", "fewer.csv"]);
    assert!(other.status == 2 && other.err.contains("the baseline was made with other questions"), "{other:?}");
    assert_eq!(gate(&[]).code(), "usage_invalid");
    assert_eq!(gate(&["--record", "before.json", "--kb", "kb.jsonl"]).code(), "usage_invalid");
    let lower = gate(&["--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q.csv", "--target-precision", "0.8"]);
    assert!(lower.status == 2 && lower.code() == "file_format" && lower.err.contains("--target-precision 0.95"), "{lower:?}");
    let mut empty = record(&shop, "baseline.json");
    (empty["figures"], empty["slices"]) = (json!({}), json!({ "plain": {} }));
    shop.write("empty.json", empty.to_string());
    let empty = shop.run(&["--format", "json", "eval", "gate", "--baseline", "empty.json", "--record", "before.json"]);
    assert!(empty.status == 2 && empty.err.contains("empty.json holds no figures to check"), "{empty:?}");
    shop.write("baseline.json", "{}");
    assert_eq!(gate(&["--record", "before.json"]).code(), "file_format");
}

#[test]
fn a_rule_that_takes_a_question_is_named_and_breaks_a_pinned_one() {
    let shop = shop();
    shop.write("q3.csv", "问题,期望\n运费多少,fee\n我的快递到哪了,back\n转人工,none\n订单号20240518123456运费多少,fee\n");
    let ran = run(&shop, "kb.jsonl", "q3.csv", &["--out", "r.json"]).json();
    let mut record = record(&shop, "r.json");
    let rules: Vec<Option<&str>> = record["asked"].as_array().unwrap().iter().map(|asked| asked["rule"].as_str()).collect();
    assert_eq!(rules[..3], [None, Some("own_order"), Some("wants_person")], "{rules:?}");
    assert_ne!(rules[3], Some("blocked_topic"), "a long number may hold 12315 by chance");
    let note = ran["notes"][0]["en"].as_str().unwrap();
    assert!(note.contains("of 3 answerable questions never reach the articles (only the customer's own data can answer it: "), "{note}");
    assert!(ran["taken_by_rules"]["own_order"].as_u64() >= Some(1), "{ran}");
    let text = shop.ok(&["eval", "run", "--mode", "lexical", "--kb", "kb.jsonl", "--questions", "q3.csv", "--lang", "zh"]).out;
    assert!(text.contains("个先被规则截走，到不了文章（要查顾客本人的订单才能回答：") && !text.contains("own_order"), "{text}");

    record["lines"]["answer"] = json!(0.0);
    shop.write("free.json", record.to_string());
    shop.write("baseline.json", shop.ok(&["eval", "baseline", "free.json"]).out);
    shop.write("pinned.csv", "问题,期望\n运费多少,fee\n");
    let gate = |name: &str, more: &[&str]| {
        let args = ["eval", "gate", "--baseline", "baseline.json", "--record", name, "--pinned", "pinned.csv"];
        shop.run(&[&args[..], more].concat())
    };
    assert_eq!(gate("free.json", &[]).status, 0);
    record["asked"][0]["rule"] = json!("misuse");
    shop.write("taken.json", record.to_string());
    let taken = gate("taken.json", &[]);
    assert!(taken.status == 1 && taken.out.contains("but a rule takes it first: the message attempts misuse\n"), "{taken:?}");
    assert_eq!(gate("taken.json", &["--format", "json"]).json()["misses"][0]["rule"], "misuse");
    record["asked"][0].as_object_mut().unwrap().remove("rule");
    record["asked"][0]["held_back"] = json!("rival");
    shop.write("held.json", record.to_string());
    let held = gate("held.json", &[]);
    assert!(held.status == 1 && held.out.contains("but the answer is held back: another article is about as likely\n"), "{held:?}");
    assert!(gate("held.json", &["--lang", "zh"]).out.contains("，但不会直接回答：另有一篇几乎同样可能\n"));
    assert_eq!(gate("held.json", &["--format", "json"]).json()["misses"][0]["held_back"], "rival");
    record["format"] = json!(2);
    shop.write("old.json", record.to_string());
    let old = gate("old.json", &["--format", "json"]);
    assert!(old.status == 2 && old.code() == "file_format" && old.err.contains("jieda eval run --out FILE"), "{old:?}");
    shop.ok(&["eval", "compare", "old.json", "free.json"]);
}

#[test]
fn a_pinned_question_keeps_its_article() {
    let shop = shop();
    two_runs(&shop);
    shop.write("pinned.csv", "问题,期望\n运费多少,fee\n优惠券用不了,coupon|invoice\n");
    // Lines of its own, so that nothing here hangs on the calibration.
    for (name, line) in [("before.json", json!(0.0)), ("after.json", json!(0.0)), ("quiet.json", Value::Null)] {
        let mut record = record(&shop, name.replace("quiet", "before").as_str());
        record["lines"]["answer"] = line;
        shop.write(name, record.to_string());
    }
    let gate = |record: &str| {
        shop.write("baseline.json", shop.ok(&["eval", "baseline", record, "--tolerance", "0.5"]).out);
        let ran =
            shop.run(&["--format", "json", "eval", "gate", "--baseline", "baseline.json", "--record", record, "--pinned", "pinned.csv"]);
        (ran.status, ran.json())
    };
    assert_eq!(gate("before.json"), (0, json!({ "passed": true, "questions": 7, "pinned": 2, "misses": [] })));
    let (status, broken) = gate("after.json");
    assert_eq!((status, broken["misses"].as_array().unwrap().len()), (1, 1));
    let miss = &broken["misses"][0];
    assert_eq!((&miss["line"], &miss["question"], &miss["found"]), (&json!(2), &json!("运费多少"), &json!("back")));
    // Where nothing is answered, no pinned question is.
    assert_eq!(gate("quiet.json").1["misses"].as_array().unwrap().len(), 2);

    // Asked beside the set, in the same setting.
    shop.write("pinned.csv", "问题,期望\n退货流程,fee\n");
    let made = shop.run(&[
        "--format",
        "json",
        "eval",
        "gate",
        "--baseline",
        "baseline.json",
        "--mode",
        "lexical",
        "--kb",
        "kb.jsonl",
        "--questions",
        "q.csv",
        "--pinned",
        "pinned.csv",
    ]);
    let misses = made.json()["misses"].as_array().unwrap().clone();
    assert!(
        misses.iter().any(|miss| miss["kind"] == "pinned" && miss["found"] == "back" && miss["expected"] == json!(["fee"])),
        "{made:?}"
    );
}
