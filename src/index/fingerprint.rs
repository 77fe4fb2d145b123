//! What an index was made with. A change of any part makes another index; one is never served with another's parts.

use sha2::{Digest, Sha256};

use super::lexical::SCHEMA_VERSION;
use crate::text::hex::hex;
use crate::text::{normalize, split};

/// Hex SHA-256 over the encoder's fingerprint, the segmenter's (dictionary included), the versions of normaliser and splitter,
/// the schema and tantivy. `model` is empty when there is no encoder.
pub fn fingerprint(model: &str, segmenter: &str) -> String {
    let mut hash = Sha256::new();
    let parts = [
        format!("schema {SCHEMA_VERSION}"),
        format!("normalize {}", normalize::VERSION),
        format!("split {}", split::VERSION),
        format!("tantivy {}", tantivy::version_string()),
        format!("segmenter {segmenter}"),
        format!("model {model}"),
    ];
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}
