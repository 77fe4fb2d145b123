//! Backups: one consistent moment of the database, taken while it serves, verified before it gets its name.
//!
//! A backup is a directory with the database file and a manifest that holds the file's length and SHA-256. It is written under
//! another name and renamed when it is whole and on the disk: a directory with the right name is a good backup or was damaged
//! later, which the manifest tells.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection};

use super::cursor::hex;
use super::sqlite::{self, Conn};
use super::{DATABASE_FILE, Store, StoreError, migrate};
use crate::domain::time::{Clock, Timestamp};

/// The name of the manifest in a backup.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The form of the manifest that this program writes.
const FORMAT: u32 = 1;

/// What was backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The backup's directory.
    pub path: PathBuf,
    /// The database's length in bytes.
    pub bytes: u64,
    /// The database's SHA-256 in hex.
    pub sha256: String,
    /// When it was begun.
    pub at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    pub(super) schema: i64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) at: i64,
}

impl Store {
    /// Writes a backup to the directory `to`, which must not exist yet. Writers are not held up.
    ///
    /// **Errors**: `BackupTargetExists`, `File`, `DiskFull`; `Damaged` if the copy fails its check, and then so does the
    /// database. After an error nothing is left behind.
    pub async fn backup(&self, to: &Path) -> Result<BackupReport, StoreError> {
        backup_file(self.path(), to, &self.clock).await
    }
}

/// [`Store::backup`] for another process than the one that serves: reads the database file `database` beside it.
pub async fn backup_file(database: &Path, to: &Path, clock: &Clock) -> Result<BackupReport, StoreError> {
    // SQLite would only say that it cannot open something.
    fs::metadata(database).map_err(|source| StoreError::file(database, source))?;
    if to.exists() {
        return Err(StoreError::BackupTargetExists { path: to.to_owned() });
    }
    let mut name = to.file_name().ok_or_else(|| StoreError::BackupTargetExists { path: to.to_owned() })?.to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    let partial = to.with_file_name(name);
    let result = write(database, &partial, to, clock.now()).await;
    if result.is_err() && partial.exists() {
        fs::remove_dir_all(&partial).map_err(|source| StoreError::file(&partial, source))?;
    }
    result
}

async fn write(database: &Path, partial: &Path, to: &Path, at: Timestamp) -> Result<BackupReport, StoreError> {
    fs::create_dir_all(partial).map_err(|source| StoreError::file(partial, source))?;
    let copy = partial.join(DATABASE_FILE);
    sqlite::create_private(&copy)?;
    let mut conn = sqlite::options(database).connect().await?;
    sqlite::copy_into(&mut conn, &copy).await?;
    conn.close().await?;
    let schema = verified(&copy).await?;

    let (bytes, sha256) = digest(&copy).map_err(|source| StoreError::file(&copy, source))?;
    let manifest = Manifest { format: FORMAT, schema, bytes, sha256: sha256.clone(), at: at.0 };
    let manifest_path = partial.join(MANIFEST_FILE);
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| StoreError::unexpected(error.to_string()))?;
    write_durably(&manifest_path, text.as_bytes()).map_err(|source| StoreError::file(&manifest_path, source))?;
    sync_dir(partial)?;
    fs::rename(partial, to).map_err(|source| StoreError::file(to, source))?;
    sync_dir(parent(to))?;
    Ok(BackupReport { path: to.to_owned(), bytes, sha256, at })
}

/// Reads the manifest of a backup and compares the database beside it.
pub(super) fn read_manifest(backup: &Path) -> Result<Manifest, StoreError> {
    let invalid = |why: String| StoreError::BackupInvalid { path: backup.to_owned(), why };
    let path = backup.join(MANIFEST_FILE);
    let text = fs::read_to_string(&path).map_err(|error| invalid(format!("{MANIFEST_FILE} cannot be read: {error}")))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| invalid(format!("{MANIFEST_FILE}: {error}")))?;
    if manifest.format != FORMAT {
        return Err(invalid(format!("its form {} is not known", manifest.format)));
    }
    let (bytes, sha256) =
        digest(&backup.join(DATABASE_FILE)).map_err(|error| invalid(format!("{DATABASE_FILE} cannot be read: {error}")))?;
    if bytes != manifest.bytes {
        return Err(invalid(format!("{DATABASE_FILE} has {bytes} bytes instead of {}", manifest.bytes)));
    }
    if sha256 != manifest.sha256 {
        return Err(invalid(format!("the checksum of {DATABASE_FILE} is not the manifest's")));
    }
    Ok(manifest)
}

/// Checks every page of a database at rest and returns its schema.
pub(super) async fn verified(path: &Path) -> Result<i64, StoreError> {
    let mut conn = sqlite::options(path).read_only(true).connect().await?;
    let result = check(&mut conn).await;
    conn.close().await?;
    result
}

async fn check(conn: &mut Conn) -> Result<i64, StoreError> {
    sqlite::check(conn).await?;
    migrate::version(conn).await
}

/// Length and SHA-256 of a file.
fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex(&hasher.finalize())));
        }
        bytes += read as u64;
        hasher.update(&buffer[..read]);
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes renames and new names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| StoreError::file(dir, source))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;
    use super::*;

    #[tokio::test]
    async fn a_backup_taken_under_load_is_one_whole_moment() {
        let f = Fixture::new().await;
        let conversation = f.conversation().await;
        let to = f.dir.path().join("backup-1");
        let writes = async {
            for n in 0..50 {
                let message = f.say(conversation, &format!("第 {n} 条")).await;
                f.answer(&message, conversation).await;
            }
        };
        let (report, ()) = tokio::join!(f.store.backup(&to), writes);
        let report = report.unwrap();
        assert_eq!((report.path.as_path(), report.at), (to.as_path(), f.clock.now()));
        let manifest = read_manifest(&to).unwrap();
        assert_eq!((manifest.bytes, manifest.sha256, manifest.schema), (report.bytes, report.sha256, migrate::KNOWN));
        let mut names: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, [DATABASE_FILE, MANIFEST_FILE], "no log beside it");

        let copy = Store::open(&to.join(DATABASE_FILE), f.clock.clone()).await.unwrap();
        let messages = copy.messages(conversation, 0, 1000).await.unwrap();
        let decided = messages.iter().filter(|message| message.author.name() == "customer" && message.decision_id.is_some());
        let replies = messages.iter().filter(|message| message.author.name() == "bot");
        assert_eq!(decided.count(), replies.count(), "a transaction is in it or not");
    }

    #[tokio::test]
    async fn what_is_there_is_not_overwritten_and_a_failure_leaves_nothing() {
        let f = Fixture::new().await;
        let to = f.dir.path().join("backup");
        fs::create_dir(&to).unwrap();
        assert!(matches!(f.store.backup(&to).await, Err(StoreError::BackupTargetExists { .. })));
        let nowhere = Path::new("/proc/jieda-backup");
        assert!(matches!(f.store.backup(nowhere).await, Err(StoreError::File { .. })));
        let missing = backup_file(&f.dir.path().join("missing.db"), &f.dir.path().join("b1"), &f.clock).await;
        assert!(matches!(missing, Err(StoreError::File { .. })));
        let before = fs::read_dir(f.dir.path()).unwrap().count();
        let garbage = f.dir.path().join("garbage");
        fs::write(&garbage, vec![7; 8192]).unwrap();
        let result = backup_file(&garbage, &f.dir.path().join("b2"), &f.clock).await;
        assert!(matches!(result, Err(StoreError::Damaged { .. })), "{result:?}");
        fs::remove_file(&garbage).unwrap();
        assert_eq!(fs::read_dir(f.dir.path()).unwrap().count(), before);
    }
}
