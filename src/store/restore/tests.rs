//! Tests of the backups and their restoring, stale logs included.

use super::super::tests::Fixture;
use super::super::{Expect, TicketFilter};
use super::*;
use crate::domain::article::Article;
use crate::domain::locale::Locale;

async fn put(store: &Store, id: &str) {
    let article = Article::new(id.parse().unwrap(), Locale::ZhCn, id, "答案");
    store.put_article(&article, &[id.to_owned()], Expect::Any).await.unwrap();
}

async fn ids(store: &Store) -> Vec<String> {
    store.all_articles().await.unwrap().iter().map(|stored| stored.value.id.to_string()).collect()
}

#[tokio::test]
async fn a_restore_brings_the_moment_back_and_numbers_go_on() {
    let f = Fixture::new().await;
    put(&f.store, "before").await;
    f.ticket().await;
    let backup = f.dir.path().join("backup");
    f.store.backup(&backup).await.unwrap();
    let epoch = f.store.epoch().await.unwrap();
    put(&f.store, "after").await;
    for _ in 0..3 {
        f.ticket().await;
    }
    f.store.close().await;

    f.clock.advance_ms(1000);
    let report = Store::restore(&backup, f.dir.path(), &f.clock).await.unwrap();
    assert_eq!((report.last_ticket, report.kb_revision), (TicketNumber(4), KbRevision(2)));
    assert_eq!(report.backup_at, f.clock.now().plus_ms(-1000));
    assert!(report.replaced_readable);

    let store = Store::open(&f.path(), f.clock.clone()).await.unwrap();
    assert_eq!(ids(&store).await, ["before"]);
    assert_eq!(store.tickets_page(&TicketFilter::default(), None, 10).await.unwrap().items.len(), 1);
    assert_ne!(store.epoch().await.unwrap(), epoch, "an index made before must not be taken for this one's");
    assert_eq!(store.kb_revision().await.unwrap(), KbRevision(2));
    let f = Fixture { store, ..f };
    assert_eq!(f.ticket().await, TicketNumber(5), "numbers that customers have seen are not reused");
    let old = Store::open(&report.replaced.unwrap().join(DATABASE_FILE), f.clock.clone()).await.unwrap();
    assert_eq!(ids(&old).await, ["after", "before"], "the replaced database is kept");
}

#[tokio::test]
async fn a_stale_log_never_meets_the_restored_database() {
    let f = Fixture::new().await;
    put(&f.store, "before").await;
    let backup = f.dir.path().join("backup");
    f.store.backup(&backup).await.unwrap();
    put(&f.store, "only-in-the-log").await;
    f.ticket().await;
    // As after kill -9: the log is not copied in. The files are taken while the store is open.
    let killed = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("{DATABASE_FILE}{suffix}");
        fs::copy(f.dir.path().join(&name), killed.path().join(&name)).unwrap();
    }
    assert!(fs::metadata(killed.path().join(format!("{DATABASE_FILE}-wal"))).unwrap().len() > 0);

    // Once with a database that can be read, log included; once with a broken one beside which some other log lies.
    let broken = tempfile::tempdir().unwrap();
    let other = broken.path().join("other.db");
    let log = format!("{DATABASE_FILE}-wal");
    let mut conn = sqlite::options(&other).create_if_missing(true).journal_mode(SqliteJournalMode::Wal).connect().await.unwrap();
    sqlx::raw_sql("CREATE TABLE other (x TEXT)").execute(&mut conn).await.unwrap();
    fs::copy(broken.path().join("other.db-wal"), broken.path().join(&log)).unwrap();
    fs::write(broken.path().join(DATABASE_FILE), "这不是数据库".repeat(1000)).unwrap();
    for (dir, readable, ticket) in [(&killed, true, 1), (&broken, false, 0)] {
        let report = Store::restore(&backup, dir.path(), &f.clock).await.unwrap();
        assert_eq!((report.replaced_readable, report.last_ticket), (readable, TicketNumber(ticket)));
        assert!(!dir.path().join(&log).exists());
        let kept = report.replaced.unwrap();
        assert_eq!(kept.join(&log).exists(), !readable, "the log of a sound database is in its file, any other is kept as it is");
        let store = Store::open(&dir.path().join(DATABASE_FILE), f.clock.clone()).await.unwrap();
        store.check().await.unwrap();
        assert_eq!(ids(&store).await, ["before"]);
    }
}

#[tokio::test]
async fn a_restore_into_an_empty_place_makes_it() {
    let f = Fixture::new().await;
    put(&f.store, "a").await;
    let backup = f.dir.path().join("backup");
    f.store.backup(&backup).await.unwrap();
    let to = f.dir.path().join("new/data");
    let report = Store::restore(&backup, &to, &f.clock).await.unwrap();
    assert_eq!((report.replaced, report.replaced_readable), (None, false));
    assert_eq!(ids(&Store::open(&to.join(DATABASE_FILE), f.clock.clone()).await.unwrap()).await, ["a"]);
}

#[tokio::test]
async fn a_bad_backup_is_refused_and_the_database_stays() {
    let f = Fixture::new().await;
    put(&f.store, "a").await;
    let good = f.dir.path().join("backup");
    f.store.backup(&good).await.unwrap();
    f.store.close().await;
    let manifest = fs::read_to_string(good.join("manifest.json")).unwrap();
    let database = fs::read(good.join(DATABASE_FILE)).unwrap();
    let with = |name: &str, manifest: Option<String>, database: Option<Vec<u8>>| {
        let dir = f.dir.path().join(name);
        fs::create_dir(&dir).unwrap();
        if let Some(manifest) = manifest {
            fs::write(dir.join("manifest.json"), manifest).unwrap();
        }
        if let Some(database) = database {
            fs::write(dir.join(DATABASE_FILE), database).unwrap();
        }
        dir
    };
    let mut flipped = database.clone();
    flipped[5000] ^= 1;
    let cases = [
        (with("no-manifest", None, Some(database.clone())), "manifest.json"),
        (with("no-database", Some(manifest.clone()), None), "jieda.db cannot be read"),
        (with("cut", Some(manifest.clone()), Some(database[..4096].to_vec())), "4096 bytes"),
        (with("flipped", Some(manifest.clone()), Some(flipped)), "checksum"),
        (with("form", Some(manifest.replace("\"format\": 1", "\"format\": 9")), Some(database.clone())), "form 9"),
        (with("text", Some("退货".into()), Some(database)), "manifest.json"),
        (f.dir.path().join("nothing"), "manifest.json"),
    ];
    let before = fs::read(f.path()).unwrap();
    for (backup, why) in cases {
        match Store::restore(&backup, f.dir.path(), &f.clock).await {
            Err(StoreError::BackupInvalid { why: said, .. }) => assert!(said.contains(why), "{said} should say {why}"),
            other => panic!("{backup:?}: {other:?}"),
        }
        assert_eq!(fs::read(f.path()).unwrap(), before);
    }
    let future = manifest.replace(&format!("\"schema\": {}", migrate::KNOWN), "\"schema\": 99");
    let newer = with("newer", Some(future), Some(fs::read(good.join(DATABASE_FILE)).unwrap()));
    assert!(matches!(Store::restore(&newer, f.dir.path(), &f.clock).await, Err(StoreError::Newer { found: 99, .. })));
    let _serving = DataDirLock::acquire(f.dir.path()).unwrap();
    assert!(matches!(Store::restore(&good, f.dir.path(), &f.clock).await, Err(StoreError::DataDirInUse { .. })));
    assert_eq!(fs::read(f.path()).unwrap(), before);
}
