//! The encoder's cost, of the bundled model and of its twin of six layers: one question alone, passages in a batch, loading.
//!
//! `cargo bench --bench embed`; needs the two directories below `models/`.

use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jieda::embed::Embedder;
use jieda::embed::encoder::{Encoder, Options};

/// Words of a shop, cut to any number of tokens by repeating them.
const TEXT: &str = "七天无理由退货的商品须保持完好，运费由买家承担；质量问题由商家承担运费，退款在签收后三个工作日内原路退回。";

fn passages(encoder: &Encoder, count: usize, tokens: usize) -> Vec<String> {
    let mut text = String::new();
    for c in TEXT.chars().cycle() {
        if encoder.token_ids(&text).expect("text has tokens").len() >= tokens {
            break;
        }
        text.push(c);
    }
    vec![text; count]
}

fn embed(c: &mut Criterion) {
    for name in ["jieda-embed-zh-en", "jieda-embed-zh-en-6l"] {
        model(c, name);
    }
}

fn model(c: &mut Criterion, name: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name);
    let encoder = Encoder::load(&dir, &Options::default()).expect("the bundled model loads");

    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    let question = passages(&encoder, 1, 10).swap_remove(0);
    group.bench_function("question of 10 tokens", |b| b.iter(|| encoder.embed_query(&question).expect("a vector")));
    for tokens in [16, 128] {
        let texts = passages(&encoder, 32, tokens);
        group.throughput(Throughput::Elements(texts.len() as u64));
        group.bench_function(format!("32 passages of {tokens} tokens"), |b| {
            b.iter(|| encoder.embed_passages(&texts, &mut |_| {}).expect("vectors"))
        });
    }
    group.bench_function("load and first question", |b| {
        b.iter(|| Encoder::load(&dir, &Options::default()).expect("it loads").embed_query(&question).expect("a vector"))
    });
    group.finish();
}

criterion_group!(benches, embed);
criterion_main!(benches);
