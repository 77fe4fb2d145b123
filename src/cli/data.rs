//! Getting at a data directory: to write, alone; to read, also beside a server that uses it.

use std::path::{Path, PathBuf};

use super::error::CliError;
use crate::domain::time::Clock;
use crate::domain::wording::Wording;
use crate::error::Failure;
use crate::store::lock::DataDirLock;
use crate::store::{DATABASE_FILE, Store, StoreError, backup_file};

/// A data directory that nobody else writes to.
pub struct Claimed {
    /// Where it is.
    pub dir: PathBuf,
    _lock: DataDirLock,
}

impl Claimed {
    /// Opens its database, which is made if it is missing.
    pub async fn store(&self, clock: &Clock) -> Result<Store, Failure> {
        Ok(Store::open(&self.dir.join(DATABASE_FILE), clock.clone()).await?)
    }
}

/// Takes a data directory, which is made if it is missing; nothing that lies in it is touched. `way_out` is told if another
/// process has it.
pub fn claim(dir: &Path, way_out: Option<Wording>) -> Result<Claimed, Failure> {
    std::fs::create_dir_all(dir).map_err(|source| CliError::DataDir { dir: dir.to_owned(), source })?;
    match DataDirLock::acquire(dir) {
        Ok(lock) => Ok(Claimed { dir: dir.to_owned(), _lock: lock }),
        Err(StoreError::DataDirInUse { dir, pid }) => Err(CliError::DataDirInUse { dir, pid, way_out }.into()),
        Err(other) => Err(other.into()),
    }
}

/// Takes a data directory that must hold a database: a wrong `--data-dir` is told instead of being filled.
pub fn claim_existing(dir: &Path, way_out: Option<Wording>) -> Result<Claimed, Failure> {
    check_existing(dir)?;
    claim(dir, way_out)
}

/// The database of a data directory; an error where there is none.
pub fn check_existing(dir: &Path) -> Result<PathBuf, CliError> {
    let database = dir.join(DATABASE_FILE);
    if database.is_file() { Ok(database) } else { Err(CliError::NoData { dir: dir.to_owned() }) }
}

/// A database to read from.
pub struct Readable {
    /// The database; of a server that runs, a copy of one consistent moment.
    pub store: Store,
    _held: Held,
}

#[expect(dead_code, reason = "held until the reading is over")]
enum Held {
    Lock(Claimed),
    Copy(Scratch),
}

/// Opens a database to read from. If a server uses it, a copy is read, so that neither disturbs the other.
///
/// **Cost**: beside a server, the database is copied and checked.
pub async fn read(dir: &Path, clock: &Clock) -> Result<Readable, Failure> {
    let database = check_existing(dir)?;
    match DataDirLock::acquire(dir) {
        Ok(lock) => {
            let claimed = Claimed { dir: dir.to_owned(), _lock: lock };
            Ok(Readable { store: claimed.store(clock).await?, _held: Held::Lock(claimed) })
        }
        Err(StoreError::DataDirInUse { .. }) => {
            let scratch = Scratch::new()?;
            let copy = scratch.path().join("copy");
            backup_file(&database, &copy, clock).await?;
            Ok(Readable { store: Store::open(&copy.join(DATABASE_FILE), clock.clone()).await?, _held: Held::Copy(scratch) })
        }
        Err(other) => Err(other.into()),
    }
}

/// A directory of our own that goes when the value does.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes one among the system's temporary files, open to its owner only.
    pub fn new() -> Result<Self, CliError> {
        use std::os::unix::fs::DirBuilderExt;
        let path = std::env::temp_dir().join(format!("jieda-{}", uuid::Uuid::now_v7().simple()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(|source| CliError::DataDir { dir: path.clone(), source })?;
        Ok(Scratch { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a temporary directory could not be removed");
        }
    }
}
