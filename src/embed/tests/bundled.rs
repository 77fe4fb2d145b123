//! The bundled model: its reference vectors, batches, determinism. These fail when `models/jieda-embed-zh-en` is not there.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{bits, cosine, dot, farthest, owned};
use crate::embed::Embedder;
use crate::embed::encoder::{Encoder, Options};
use crate::embed::manifest::{DEFAULT_MODEL, Manifest};
use crate::embed::registry::{FileState, Registry};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// Loading takes a while without optimisation, so the tests share one.
fn bundled() -> &'static Encoder {
    static ENCODER: OnceLock<Encoder> = OnceLock::new();
    ENCODER.get_or_init(|| registry().load(DEFAULT_MODEL).unwrap())
}

fn registry() -> Registry {
    Registry::with_roots(Path::new("/nonexistent"), vec![models()]).unwrap()
}

/// The bundled model's twin of six layers.
const TWIN: &str = "jieda-embed-zh-en-6l";

const TEXTS: &[&str] = &[
    "退款多久到账",
    "我昨天買的外套尺碼不合適，可以換大一號嗎？運費誰出？",
    "ＷｉＦｉ　音箱连不上５Ｇ 怎么办😡",
    "",
    "Do you ship to Hong Kong, and how long does it take?",
    "？",
    "会员积分什么时候到期，到期前会不会提醒我，兑换的优惠券能不能和满减一起用，还有就是上次客服说给我补的积分一直没到账，帮我看看",
];

#[test]
fn tokens_and_vectors_equal_the_reference() {
    equals_the_reference(bundled());
}

#[test]
fn the_twin_equals_its_reference_and_its_files_their_checksums() {
    equals_the_reference(&registry().load(TWIN).unwrap());
    files_equal_their_checksums(TWIN);
}

fn files_equal_their_checksums(name: &str) {
    for check in registry().verify(name).unwrap() {
        assert_eq!(check.state, FileState::Good, "{}", check.path);
    }
}

fn equals_the_reference(encoder: &Encoder) {
    let text = std::fs::read_to_string(models().join(encoder.name()).join("reference.jsonl")).unwrap();
    let mut lines = 0;
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let question = line["text"].as_str().unwrap();
        let ids: Vec<u32> = line["token_ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        let expected: Vec<f32> = line["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
        assert_eq!(encoder.token_ids(question).unwrap(), ids, "{question}");
        let cosine = cosine(&encoder.embed_query(question).unwrap(), &expected);
        assert!(cosine >= 0.9999, "{question}: {cosine}");
        lines += 1;
    }
    assert!(lines >= 18, "{lines}");
}

#[test]
fn the_manifest_describes_the_bundled_files() {
    let entry = Manifest::builtin().unwrap().find(DEFAULT_MODEL).unwrap().clone();
    assert_eq!((bundled().dims(), bundled().max_tokens(), bundled().name()), (entry.dims, entry.max_tokens, DEFAULT_MODEL));
    // What the directory says by itself is what the manifest says.
    let alone = Encoder::load(&models().join(DEFAULT_MODEL), &Options::default()).unwrap();
    assert_eq!(alone.fingerprint(), bundled().fingerprint());
    files_equal_their_checksums(DEFAULT_MODEL);
}

#[test]
fn a_batch_equals_single_texts_and_padding_changes_nothing() {
    let batch = bundled().embed_passages(&owned(TEXTS), &mut |_| {}).unwrap();
    for (text, vector) in TEXTS.iter().zip(&batch) {
        let alone = bundled().embed_query(text).unwrap();
        assert!(farthest(&alone, vector) <= 1e-5, "{text}: {}", farthest(&alone, vector));
        assert!((dot(vector, vector) - 1.0).abs() < 1e-5, "{text}");
    }
}

#[test]
fn a_question_gives_the_same_bits_every_time_and_under_load() {
    let before: Vec<Vec<u32>> = TEXTS.iter().map(|text| bits(&bundled().embed_query(text).unwrap())).collect();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let before = &before;
            scope.spawn(move || {
                for n in 0..TEXTS.len() {
                    let at = (start + n) % TEXTS.len();
                    assert_eq!(bits(&bundled().embed_query(TEXTS[at]).unwrap()), before[at], "{}", TEXTS[at]);
                }
            });
        }
        scope.spawn(|| bundled().embed_passages(&owned(TEXTS), &mut |_| {}).unwrap());
    });
}

#[test]
fn a_text_beyond_the_limit_is_cut_and_keeps_its_special_tokens() {
    let long = "退货运费谁承担".repeat(1500);
    let ids = bundled().token_ids(&long).unwrap();
    assert_eq!((ids.len(), ids[0], ids[255]), (256, 0, 2));
    let longer = format!("{long}，另外发票怎么开");
    assert_eq!(bits(&bundled().embed_query(&long).unwrap()), bits(&bundled().embed_query(&longer).unwrap()));
}

#[test]
fn progress_counts_up_to_every_text_and_order_is_kept() {
    let texts: Vec<String> = (0..60).map(|n| "运费".repeat(if n % 30 == 29 { 250 } else { n % 5 + 1 })).collect();
    let mut heard = Vec::new();
    let vectors = bundled().embed_passages(&texts, &mut |done| heard.push(done)).unwrap();
    assert!(heard.len() > 1 && heard.is_sorted() && heard.last() == Some(&60), "{heard:?}");
    for n in 0..30 {
        assert!(farthest(&vectors[n], &vectors[n + 30]) < 1e-5, "{n}");
    }
    assert!(bundled().embed_passages(&[], &mut |_| {}).unwrap().is_empty());
}
