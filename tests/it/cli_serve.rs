//! From an empty directory to a server, through kills and restarts.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Instant;

use serde_json::{Value, json};

use crate::program::{Nobody, Shop, WITHIN, call};

fn article(id: &str, title: &str) -> Value {
    json!({ "id": id, "title": title, "variants": [], "answer": "写入即应当保留。", "category": "测试", "locale": "zh-CN", "status": "published" })
}

#[test]
fn demo_serves_the_sample_and_every_start_prints_the_same_keys() {
    let shop = Shop::new();
    shop.write("data/notes.txt", "mine");
    let mut first = shop.demo();
    let answer = first.ask("退款同意以后，多久能到账？");
    assert_eq!((answer.status, &answer.body["band"]), (200, &json!("answer")), "{answer:?}");
    assert_eq!(answer.body["article"]["id"], "refund-arrival-time");
    let keys = first.keys.clone();

    // A second process meets the port or the directory before any index is built.
    let index = || {
        let names = std::fs::read_dir(shop.path("data/index")).unwrap().map(|entry| entry.unwrap().file_name());
        (names.collect::<BTreeSet<_>>(), std::fs::read_to_string(shop.path("data/index/CURRENT")).unwrap())
    };
    let (before, bind) = (index(), first.address.clone());
    assert_eq!(shop.run(&["--format", "json", "demo", "--data-dir", "other", "--bind", &bind]).code(), "port_in_use");
    assert!(!shop.path("other").exists());
    assert_eq!(shop.run(&["--format", "json", "demo", "--bind", "127.0.0.1:0"]).code(), "data_dir_in_use");
    assert_eq!(shop.run(&["--format", "json", "ask", "退款"]).code(), "data_dir_in_use");
    assert_eq!(index(), before);

    // Beside the server: reading and backing up.
    assert_eq!(shop.ok(&["--format", "json", "keys", "list"]).json()["items"].as_array().unwrap().len(), 4);
    assert_eq!(shop.ok(&["--format", "json", "kb", "export", "out.jsonl"]).json()["articles"], 12);
    let id = answer.body["decision_id"].as_str().unwrap();
    assert_eq!(shop.ok(&["--format", "json", "decisions", "show", id]).json()["band"], "answer");
    assert_eq!(shop.ok(&["health", "--url", &format!("http://{bind}/readyz")]).out, "ready (HTTP 200)\n");

    first.signal("TERM");
    assert_eq!(first.wait(), Some(0));
    let nobody = Nobody::new();
    let down = shop.run(&["health", "--url", &format!("http://{}/readyz", nobody.address)]);
    assert_eq!(down.status, 1);
    assert!(down.out.starts_with("not ready ("), "{}", down.out);

    let second = shop.demo();
    assert_eq!(second.keys, keys);
    assert_eq!(std::fs::read_to_string(shop.path("data/notes.txt")).unwrap(), "mine");
    second.signal("INT");
    let mut second = second;
    assert_eq!(second.wait(), Some(0));
    let replay = shop.ok(&["--format", "json", "decisions", "replay", id]).json();
    assert_eq!((&replay["same"], &replay["changed"]), (&json!(true), &json!([])));
}

#[test]
fn a_changed_tree_is_taken_over_and_an_unchanged_one_leaves_edits_alone() {
    let shop = Shop::new().without_encoder();
    let server = shop.demo();
    let read = |server: &crate::program::Server| server.must("GET", "/v1/articles/refund-balance?locale=zh-CN", "editor", None);
    let before = read(&server);
    assert_eq!(before.status, 200, "{before:?}");
    assert_eq!(server.must("POST", "/v1/articles", "editor", Some(&article("mine", "我自己加的问题"))).status, 201);
    server.stop();

    let file = shop.path("kb/zh-CN/refund/refund-balance.md");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n\n补充说明。\n")).unwrap();
    let server = shop.demo();
    assert!(read(&server).body["answer"].as_str().unwrap().contains("补充说明"));
    assert_eq!(server.must("GET", "/v1/articles/mine", "editor", None).status, 200);
    assert_eq!(server.stop().0, Some(0));
    // Without the tree, what is stored is served.
    std::fs::remove_dir_all(shop.path("kb")).unwrap();
    let mut command = shop.command(&["demo", "--data-dir", "empty", "--bind", "127.0.0.1:0"]);
    let ran = crate::program::ran(command.env("JIEDA_KB", shop.path("kb")).output().unwrap());
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("the sample knowledge base was not found"), "{}", ran.err);
}

#[test]
fn acknowledged_writes_survive_kill_9_under_load() {
    let shop = Shop::new().without_encoder();
    let mut server = shop.demo();
    let (stop, editor, widget) = (AtomicBool::new(false), server.keys["editor"].clone(), server.keys["widget"].clone());
    let address = server.address.clone();
    let (done, heard) = channel();
    let (acknowledged, answered) = std::thread::scope(|scope| {
        for k in 0..3 {
            let (stop, editor, address, done) = (&stop, &editor, &address, done.clone());
            scope.spawn(move || {
                for i in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let id = format!("load-{k}-{i}");
                    let stored = call(address, "POST", "/v1/articles", editor, Some(&article(&id, &format!("压测文章{k}号{i}"))));
                    if stored.is_some_and(|answer| answer.status == 201) {
                        done.send(Some(id)).unwrap();
                    }
                }
            });
        }
        scope.spawn(|| {
            let done = done;
            while !stop.load(Ordering::SeqCst) {
                let answer = call(&address, "POST", "/v1/ask", &widget, Some(&json!({ "question": "退款多久到账" })));
                if answer.is_some_and(|answer| answer.status == 200) {
                    done.send(None).unwrap();
                }
            }
        });
        // Killed in the middle of both; without either in time, too, so that the test ends.
        let (mut stored, mut answered, begun) = (Vec::new(), 0, Instant::now());
        while (stored.len() < 6 || answered < 20) && begun.elapsed() < WITHIN {
            match heard.recv_timeout(WITHIN) {
                Ok(Some(id)) => stored.push(id),
                Ok(None) => answered += 1,
                Err(_) => {}
            }
        }
        server.signal("KILL");
        server.wait();
        stop.store(true, Ordering::SeqCst);
        stored.extend(heard.iter().flatten());
        (stored, answered)
    });
    assert!(acknowledged.len() > 5 && answered >= 20, "{} {answered}", acknowledged.len());
    let server = shop.demo();
    for id in &acknowledged {
        assert_eq!(server.must("GET", &format!("/v1/articles/{id}"), "editor", None).status, 200, "{id} is lost");
    }
    let last = acknowledged.last().unwrap().rsplit('-').collect::<Vec<_>>();
    let query = json!({ "query": format!("压测文章{}号{}", last[1], last[0]), "limit": 3 });
    let found = server.must("POST", "/v1/search", "widget", Some(&query));
    assert!(found.body["items"].to_string().contains(acknowledged.last().unwrap()), "the index follows: {found:?}");
}

#[test]
fn a_backup_made_while_serving_is_restored() {
    let shop = Shop::new().without_encoder();
    let server = shop.demo();
    assert_eq!(server.must("POST", "/v1/articles", "editor", Some(&article("before", "备份之前写的"))).status, 201);
    let report = shop.ok(&["--format", "json", "backup", "backups/one"]).json();
    assert!(report["bytes"].as_u64().unwrap() > 0 && report["sha256"].as_str().unwrap().len() == 64, "{report}");
    let again = shop.run(&["backup", "backups/one"]);
    assert!(again.status == 2 && again.err.contains("backups/one"), "nothing is written over: {again:?}");
    assert_eq!(server.must("POST", "/v1/articles", "editor", Some(&article("after", "备份之后写的"))).status, 201);
    assert_eq!(shop.run(&["--format", "json", "restore", "backups/one"]).code(), "data_dir_in_use");
    assert_eq!(server.stop().0, Some(0));

    assert!(shop.ok(&["restore", "backups/one"]).out.contains("restored the backup of "));
    let server = shop.demo();
    let status = |id: &str| server.must("GET", &format!("/v1/articles/{id}"), "editor", None).status;
    assert_eq!((status("before"), status("after")), (200, 404));
    let found = server.must("POST", "/v1/search", "widget", Some(&json!({ "query": "备份之后写的" })));
    assert!(!found.body["items"].to_string().contains("\"after\""), "{found:?}");
    drop(server);
    shop.write("backups/one/jieda.db", "cut");
    assert_eq!(shop.run(&["--format", "json", "restore", "backups/one"]).code(), "backup_invalid");
}

#[test]
fn serve_shows_its_keys_once_and_keys_are_managed() {
    let shop = Shop::new().without_encoder();
    shop.ok(&["kb", "import", "kb"]);
    let made = shop.ok(&["--format", "json", "keys", "create", "--role", "agent", "--name", "客服台"]).json();
    let server = shop.serve(&["serve", "--bind", "127.0.0.1:0"]);
    let key = made["key"].as_str().unwrap();
    assert_eq!(call(&server.address, "GET", "/v1/tickets", key, None).unwrap().status, 200);
    assert_eq!(shop.run(&["--format", "json", "keys", "revoke", made["id"].as_str().unwrap()]).code(), "data_dir_in_use");
    server.stop();
    shop.ok(&["keys", "revoke", made["id"].as_str().unwrap()]);
    assert_eq!(shop.run(&["--format", "json", "keys", "revoke", "01936f2e-6c00-7000-8000-000000000000"]).code(), "key_not_found");

    let mut server = shop.start(&["serve", "--bind", "127.0.0.1:0"]);
    server.wait_until_ready();
    assert_eq!(call(&server.address, "GET", "/v1/tickets", key, None).unwrap().status, 401);
    server.signal("TERM");
    assert_eq!((server.wait(), server.printed()), (Some(0), Vec::new()), "secrets are shown once");
}

#[test]
fn a_server_that_is_starting_says_so_and_stops_when_asked() {
    let shop = Shop::new();
    // The encoder's name is to come out of a pipe that nobody writes to: it goes on starting until it is stopped.
    let pipe = shop.path("data/model");
    std::fs::create_dir_all(shop.path("data")).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut server = shop.start(&["demo", "--bind", "127.0.0.1:0"]);
    let first = server.must("GET", "/readyz", "", None);
    assert_eq!((first.status, &first.body["error"]["code"]), (503, &json!("not_ready")), "{first:?}");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    std::fs::remove_file(pipe).unwrap();
    // What was begun is finished by the next start.
    let server = shop.demo();
    assert_eq!(server.ask("退款同意以后，多久能到账？").body["band"], "answer");
}

#[test]
fn a_visitor_is_erased_only_when_confirmed() {
    let shop = Shop::new().without_encoder();
    shop.ok(&["kb", "import", "kb"]);
    let server = shop.serve(&["serve", "--bind", "127.0.0.1:0"]);
    let begun = server.must("POST", "/v1/conversations", "widget", Some(&json!({ "visitor": "8842" })));
    assert_eq!(begun.status, 201, "{begun:?}");
    let asked = server.must("POST", "/v1/ask", "widget", Some(&json!({ "question": "退款多久到账", "conversation_id": begun.body["id"] })));
    let id = asked.body["decision_id"].as_str().unwrap().to_owned();
    server.stop();
    assert_eq!(shop.run(&["--format", "json", "privacy", "erase", "--visitor", "8842"]).code(), "usage_invalid");
    let report = shop.ok(&["--format", "json", "privacy", "erase", "--visitor", "8842", "--yes"]).json();
    assert_eq!((&report["conversations"], &report["decisions"]), (&json!(1), &json!(1)), "{report}");
    let shown = shop.ok(&["--format", "json", "decisions", "show", &id]).json();
    assert_eq!((&shown["question"], &shown["recomputed"], &shown["decided_by"]["matched"]), (&json!(""), &Value::Null, &Value::Null));
}

#[test]
fn ask_shows_what_the_customer_gets_and_why() {
    let shop = Shop::new();
    let ran = shop.ok(&["ask", "退款同意以后，多久能到账？", "--kb", "kb", "--explain"]);
    for part in ["answer · ", "article refund-arrival-time", "candidates\n1. ", "reasons\n", "decided by ", "\nif so, it is the first "] {
        assert!(ran.out.contains(part), "{part:?} is missing in {}", ran.out);
    }
    assert!(!shop.path("data").exists(), "--kb leaves nothing behind");
    assert_eq!(shop.run(&["--format", "json", "ask", "退款"]).code(), "file_unreadable", "there is no data directory yet");

    // Beside a data directory, what was encoded for one question is not encoded again for the next.
    shop.ok(&["kb", "import", "kb"]);
    let again = shop.ok(&["--format", "json", "ask", "退款同意以后，多久能到账？", "--kb", "kb"]).json();
    assert_eq!((&again["band"], &again["article"]["id"]), (&json!("answer"), &json!("refund-arrival-time")), "{again}");
    let vectors = std::fs::read_dir(shop.path("data/eval/vectors/passages")).unwrap().next().unwrap().unwrap().path();
    let before = std::fs::read(&vectors).unwrap();
    // The rules that an evaluation names are those that take the question here.
    let ruled = shop.ok(&["--format", "json", "ask", "我的订单号20240518123456到哪了", "--kb", "kb"]).json();
    assert_eq!(ruled["reason"], "personal_order", "{ruled}");
    assert_eq!(std::fs::read(&vectors).unwrap(), before);

    let shop = shop.without_encoder();
    let value = shop.ok(&["--format", "json", "ask", "你好"]).json();
    assert_eq!((&value["band"], &value["reason"], &value["article"]), (&json!("chitchat"), &json!("greeting"), &Value::Null));
    assert_eq!(shop.run(&["--format", "json", "ask", " "]).code(), "question_empty");
}

#[test]
fn an_edit_is_learned_from_whatever_kill_9_comes_between() {
    let shop = Shop::new();
    let taught = |server: &crate::program::Server| server.must("GET", "/readyz", "", None).body["confidence"].as_str().unwrap().to_owned();
    let mut server = shop.demo();
    let before = taught(&server);
    let mut edit = article("gift-wrap", "可以包装成礼物吗");
    edit["variants"] = json!(["能不能帮我包成礼盒", "送人用的，有礼品包装吗", "禮物包裝要錢嗎"]);
    let kept: Vec<_> = std::fs::read_dir(shop.path("data/adaptation")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let kept: Vec<_> = kept.into_iter().filter(|path| path.is_file()).map(|path| (std::fs::read(&path).unwrap(), path)).collect();
    assert_eq!(server.must("POST", "/v1/articles", "editor", Some(&edit)).status, 201);
    server.signal("KILL");
    server.wait();
    // If the kill came late, it was learned already: then it is as if it had not been.
    for (bytes, path) in kept {
        std::fs::write(path, bytes).unwrap();
    }

    // The next start answers at once, the edit included, and learns beside it.
    let server = shop.demo();
    let answer = server.ask("能不能帮我包成礼盒");
    assert_eq!((answer.status, &answer.body["article"]["id"]), (200, &json!("gift-wrap")), "{answer:?}");
    let begun = Instant::now();
    while taught(&server) == before {
        assert!(begun.elapsed() < WITHIN, "nothing was learned");
        std::thread::yield_now();
    }
    let after = taught(&server);
    let asked = server.ask("送人用的，有礼品包装吗？");
    assert_eq!(asked.body["article"]["id"], "gift-wrap", "{asked:?}");
    let (_, log) = server.stop();
    assert!(log.iter().any(|line| line.contains("learned from the articles") && line.contains("seconds")), "{log:?}");
    // Learned once, it is read from then on.
    let server = shop.demo();
    assert_eq!(taught(&server), after);
    let (_, log) = server.stop();
    assert!(log.iter().all(|line| !line.contains("learned from the articles")), "{log:?}");
}
