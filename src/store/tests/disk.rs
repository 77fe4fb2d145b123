//! Full disks and damaged files.

use std::process::Command;

use super::*;
use crate::domain::article::Article;
use crate::error::{Code, Coded};

fn large(id: usize) -> Article {
    Article::new(format!("a{id}").parse().unwrap(), Locale::ZhCn, format!("标题 {id}"), "长".repeat(6000))
}

/// Fills the database until a write is refused, and returns how many articles went in.
async fn fill(store: &Store) -> usize {
    for n in 0..2000 {
        let article = large(n);
        match store.put_article(&article, &[format!("k{n}")], Expect::Any).await {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.code(), Code::DiskFull, "{}", crate::error::chain(&error));
                return n;
            }
        }
    }
    panic!("the disk does not fill");
}

/// What is to be seen after `stored` articles went in and the next was refused: all of the former, nothing of the latter.
async fn only(store: &Store, stored: usize) {
    assert!(stored > 0);
    assert_eq!(store.all_articles().await.unwrap().len(), stored);
    assert_eq!(store.kb_revision().await.unwrap().0, i64::try_from(stored).unwrap());
    store.check().await.unwrap();
}

#[tokio::test]
async fn a_write_refused_for_lack_of_space_leaves_nothing_and_the_next_succeeds() {
    let f = Fixture::new().await;
    let mut writer = f.store.writer.exclusive(Durability::Promised).await.unwrap();
    // The limit is the connection's; the store replaces a connection that a full disk has thrown out of its transaction, and
    // then there is space again.
    sqlx::raw_sql("PRAGMA max_page_count = 200").execute(writer.conn().unwrap()).await.unwrap();
    writer.release();
    let stored = fill(&f.store).await;
    only(&f.store, stored).await;
    f.store.put_article(&large(stored), &["after".into()], Expect::Any).await.unwrap();
    only(&f.store, stored + 1).await;
}

/// A real full disk, where the machine lets the test mount one; the test above covers the store's own part everywhere.
#[tokio::test]
async fn a_full_disk_refuses_writes_and_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(dir.path()).output();
    let mounted = mounted.is_ok_and(|output| output.status.success());
    assert!(mounted || std::env::var_os("JIEDA_TEST_TMPFS").is_none(), "scripts/test could mount a tmpfs, this test cannot");
    if !mounted {
        eprintln!("left out: mounting a small tmpfs needs root");
        return;
    }
    let unmount = Unmount(dir.path().to_owned());
    let store = Store::open(&dir.path().join(DATABASE_FILE), Clock::fixed(Timestamp(0))).await.unwrap();
    let ballast = dir.path().join("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let stored = fill(&store).await;
    for _ in 0..3 {
        let refused = store.put_article(&large(stored), &["again".into()], Expect::Any).await;
        assert_eq!(refused.map_err(|error| error.code()), Err(Code::DiskFull));
        only(&store, stored).await;
    }
    let backup = store.backup(&dir.path().join("backup")).await;
    assert_eq!(backup.map_err(|error| error.code()), Err(Code::DiskFull));
    assert!(store.write_problem().await.is_some(), "nothing can be stored, and nobody is told");
    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(store.write_problem().await, None);
    only(&store, stored).await;
    store.put_article(&large(stored), &["after".into()], Expect::Any).await.unwrap();
    only(&store, stored + 1).await;
    store.close().await;
    drop(unmount);
}

struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(done.is_ok_and(|status| status.success()));
    }
}

#[tokio::test]
async fn damaged_files_are_called_damaged() {
    let f = Fixture::new().await;
    for n in 0..50 {
        f.store.put_article(&large(n), &[format!("k{n}")], Expect::Any).await.unwrap();
    }
    f.store.close().await;
    let whole = std::fs::read(f.path()).unwrap();
    let code = async |bytes: &[u8]| {
        let path = f.dir.path().join("damaged.db");
        std::fs::write(&path, bytes).unwrap();
        let outcome = async {
            let store = Store::open(&path, f.clock.clone()).await?;
            store.check().await?;
            store.all_articles().await
        };
        outcome.await.map(|articles| articles.len()).map_err(|error| error.code())
    };
    assert_eq!(code(&whole).await, Ok(50));
    assert_eq!(code("这不是数据库，是一封信。".repeat(500).as_bytes()).await, Err(Code::StoreDamaged));
    assert_eq!(code(&whole[..whole.len() / 2]).await, Err(Code::StoreDamaged));
    let mut scratched = whole.clone();
    scratched[4096..].iter_mut().for_each(|byte| *byte = 0xa5);
    assert_eq!(code(&scratched).await, Err(Code::StoreDamaged));
    let unreadable = Store::open(f.dir.path(), f.clock.clone()).await.err().map(|error| error.code());
    assert_eq!(unreadable, Some(Code::FileUnreadable));
}
