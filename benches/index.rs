//! Building an index and changing it: 1,000 and 10,000 articles of eight phrasings, vectors given.
//!
//! `cargo bench --bench index`. The encoder is left out: `embed` measures it, and vectors are remembered by content.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jieda::domain::ids::KbRevision;
use jieda::index::entry::Entry;
use jieda::index::writer::{Edit, IndexWriter};
use jieda::text::segment::Segmenter;

#[path = "made.rs"]
mod made;

fn build(c: &mut Criterion) {
    let segmenter = Arc::new(Segmenter::new(&[]));
    let mut group = c.benchmark_group("index");
    group.sample_size(10);
    for size in [1_000, 10_000] {
        let entries: Vec<Arc<Entry>> = (0..size).map(|n| made::entry(n, 1, &segmenter)).collect();
        let edits: Vec<Edit> = entries.into_iter().map(Edit::Put).collect();
        group.bench_function(format!("build/{size}"), |b| {
            b.iter_batched(
                || IndexWriter::in_memory(segmenter.clone()).expect("an index in memory"),
                |mut writer| black_box(writer.apply(&edits, KbRevision(1)).expect("a commit").len()),
                BatchSize::PerIteration,
            );
        });
        let mut writer = IndexWriter::in_memory(segmenter.clone()).expect("an index in memory");
        writer.apply(&edits, KbRevision(1)).expect("a commit");
        let mut revision = 1;
        group.bench_function(format!("edit/{size}"), |b| {
            b.iter(|| {
                revision += 1;
                let edit = Edit::Put(made::entry(7, revision, &segmenter));
                black_box(writer.apply(&[edit], KbRevision(revision)).expect("a commit").len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, build);
criterion_main!(benches);
