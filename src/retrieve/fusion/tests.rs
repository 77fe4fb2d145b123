//! The order of candidates, from made-up scores.

use std::sync::Arc;

use super::super::features::evidence;
use super::*;
use crate::decide::rules::Mismatch;
use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::domain::locale::Locale;
use crate::index::entry::{Entry, EntryPassage, passages};
use crate::index::snapshot::Snapshot;
use crate::index::vectors::Vector;
use crate::index::writer::{Edit, IndexWriter};
use crate::text::segment::Segmenter;
use crate::text::synonyms::Synonyms;

fn query(text: &str) -> Query {
    let snapshot = snapshot(Vec::new());
    let mut query = Query::new(text, &snapshot, &Synonyms::empty());
    query.vector = Some(Vector::new(&[1.0, 0.0], 2).unwrap());
    query
}

/// A vector with the given cosine to the question.
fn at(cosine: f32) -> Arc<Vector> {
    Arc::new(Vector::new(&[cosine, (1.0 - cosine * cosine).sqrt()], 2).unwrap())
}

fn snapshot(entries: Vec<Entry>) -> Arc<Snapshot> {
    let edits: Vec<Edit> = entries.into_iter().map(|entry| Edit::Put(Arc::new(entry))).collect();
    IndexWriter::in_memory(Arc::new(Segmenter::new(&[]))).unwrap().apply(&edits, KbRevision(1)).unwrap()
}

fn candidate(id: &str, cosine: f32) -> Scored {
    let article = Article::new(id.parse().unwrap(), Locale::ZhCn, "退款多久到账", "三天内。");
    let list = passages(&article);
    let vectors = list.iter().map(|_| None).collect();
    let entry = Entry::new(Arc::new(article), 1, list, vectors, &Segmenter::new(&[])).unwrap();
    Scored {
        id: id.parse().unwrap(),
        versions: vec![Arc::new(entry)],
        matched_version: 0,
        matched_passage: 0,
        cosine: Some(cosine),
        cosines: Cosines { phrasing: Some(cosine), broad: Some(cosine), ..Cosines::default() },
        hubness: 0.0,
        bm25: 0.0,
        overlap: 0.0,
        bm25_rank: None,
        cosine_rank: None,
        exact: false,
        mismatch: Mismatch::default(),
        foreign: false,
        head_lift: None,
        head_share: None,
        whole_answer: 0.0,
        fused: 0.0,
    }
}

fn order_of(candidates: &[Scored]) -> Vec<&str> {
    candidates.iter().map(|c| c.id.as_str()).collect()
}

/// A head that has learned that numbers like the question's belong to `favoured` (and others to `other`).
fn head(favoured: &str, other: &str) -> Head {
    let entry = |id: &str, vectors: [Arc<Vector>; 2]| {
        let mut article = Article::new(id.parse().unwrap(), Locale::ZhCn, format!("{id} 的标题"), id);
        article.variants = vec![format!("{id} 的问法")];
        let vectors: Vec<Option<Arc<Vector>>> = vectors.into_iter().map(Some).collect();
        Entry::new(Arc::new(article.clone()), 1, passages(&article), vectors, &Segmenter::new(&[])).unwrap()
    };
    Head::learn(&snapshot(vec![entry(favoured, [at(1.0), at(0.9)]), entry(other, [at(-0.2), at(0.0)])])).unwrap()
}

#[test]
fn the_whole_answer_weighs_as_much_as_its_best_piece() {
    let mut by_answer = candidate("a", 0.1);
    (by_answer.cosines.answer, by_answer.cosines.centre) = (Some(0.9), Some(0.5));
    assert!((semantic(&by_answer.cosines, &WEIGHTS) - 0.64).abs() < 1e-6);
    (by_answer.cosines.phrasing, by_answer.cosines.broad) = (Some(0.8), Some(0.65));
    assert!((semantic(&by_answer.cosines, &WEIGHTS) - 0.7).abs() < 1e-6, "the better of phrasings and answer counts");
    assert_eq!(semantic(&Cosines::default(), &WEIGHTS), -1.0);
}

#[test]
fn answers_are_compared_as_a_whole() {
    let mut candidates = vec![candidate("a", 0.5), candidate("b", 0.5), candidate("c", 0.5)];
    for (candidate, centre) in candidates.iter_mut().zip([Some(0.3), Some(0.4), None]) {
        candidate.cosines.centre = centre;
    }
    order(&mut candidates, &query("退款"), Mode::Dense, None);
    assert_eq!(order_of(&candidates), ["b", "c", "a"], "c has none: it is neither raised nor part of the mean");
    let fused: Vec<f64> = candidates.iter().map(|c| c.fused).collect();
    assert!((fused[0] - 0.51).abs() < 1e-6 && (fused[1] - 0.5).abs() < 1e-6 && (fused[2] - 0.49).abs() < 1e-6, "{fused:?}");
}

#[test]
fn what_lies_near_everything_falls_behind_and_keeps_its_evidence() {
    for mode in [Mode::Dense, Mode::Hybrid] {
        let mut candidates = vec![candidate("hub", 0.62), candidate("plain", 0.6)];
        candidates[0].hubness = 0.03;
        order(&mut candidates, &query("退款"), mode, None);
        assert_eq!(order_of(&candidates), ["plain", "hub"]);
        assert!((candidates[1].fused - 0.59).abs() < 1e-6 && (evidence(&candidates[1]) - 0.62).abs() < 1e-6);
    }
}

#[test]
fn what_is_in_another_language_is_not_punished_for_sharing_no_terms() {
    let at_home = || {
        let mut candidate = candidate("home", 0.5);
        (candidate.bm25, candidate.overlap) = (6.0, 0.8);
        candidate
    };
    let fused = |foreign: bool, mode: Mode| {
        let mut abroad = candidate("abroad", 0.5);
        abroad.foreign = foreign;
        let mut candidates = vec![at_home(), abroad];
        order(&mut candidates, &query("退款"), mode, None);
        candidates.iter().find(|c| c.id.as_str() == "abroad").unwrap().fused
    };
    let most = 0.07 * 6.0 / 9.0 + 0.05 * 0.8;
    assert!((fused(false, Mode::Hybrid) - 0.5).abs() < 1e-6);
    assert!((fused(true, Mode::Hybrid) - 0.5 - 0.8 * most).abs() < 1e-6);
    assert!((fused(true, Mode::Dense) - 0.5).abs() < 1e-6, "no terms, no bonus");
    assert_eq!(fused(true, Mode::Lexical), 0.0);
}

#[test]
fn the_head_lifts_what_it_knows_and_leaves_the_rest_alone() {
    let head = head("known", "other");
    for mode in [Mode::Hybrid, Mode::Dense] {
        let mut candidates = vec![candidate("known", 0.5), candidate("other", 0.52), candidate("unknown", 0.51)];
        order(&mut candidates, &query("退款"), mode, Some(&head));
        assert_eq!(order_of(&candidates), ["known", "unknown", "other"], "{mode:?}");
        let [known, unknown, other] = &candidates[..] else { panic!("three") };
        assert_eq!((unknown.head_lift, unknown.head_share), (None, None));
        assert!((unknown.fused - 0.51).abs() < 1e-6, "{}", unknown.fused);
        assert!((known.head_lift.unwrap() + other.head_lift.unwrap()).abs() < 1e-9);
        assert!((known.head_share.unwrap() + other.head_share.unwrap() - 1.0).abs() < 1e-9);
        let step = 0.04 * known.head_lift.unwrap() + 0.1 * known.head_share.unwrap();
        assert!((known.fused - 0.5 - step).abs() < 1e-6);
    }
    let mut candidates = vec![candidate("known", 0.5), candidate("other", 0.52)];
    candidates[1].bm25 = 1.0;
    order(&mut candidates, &query("退款"), Mode::Lexical, Some(&head));
    assert_eq!((order_of(&candidates), candidates[1].head_lift), (vec!["other", "known"], None));
}

#[test]
fn nobody_who_was_not_compared_is_lifted_over_those_who_were() {
    let head = head("c00", "c01");
    let mut candidates: Vec<Scored> = (0..40).map(|n| candidate(&format!("c{n:02}"), 0.6 - 0.001 * n as f32)).collect();
    order(&mut candidates, &query("退款"), Mode::Hybrid, Some(&head));
    let behind: Vec<String> = (30..40).map(|n| format!("c{n:02}")).collect();
    assert_eq!(order_of(&candidates)[30..], behind.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(candidates[29].fused >= candidates[30].fused && candidates[29].id.as_str() == "c01");
}

#[test]
fn an_exact_phrasing_stays_first() {
    let head = head("known", "exact");
    let mut candidates = vec![candidate("known", 0.9), candidate("exact", 0.4)];
    candidates[1].exact = true;
    order(&mut candidates, &query("退款"), Mode::Hybrid, Some(&head));
    assert_eq!(order_of(&candidates), ["exact", "known"]);
}

#[test]
fn an_entry_knows_its_languages_and_the_direction_of_its_answer() {
    let mut article = Article::new("mixed".parse().unwrap(), Locale::En, "How long does a refund take?", "三个工作日内到账。");
    article.variants = vec!["when will I get my money back".to_owned()];
    let list = passages(&article);
    let vectors = [at(0.9), at(0.8), at(0.3)].into_iter().map(Some).collect();
    let entry = Entry::new(Arc::new(article), 1, list, vectors, &Segmenter::new(&[])).unwrap();
    assert_eq!(*entry.languages, [Locale::ZhCn, Locale::En]);
    assert!((entry.answer_centre.unwrap().cosine(&at(0.3)) - 1.0).abs() < 1e-6);
    assert!(entry.passages.iter().all(|EntryPassage { vector, .. }| vector.is_some()));
}
