//! Writing files whole or not at all: to a temporary name beside the target, synced, then renamed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::KbError;

/// Writes a file whole or not at all. Missing parent directories are made.
pub fn file(path: &Path, bytes: &[u8]) -> Result<(), KbError> {
    let failed = |source| KbError::Unwritable { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let aside = beside(path);
    let written = std::fs::File::create(&aside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&aside, path)).map_err(|source| {
        // The first failure is the one to report; a leftover temporary file harms nothing.
        let _ = std::fs::remove_file(&aside);
        failed(source)
    })
}

/// Writes a directory of files whole or not at all; it must not exist or be empty.
pub fn directory(path: &Path, files: &[(PathBuf, String)]) -> Result<(), KbError> {
    let failed = |source| KbError::Unwritable { path: path.to_owned(), source };
    match std::fs::read_dir(path) {
        Ok(entries) => {
            if entries.count() > 0 {
                return Err(KbError::TargetNotEmpty { path: path.to_owned() });
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(failed(source)),
    }
    let aside = beside(path);
    let written = std::fs::create_dir_all(&aside).and_then(|()| {
        for (name, text) in files {
            let target = aside.join(name);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&target, text)?;
        }
        std::fs::rename(&aside, path)
    });
    written.map_err(|source| {
        let _ = std::fs::remove_dir_all(&aside);
        failed(source)
    })
}

/// A hidden name beside `path`, in the same directory so that a rename stays within one file system.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole_and_leave_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/kb.jsonl");
        file(&path, b"one").unwrap();
        file(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(matches!(file(&path.join("below"), b""), Err(KbError::Unwritable { .. })));
    }

    #[test]
    fn a_directory_with_files_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("kb");
        let files = [(PathBuf::from("en/a/b.md"), "x".to_owned())];
        directory(&target, &files).unwrap();
        assert_eq!(std::fs::read_to_string(target.join("en/a/b.md")).unwrap(), "x");
        assert!(matches!(directory(&target, &files), Err(KbError::TargetNotEmpty { .. })));
        std::fs::create_dir(dir.path().join("empty")).unwrap();
        directory(&dir.path().join("empty"), &files).unwrap();
    }
}
