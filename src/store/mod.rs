//! The store: the one truth about articles, conversations, decisions and tickets. Everything else (the index, the metrics) is
//! derived and may be thrown away.
//!
//! Methods are as large as a use case and run in one transaction each; what belongs together is either all there or not at all.
//! SQLite in WAL mode: one writer connection (`sqlite.rs` says how it survives full disks and dropped futures), a few readers
//! that never wait for it. What somebody was promised is on the disk before the call returns; a decision that only answers
//! survives the death of the process.
//!
//! The files go by noun; SQL that only SQLite reads stands in `sqlite.rs` alone. Texts come in masked; originals are kept apart
//! until their time is up or the visitor is erased (`privacy.rs`).

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqlitePool;
use uuid::Uuid;

use crate::domain::time::{Clock, Timestamp};

mod articles;
mod ask;
mod backup;
mod conversations;
mod cursor;
mod decisions;
mod error;
mod feedback;
mod idempotency;
mod keys;
mod labels;
pub mod lock;
mod migrate;
mod outbox;
mod privacy;
mod restore;
mod rows;
mod sqlite;
mod tickets;

pub use articles::{ArticleFilter, Change, Expect, ImportOptions, ImportReport, RowOutcome, Stored};
pub use ask::{AskRecord, NewHandoff, RecordedAsk};
pub use backup::{BackupReport, backup_file};
pub use conversations::{NewConversation, NewMessage};
pub use cursor::Page;
pub use error::StoreError;
pub use idempotency::IdempotencyState;
pub use keys::KeyRecord;
pub use labels::LabelReport;
pub use outbox::{OutboxRow, OutboxState};
pub use privacy::{EraseReport, Retention, SweepReport};
pub use restore::RestoreReport;
pub use tickets::TicketFilter;

use sqlite::{Durability, Writer};

/// The database's name in a data directory.
pub const DATABASE_FILE: &str = "jieda.db";

/// What is written to see whether there is space: more than a question with its decision takes.
const PROBE_BYTES: usize = 64 << 10;

/// An open database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    clock: Clock,
    writer: Writer,
    readers: SqlitePool,
}

impl Store {
    /// Opens the database at `path`, making it if it is missing and bringing its schema up to date. Take
    /// [`lock::DataDirLock`] first: only one process may write.
    ///
    /// **Errors**: `Newer` for a schema from the future, `Damaged` if the file is no database, `DiskFull`, `Unavailable`.
    pub async fn open(path: &Path, clock: Clock) -> Result<Store, StoreError> {
        sqlite::create_private(path)?;
        let writer = Writer::new(path);
        migrate::migrate(&writer, clock.now()).await?;
        let store = Store { path: path.to_owned(), writer, readers: sqlite::readers(path), clock };
        store.ensure_epoch().await?;
        Ok(store)
    }

    /// Why nothing can be stored, if so. Only where the last write failed is one tried: some kilobytes that are taken out again at once, so that
    /// a service without traffic learns of the space that somebody made.
    pub async fn write_problem(&self) -> Option<String> {
        self.writer.failure()?;
        let filled = self.put_probe().await;
        filled.err().map(|error| error.to_string())
    }

    async fn put_probe(&self) -> Result<(), StoreError> {
        let insert = "INSERT INTO meta (name, value) VALUES ('probe', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let put = sqlx::query(insert).bind("0".repeat(PROBE_BYTES)).execute(transaction.conn()?).await;
        transaction.end(put.map(drop).map_err(StoreError::from)).await?;
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let gone = sqlx::query("DELETE FROM meta WHERE name = 'probe'").execute(transaction.conn()?).await;
        transaction.end(gone.map(drop).map_err(StoreError::from)).await
    }

    /// Lets running statements finish and closes the file, its log copied in. A closed store answers `Unavailable`.
    pub async fn close(&self) {
        self.readers.close().await;
        if let Err(error) = self.writer.close().await {
            // Nothing is lost: the log is read again at the next start.
            tracing::warn!(error = %crate::error::chain(&error), "the database could not be closed");
        }
    }

    /// Where the database lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names this database's line of revisions. It changes when a backup is restored; an index made under another epoch must
    /// be rebuilt, because its revision number may stand for other contents.
    pub async fn epoch(&self) -> Result<String, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM meta WHERE name = 'epoch'").fetch_one(&self.readers).await?)
    }

    /// Reads every page and compares them with each other. **Cost**: reads the whole file. **Errors**: `Damaged`.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlite::check(&mut *self.readers.acquire().await?).await
    }

    async fn ensure_epoch(&self) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = set_epoch(transaction.conn()?, "INSERT INTO meta (name, value) VALUES ('epoch', $1) ON CONFLICT DO NOTHING").await;
        transaction.end(result).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

async fn set_epoch(conn: &mut sqlite::Conn, sql: &'static str) -> Result<(), StoreError> {
    sqlx::query(sql).bind(Uuid::now_v7().hyphenated().to_string()).execute(conn).await?;
    Ok(())
}

/// Raises a counter by one and returns its new value.
async fn count_up(conn: &mut sqlite::Conn, name: &str) -> Result<i64, StoreError> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value";
    Ok(sqlx::query_scalar(sql).bind(name).fetch_one(conn).await?)
}

#[cfg(test)]
mod tests;
