//! All that is SQLite's own: how connections are opened, the one writer and its transactions, maintenance, and what the
//! database's error codes mean. The other files of the store hold SQL that PostgreSQL reads as well.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Mutex, MutexGuard};

use super::StoreError;
use crate::error::{Code, Coded};

/// The database that the store runs on.
pub(super) type Database = sqlx::Sqlite;
/// A connection.
pub(super) type Conn = sqlx::SqliteConnection;
/// A row of an answer.
pub(super) type Row = sqlx::sqlite::SqliteRow;

/// How long a statement waits for another process (a backup, a checkpoint) before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many connections read side by side. Each has a thread; reads are short.
const READERS: u32 = 4;

/// What a commit promises when it returns.
///
/// In WAL mode a commit is a few pages appended to the log. `NORMAL` leaves it to the system when they reach the disk: they
/// survive the death of the process (`kill -9`), not that of the machine. `FULL` waits for the disk. Because the log is one
/// file, a `FULL` commit also brings every earlier commit to the disk: a hand-off makes the customer's message that led to it
/// durable as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Survives a power cut: for what somebody was promised.
    Promised,
    /// Survives the death of the process.
    Answered,
}

/// The options that every connection shares.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // Sorting and VACUUM would otherwise write customers' texts to files outside the data directory.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// Makes the file, if it is missing, readable by its owner only; the log and shared-memory files inherit that.
pub(super) fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|source| StoreError::file(path, source))
}

/// Connections that cannot write.
pub(super) fn readers(path: &Path) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        // A connection to a file needs no round trip to prove that it is alive.
        .test_before_acquire(false)
        .acquire_timeout(BUSY_TIMEOUT)
        .connect_lazy_with(options(path).pragma("query_only", "ON"))
}

/// The one connection that writes, behind an async mutex: writers wait for each other in order instead of meeting in
/// `SQLITE_BUSY`.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    slot: Mutex<Slot>,
    /// Why the last transaction could not be stored, if the machine was to blame. Beside the slot: who asks does not wait for writers.
    failure: Failure,
}

type Failure = std::sync::Mutex<Option<String>>;

/// `conn` is `None` before the first use and after a transaction that did not end cleanly.
#[derive(Debug)]
struct Slot {
    conn: Option<Conn>,
    level: Option<Durability>,
}

impl Writer {
    pub(super) fn new(path: &Path) -> Self {
        Writer { path: path.to_owned(), slot: Mutex::new(Slot { conn: None, level: None }), failure: Failure::default() }
    }

    /// Waits for the writer and begins a transaction that holds the database's write lock from the start.
    pub(super) async fn begin(&self, durability: Durability) -> Result<Transaction<'_>, StoreError> {
        let mut transaction = self.exclusive(durability).await?;
        // IMMEDIATE: a transaction that reads first and writes later would otherwise fail instead of waiting when another
        // process writes in between.
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(transaction.conn()?).await?;
        Ok(transaction)
    }

    /// Waits for the writer without beginning a transaction, for statements that must stand outside one. End it with
    /// [`Transaction::release`].
    pub(super) async fn exclusive(&self, durability: Durability) -> Result<Transaction<'_>, StoreError> {
        let mut slot = self.slot.lock().await;
        // The connection leaves its slot while it is in use. If the caller's future is dropped in the middle, it is dropped
        // as well: closing rolls back, and the next writer opens a fresh one (about a millisecond).
        let mut conn = match slot.conn.take() {
            Some(conn) => conn,
            None => {
                slot.level = None;
                self.connect().await?
            }
        };
        if slot.level != Some(durability) {
            // The level cannot be changed inside a transaction and is the connection's, hence here and remembered.
            let pragma = match durability {
                Durability::Promised => "PRAGMA synchronous = FULL",
                Durability::Answered => "PRAGMA synchronous = NORMAL",
            };
            sqlx::raw_sql(pragma).execute(&mut conn).await?;
            slot.level = Some(durability);
        }
        Ok(Transaction { slot, conn: Some(conn), failure: &self.failure })
    }

    async fn connect(&self) -> Result<Conn, StoreError> {
        let conn = options(&self.path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Freed pages are overwritten: an original that the sweep deleted is not to be found in the file.
            .pragma("secure_delete", "ON")
            // After a burst or an import the log file shrinks again.
            .pragma("journal_size_limit", "67108864")
            .connect()
            .await?;
        Ok(conn)
    }

    /// Why the last transaction could not be stored, if the machine was to blame; `None` since one could.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the connection; the last one to close copies the log into the database file.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        if let Some(conn) = self.slot.lock().await.conn.take() {
            conn.close().await?;
        }
        Ok(())
    }
}

/// A transaction on the writer. Dropped without an end it is rolled back.
pub(super) struct Transaction<'a> {
    slot: MutexGuard<'a, Slot>,
    conn: Option<Conn>,
    failure: &'a Failure,
}

impl Transaction<'_> {
    /// The connection to run statements on.
    pub(super) fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        self.conn.as_mut().ok_or_else(|| StoreError::unexpected("the transaction has ended"))
    }

    /// Commits if `result` is `Ok`, otherwise rolls back; a failed commit takes the place of the result.
    pub(super) async fn end<T>(mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let Some(mut conn) = self.conn.take() else { return result };
        let result = match result {
            Ok(value) => match sqlx::raw_sql("COMMIT").execute(&mut conn).await {
                Ok(_) => {
                    self.slot.conn = Some(conn);
                    *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    return Ok(value);
                }
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error),
        };
        if let Err(error) = &result
            && matches!(error.code(), Code::DiskFull | Code::StoreUnavailable)
        {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
        // A full disk ends some transactions by itself, and then ROLLBACK fails. Whatever the reason, a connection that does
        // not roll back is not used again.
        if sqlx::raw_sql("ROLLBACK").execute(&mut conn).await.is_ok() {
            self.slot.conn = Some(conn);
        }
        result
    }

    /// Rolls back although all went well: what a dry run would have done is known now.
    pub(super) async fn abandon(mut self) {
        if let Some(mut conn) = self.conn.take()
            && sqlx::raw_sql("ROLLBACK").execute(&mut conn).await.is_ok()
        {
            self.slot.conn = Some(conn);
        }
    }

    /// Gives back a writer taken with [`Writer::exclusive`].
    pub(super) fn release(mut self) {
        self.slot.conn = self.conn.take();
    }
}

/// Rewrites the whole file, so that nothing deleted remains in it, and empties the log. Fails with `Unavailable` if a reader
/// holds on to the old state for longer than the busy timeout; repeating it is safe.
pub(super) async fn rewrite(conn: &mut Conn) -> Result<(), StoreError> {
    // secure_delete zeroes what is freed, but moving rows between pages leaves copies in the unused part of a page.
    sqlx::raw_sql("VACUUM").execute(&mut *conn).await?;
    empty_log(conn).await
}

/// Copies the log into the database file and cuts it to nothing.
pub(super) async fn empty_log(conn: &mut Conn) -> Result<(), StoreError> {
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(conn).await?;
    if busy != 0 {
        return Err(StoreError::Unavailable {
            source: sqlx::Error::Protocol("a reader holds on to the write-ahead log; repeat the command".into()),
        });
    }
    Ok(())
}

/// Reads every page and checks that they agree. **Cost**: the whole file is read.
pub(super) async fn check(conn: &mut Conn) -> Result<(), StoreError> {
    let findings: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(5)").fetch_all(conn).await?;
    if findings == ["ok"] { Ok(()) } else { Err(StoreError::Damaged { source: findings.join("; ").into() }) }
}

/// Copies one consistent moment of the database into the new or empty file `to`, without holding up writers.
pub(super) async fn copy_into(conn: &mut Conn, to: &Path) -> Result<(), StoreError> {
    let to_text = to.to_str().ok_or_else(|| StoreError::unexpected("the path of the backup is not UTF-8"))?;
    sqlx::query("VACUUM INTO $1").bind(to_text).execute(conn).await?;
    // VACUUM INTO does not wait for the disk.
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(|source| StoreError::file(to, source))
}

/// Whether a table of that name exists.
pub(super) async fn has_table(conn: &mut Conn, name: &str) -> Result<bool, StoreError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1").bind(name).fetch_optional(conn).await?;
    Ok(found.is_some())
}

/// SQLite's result codes, primary in the low byte, that mean something to us.
mod code {
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOT_A_DATABASE: i32 = 26;
    /// The shared-memory file beside the database could not grow.
    pub(super) const IOERR_SHMSIZE: i32 = 10 | 19 << 8;
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        let code = match &source {
            sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()),
            sqlx::Error::ColumnDecode { index, source } => return StoreError::row("the answer", format!("column {index}: {source}")),
            _ => None,
        };
        match code {
            Some(code::IOERR_SHMSIZE) => StoreError::DiskFull { source: Box::new(source) },
            Some(code) => match code & 0xff {
                code::FULL => StoreError::DiskFull { source: Box::new(source) },
                code::CORRUPT | code::NOT_A_DATABASE => StoreError::Damaged { source: Box::new(source) },
                code::CONSTRAINT => StoreError::Unexpected { what: source.to_string() },
                _ => StoreError::Unavailable { source },
            },
            None => StoreError::Unavailable { source },
        }
    }
}
