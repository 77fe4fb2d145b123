//! What can be wrong with a configuration. Every message names the place, the key, the value and what is allowed there.

use std::path::PathBuf;

use crate::error::{Code, Coded};

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    FileUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML in UTF-8.
    #[error("{} line {line}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser expected.
        problem: String,
    },
    /// A section, key or variable that does not exist.
    #[error("{place}: unknown {what} {key:?}{}", meant(nearest))]
    Unknown {
        /// The file, or `environment`.
        place: String,
        /// `section`, `key` or `variable`.
        what: &'static str,
        /// As written.
        key: String,
        /// The known one that looks most like it, if any comes close.
        nearest: Option<String>,
    },
    /// A value that its key does not take.
    #[error("{place}: {key} = {given} is not allowed: it takes {allowed}")]
    ValueInvalid {
        /// The file, or `environment`.
        place: String,
        /// `section.key`, or the variable's name.
        key: String,
        /// As written, cut to 80 characters; `…` for a secret.
        given: String,
        /// What the key takes.
        allowed: String,
    },
    /// Two values that contradict each other.
    #[error("{first} = {first_given} contradicts {second} = {second_given}: {rule}")]
    Contradiction {
        /// One key.
        first: &'static str,
        /// Its value.
        first_given: String,
        /// The other key.
        second: &'static str,
        /// Its value.
        second_given: String,
        /// What must hold between them.
        rule: &'static str,
    },
}

impl Coded for ConfigError {
    fn code(&self) -> Code {
        Code::ConfigInvalid
    }
}

fn meant(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|nearest| format!("; did you mean {nearest:?}?")).unwrap_or_default()
}
