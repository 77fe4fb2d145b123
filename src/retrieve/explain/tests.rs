//! Explanations of a small index: what is told adds up to what was scored.

use std::sync::{Arc, LazyLock};

use super::*;
use crate::decide::confidence::FEATURES;
use crate::decide::plain::{self, Shape};
use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::domain::time::Timestamp;
use crate::embed::Embedder;
use crate::embed::hashing::HashingEmbedder;
use crate::index::entry::passages;
use crate::index::snapshot::Live;
use crate::index::vectors::Vector;
use crate::index::writer::{Edit, IndexWriter};
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::background::Background;
use crate::retrieve::elsewhere::Elsewhere;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::judge;
use crate::retrieve::query::Query;
use crate::retrieve::small_talk::SmallTalk;
use crate::text::segment::Segmenter;
use crate::text::synonyms::Synonyms;

fn index() -> Arc<Snapshot> {
    let segmenter = Arc::new(Segmenter::new(&[]));
    let many: Vec<String> = (0..9).map(|n| format!("第{n}种退款问法")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let articles = [
        ("refund", "退款多久到账", vec!["7天内退款能到账吗", "钱什么时候退回来"], "三天内原路退回。"),
        ("exchange", "15天内可以换货吗", vec![], "签收后十五天内可以换货。"),
        ("many", "退款进度在哪里看", many, "在订单页查看退款进度。"),
        ("invoice", "发票怎么开", vec![], "在订单页申请发票。"),
    ];
    let edits = articles.map(|(id, title, variants, answer)| {
        let mut article = Article::new(id.parse().unwrap(), Locale::ZhCn, title, answer);
        article.variants = variants.iter().map(|text| (*text).to_owned()).collect();
        let passages = passages(&article);
        let vectors = passages.iter().map(|passage| Some(Arc::new(vector(&passage.text)))).collect();
        Edit::Put(Arc::new(Entry::new(Arc::new(article), 1, passages, vectors, &segmenter).unwrap()))
    });
    IndexWriter::in_memory(segmenter).unwrap().apply(&edits, KbRevision(1)).unwrap()
}

fn vector(text: &str) -> Vector {
    Vector::new(&HashingEmbedder.embed_query(text).unwrap(), HashingEmbedder.dims()).unwrap()
}

fn ask(snapshot: &Snapshot, text: &str, encoded: bool) -> Judgement {
    let synonyms = Synonyms::parse("到帐 => 到账\n退钱, 退款").unwrap();
    let mut query = Query::new(text, snapshot, &synonyms);
    query.vector = encoded.then(|| vector(&query.folded));
    let live = Live { now: Timestamp(0), channel: None };
    judge(query, snapshot, Mode::Hybrid, live, &adaptation()).unwrap()
}

/// What is known before anything is learned, with a background.
fn adaptation() -> Adaptation {
    static BACKGROUND: LazyLock<Arc<Background>> = LazyLock::new(|| {
        let elsewhere = Elsewhere::encode(&HashingEmbedder, |questions| Ok(HashingEmbedder.embed_passages(questions, &mut |_| ())?));
        Arc::new(Background { small_talk: SmallTalk::encode(&HashingEmbedder).unwrap(), elsewhere: elsewhere.unwrap() })
    });
    Adaptation::prior(BACKGROUND.clone()).unwrap()
}

fn explained(judgement: &Judgement, snapshot: &Snapshot, ids: &[ArticleId]) -> Explanation {
    explain(judgement, snapshot, &adaptation().ground, ids)
}

fn ids(judgement: &Judgement) -> Vec<ArticleId> {
    judgement.found.candidates.iter().map(|candidate| candidate.id.clone()).collect()
}

#[test]
fn tokens_say_what_the_index_knows_and_synonyms_what_they_added() {
    let snapshot = index();
    let told = explained(&ask(&snapshot, "  退钱　ＶＩＰ　多久到帐？", true), &snapshot, &[]);
    assert_eq!(told.text, "退钱 vip 多久到帐");
    assert_eq!(told.synonyms, [("到帐".to_owned(), "到账".to_owned()), ("退钱".to_owned(), "退款".to_owned())]);
    let token = |text: &str, field| told.tokens.iter().find(|token| token.text == text && token.field == field).unwrap();
    let (known, unknown) = (token("退款", Field::Word), token("vip", Field::Word));
    assert!(known.synonym && known.entries == 2 && !unknown.synonym && unknown.entries == 0, "{known:?} {unknown:?}");
    assert!(unknown.idf > known.idf && known.idf > 0.0);
    assert_eq!(token("多久", Field::Bigram).entries, 1);
    assert!(told.candidates.is_empty());
}

#[test]
fn terms_and_parts_add_up_to_the_scores() {
    let snapshot = index();
    for (text, encoded) in
        [("退款7天内能到账吗", true), ("退款多久到账", true), ("换货要7天吗", true), ("退款7天内能到账吗", false), ("发票怎么开", false)]
    {
        let judgement = ask(&snapshot, text, encoded);
        let told = explained(&judgement, &snapshot, &ids(&judgement));
        assert_eq!(told.candidates.len(), judgement.found.candidates.len());
        for (detail, candidate) in told.candidates.iter().zip(&judgement.found.candidates) {
            let terms: f32 = detail.terms.iter().map(|term| term.bm25).sum();
            assert!((terms - candidate.bm25).abs() < 1e-4, "{text} {detail:?}");
            assert_eq!(detail.best_by_terms.as_ref().map_or(0.0, |best| best.bm25), candidate.bm25);
            assert!(detail.terms.is_empty() || (detail.terms.iter().map(|term| term.share).sum::<f32>() - 1.0).abs() < 1e-4);
            let parts: f64 = detail.parts.iter().map(|part| part.value).sum();
            assert!((parts - candidate.fused).abs() < 1e-9, "{text} {detail:?}");
            assert_eq!(detail.fused, candidate.fused);
            let best = &detail.passages[0];
            assert_eq!((best.cosine, best.wording.as_str()), (candidate.cosine, candidate.matched_wording()), "{text}");
            assert_eq!(best.cosine.is_some(), encoded);
        }
    }
    let judgement = ask(&snapshot, "换货要7天吗", true);
    let told = explained(&judgement, &snapshot, &["exchange".parse().unwrap()]);
    let part = |name| told.candidates[0].parts.iter().find(|part| part.name == name).unwrap().value;
    assert!((part("mismatch") + WEIGHTS.mismatch).abs() < 1e-9 && part("exact") == 0.0, "{told:?}");
}

#[test]
fn many_passages_are_capped_and_counted_and_unknown_articles_left_out() {
    let snapshot = index();
    let judgement = ask(&snapshot, "退款进度", true);
    let told = explained(&judgement, &snapshot, &["many".parse().unwrap(), "gone".parse().unwrap()]);
    let [many] = &told.candidates[..] else { panic!("{told:?}") };
    assert_eq!((many.passages.len(), many.left_out), (PASSAGES, 3));
    assert!(many.passages.windows(2).all(|pair| pair[0].cosine >= pair[1].cosine));
    assert!(told.candidates[0].passages.iter().all(|passage| passage.locale == Locale::ZhCn));
}

#[test]
fn a_question_asked_elsewhere_is_named_where_it_is_nearer_than_the_article() {
    let snapshot = index();
    let elsewhere = |text: &str, encoded| explained(&ask(&snapshot, text, encoded), &snapshot, &[]).elsewhere;
    let question = &Elsewhere::questions()[Elsewhere::questions().len() / 2];
    let nearer = elsewhere(question, true).unwrap();
    assert_eq!(nearer.question, question);
    assert!((nearer.cosine - 1.0).abs() < 0.02 && nearer.lead > 0.1, "{nearer:?}");
    assert_eq!(elsewhere("发票怎么开", true), None, "what is near to the article's own words is as near to the article");
    assert_eq!(elsewhere(question, false), None, "with keywords alone nothing is near to anything");
}

#[test]
fn features_lie_where_their_plain_words_say() {
    let snapshot = index();
    let long = "how long does it take to refund ".repeat(10);
    for text in ["退款多久到账", "退款7天内能到账吗", "怎么换货", "火星上能送货吗", "how long does it take to refund", &long, "退", ""]
    {
        for encoded in [true, false] {
            let Some(features) = ask(&snapshot, text, encoded).features else { continue };
            let value = |name| FEATURES.iter().position(|known| known.name == name).map(|at| features.0[at]).unwrap();
            for name in FEATURES.map(|feature| feature.name) {
                match plain::feature(name).unwrap().shape {
                    Shape::Measure(low, high) => assert!((low..=high).contains(&value(name)), "{text} {name} {}", value(name)),
                    Shape::Given => assert!((0.0..=0.5).contains(&value(name)), "{text} {name}"),
                    Shape::Flag => assert!([0.0, 1.0].contains(&value(name)), "{text} {name}"),
                    Shape::Beyond(of, from) => assert_eq!(value(name), (value(of) - from).max(0.0), "{text} {name}"),
                }
            }
        }
    }
}
