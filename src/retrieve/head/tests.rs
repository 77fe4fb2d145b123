//! The head on a small knowledge base, and its rivals against their definition.

use std::sync::Arc;

use super::samples::RIVALS;
use super::*;
use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::domain::locale::Locale;
use crate::embed::Embedder;
use crate::embed::hashing::HashingEmbedder;
use crate::index::entry::{Entry, passages};
use crate::index::writer::{Edit, IndexWriter};
use crate::text::normalize::{bare, fold};
use crate::text::segment::Segmenter;

fn id(text: &str) -> ArticleId {
    text.parse().unwrap()
}

fn vector(text: &str) -> Vector {
    Vector::new(&HashingEmbedder.embed_query(bare(&fold(text))).unwrap(), HashingEmbedder.dims()).unwrap()
}

/// A snapshot of articles given as id, title and variants.
fn snapshot(articles: &[(&str, &str, &[&str])]) -> Arc<Snapshot> {
    let segmenter = Arc::new(Segmenter::new(&[]));
    let edits: Vec<Edit> = articles
        .iter()
        .map(|(name, title, variants)| {
            let mut article = Article::new(id(name), Locale::ZhCn, *title, "见正文。");
            article.variants = variants.iter().map(|v| (*v).to_owned()).collect();
            let passages = passages(&article);
            let vectors = passages.iter().map(|p| Some(Arc::new(vector(&p.text)))).collect();
            Edit::Put(Arc::new(Entry::new(Arc::new(article), 1, passages, vectors, &segmenter).unwrap()))
        })
        .collect();
    IndexWriter::in_memory(segmenter).unwrap().apply(&edits, KbRevision(1)).unwrap()
}

const SHOP: &[(&str, &str, &[&str])] = &[
    ("exchange", "如何换货", &["想换一件尺码", "换货要几天", "可以换颜色吗 👗"]),
    ("invoice", "发票怎么开", &["能开专票吗", "电子发票在哪里下载", "invoice 抬头写错了"]),
    ("refund", "退款多久到账", &["钱什么时候退回来", "退款几天能到", "退的钱还没收到"]),
    ("ship", "什么时候发货", &["下单几天发货", "还没发货怎么办", "發貨時間"]),
];

#[test]
fn every_phrasing_finds_its_own_article() {
    let head = Head::learn(&snapshot(SHOP)).unwrap();
    for (name, title, variants) in SHOP {
        for text in std::iter::once(title).chain(*variants) {
            let vector = vector(text);
            let best = SHOP.iter().max_by(|a, b| head.logit(&id(a.0), &vector).unwrap().total_cmp(&head.logit(&id(b.0), &vector).unwrap()));
            assert_eq!(best.unwrap().0, *name, "{text}");
        }
    }
}

#[test]
fn the_same_knowledge_base_gives_the_same_head_to_the_last_bit() {
    let mut reversed = SHOP.to_vec();
    reversed.reverse();
    let head = Head::learn(&snapshot(SHOP)).unwrap();
    assert_eq!(Head::learn(&snapshot(&reversed)).unwrap(), head);
    let mut edited = SHOP.to_vec();
    edited[0].1 = "换货怎么办理";
    assert_ne!(Head::learn(&snapshot(&edited)).unwrap(), head);
}

#[test]
fn what_was_not_there_to_learn_from_has_no_logit() {
    let head = Head::learn(&snapshot(SHOP)).unwrap();
    assert!(head.logit(&id("coupon"), &vector("优惠券怎么用")).is_none());
    assert!(head.logit(&id("refund"), &Vector::new(&[1.0, 0.0], 2).unwrap()).is_none());
}

#[test]
fn titles_alone_a_single_article_and_missing_vectors_teach_nothing() {
    let titles: Vec<(&str, &str, &[&str])> = SHOP.iter().map(|(name, title, _)| (*name, *title, [].as_slice())).collect();
    assert_eq!(Head::learn(&snapshot(&titles)), None);
    assert_eq!(Head::learn(&snapshot(&SHOP[..1])), None);
    assert_eq!(Head::learn(&snapshot(&[])), None);
}

#[test]
fn a_phrasing_is_told_apart_from_the_nearest_articles_only() {
    let titles: Vec<(String, String, [String; 2])> = (0..80)
        .map(|n| (format!("a{n:02}"), format!("问题{n}号 {}", n % 7), [format!("第{n}个问法"), format!("{n}怎么办 {}", n % 11)]))
        .collect();
    let variants: Vec<[&str; 2]> = titles.iter().map(|(.., v)| [v[0].as_str(), v[1].as_str()]).collect();
    let articles: Vec<(&str, &str, &[&str])> =
        titles.iter().zip(&variants).map(|((name, title, _), v)| (name.as_str(), title.as_str(), v.as_slice())).collect();
    let mut read = Samples::of(&snapshot(&articles), &|_| false);
    read.find_rivals();
    assert_eq!((read.articles.len(), read.samples.len()), (80, 240));
    for (number, sample) in read.samples.iter().enumerate() {
        assert!(sample.classes.contains(&sample.article) && sample.classes.is_sorted());
        assert!((RIVALS..=RIVALS + 1).contains(&sample.classes.len()), "{}", sample.classes.len());
        // The same by the definition, one article after the other.
        let nearness = |article: u32| {
            let others = read.samples.iter().enumerate().filter(|(n, other)| *n != number && other.article == article);
            let coarse = |other: &Vector| {
                let product: i32 = sample.vector.coarse().iter().zip(other.coarse()).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
                f64::from(product as f32 * sample.vector.scale() * other.scale())
            };
            let mut cosines: Vec<f64> = others.map(|(_, other)| coarse(&other.vector)).collect();
            cosines.sort_by(|a, b| b.total_cmp(a));
            cosines.truncate(3);
            (cosines[0] + 2.0 * cosines.iter().sum::<f64>() / cosines.len() as f64) / 3.0
        };
        let mut order: Vec<u32> = (0..80).collect();
        order.sort_by(|a, b| nearness(*b).total_cmp(&nearness(*a)).then(a.cmp(b)));
        let mut want = order[..RIVALS].to_vec();
        want.push(sample.article);
        want.sort_unstable();
        want.dedup();
        assert_eq!(sample.classes, want);
    }
}
