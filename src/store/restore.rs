//! Restoring a backup in the place of a database.
//!
//! The backup is verified and prepared under another name; the database that it replaces is kept aside, log included, so that
//! no old write-ahead log is ever read into the new file; then one rename puts it in its place. A crash before the rename
//! leaves the old database, one after it the new. Numbers that customers have seen are not given out again: the counters go on
//! from the larger of both, as far as the old database can still be read.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteJournalMode;
use sqlx::{ConnectOptions, Connection};

use super::backup::{read_manifest, sync_dir, verified};
use super::lock::DataDirLock;
use super::sqlite::{self, Conn, has_table};
use super::{DATABASE_FILE, Store, StoreError, migrate, set_epoch};
use crate::domain::ids::{KbRevision, TicketNumber};
use crate::domain::time::{Clock, Timestamp};

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// The moment that the backup holds.
    pub backup_at: Timestamp,
    /// Where the replaced database lies now; `None` if there was none.
    pub replaced: Option<PathBuf>,
    /// Whether the replaced database could still be read, so that the numbers go on from it.
    pub replaced_readable: bool,
    /// The last ticket number given out; the next ticket gets the one after it.
    pub last_ticket: TicketNumber,
    /// The revision from which the knowledge base goes on.
    pub kb_revision: KbRevision,
}

impl Store {
    /// Puts the backup `backup` in the place of the database in `data_dir`, which is made if it is missing. Takes the data
    /// directory's lock itself: no process may serve from it, and the caller must not hold the lock.
    ///
    /// **Errors**: `BackupInvalid`; `Newer` if a later program made the backup; `DataDirInUse`; `DiskFull`, `File`. After an
    /// error the old database is in its place.
    pub async fn restore(backup: &Path, data_dir: &Path, clock: &Clock) -> Result<RestoreReport, StoreError> {
        let manifest = read_manifest(backup)?;
        if manifest.schema > migrate::KNOWN {
            return Err(StoreError::Newer { found: manifest.schema, known: migrate::KNOWN });
        }
        fs::create_dir_all(data_dir).map_err(|source| StoreError::file(data_dir, source))?;
        let _lock = DataDirLock::acquire(data_dir)?;
        let incoming = data_dir.join(format!("{DATABASE_FILE}.restoring"));
        let result = place(backup, data_dir, &incoming, clock.now()).await;
        if result.is_err() && incoming.exists() {
            fs::remove_file(&incoming).map_err(|source| StoreError::file(&incoming, source))?;
        }
        let placed = result?;
        Ok(RestoreReport {
            backup_at: Timestamp(manifest.at),
            replaced: placed.replaced,
            replaced_readable: placed.replaced_readable,
            last_ticket: TicketNumber(placed.counters.ticket),
            kb_revision: KbRevision(placed.counters.kb_revision),
        })
    }
}

struct Placed {
    replaced: Option<PathBuf>,
    replaced_readable: bool,
    counters: Counters,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    ticket: i64,
    kb_revision: i64,
}

async fn place(backup: &Path, data_dir: &Path, incoming: &Path, now: Timestamp) -> Result<Placed, StoreError> {
    let current = data_dir.join(DATABASE_FILE);
    let old = if current.exists() { counters_of(&current).await } else { None };
    prepare(backup, incoming, old).await.map_err(|error| match error {
        StoreError::Damaged { source } => StoreError::BackupInvalid { path: backup.to_owned(), why: source.to_string() },
        other => other,
    })?;
    let counters = counters_of(incoming).await.ok_or_else(|| StoreError::unexpected("the restored database has no counters"))?;
    if old.is_some() {
        fold_log(&current).await?;
    }
    let replaced = set_aside(&current, data_dir, now)?;
    fs::rename(incoming, &current).map_err(|source| StoreError::file(&current, source))?;
    sync_dir(data_dir)?;
    Ok(Placed { replaced, replaced_readable: old.is_some(), counters })
}

/// The counters of a database that may be damaged. A log beside it is read as well: the last tickets may be only there. Only
/// read: what is damaged is to be kept as it was found.
async fn counters_of(path: &Path) -> Option<Counters> {
    let read = async || -> Result<Counters, StoreError> {
        let mut conn = sqlite::options(path).read_only(true).connect().await?;
        let counters = Counters { ticket: counter(&mut conn, "ticket").await?, kb_revision: counter(&mut conn, "kb_revision").await? };
        conn.close().await?;
        Ok(counters)
    };
    match read().await {
        Ok(counters) => Some(counters),
        Err(error) => {
            tracing::warn!(path = %path.display(), error = %crate::error::chain(&error), "the counters of a database cannot be read");
            None
        }
    }
}

/// Copies the log of a sound database into it, so that setting the log aside takes nothing away from the database that stays
/// in place until the rename.
async fn fold_log(path: &Path) -> Result<(), StoreError> {
    let mut conn = sqlite::options(path).connect().await?;
    sqlite::empty_log(&mut conn).await?;
    conn.close().await?;
    Ok(())
}

async fn counter(conn: &mut Conn, name: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT value FROM counters WHERE name = $1").bind(name).fetch_one(conn).await?)
}

/// Copies the backup's database and makes it a successor: counters raised, a new epoch, everything in the one file.
async fn prepare(backup: &Path, incoming: &Path, old: Option<Counters>) -> Result<(), StoreError> {
    let from = backup.join(DATABASE_FILE);
    match fs::remove_file(incoming) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::file(incoming, error)),
        _ => {}
    }
    sqlite::create_private(incoming)?;
    fs::copy(&from, incoming).map_err(|source| StoreError::file(incoming, source))?;
    // The checksum says that the file is what the backup wrote; this, that a copy of it is a database.
    if verified(incoming).await? == 0 {
        return Err(StoreError::Damaged { source: "it holds no tables".into() });
    }
    let mut conn = sqlite::options(incoming).journal_mode(SqliteJournalMode::Delete).connect().await?;
    let result = succeed(&mut conn, old.unwrap_or_default()).await;
    conn.close().await?;
    result?;
    fs::File::open(incoming).and_then(|file| file.sync_all()).map_err(|source| StoreError::file(incoming, source))
}

async fn succeed(conn: &mut Conn, old: Counters) -> Result<(), StoreError> {
    if !has_table(conn, "counters").await? {
        return Err(StoreError::Damaged { source: "it is no database of this program".into() });
    }
    for (name, value) in [("ticket", old.ticket), ("kb_revision", old.kb_revision)] {
        sqlx::query("UPDATE counters SET value = $2 WHERE name = $1 AND value < $2").bind(name).bind(value).execute(&mut *conn).await?;
    }
    set_epoch(conn, "UPDATE meta SET value = $1 WHERE name = 'epoch'").await
}

/// Keeps the old database's files in a directory of their own. The database itself stays in its place as well until the
/// rename; its log goes, because SQLite would read it into whatever file stands there.
fn set_aside(current: &Path, data_dir: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    let files: Vec<_> = ["", "-wal", "-shm", "-journal"].iter().map(|suffix| format!("{DATABASE_FILE}{suffix}")).collect();
    if !files.iter().any(|file| data_dir.join(file).exists()) {
        return Ok(None);
    }
    let aside = (0..1000)
        .map(|n| data_dir.join(format!("replaced-{}{}", now.0, if n == 0 { String::new() } else { format!("-{n}") })))
        .find(|aside| !aside.exists())
        .ok_or_else(|| StoreError::unexpected("a thousand databases were replaced at this moment"))?;
    fs::create_dir(&aside).map_err(|source| StoreError::file(&aside, source))?;
    for file in &files {
        let (from, to) = (data_dir.join(file), aside.join(file));
        if !from.exists() {
            continue;
        }
        if from == current {
            // A second name where the file system has them, a copy elsewhere.
            fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)).map_err(|source| StoreError::file(&to, source))?;
        } else {
            fs::rename(&from, &to).map_err(|source| StoreError::file(&to, source))?;
        }
    }
    sync_dir(&aside)?;
    Ok(Some(aside))
}

#[cfg(test)]
mod tests;
