//! Opening, closing, dropped futures: the store as one thing.

use std::time::Duration;

use super::*;
use crate::error::{Code, Coded};

/// Longer than any step takes on a loaded machine: tests end rather than hang.
const WITHIN: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_reopened_store_is_the_same_and_private() {
    let f = Fixture::new().await;
    let epoch = f.store.epoch().await.unwrap();
    let conversation = f.conversation().await;
    f.store.close().await;
    let closed = f.store.conversation(conversation).await;
    assert_eq!(closed.map_err(|error| error.code()), Err(Code::StoreUnavailable));
    assert!(!f.dir.path().join(format!("{DATABASE_FILE}-wal")).exists(), "the log is copied in");

    let store = Store::open(&f.path(), f.clock.clone()).await.unwrap();
    assert_eq!(store.epoch().await.unwrap(), epoch);
    assert!(store.conversation(conversation).await.unwrap().is_some());
    #[cfg(unix)]
    for suffix in ["", "-wal", "-shm"] {
        let metadata = std::fs::metadata(f.dir.path().join(format!("{DATABASE_FILE}{suffix}"))).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, 0o600, "{suffix}");
    }
}

#[tokio::test]
async fn a_schema_from_the_future_is_left_alone() {
    let f = Fixture::new().await;
    let mut transaction = f.store.writer.begin(Durability::Promised).await.unwrap();
    let sql = "INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'future', 0)";
    let result = sqlx::raw_sql(sql).execute(transaction.conn().unwrap()).await.map(drop).map_err(StoreError::from);
    transaction.end(result).await.unwrap();
    f.store.close().await;
    match Store::open(&f.path(), f.clock.clone()).await {
        Err(error @ StoreError::Newer { found: 99, known: migrate::KNOWN }) => assert_eq!(error.code(), Code::StoreNewer),
        other => panic!("{:?}", other.err()),
    }
}

#[tokio::test]
async fn a_migration_that_failed_half_way_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DATABASE_FILE);
    // The last table of the first migration is in the way.
    let conn = sqlite::options(&path).create_if_missing(true);
    let mut conn = sqlx::ConnectOptions::connect(&conn).await.unwrap();
    sqlx::raw_sql("CREATE TABLE idempotency (x TEXT)").execute(&mut conn).await.unwrap();
    assert!(Store::open(&path, Clock::System).await.is_err());
    assert!(!sqlite::has_table(&mut conn, "articles").await.unwrap());
    assert_eq!(migrate::version(&mut conn).await.unwrap(), 0);
    sqlx::raw_sql("DROP TABLE idempotency").execute(&mut conn).await.unwrap();
    Store::open(&path, Clock::System).await.unwrap();
    assert_eq!(migrate::version(&mut conn).await.unwrap(), migrate::KNOWN);
}

#[tokio::test]
async fn a_dropped_future_leaves_no_transaction_behind() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let mut acknowledged = 0;
    for n in 0..60_u32 {
        let message = NewMessage { id: MessageId::new(), masked: "在吗", original: Some("在吗"), at: f.clock.now() };
        let write = f.store.add_customer_message(conversation, message);
        // Polled a different number of times, so that it is dropped in every state it has.
        let mut write = std::pin::pin!(write);
        for _ in 0..n {
            if let Some(result) = futures::FutureExt::now_or_never(write.as_mut()) {
                result.unwrap();
                acknowledged += 1;
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let message = tokio::time::timeout(WITHIN, f.say(conversation, "还在吗")).await.unwrap();
    let messages = f.store.messages(conversation, 0, 1000).await.unwrap();
    assert_eq!(messages.iter().map(|m| m.seq).collect::<Vec<_>>(), (1..=message.seq).collect::<Vec<_>>());
    assert!(messages.len() > acknowledged);
    let originals = f.store.original_texts(conversation).await.unwrap();
    assert_eq!(originals.len(), messages.len() - 1, "a message and its original are stored together");
}

#[tokio::test]
async fn readers_do_not_wait_for_a_writer() {
    let f = Fixture::new().await;
    let conversation = f.conversation().await;
    let _writing = f.store.writer.begin(Durability::Answered).await.unwrap();
    // The writer holds on until the end of the test: a reader that waited would never be done.
    let read = tokio::time::timeout(WITHIN, f.store.conversation(conversation)).await;
    assert!(read.unwrap().unwrap().is_some());
}

#[tokio::test]
async fn what_promises_waits_for_the_disk() {
    let f = Fixture::new().await;
    for (durability, want) in [(Durability::Promised, 2), (Durability::Answered, 1), (Durability::Promised, 2)] {
        let mut transaction = f.store.writer.begin(durability).await.unwrap();
        let level: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(transaction.conn().unwrap()).await.unwrap();
        assert_eq!(level, want, "{durability:?}");
        transaction.abandon().await;
    }
}

/// Use cases run in tasks of their own, which may move between threads.
#[test]
fn futures_can_be_sent_between_threads() {
    fn check<T: Send>(_: impl FnOnce(&'static Store) -> T) {}
    check(|store| store.record_ask(answer(ConversationId::new(), MessageId::new())));
    check(|store| store.import_articles(&[], ImportOptions::default()));
    check(|store| store.backup(std::path::Path::new("")));
    check(|store| store.kb_revision());
}
