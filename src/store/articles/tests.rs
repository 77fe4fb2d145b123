//! Tests of the knowledge base's side: articles, locking, paging, changes.

use super::super::tests::Fixture;
use super::*;

fn article(id: &str, locale: Locale, title: &str) -> Article {
    Article::new(id.parse().unwrap(), locale, title, format!("{title}：答案"))
}

/// Stands in for the normaliser: lower case without spaces.
fn keys(article: &Article) -> Vec<String> {
    article.phrasings().map(|p| p.to_lowercase().replace(' ', "")).collect()
}

fn full() -> Article {
    let mut article = article("退货-01", Locale::ZhCn, "怎么退货？😀");
    article.variants = vec!["想退東西".into(), "Ｒｅｔｕｒｎ \"它\"".into()];
    article.category = "售后/退货".into();
    article.tags = vec!["退货".into()];
    article.status = ArticleStatus::Draft;
    article.valid_from = Some(Timestamp(-5));
    article.valid_until = Some(Timestamp(1_800_000_000_000));
    article.related = vec!["0012".parse().unwrap()];
    article.channels = vec!["web".into(), "微信".into()];
    article
}

async fn put(f: &Fixture, article: &Article) -> Stored<Article> {
    f.store.put_article(article, &keys(article), Expect::Any).await.unwrap()
}

#[tokio::test]
async fn an_article_comes_back_as_it_was_stored() {
    let f = Fixture::new().await;
    let stored = put(&f, &full()).await;
    assert_eq!(stored, Stored { value: full(), revision: 1, created_at: f.clock.now(), updated_at: f.clock.now() });
    assert_eq!(f.store.article(&full().id, Some(Locale::ZhCn)).await.unwrap(), Some(stored.clone()));
    assert_eq!(f.store.article(&full().id, None).await.unwrap(), Some(stored));
    assert_eq!(f.store.article(&full().id, Some(Locale::En)).await.unwrap(), None);
}

#[tokio::test]
async fn every_change_counts_and_no_change_does_not() {
    let f = Fixture::new().await;
    assert_eq!(f.store.kb_revision().await.unwrap(), KbRevision(0));
    let first = put(&f, &article("a", Locale::ZhCn, "运费")).await;
    f.clock.advance_ms(1000);
    assert_eq!(put(&f, &first.value).await, first);
    assert_eq!(f.store.kb_revision().await.unwrap(), KbRevision(1));
    let mut changed = first.value.clone();
    changed.answer = "满 99 包邮".into();
    let second = put(&f, &changed).await;
    assert_eq!((second.revision, second.created_at, second.updated_at), (2, first.created_at, f.clock.now()));
}

#[tokio::test]
async fn expectations_are_checked_before_anything_is_written() {
    let f = Fixture::new().await;
    let a = article("a", Locale::ZhCn, "运费");
    let absent = f.store.put_article(&a, &keys(&a), Expect::Revision(1)).await;
    assert!(matches!(absent, Err(StoreError::ArticleChanged { expected: 1, found: None, .. })));
    f.store.put_article(&a, &keys(&a), Expect::Absent).await.unwrap();
    let again = f.store.put_article(&a, &keys(&a), Expect::Absent).await;
    assert!(matches!(again, Err(StoreError::ArticleExists { .. })));
    let mut b = a.clone();
    b.title = "邮费".into();
    assert_eq!(f.store.put_article(&b, &keys(&b), Expect::Revision(1)).await.unwrap().revision, 2);
    let stale = f.store.put_article(&a, &keys(&a), Expect::Revision(1)).await;
    assert!(matches!(stale, Err(StoreError::ArticleChanged { expected: 1, found: Some(2), .. })));
    assert_eq!(f.store.article(&a.id, None).await.unwrap().unwrap().value, b);
    assert!(matches!(f.store.delete_article(&a.id, None, Expect::Revision(1)).await, Err(StoreError::ArticleChanged { .. })));
    assert_eq!(f.store.delete_article(&a.id, None, Expect::Revision(2)).await.unwrap(), 1);
    assert!(matches!(f.store.delete_article(&a.id, None, Expect::Any).await, Err(StoreError::ArticleNotFound { .. })));
}

#[tokio::test]
async fn a_phrasing_belongs_to_one_article_and_its_translations() {
    let f = Fixture::new().await;
    let mut zh = article("phone", Locale::ZhCn, "iPhone 15");
    zh.variants = vec!["苹果15".into()];
    put(&f, &zh).await;
    let en = article("phone", Locale::En, "IPHONE 15");
    put(&f, &en).await;

    let other = article("other", Locale::En, "iphone15");
    let error = f.store.put_article(&other, &keys(&other), Expect::Any).await.unwrap_err();
    match error {
        StoreError::PhrasingTaken { phrasing, article_id } => assert_eq!((phrasing.as_str(), article_id.as_str()), ("iphone15", "phone")),
        other => panic!("{other}"),
    }
    assert_eq!(f.store.article(&other.id, None).await.unwrap(), None);

    zh.title = "别的".into();
    zh.variants.clear();
    put(&f, &zh).await;
    let variant = article("other", Locale::ZhCn, "苹果 15");
    put(&f, &variant).await;
    f.store.delete_article(&zh.id, None, Expect::Any).await.unwrap();
    put(&f, &other).await;

    let punctuation = [article("p1", Locale::ZhCn, "？？"), article("p2", Locale::ZhCn, "！！")];
    for p in &punctuation {
        f.store.put_article(p, &[String::new()], Expect::Any).await.unwrap();
    }
    let miscounted = f.store.put_article(&other, &[], Expect::Any).await;
    assert!(matches!(miscounted, Err(StoreError::Unexpected { .. })));
}

#[tokio::test]
async fn an_index_can_follow_by_revision() {
    let f = Fixture::new().await;
    let a = put(&f, &article("a", Locale::ZhCn, "一")).await;
    put(&f, &article("a", Locale::En, "one")).await;
    let b = put(&f, &article("b", Locale::ZhCn, "二")).await;
    assert_eq!(f.store.delete_article(&a.value.id, Some(Locale::En), Expect::Any).await.unwrap(), 1);
    let gone = |locale, revision| Change::Deleted { id: a.value.id.clone(), locale, revision };
    let all = f.store.changes_since(KbRevision(0)).await.unwrap();
    assert_eq!(all, [Change::Put(a.clone()), Change::Put(b.clone()), gone(Locale::En, 4)]);
    assert_eq!(f.store.changes_since(KbRevision(3)).await.unwrap(), [gone(Locale::En, 4)]);

    let back = put(&f, &article("a", Locale::En, "one again")).await;
    assert_eq!(f.store.changes_since(KbRevision(3)).await.unwrap(), [Change::Put(back)]);
    assert_eq!(f.store.delete_article(&a.value.id, None, Expect::Any).await.unwrap(), 2);
    let both = f.store.changes_since(KbRevision(5)).await.unwrap();
    assert_eq!(both, [gone(Locale::ZhCn, 6), gone(Locale::En, 6)]);
    assert_eq!(f.store.changes_since(KbRevision(6)).await.unwrap(), []);
}

#[tokio::test]
async fn an_import_is_one_revision_and_says_what_became_of_each_row() {
    let f = Fixture::new().await;
    put(&f, &article("kept", Locale::ZhCn, "保价")).await;
    put(&f, &article("old", Locale::ZhCn, "发票")).await;
    let rows: Vec<_> = [
        article("kept", Locale::ZhCn, "保价"),
        article("old", Locale::ZhCn, "电子发票"),
        article("new", Locale::ZhCn, "退款"),
        article("clash", Locale::En, "退 款"),
    ]
    .map(|a| (a.clone(), keys(&a)))
    .into();
    let dry = f.store.import_articles(&rows, ImportOptions { dry_run: true }).await.unwrap();
    assert_eq!(f.store.kb_revision().await.unwrap(), KbRevision(2));
    let report = f.store.import_articles(&rows, ImportOptions::default()).await.unwrap();
    assert_eq!(report, dry);
    let clash = RowOutcome::PhrasingTaken { phrasing: "退 款".into(), article_id: "new".parse().unwrap() };
    assert_eq!(report.rows, [RowOutcome::Unchanged, RowOutcome::Updated, RowOutcome::Created, clash]);
    assert_eq!(report.revision, KbRevision(3));
    let changed: Vec<_> = f.store.changes_since(KbRevision(2)).await.unwrap().iter().map(|c| c.key().1.to_string()).collect();
    assert_eq!(changed, ["new", "old"]);

    let again = f.store.import_articles(&rows[..3], ImportOptions::default()).await.unwrap();
    assert_eq!((again.revision, again.rows), (KbRevision(3), vec![RowOutcome::Unchanged; 3]));
}

#[tokio::test]
async fn an_import_moves_a_phrasing_whatever_the_order() {
    let f = Fixture::new().await;
    let mut from = article("from", Locale::ZhCn, "退货");
    from.variants = vec!["退运费险".into()];
    put(&f, &from).await;
    from.variants.clear();
    let to = article("to", Locale::ZhCn, "退运费险");
    let rows = [to.clone(), from].map(|a| (a.clone(), keys(&a)));
    let report = f.store.import_articles(&rows, ImportOptions::default()).await.unwrap();
    assert_eq!(report.rows, [RowOutcome::Created, RowOutcome::Updated]);
    let changes = f.store.changes_since(KbRevision(1)).await.unwrap();
    assert!(changes.len() == 2 && changes.iter().all(|change| change.revision() == 2));
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_articles_come_and_go() {
    let f = Fixture::new().await;
    for id in ["b", "d", "f", "h"] {
        put(&f, &article(id, Locale::ZhCn, id)).await;
    }
    let everything = ArticleFilter::default();
    let first = f.store.articles_page(&everything, None, 2).await.unwrap();
    put(&f, &article("a", Locale::ZhCn, "a")).await;
    put(&f, &article("d", Locale::En, "d2")).await;
    put(&f, &article("e", Locale::ZhCn, "e")).await;
    f.store.delete_article(&"d".parse().unwrap(), Some(Locale::ZhCn), Expect::Any).await.unwrap();
    let second = f.store.articles_page(&everything, first.next.as_deref(), 2).await.unwrap();
    let third = f.store.articles_page(&everything, second.next.as_deref(), 2).await.unwrap();
    let ids = |page: &Page<Stored<Article>>| page.items.iter().map(|s| s.value.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ["b", "d"]);
    assert_eq!(ids(&second), ["e", "f"], "what came in before the cursor (a, and d in en) is not shown, what came after it is");
    assert_eq!(ids(&third), ["h"]);
    assert_eq!(third.next, None);
    assert!(matches!(f.store.articles_page(&everything, Some("nonsense"), 2).await, Err(StoreError::CursorInvalid)));
}

#[tokio::test]
async fn lists_filter() {
    let f = Fixture::new().await;
    let mut returns = full();
    returns.answer = "100%_包邮 \\ OK".into();
    put(&f, &returns).await;
    let mut other = article("x", Locale::En, "Refund time");
    other.category = "售后服务".into();
    put(&f, &other).await;
    let filter = |change: fn(&mut ArticleFilter)| {
        let mut filter = ArticleFilter::default();
        change(&mut filter);
        filter
    };
    let cases: [(ArticleFilter, &[&str]); 13] = [
        (filter(|_| ()), &["x", "退货-01"]),
        (filter(|f| f.locale = Some(Locale::En)), &["x"]),
        (filter(|f| f.status = Some(ArticleStatus::Draft)), &["退货-01"]),
        (filter(|f| f.category = Some("售后".into())), &["退货-01"]),
        (filter(|f| f.category = Some("售后/退货".into())), &["退货-01"]),
        (filter(|f| f.text = Some("REFUND".into())), &["x"]),
        (filter(|f| f.text = Some("退東西".into())), &["退货-01"]),
        (filter(|f| f.text = Some("\"它\"".into())), &["退货-01"]),
        (filter(|f| f.text = Some("0%_包".into())), &["退货-01"]),
        (filter(|f| f.text = Some("\\ ok".into())), &["退货-01"]),
        (filter(|f| f.text = Some("%".into())), &["退货-01"]),
        (filter(|f| f.text = Some("0_1".into())), &[]),
        (filter(|f| f.text = Some("' OR 1=1 --".into())), &[]),
    ];
    for (filter, want) in cases {
        let page = f.store.articles_page(&filter, None, 10).await.unwrap();
        assert_eq!(page.items.iter().map(|s| s.value.id.as_str()).collect::<Vec<_>>(), want, "{filter:?}");
    }
    assert_eq!(f.store.all_articles().await.unwrap().len(), 2);
}
