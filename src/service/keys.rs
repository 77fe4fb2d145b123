//! API keys and roles.

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Service;
use crate::domain::decision::named;
use crate::domain::ids::KeyId;
use crate::error::{Code, Coded, Failure};
use crate::store::KeyRecord;
use crate::store::Store;
use crate::text::hex::hex;

named! {
    /// What a key may do.
    Role {
        /// Ask, begin and read conversations with their token, search, give feedback.
        Widget = "widget",
        /// The same, and suggestions, tickets, decisions, reading articles.
        Agent = "agent",
        /// Articles, labels, search, decisions.
        Editor = "editor",
        /// Everything.
        Admin = "admin",
    }
}

/// Where a first start keeps the keys that it prints, readable by the owner only.
const KEY_FILE: &str = "keys.txt";

/// Trouble with keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file cannot be read or written.
    #[error("cannot use {file}")]
    File {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {problem}")]
    Random {
        /// Why.
        problem: String,
    },
    /// No such role.
    #[error("there is no role {given:?}: use widget, agent, editor or admin")]
    Role {
        /// What was given.
        given: String,
    },
}

impl Coded for KeyError {
    fn code(&self) -> Code {
        match self {
            KeyError::File { source, .. } if crate::error::is_disk_full(source) => Code::DiskFull,
            KeyError::File { .. } => Code::FileUnreadable,
            KeyError::Random { .. } => Code::Internal,
            KeyError::Role { .. } => Code::UsageInvalid,
        }
    }
}

/// Whoever shows a valid secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The key.
    pub id: KeyId,
    /// What it may do.
    pub role: Role,
    /// What people call it; an agent's key signs with it.
    pub name: String,
}

/// A key with its secret, shown once.
#[derive(Clone)]
pub struct NewKey {
    /// What is stored.
    pub record: KeyRecord,
    /// The secret.
    pub secret: String,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("record", &self.record).finish_non_exhaustive()
    }
}

/// A random secret with a readable prefix: 192 bits.
pub(super) fn secret(prefix: &str) -> Result<String, KeyError> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| KeyError::Random { problem: error.to_string() })?;
    Ok(format!("{prefix}_{}", hex(&bytes)))
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Makes a key. The secret is not kept anywhere.
pub async fn create(store: &Store, role: Role, name: &str) -> Result<NewKey, Failure> {
    let secret = secret(&format!("jd{}", &role.name()[..1]))?;
    let record = store.create_key(role.name(), name, hash(&secret)).await?;
    Ok(NewKey { record, secret })
}

/// Whether an earlier start has made the keys that [`printed`] returns.
pub fn are_made(data_dir: &Path) -> bool {
    data_dir.join(KEY_FILE).exists()
}

/// The keys that a start prints, one a role: made once and kept in the data directory, so that every start prints the same.
pub async fn printed(store: &Store, data_dir: &Path) -> Result<Vec<(Role, String)>, Failure> {
    let path = data_dir.join(KEY_FILE);
    let mut keys = read(&path)?;
    let missing: Vec<Role> = Role::ALL.iter().copied().filter(|role| keys.iter().all(|(known, _)| known != role)).collect();
    for role in &missing {
        keys.push((*role, secret(&format!("jd{}", &role.name()[..1]))?));
    }
    if !missing.is_empty() {
        write(&path, &keys)?;
    }
    for (role, secret) in &keys {
        // Known already after the first start; written first, so that a kill in between loses nothing.
        store.create_key(role.name(), role.name(), hash(secret)).await?;
    }
    Ok(keys)
}

fn read(path: &Path) -> Result<Vec<(Role, String)>, KeyError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(role, secret)| Some((Role::parse(role)?, secret.trim().to_owned())))
            .collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(KeyError::File { file: path.display().to_string(), source }),
    }
}

fn write(path: &Path, keys: &[(Role, String)]) -> Result<(), KeyError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let text: String = keys.iter().map(|(role, secret)| format!("{role} {secret}\n")).collect();
    let temporary = path.with_extension("new");
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|source| KeyError::File { file: path.display().to_string(), source })
}

impl Service {
    /// Who shows a secret; `None` if it is unknown or revoked.
    pub async fn caller(&self, secret: &str) -> Result<Option<Caller>, Failure> {
        let record = self.inner.store.key_by_hash(hash(secret)).await?;
        Ok(record.and_then(|KeyRecord { id, role, name, .. }| Some(Caller { id, role: Role::parse(&role)?, name })))
    }

    /// All keys, revoked ones too, oldest first.
    pub async fn keys(&self) -> Result<Vec<KeyRecord>, Failure> {
        Ok(self.inner.store.keys().await?)
    }

    /// Revokes a key. **Errors**: an unknown key.
    pub async fn revoke_key(&self, id: KeyId) -> Result<KeyRecord, Failure> {
        Ok(self.inner.store.revoke_key(id).await?)
    }

    /// Makes a key.
    pub async fn create_key(&self, role: Role, name: &str) -> Result<NewKey, Failure> {
        create(&self.inner.store, role, name).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_file_is_private_and_round_trips() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        assert!(read(&path).unwrap().is_empty());
        let keys = vec![(Role::Widget, secret("jdw").unwrap()), (Role::Admin, secret("jda").unwrap())];
        write(&path, &keys).unwrap();
        assert_eq!(read(&path).unwrap(), keys);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_ne!(keys[0].1, secret("jdw").unwrap());
    }
}
