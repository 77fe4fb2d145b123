//! The bundled model against the vectors that were computed when it was made.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::Embedder;
use super::encoder::{Encoder, Options};

fn bundled_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/jieda-embed-zh-en")
}

/// Loading takes a while without optimisation, so the tests share one.
fn bundled() -> &'static Encoder {
    static ENCODER: OnceLock<Encoder> = OnceLock::new();
    ENCODER.get_or_init(|| Encoder::load(&bundled_dir(), &Options::default()).unwrap())
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| f64::from(*p) * f64::from(*q)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn tokens_and_vectors_equal_the_reference() {
    let text = std::fs::read_to_string(bundled_dir().join("reference.jsonl")).unwrap();
    let mut lines = 0;
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let question = line["text"].as_str().unwrap();
        let ids: Vec<u32> = line["token_ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        let expected: Vec<f32> = line["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
        assert_eq!(bundled().token_ids(question).unwrap(), ids, "{question}");
        let cosine = cosine(&bundled().embed_query(question).unwrap(), &expected);
        assert!(cosine >= 0.9999, "{question}: {cosine}");
        lines += 1;
    }
    assert!(lines >= 18, "{lines}");
}
