//! What can go wrong between a question and its candidates.

use crate::embed::EmbedError;
use crate::error::{Code, Coded};
use crate::index::error::IndexError;

/// A retrieval failure.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    /// The index failed.
    #[error("the index cannot be searched")]
    Index {
        /// Why.
        #[from]
        source: IndexError,
    },
    /// The encoder failed where it was required.
    #[error("the question cannot be encoded")]
    Encoder {
        /// Why.
        #[from]
        source: EmbedError,
    },
}

impl Coded for RetrieveError {
    fn code(&self) -> Code {
        match self {
            RetrieveError::Index { source } => source.code(),
            RetrieveError::Encoder { source } => source.code(),
        }
    }
}
