//! Articles in and out.

use serde_json::{Value, json};

use crate::program::{Shop, signal};

fn counts(report: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "refused"].map(|verdict| report[verdict].as_u64().unwrap())
}

fn import(shop: &Shop, path: &str, more: &[&str]) -> (i32, Value) {
    let ran = shop.run(&[&["--format", "json", "kb", "import", path], more].concat());
    (ran.status, ran.json())
}

#[test]
fn every_row_gets_a_verdict_and_refused_rows_come_back_to_be_corrected() {
    let shop = Shop::new();
    shop.write(
        "faq.csv",
        "id,title,variants,answer\nfee,运费多少,邮费几块,十元\nback,怎么退货,,七天内\nempty,有发票吗,,\ntwice,邮费几块,,免费\n",
    );
    let (status, dry) = import(&shop, "faq.csv", &["--dry-run"]);
    assert_eq!((status, counts(&dry), &dry["dry_run"]), (1, [2, 0, 0, 2], &json!(true)));
    let (status, report) = import(&shop, "faq.csv", &["--refused", "refused.csv"]);
    assert_eq!((status, counts(&report)), (1, [2, 0, 0, 2]), "a dry run changes nothing");
    let items = report["items"].as_array().unwrap();
    let refused: Vec<(u64, &str)> = items
        .iter()
        .filter(|item| item["verdict"] == "refused")
        .map(|item| (item["line"].as_u64().unwrap(), item["refusal"]["code"].as_str().unwrap()))
        .collect();
    assert_eq!(refused, [(4, "field_empty"), (5, "phrasing_taken")]);
    assert_eq!(counts(&import(&shop, "faq.csv", &["--refused", "again.csv"]).1), [0, 0, 2, 2]);

    let text = std::fs::read_to_string(shop.path("refused.csv")).unwrap();
    assert_eq!(counts(&import(&shop, "refused.csv", &["--dry-run"]).1), [0, 0, 0, 2], "uncorrected rows are refused again");
    shop.write("corrected.csv", text.replace("邮费几块", "包邮吗").replace("有发票吗,,", "有发票吗,电子发票,"));
    let (status, corrected) = import(&shop, "corrected.csv", &[]);
    assert_eq!((status, counts(&corrected), &corrected["refused_file"]), (0, [2, 0, 0, 0], &Value::Null), "{corrected}");
    let shown = shop.run(&["kb", "import", "faq.csv", "--dry-run", "--lang", "zh"]);
    assert!(shown.out.contains("未收 twice  faq.csv:5") && shown.out.contains("未变 2"), "{}", shown.out);
}

#[test]
fn what_is_exported_comes_back_equal_in_every_form() {
    let shop = Shop::new();
    let (status, tree) = import(&shop, "kb", &[]);
    assert_eq!((status, counts(&tree)), (0, [12, 0, 0, 0]));
    for (path, form) in [("out", "tree"), ("out.csv", "csv"), ("out.jsonl", "jsonl"), ("out.xlsx", "xlsx")] {
        assert_eq!(shop.ok(&["--format", "json", "kb", "export", path, "--form", form]).json()["articles"], 12);
        assert_eq!(counts(&import(&shop, path, &[]).1), [0, 0, 12, 0], "{form}");
        let fresh = shop.ok(&["--format", "json", "--data-dir", &format!("fresh-{form}"), "kb", "import", path]).json();
        assert_eq!(counts(&fresh), [12, 0, 0, 0], "{form}");
    }
    assert_eq!(shop.run(&["--format", "json", "kb", "export", "out", "--form", "tree"]).code(), "already_exists");
}

#[test]
fn a_killed_import_leaves_all_or_nothing() {
    let shop = Shop::new();
    let rows: String = (0..3000).map(|n| format!("{{\"id\":\"a{n}\",\"title\":\"第{n}个问题怎么办\",\"answer\":\"答{n}\"}}\n")).collect();
    shop.write("many.jsonl", rows);
    let mut seen = Vec::new();
    // Each try lets the import live longer, until one ends by itself; by a share of what it lived before, so that all tries together
    // take a few times as long as the last one, however slow the machine is.
    let mut patience = std::time::Duration::ZERO;
    loop {
        let _ = std::fs::remove_dir_all(shop.path("data"));
        let mut child =
            shop.command(&["kb", "import", "many.jsonl", "--format", "json"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        let begun = std::time::Instant::now();
        let mut ended = None;
        while ended.is_none() && begun.elapsed() < patience {
            ended = child.try_wait().unwrap();
            std::thread::yield_now();
        }
        if ended.is_none() {
            signal(child.id(), "KILL");
        }
        child.wait().unwrap();
        let (_, after) = import(&shop, "many.jsonl", &["--dry-run"]);
        let state = counts(&after);
        assert!(state == [3000, 0, 0, 0] || state == [0, 0, 3000, 0], "{state:?} after {patience:?}");
        seen.push(state[2]);
        if ended.is_some() {
            break;
        }
        patience = patience.mul_f64(1.5).max(std::time::Duration::from_millis(60));
    }
    assert_eq!(seen.last(), Some(&3000));
    assert!(seen.contains(&0), "no try was early enough: {seen:?}");
}

#[test]
fn lint_needs_no_data_directory() {
    let shop = Shop::new();
    assert!(shop.ok(&["kb", "lint"]).out.contains("fit for an import: 12, not fit: 0"));
    shop.write("kb/zh-CN/refund/broken.md", "---\nid: broken\ntitle: 坏\n---\n");
    let ran = shop.run(&["kb", "lint", "kb"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("zh-CN/refund/broken.md:1") && ran.out.contains("[field_empty]"), "{}", ran.out);
    assert_eq!(shop.run(&["--format", "json", "kb", "lint", "nowhere"]).code(), "file_unreadable");
    assert!(!shop.path("data").exists());
}

#[test]
fn synonyms_are_proposed_in_the_form_of_their_file_and_not_again_once_taken() {
    let shop = Shop::new();
    shop.write(
        "faq.jsonl",
        concat!(
            "{\"id\":\"close\",\"title\":\"怎么注销账号\",\"variants\":[\"怎么注销账户？\"],\"answer\":\"打开设置。\"}\n",
            "{\"id\":\"share\",\"title\":\"账号可以共用吗\",\"variants\":[\"家人能用我的账户吗\"],\"answer\":\"不可以。\"}\n",
            "{\"id\":\"fee\",\"title\":\"运费谁出\",\"variants\":[\"运费几块\"],\"answer\":\"十元。\"}\n",
        ),
    );
    let propose = |more: &[&str]| shop.ok(&[&["kb", "synonyms", "--kb", "faq.jsonl"], more].concat());
    let report = propose(&["--format", "json"]).json();
    let first = &report["proposals"][0];
    assert_eq!((&first["words"], &first["articles"]), (&json!(["账号", "账户"]), &json!(2)), "{report}");
    assert_eq!(
        first["examples"][0],
        json!({
            "article_id": "close", "locale": "zh-CN", "phrasings": ["怎么注销账号", "怎么注销账户？"], "logged": false,
        })
    );
    assert!(!shop.path("data").exists(), "nothing is kept where there is no data directory");

    shop.write("log.txt", "这件东西的邮费谁出\n邮费谁出\n");
    let shown = propose(&["--log", "log.txt", "--lang", "zh"]).out;
    assert!(shown.contains("\n账号, 账户\n") && shown.contains("2 篇文章") && shown.contains("\n运费, 邮费\n"), "{shown}");
    assert_eq!(propose(&["--limit", "1"]).out.lines().filter(|line| !line.starts_with('#')).count(), 1);
    shop.write("data/synonyms.txt", &shown);
    let ran = propose(&["--log", "log.txt"]);
    assert!(ran.out.is_empty() && ran.err.contains("no synonyms to propose"), "{ran:?}");

    assert_eq!(shop.run(&["kb", "synonyms", "--limit", "0", "--format", "json"]).status, 2);
    assert_eq!(shop.run(&["kb", "synonyms", "--format", "json"]).code(), "file_unreadable", "without --kb the data directory is read");
}
