//! What can go wrong between a question and its candidates.

use crate::error::{Code, Coded};
use crate::index::error::IndexError;

/// A retrieval failure.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    /// The index failed.
    #[error("the index cannot be searched")]
    Index {
        /// Why.
        #[source]
        source: Box<IndexError>,
    },
}

impl From<IndexError> for RetrieveError {
    fn from(source: IndexError) -> Self {
        RetrieveError::Index { source: Box::new(source) }
    }
}

impl Coded for RetrieveError {
    fn code(&self) -> Code {
        match self {
            RetrieveError::Index { source } => source.code(),
        }
    }
}
