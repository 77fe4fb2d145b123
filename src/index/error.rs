//! What can go wrong with an index.

use std::path::PathBuf;

use crate::error::{Code, Coded};

/// An index failure.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Reading or writing a file failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// tantivy refused.
    #[error("the lexical index failed while {action}")]
    Lexical {
        /// What was being done.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: Box<tantivy::TantivyError>,
    },
    /// A file on disk is not what was written.
    #[error("the index at {} is damaged: {detail}", path.display())]
    Damaged {
        /// Which index.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A vector has the wrong length or holds a number that is none.
    #[error("a vector of {got} numbers was given where {want} finite ones are expected")]
    Vector {
        /// Length wanted.
        want: usize,
        /// Length given.
        got: usize,
    },
}

impl IndexError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> IndexError {
        let path = path.into();
        move |source| IndexError::Io { action, path, source }
    }

    pub(super) fn lexical<E: Into<tantivy::TantivyError>>(action: &'static str) -> impl FnOnce(E) -> IndexError {
        move |source| IndexError::Lexical { action, source: Box::new(source.into()) }
    }

    /// Whether the disk is full, however deep the cause lies.
    pub fn is_disk_full(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if error.downcast_ref::<std::io::Error>().is_some_and(crate::error::is_disk_full) {
                return true;
            }
            cause = error.source();
        }
        // tantivy keeps some I/O errors behind an Arc that is not part of the chain.
        matches!(self, IndexError::Lexical { source, .. } if source.to_string().contains("StorageFull") || source.to_string().contains("No space left"))
    }
}

impl Coded for IndexError {
    fn code(&self) -> Code {
        match self {
            _ if self.is_disk_full() => Code::DiskFull,
            IndexError::Vector { .. } => Code::Internal,
            _ => Code::IndexUnavailable,
        }
    }
}
