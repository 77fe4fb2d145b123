//! Made-up records: what the page says, that it stands alone, and that nothing of a record is taken for markup.

use super::page;
use crate::domain::locale::Locale;
use crate::eval::record::{Asked, CalibrationUsed, FORMAT, Lines, Ranked, Record, Share, Source};

fn source(name: &str, count: usize) -> Source {
    Source { name: name.to_owned(), fingerprint: "0123456789abcdef".repeat(4), count }
}

fn record(asked: Vec<Asked>) -> Record {
    Record {
        format: FORMAT,
        program: "0.1.0".to_owned(),
        made_at: "2026-11-26T10:32:00Z".to_owned(),
        seconds: 12.34,
        knowledge: source("kb", 324),
        questions: source("zh-CN.jsonl", asked.len()),
        model: Some(source("jieda-embed-zh-en", 0)),
        mode: "hybrid".to_owned(),
        calibration: CalibrationUsed {
            kind: "self".to_owned(),
            version: "fedcba9876543210".repeat(4),
            out_of_scope_share: 0.3,
            share_from: "assumed".to_owned(),
            notes: Vec::new(),
        },
        configuration: "00ff".repeat(16),
        lines: Lines { target_precision: 0.95, answer: Some(0.8), accurate: 0.5, labels_missing: None },
        asked,
    }
}

/// A question with two candidates, `a` first.
fn asked(line: usize, question: &str, expected: &[&str], confidence: f64) -> Asked {
    let ranked = |id: &str, title: &str, matched: &str, probability| Ranked {
        id: id.to_owned(),
        title: title.to_owned(),
        matched: matched.to_owned(),
        probability,
    };
    let share = |name: &str, value, log_odds| Share { name: name.to_owned(), value, log_odds };
    Asked {
        line,
        question: question.to_owned(),
        slice: Some(if line % 2 == 0 { "plain" } else { "typo" }.to_owned()),
        expected: expected.iter().map(|id| (*id).to_owned()).collect(),
        ranked: vec![
            ranked("a", "退款多久到账？", "退款几天能到", confidence),
            ranked("b", "运费谁出？", "运费谁出？", (1.0 - confidence) / 2.0),
        ],
        confidence,
        features: vec![
            share("bias", 1.0, -3.2),
            share("semantic", 0.83, 4.25),
            share("negation_contradicted", 1.0, -0.9),
            share("my_new_one", 0.0, 0.0),
        ],
    }
}

#[test]
fn preview() {
    let Some(dir) = std::env::var_os("PREVIEW") else { return };
    let dir = std::path::PathBuf::from(dir);
    let mut seed = 7u64;
    let mut next = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as f64 / (1u64 << 31) as f64
    };
    let mut many = Vec::new();
    for line in 1..=900 {
        let out = next() < 0.33;
        let c = if out { next().powi(4) } else { 1.0 - next().powi(3) };
        let right = next() < c * 0.98;
        let expected: &[&str] = if out {
            &[]
        } else if right {
            &["a"]
        } else if next() < 0.5 {
            &["b"]
        } else {
            &["never-found-article"]
        };
        many.push(asked(line, "我上周在你们店里买的那双跑步鞋穿了两次就开胶了，想问问这种情况能不能退，运费谁来出？", expected, c));
    }
    let mut full = record(many);
    full.calibration.notes = vec!["没有问题日志：范围外的比例取 30%。".to_owned()];
    let mut thin = record(vec![asked(1, "<b>问</b>", &["b"], 0.9)]);
    thin.lines.answer = None;
    thin.lines.labels_missing = Some(140);
    for (name, record) in [
        ("full", full),
        ("empty", record(vec![])),
        ("thin", thin),
        ("outside", record(vec![asked(1, "天气", &[], 0.9), asked(2, "股票", &[], 0.1)])),
    ] {
        for locale in Locale::ALL {
            std::fs::write(dir.join(format!("{name}-{locale}.html")), page(&record, locale).unwrap()).unwrap();
        }
    }
}
