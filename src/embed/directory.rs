//! The files of one model, read whole and held to their checksums.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::EmbedError;

/// A model's directory and the hashes that are known of its files.
pub(super) struct ModelDir<'a> {
    dir: &'a Path,
    checksums: &'a BTreeMap<String, String>,
}

impl<'a> ModelDir<'a> {
    /// `checksums` maps paths inside `dir` to lower-case hex sha256; files without one are not checked.
    pub fn new(dir: &'a Path, checksums: &'a BTreeMap<String, String>) -> Self {
        ModelDir { dir, checksums }
    }

    /// The path of a file, for reading and for messages.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The bytes of a file, not yet checked.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, EmbedError> {
        let path = self.path(name);
        std::fs::read(&path).map_err(|source| EmbedError::reading(&path, source))
    }

    /// The hash of a file's bytes.
    ///
    /// **Errors** `ChecksumMismatch` when another one is expected. **Cost** about 50 ms per 100 MB with SHA instructions.
    pub fn check(&self, name: &str, bytes: &[u8]) -> Result<String, EmbedError> {
        let found = sha256(bytes);
        match self.checksums.get(name) {
            Some(expected) if *expected != found => {
                Err(EmbedError::ChecksumMismatch { path: self.path(name), expected: expected.clone(), found })
            }
            _ => Ok(found),
        }
    }

    /// A checked JSON file.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, EmbedError> {
        let bytes = self.read(name)?;
        self.check(name, &bytes)?;
        serde_json::from_slice(&bytes).map_err(|source| EmbedError::JsonInvalid { path: self.path(name), source })
    }

    /// A checked JSON file that may be missing, unless a checksum says that it belongs to the model.
    pub fn optional_json<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, EmbedError> {
        match self.json(name) {
            Err(EmbedError::FileMissing { .. }) if !self.checksums.contains_key(name) => Ok(T::default()),
            other => other,
        }
    }
}

/// Lower-case hex sha256.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hex sha256 of a file, read in pieces.
pub(super) fn sha256_of_file(path: &Path) -> Result<String, EmbedError> {
    let reading = |source| EmbedError::reading(path, source);
    let mut file = std::fs::File::open(path).map_err(reading)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match std::io::Read::read(&mut file, &mut buffer) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(n) => hash.update(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(reading(error)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
