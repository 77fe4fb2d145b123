//! What is learned over edits, restarts, damage and another encoder.

use std::path::Path;

use super::*;
use crate::decide::confidence::{FEATURES, Features};
use crate::decide::promise::labels_needed;
use crate::domain::article::{Article, ArticleStatus};
use crate::domain::feedback::FeedbackKind;
use crate::domain::locale::Locale;
use crate::embed::Embedder;
use crate::embed::counting::Counting;
use crate::embed::hashing::HashingEmbedder;
use crate::retrieve::background::Background;
use crate::service::Service;
use crate::service::ask::AskRequest;
use crate::service::fixture;
use crate::service::labels::NewLabel;
use crate::service::search::SearchRequest;
use crate::store::{Expect, ImportOptions};

/// The same vectors as another encoder's.
fn another() -> Arc<Counting> {
    Arc::new(Counting::with_fingerprint("another encoder"))
}

fn article(id: &str, title: &str, variants: &[&str]) -> Article {
    let mut article = Article::new(id.parse().unwrap(), Locale::ZhCn, title, "请在订单页办理。");
    article.variants = variants.iter().map(|text| (*text).to_owned()).collect();
    article
}

fn articles() -> Vec<Article> {
    vec![
        article("exchange", "如何换货", &["想换一件尺码", "换货要几天", "可以换颜色吗 👗"]),
        article("invoice", "发票怎么开", &["能开专票吗", "电子发票在哪里下载", "invoice 抬头写错了"]),
        article("refund", "退款多久到账", &["钱什么时候退回来", "退款几天能到", "退的钱还没收到"]),
    ]
}

async fn open_with(dir: &Path, embedder: Arc<dyn Embedder>) -> Service {
    fixture::open(dir, embedder, |_| ()).await
}

async fn open(dir: &Path) -> Service {
    open_with(dir, Arc::new(HashingEmbedder)).await
}

/// A shop with articles that has been learned from.
async fn shop(dir: &Path, articles: Vec<Article>) -> Service {
    let service = open(dir).await;
    service.import(articles, ImportOptions::default()).await.unwrap_or_else(|failure| panic!("{failure}"));
    service.adapted().await;
    service
}

async fn put(service: &Service, article: Article, expect: Expect) -> i64 {
    service.put_article(article, expect).await.unwrap_or_else(|failure| panic!("{failure}")).revision
}

fn learned(service: &Service) -> Arc<Adaptation> {
    service.inner.adapting.current().adaptation.clone()
}

/// How often was learned since the start.
fn times(service: &Service) -> u64 {
    let page = service.metrics().render();
    page.lines().find_map(|line| line.strip_prefix("jieda_adaptations_total ")).unwrap().parse().unwrap()
}

async fn ask(service: &Service, question: &str) -> crate::domain::decision::Decision {
    let request = AskRequest { question: question.to_owned(), ..AskRequest::default() };
    service.ask(request).await.unwrap_or_else(|failure| panic!("{failure}")).decision
}

#[tokio::test]
async fn an_edit_is_learned_from_and_decisions_say_what_they_were_made_with() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    let before = learned(&service);
    let first = ask(&service, "退款几天到").await;
    assert_eq!(first.fingerprints.confidence, before.fingerprint);
    let replay = service.replay(first.id).await.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(replay.same && replay.changed.is_empty(), "{replay:?}");

    put(&service, article("ship", "什么时候发货", &["下单几天发货", "還沒發貨怎麼辦"]), Expect::Absent).await;
    // Found at once, with or without weights of its own.
    let found = service.search(SearchRequest { query: "几天发货".to_owned(), limit: 3, locale: None, channel: None }).await;
    assert_eq!(found.unwrap_or_else(|failure| panic!("{failure}")).items[0].candidate.article_id.as_str(), "ship");
    service.adapted().await;
    let after = learned(&service);
    assert_ne!(after.fingerprint, before.fingerprint);
    let vector = crate::index::vectors::Vector::new(&HashingEmbedder.embed_query("几天发货").unwrap(), HashingEmbedder.dims()).unwrap();
    let knows = |adaptation: &Adaptation| adaptation.head.as_ref().unwrap().logit(&"ship".parse().unwrap(), &vector).is_some();
    assert!(!knows(&before) && knows(&after));
    let replay = service.replay(first.id).await.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(replay.changed, ["kb_revision", "confidence"]);
    assert_eq!(ask(&service, "退款几天到").await.fingerprints.confidence, after.fingerprint);
    assert_eq!(service.health().await.confidence, after.fingerprint);
}

#[tokio::test]
async fn what_teaches_nothing_new_is_not_learned_from_again() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    let (before, count) = (learned(&service), times(&service));
    let mut moved = articles().remove(0);
    moved.category = "售后".to_owned();
    let revision = put(&service, moved, Expect::Any).await;
    service.adapted().await;
    assert!(revision > 1 && Arc::ptr_eq(&learned(&service), &before));
    assert_eq!(times(&service), count);
}

#[tokio::test]
async fn the_same_articles_teach_the_same_to_the_last_bit() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut reversed = articles();
    reversed.reverse();
    let (one, other) = (shop(one.path(), articles()).await, shop(other.path(), reversed).await);
    assert!(learned(&one).head.is_some());
    assert_eq!(learned(&one), learned(&other));
    // An edit and its reverse lead back to the very same.
    put(&one, article("invoice", "发票怎样开具", &["能开专票吗"]), Expect::Any).await;
    one.adapted().await;
    assert_ne!(learned(&one), learned(&other));
    put(&one, articles().remove(1), Expect::Any).await;
    one.adapted().await;
    assert_eq!(learned(&one), learned(&other));
}

#[tokio::test]
async fn a_restart_reads_what_was_learned_and_whatever_is_damaged_is_learned_again() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    let taught = learned(&service);
    service.close().await;
    drop(service);
    let path = file::path(&dir.path().join("adaptation"), HashingEmbedder.fingerprint());
    let whole = std::fs::read(&path).unwrap();

    let service = open(dir.path()).await;
    assert_eq!((times(&service), &*learned(&service)), (0, &*taught));
    service.close().await;
    drop(service);
    for damage in [&whole[..whole.len() / 2], b"", "不是它".as_bytes()] {
        std::fs::write(&path, damage).unwrap();
        let service = open(dir.path()).await;
        assert_eq!((times(&service), &*learned(&service)), (1, &*taught));
        service.close().await;
        drop(service);
        let elsewhere = Elsewhere::open(&HashingEmbedder, &dir.path().join("adaptation")).unwrap();
        assert_eq!(file::read(&path, elsewhere).unwrap().unwrap().0, *taught);
    }
}

#[tokio::test]
async fn articles_changed_meanwhile_are_learned_from_beside_the_requests() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    let taught = learned(&service);
    let path = file::path(&dir.path().join("adaptation"), HashingEmbedder.fingerprint());
    let earlier = std::fs::read(&path).unwrap();
    put(&service, article("ship", "什么时候发货", &["下单几天发货"]), Expect::Absent).await;
    service.adapted().await;
    let newer = learned(&service);
    service.close().await;
    drop(service);
    // As after a kill between the edit and the end of learning.
    std::fs::write(&path, earlier).unwrap();
    std::fs::write(path.with_extension("adaptation.new"), "half").unwrap();
    let service = open(dir.path()).await;
    let stored = learned(&service);
    assert!(*stored == *taught || *stored == *newer);
    service.adapted().await;
    assert_eq!((times(&service), &*learned(&service)), (1, &*newer));
}

#[tokio::test]
async fn what_was_learned_with_another_encoder_is_never_used() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    let taught = learned(&service);
    let served = service.inner.indexing.served();
    assert!(Arc::ptr_eq(&service.inner.adapting.of(&served), &taught));
    let parts = crate::service::indexing::Parts { embedder: Some(another()), ..served.parts.clone() };
    let other = Served { snapshot: served.snapshot.clone(), parts, fingerprint: served.fingerprint.clone(), generation: served.generation };
    let used = service.inner.adapting.of(&other);
    assert_eq!((&used.head, &used.fingerprint), (&None, &Adaptation::prior(Arc::new(Background::unencoded())).unwrap().fingerprint));
    service.close().await;
    drop(service);

    let service = open_with(dir.path(), another()).await;
    let anew = learned(&service);
    assert_eq!((times(&service), anew.model.as_str()), (1, "another encoder"));
    assert_ne!(anew.fingerprint, taught.fingerprint);
    service.close().await;
    drop(service);
    // Back again: what the first encoder taught is still there.
    let service = open(dir.path()).await;
    assert_eq!((times(&service), &*learned(&service)), (0, &*taught));
}

#[tokio::test]
async fn a_burst_is_one_change() {
    let (sender, mut changes) = (watch::Sender::new(()), watch::Sender::new(()).subscribe());
    assert!(!next_pause(&mut changes, &CancellationToken::new(), Duration::ZERO, Duration::ZERO).await, "nobody can change it any more");
    let mut changes2 = sender.subscribe();
    changes = sender.subscribe();
    for _ in 0..5 {
        sender.send_replace(());
    }
    let (stop, long) = (CancellationToken::new(), Duration::from_secs(3600));
    assert!(next_pause(&mut changes, &stop, Duration::from_millis(1), long).await);
    assert!(!changes.has_changed().unwrap());
    // However long the pause would have to be: patience ends.
    assert!(next_pause(&mut changes2, &stop, long, Duration::from_millis(1)).await);
    sender.send_replace(());
    stop.cancel();
    assert!(!next_pause(&mut changes2, &stop, long, long).await);
}

/// Gives agents' choices: of each question the article that answers it.
async fn choose(service: &Service, question: &str, article: &str) {
    let decision = ask(service, question).await.id;
    let article = article.parse().unwrap();
    let given = service.give_feedback(decision, FeedbackKind::SuggestionAccepted, Some(article), "").await;
    given.unwrap_or_else(|failure| panic!("{failure}"));
}

async fn heard(service: &Service) -> Arc<Adaptation> {
    service.inner.adapting.told();
    service.inner.adapting.heard().await;
    learned(service)
}

#[tokio::test]
async fn what_agents_chose_moves_the_confidence_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    let taught = learned(&service);
    let count = times(&service);
    assert!(*heard(&service).await == *taught, "nobody said anything yet");
    // The first candidate is never what agents send.
    for n in 0..40 {
        choose(&service, &format!("退款 {n} 天能到账吗"), "invoice").await;
    }
    let now = heard(&service).await;
    let fit = now.labels.of(false);
    assert!(fit.taken && fit.weight == 40.0 && fit.loss.1 < fit.loss.0, "{fit:?}");
    assert_ne!(now.fingerprint, taught.fingerprint);
    assert_eq!(now.promise(0.95, false).labels_missing, taught.promise(0.95, false).labels_missing, "they only saw what was shown");
    let decision = ask(&service, "退款几天能到账").await;
    assert_eq!(decision.fingerprints.confidence, now.fingerprint);
    assert!(service.replay(decision.id).await.unwrap_or_else(|failure| panic!("{failure}")).same);
    let good = Features([0.3; FEATURES.len()]);
    assert!(now.confidence.of(false).log_odds(&good) < taught.confidence.of(false).log_odds(&good));
    assert_eq!(times(&service), count, "the articles are not learned from again");
    // The questions asked meanwhile belong to the log.
    let now = heard(&service).await;
    service.close().await;
    drop(service);

    let service = open(dir.path()).await;
    assert!(times(&service) == 0 && *learned(&service) == *now);
    assert!(*heard(&service).await == *now);
    // An edit: learned from again, and the traffic asked again with it.
    put(&service, article("ship", "什么时候发货", &["下单几天发货"]), Expect::Absent).await;
    service.adapted().await;
    let after = learned(&service);
    assert!(after.fingerprint != now.fingerprint && after.labels.of(false).weight == 40.0);
}

#[tokio::test]
async fn labels_count_soon_after_they_are_given_and_no_more_when_their_articles_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    let expected = |n: usize| if n.is_multiple_of(3) { Vec::new() } else { vec!["refund".parse().unwrap()] };
    let given = (0..40).map(|n| NewLabel { question: format!("退款 {n} 天能到吗"), expected: expected(n) }).collect();
    service.give_labels(given).await.unwrap_or_else(|failure| panic!("{failure}"));
    service.inner.adapting.heard().await;
    assert_eq!(learned(&service).labels.of(false).weight, 40.0);
    assert_eq!(learned(&service).promise(0.95, false).labels_missing, labels_needed(0.95) - 40);
    put(&service, Article { status: ArticleStatus::Archived, ..articles().remove(2) }, Expect::Any).await;
    service.adapted().await;
    assert_eq!(learned(&service).labels.of(false).weight, 14.0, "those that nothing answers stay");
}

#[tokio::test]
async fn health_tells_what_is_known_of_the_traffic() {
    let dir = tempfile::tempdir().unwrap();
    let service = shop(dir.path(), articles()).await;
    for n in 0..120 {
        ask(&service, &format!("退款第 {n} 天能到账吗")).await;
    }
    let heard = heard(&service).await;
    let health = service.health().await;
    assert_eq!((health.out_of_scope, health.labels.weight), (heard.out_of_scope, 0.0));
    assert!(!heard.out_of_scope.from_log, "four phrasings an article are too few to believe a log by");
    assert_eq!(health.confidence, heard.fingerprint);
}
