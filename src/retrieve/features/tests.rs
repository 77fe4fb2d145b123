//! What is left out for a question is not there for its features either, and a lead is measured against the others.

use super::*;
use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::embed::Embedder;
use crate::embed::hashing::HashingEmbedder;
use crate::index::entry::passages;
use crate::index::snapshot::Live;
use crate::index::writer::{Edit, IndexWriter};
use crate::retrieve::background::Background;
use crate::retrieve::fusion::Mode;
use crate::retrieve::hubs::Hubs;
use crate::retrieve::search::{Taught, search};
use crate::text::segment::Segmenter;
use crate::text::synonyms::Synonyms;

fn index(articles: &[(&str, &[&str], &str)]) -> Arc<Snapshot> {
    let segmenter = Arc::new(Segmenter::new(&[]));
    let edits: Vec<Edit> = articles
        .iter()
        .map(|(id, phrasings, answer)| {
            let mut article = Article::new(id.parse().unwrap(), Locale::En, phrasings[0].to_owned(), answer.to_owned());
            article.variants = phrasings[1..].iter().map(|text| (*text).to_owned()).collect();
            let passages = passages(&article);
            let vectors = passages.iter().map(|passage| Some(Arc::new(vector(&passage.text)))).collect();
            Edit::Put(Arc::new(Entry::new(Arc::new(article), 1, passages, vectors, &segmenter).unwrap()))
        })
        .collect();
    IndexWriter::in_memory(segmenter).unwrap().apply(&edits, KbRevision(1)).unwrap()
}

fn vector(text: &str) -> Vector {
    Vector::new(&HashingEmbedder.embed_query(text).unwrap(), HashingEmbedder.dims()).unwrap()
}

fn shop() -> Arc<Snapshot> {
    index(&[
        ("refund", &["when will my refund arrive", "has the courier brought my refund"], "Within three days."),
        ("parcel", &["the courier lost my parcel"], "We send another one."),
        ("invoice", &["how do i get an invoice"], "On the page of the order."),
    ])
}

/// The features by name.
fn asked(snapshot: &Snapshot, text: &str, without: Option<Without>, encoded: bool) -> impl Fn(&str) -> f64 {
    let mut query = Query::new(text, snapshot, &Synonyms::empty());
    query.vector = encoded.then(|| vector(&query.folded));
    query.without = without;
    let mode = if encoded { Mode::Hybrid } else { Mode::Lexical };
    let live = Live { now: Timestamp(0), channel: None };
    let found = search(&query, snapshot, mode, live, Taught { head: None, hubs: &Hubs::default() }).unwrap();
    let ground = Ground::unknown(Arc::new(Background::unencoded()));
    let features = features(&found, &query, snapshot, &ground).unwrap();
    move |name| FEATURES.iter().zip(features.0).find(|(feature, _)| feature.name == name).unwrap().1
}

#[test]
fn what_is_left_out_knows_no_words() {
    let snapshot = shop();
    let text = "has the courier brought my refund";
    let refund = || "refund".parse().unwrap();
    for encoded in [false, true] {
        let unknown = |text: &str, without| asked(&snapshot, text, without, encoded)("unknown_share");
        assert_eq!(unknown(text, None), 0.0);
        // “has” and “brought” stand nowhere else; the courier is known to another article, the refund to the title.
        assert!((unknown(text, Some(Without::Itself(refund()))) - 2.0 / 6.0).abs() < 1e-9);
        assert!((unknown(text, Some(Without::Article(refund()))) - 3.0 / 6.0).abs() < 1e-9);
        assert_eq!(unknown("the courier teleported my invoice", None), 0.2);
    }
}

#[test]
fn a_candidate_is_apart_by_what_the_others_lack() {
    let snapshot = shop();
    let alone = index(&[("refund", &["when will my refund arrive"], "Within three days.")]);
    let text = "when will the refund arrive";
    let among = asked(&snapshot, text, None, true);
    assert!(among("apart") > 0.1 && among("close_margin") == CLOSE, "{}", among("apart"));
    let unclear = asked(&snapshot, "refund or parcel or invoice", None, true);
    assert!(unclear("apart") < among("apart"));
    let only = asked(&alone, text, None, true);
    assert_eq!((only("apart"), only("answer_apart"), only("head_share")), (ALONE, 0.0, 0.0));
    assert_eq!(asked(&snapshot, text, None, false)("apart"), 0.0, "without vectors nothing is near or far");
}
