//! The sample shop's knowledge base: finding it, and keeping a data directory at its state.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::CliError;
use super::kb::import;
use crate::error::Failure;
use crate::kb::{ReadOptions, Verdict, read_path};
use crate::store::Store;
use crate::text::hex::hex;

/// Where the state of the tree that was imported last is remembered.
const STATE_FILE: &str = "sample-kb";

/// What became of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// Articles created or updated.
    pub written: usize,
    /// Rows that were not taken.
    pub refused: usize,
}

/// The tree: the one that `JIEDA_KB` names, else `kb` here, else beside the program.
pub fn find(named: Option<OsString>, program: Option<&Path>) -> Result<PathBuf, CliError> {
    let named = named.filter(|path| !path.is_empty()).map(PathBuf::from);
    let searched = match named {
        Some(path) => vec![path],
        None => {
            let beside = program.and_then(Path::parent);
            // Installed flat, below bin/, below prefix/bin, in target/<profile>.
            let places = ["kb", "../kb", "../share/jieda/kb", "../../kb"].map(|place| beside.map(|beside| beside.join(place)));
            std::iter::once(PathBuf::from("kb")).chain(places.into_iter().flatten()).collect()
        }
    };
    match searched.iter().find(|path| path.is_dir()) {
        Some(path) => Ok(path.clone()),
        None => Err(CliError::SampleMissing { searched }),
    }
}

/// Brings the tree into the store if it changed since the last time, or if the store has no articles. What editors changed since
/// stays as long as the tree does not change.
///
/// **Cost**: reads the tree; an import is one transaction.
pub async fn load(tree: &Path, data_dir: &Path, store: &Store, options: &ReadOptions) -> Result<Option<Loaded>, Failure> {
    let document = read_path(tree, options)?;
    let state = hex(&Sha256::digest(format!("{:?}", document.rows).as_bytes()));
    let path = data_dir.join(STATE_FILE);
    let known = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(source) => return Err(CliError::DataDir { dir: path, source }.into()),
    };
    let is_empty = store.all_articles().await?.is_empty();
    if known.as_deref().map(str::trim) == Some(&state) && !is_empty {
        return Ok(None);
    }
    let done = import::into_store(store, document, false).await?;
    // A kill before this line only means that the import is compared once more.
    std::fs::write(&path, format!("{state}\n")).map_err(|source| CliError::DataDir { dir: path, source })?;
    for item in done.items.iter().filter(|item| item.verdict == Verdict::Refused) {
        let why = item.refusal.as_ref().map_or("", |refusal| refusal.message.en.as_str());
        tracing::warn!(place = %item.place, why, "a sample article was refused");
    }
    Ok(Some(Loaded { written: done.count(Verdict::Created) + done.count(Verdict::Updated), refused: done.count(Verdict::Refused) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_tree_goes_before_those_that_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let (kb, program) = (dir.path().join("kb"), dir.path().join("bin/jieda"));
        std::fs::create_dir_all(&kb).unwrap();
        std::fs::create_dir_all(dir.path().join("bin")).unwrap();
        assert_eq!(find(Some(kb.clone().into_os_string()), None).unwrap(), kb);
        let missing = find(Some("/nonexistent/kb".into()), Some(&program)).unwrap_err();
        assert!(missing.to_string().contains("/nonexistent/kb"), "{missing}");
        // The tests' own directory has a kb, which goes before the program's.
        assert!(find(None, Some(&program)).unwrap().ends_with("kb"));
    }
}
