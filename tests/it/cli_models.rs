//! Encoders: what is known, what is damaged, and what still works then.

use crate::program::{Nobody, Shop, root};

/// A models directory whose bundled encoder has lost the end of one file.
fn truncated(shop: &Shop) -> std::path::PathBuf {
    let (from, to) = (root().join("models/jieda-embed-zh-en"), shop.path("models/jieda-embed-zh-en"));
    std::fs::create_dir_all(to.join("1_Pooling")).unwrap();
    for name in [
        "config.json",
        "modules.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "special_tokens_map.json",
        "tokenizer_config.json",
        "tokenizer.json",
    ] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
    let weights = std::fs::read(from.join("model.safetensors")).unwrap();
    std::fs::write(to.join("model.safetensors"), &weights[..weights.len() / 2]).unwrap();
    shop.path("models")
}

#[test]
fn the_bundled_encoder_is_known_in_use_and_whole() {
    let shop = Shop::new();
    let list = shop.ok(&["--format", "json", "models", "list"]).json();
    let bundled = list["items"].as_array().unwrap().iter().find(|model| model["name"] == "jieda-embed-zh-en").unwrap();
    assert_eq!((&bundled["active"], &bundled["dims"]), (&true.into(), &384.into()));
    assert!(shop.ok(&["models", "verify"]).out.ends_with("jieda-embed-zh-en: passed\n"));
    assert!(shop.ok(&["models", "use", "jieda-embed-zh-en"]).out.contains("from the next start on"));
    assert_eq!(shop.run(&["--format", "json", "models", "use", "BAAI/bge-small-zh-v1.5"]).code(), "model_missing");
    assert_eq!(shop.run(&["--format", "json", "models", "verify", "no-such-model"]).code(), "model_unknown");
    assert_eq!(shop.run(&["--format", "json", "models", "pull", "jieda-embed-zh-en"]).code(), "usage_invalid");
}

#[test]
fn a_damaged_encoder_is_named_and_keywords_still_answer() {
    let shop = Shop::new();
    let models = truncated(&shop);
    let shop = shop.with_models(models);
    let verify = shop.run(&["models", "verify"]);
    assert_eq!(verify.status, 1, "{verify:?}");
    assert!(verify.out.contains("model.safetensors  differs") && verify.out.contains("failed"), "{}", verify.out);

    let server = shop.demo();
    let answer = server.ask("退款同意以后，多久能到账？");
    assert_eq!((answer.status, &answer.body["degraded"]), (200, &true.into()), "{answer:?}");
    assert_eq!(answer.body["candidates"][0]["article_id"], "refund-arrival-time");
    let (status, log) = server.stop();
    assert_eq!(status, Some(0));
    assert!(log.iter().any(|line| line.contains("model.safetensors")) && log.iter().any(|line| line.contains("keywords alone")), "{log:?}");
}

#[test]
fn without_a_network_a_pull_says_so() {
    let shop = Shop::new();
    let mut command = shop.command(&["--format", "json", "models", "pull", "BAAI/bge-small-zh-v1.5"]);
    let nobody = Nobody::new();
    let ran = crate::program::ran(command.env("HF_ENDPOINT", format!("http://{}", nobody.address)).output().unwrap());
    assert_eq!((ran.status, ran.code().as_str()), (2, "download_failed"));
}
