//! One process per data directory. The lock is the system's, so it goes with its process, however that ends; the file's
//! contents only tell a person who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::StoreError;

/// The name of the lock file in a data directory.
pub const LOCK_FILE: &str = "jieda.lock";

/// The right to write in a data directory, as long as the value lives.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// Takes the lock without waiting. The directory must exist. **Errors**: `DataDirInUse` with the number of the process
    /// that has it; `File` if the lock file cannot be made.
    pub fn acquire(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_FILE);
        let at = |source| StoreError::file(&path, source);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(at)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Between taking the lock and writing its number the other process may be caught with an empty file.
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(StoreError::DataDirInUse { dir: dir.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(at(source)),
        }
        // The number is for people: a disk too full for it must not keep the service from starting.
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        if let Err(error) = written {
            tracing::warn!(path = %path.display(), %error, "the lock file could not be written");
        }
        Ok(DataDirLock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_has_it_and_gets_it_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDirLock::acquire(dir.path()).unwrap();
        match DataDirLock::acquire(dir.path()).unwrap_err() {
            StoreError::DataDirInUse { pid, .. } => assert_eq!(pid, Some(std::process::id())),
            other => panic!("{other}"),
        }
        drop(first);
        DataDirLock::acquire(dir.path()).unwrap();
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = DataDirLock::acquire(Path::new("/nonexistent/jieda")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/jieda"), "{error}");
    }
}
