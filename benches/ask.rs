//! From a question to judged candidates among 1,000 and 10,000 articles, the encoder left out (`embed` measures it).
//!
//! `cargo bench --bench ask`.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use jieda::domain::ids::KbRevision;
use jieda::domain::time::Timestamp;
use jieda::index::snapshot::Live;
use jieda::index::writer::{Edit, IndexWriter};
use jieda::retrieve::adaptation::Adaptation;
use jieda::retrieve::background::Background;
use jieda::retrieve::fusion::Mode;
use jieda::retrieve::judge::judge;
use jieda::retrieve::query::Query;
use jieda::text::segment::Segmenter;
use jieda::text::synonyms::Synonyms;

#[path = "made.rs"]
mod made;

fn ask(c: &mut Criterion) {
    let segmenter = Arc::new(Segmenter::new(&[]));
    let (synonyms, adaptation) =
        (Synonyms::empty(), Adaptation::prior(Arc::new(Background::unencoded())).expect("the shipped calibration"));
    let live = Live { now: Timestamp(0), channel: None };
    let mut group = c.benchmark_group("ask");
    for size in [1_000, 10_000] {
        let edits: Vec<Edit> = (0..size).map(|n| Edit::Put(made::entry(n, 1, &segmenter))).collect();
        let mut writer = IndexWriter::in_memory(segmenter.clone()).expect("an index in memory");
        let snapshot = writer.apply(&edits, KbRevision(1)).expect("a commit");
        let mut n = 0;
        group.bench_function(format!("judge/{size}"), |b| {
            b.iter(|| {
                n += 1;
                let text = made::phrasing(n % size, 9);
                let mut query = Query::new(&text, &snapshot, &synonyms);
                query.vector = Some(made::vector(&query.folded));
                black_box(judge(query, &snapshot, Mode::Hybrid, live, &adaptation).expect("a judgement").confidence())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, ask);
criterion_main!(benches);
