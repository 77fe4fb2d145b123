//! scratch
use std::sync::Arc;
use jieda::{eval::{knowledge, metrics, questions, run}, embed::{Embedder, encoder::{Encoder, Options}}, retrieve::fusion::Mode, domain::{article::Article, locale::Locale, time::Timestamp}};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let set = &a[1]; let mode = match a.get(2).map(String::as_str) { Some("dense") => Mode::Dense, Some("lexical") => Mode::Lexical, _ => Mode::Hybrid };
    let base = format!("../shared/bench/{set}");
    let mut arts = vec![];
    for l in std::fs::read_to_string(format!("{base}/kb.jsonl")).unwrap().lines() {
        let v: serde_json::Value = serde_json::from_str(l).unwrap();
        let mut x = Article::new(v["id"].as_str().unwrap().parse().unwrap(), v["locale"].as_str().unwrap().parse().unwrap_or(Locale::En), v["title"].as_str().unwrap(), v["answer"].as_str().unwrap_or(""));
        x.variants = v["variants"].as_array().map(|w| w.iter().map(|s| s.as_str().unwrap().to_owned()).collect()).unwrap_or_default();
        arts.push(x);
    }
    let t = std::time::Instant::now();
    let enc = Encoder::load(std::path::Path::new("models/jieda-embed-zh-en"), &Options::default()).unwrap();
    let seg = Arc::new(jieda::text::segment::Segmenter::new(&[]));
    eprintln!("load {:?}", t.elapsed());
    let e: Option<&dyn Embedder> = if mode == Mode::Lexical { None } else { Some(&enc) };
    let snap = knowledge::index(arts, e, &seg, &mut |_, _| ()).unwrap();
    eprintln!("index {:?}", t.elapsed());
    let qs = questions::read(std::path::Path::new(&format!("{base}/questions.jsonl")), &|_| true).unwrap();
    let asked = run::ask_all(&qs, &snap, e, mode, Timestamp(0), &|_| ()).unwrap();
    eprintln!("asked {:?} {}", t.elapsed(), qs.len());
    let ranked: Vec<Vec<_>> = asked.iter().map(|x| x.found.candidates.iter().map(|c| c.id.clone()).collect()).collect();
    let r = metrics::retrieval(ranked.iter().zip(&qs).filter(|(_, q)| q.in_scope()).map(|(r, q)| (r.as_slice(), q.expected.as_slice())));
    let sc: Vec<(f64, bool)> = asked.iter().zip(&qs).map(|(x, q)| (x.found.candidates.first().map_or(0.0, |c| c.cosine.map_or(c.bm25 as f64, f64::from)), q.in_scope())).collect();
    println!("{set} hit1 {:.4} hit5 {:.4} mrr {:.4} auroc_cos {:?}", r.hit_at_1, r.hit_at_5, r.mrr_at_10, metrics::auroc(&sc));
    if let Some(p) = a.get(3) {
        use std::io::Write;
        let mut f = std::io::BufWriter::new(std::fs::File::create(p).unwrap());
        for (x, q) in asked.iter().zip(&qs) {
            let c: Vec<_> = x.found.candidates.iter().take(30).map(|c| serde_json::json!({"id": c.id.as_str(), "cos": c.cosine, "pcos": c.phrasing_cosine, "bcos": c.broad_cosine, "bm25": c.bm25, "ov": c.overlap, "br": c.bm25_rank, "cr": c.cosine_rank, "exact": c.exact, "kind": c.matched().passage.kind.name()})).collect();
            let words: f32 = x.query.terms.0.iter().map(|t| snap.stats().idf(t.id)).sum();
            writeln!(f, "{}", serde_json::json!({"q": q.question, "slice": q.slice, "exp": q.expected.iter().map(|e| e.as_str()).collect::<Vec<_>>(), "c": c, "unk": snap.stats().unknown_share(&x.query.terms), "idf": words, "nterms": x.query.terms.0.len()})).unwrap();
        }
    }
}
