//! What one knowledge base taught: how to rank its articles, and how sure to be.

pub mod file;

use sha2::{Digest, Sha256};

use super::head::Head;
use crate::decide::confidence::{CalibrationError, Confidence};
use crate::domain::passage::PassageKind;
use crate::index::fingerprint::fingerprint;
use crate::index::snapshot::Snapshot;
use crate::text::hex::hex;

/// Raised when the same content teaches something else than before.
const VERSION: u32 = 1;

/// What is learned from a knowledge base and used for every question about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptation {
    /// The ranking head; `None` where there was too little to learn from.
    pub head: Option<Head>,
    /// What turns scores into probabilities.
    pub confidence: Confidence,
    /// Fingerprint of the encoder whose vectors it was learned from; empty without one. It says nothing of another's vectors.
    pub model: String,
    /// Hex SHA-256 of everything that it was learned from.
    pub fingerprint: String,
}

impl Adaptation {
    /// What is known before anything is learned.
    ///
    /// **Errors**: none in a program whose own tests pass.
    pub fn prior() -> Result<Self, CalibrationError> {
        let confidence = Confidence::prior()?;
        Ok(Adaptation { head: None, model: String::new(), fingerprint: confidence.fingerprint.clone(), confidence })
    }

    /// Learns from a snapshot whose vectors are of the encoder with the fingerprint `model` (empty: no encoder). The same content
    /// gives the same adaptation to the last bit.
    ///
    /// **Cost**: see [`Head::learn`]. **Errors**: as [`Adaptation::prior`].
    pub fn learn(snapshot: &Snapshot, model: &str) -> Result<Self, CalibrationError> {
        let prior = Confidence::prior()?;
        let fingerprint = content_fingerprint(snapshot, model, &prior);
        Ok(Adaptation { head: Head::learn(snapshot), confidence: prior, model: model.to_owned(), fingerprint })
    }

    /// The fingerprint that [`Adaptation::learn`] would give. **Cost**: reads every passage once.
    ///
    /// **Errors**: as [`Adaptation::prior`].
    pub fn fingerprint_of(snapshot: &Snapshot, model: &str) -> Result<String, CalibrationError> {
        Ok(content_fingerprint(snapshot, model, &Confidence::prior()?))
    }
}

fn content_fingerprint(snapshot: &Snapshot, model: &str, prior: &Confidence) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(format!("adaptation {VERSION}").as_bytes());
    part(fingerprint(model, snapshot.segmenter().fingerprint()).as_bytes());
    part(prior.fingerprint.as_bytes());
    for entry in snapshot.entries() {
        part(entry.article.id.as_str().as_bytes());
        part(entry.article.locale.tag().as_bytes());
        part(&(entry.passages.len() as u64).to_le_bytes());
        for passage in &entry.passages {
            let kind: &[u8] = match passage.passage.kind {
                PassageKind::Title => b"title",
                PassageKind::Variant => b"variant",
                PassageKind::Answer => b"answer",
            };
            part(kind);
            part(passage.passage.text.as_bytes());
        }
    }
    hex(&hash.finalize())
}
