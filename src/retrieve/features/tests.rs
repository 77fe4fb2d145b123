//! What is left out for a question is not there for its features either, a lead is measured against the others, and what an article
//! answers is no small talk.

use std::collections::BTreeSet;

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
use crate::retrieve::adaptation::{ASSUMED_OUT_OF_SCOPE, Adaptation};
use crate::retrieve::background::Background;
use crate::retrieve::fusion::Mode;
use crate::retrieve::hubs::Hubs;
use crate::retrieve::search::{Taught, search};
use crate::retrieve::small_talk::SmallTalk;
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
    asked_on(&Ground::unknown(Arc::new(Background::unencoded())), snapshot, text, without, encoded)
}

fn asked_on(ground: &Ground, snapshot: &Snapshot, text: &str, without: Option<Without>, encoded: bool) -> impl Fn(&str) -> f64 + use<> {
    let mut query = Query::new(text, snapshot, &Synonyms::empty());
    query.vector = encoded.then(|| vector(&query.folded));
    query.without = without;
    let mode = if encoded { Mode::Hybrid } else { Mode::Lexical };
    let live = Live { now: Timestamp(0), channel: None };
    let found = search(&query, snapshot, mode, live, Taught { head: None, hubs: &Hubs::default() }).unwrap();
    let features = features(&found, &query, snapshot, ground).unwrap();
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

#[test]
fn small_talk_that_an_article_answers_is_a_question_like_any_other() {
    let background = Background { small_talk: SmallTalk::encode(&HashingEmbedder).unwrap(), ..Background::default() };
    let (background, live) = (Arc::new(background), Live { now: Timestamp(0), channel: None });
    let polite = index(&[("thanks", &["谢谢", "多谢老板"], "Not at all."), ("invoice", &["how do i get an invoice"], "On its page.")]);
    let learned = Adaptation::learn(&polite, "model", background.clone(), live).unwrap();
    assert!(learned.ground.answered.contains("谢谢") && learned.ground.answered.len() < 10, "{:?}", learned.ground.answered);
    let plain = Adaptation::learn(&shop(), "model", background.clone(), live).unwrap();
    assert!(!plain.ground.answered.contains("谢谢"), "{:?}", plain.ground.answered);

    // It stands for nothing that is out of scope, whatever the mode; the rest still stands for its share of the traffic.
    let out_of_scope = SmallTalk::messages().len() - learned.ground.answered.len();
    for trials in [&learned.trials.full, &learned.trials.degraded] {
        assert!(trials.iter().filter(|trial| !trial.kept).count() <= out_of_scope + 3, "three phrasings with their article taken away");
    }
    let least = learned.trials.full.iter().filter(|trial| !trial.kept).map(|trial| trial.share).fold(1.0, f64::min);
    assert!((least - ASSUMED_OUT_OF_SCOPE / 2.0 / out_of_scope as f64).abs() < 1e-9);

    // Nor does lying near it speak against a question.
    let near = |ground: &Ground| asked_on(ground, &polite, "谢谢哦", None, true)("small_talk_distance");
    let taken_as_talk = Ground { answered: BTreeSet::new(), ..learned.ground.clone() };
    assert!(near(&learned.ground) > near(&taken_as_talk));
}
