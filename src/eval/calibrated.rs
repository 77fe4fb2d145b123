//! What turns scores into probabilities in an evaluation, and the lines that follow from it, chosen without the questions' labels.

use std::path::PathBuf;
use std::sync::Arc;

use super::record::{CalibrationUsed, Lines};
use super::vectors::Vectors;
use crate::decide::confidence::Confidence;
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::index::snapshot::Snapshot;
use crate::retrieve::fusion::Mode;

/// Which calibration an evaluation uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CalibrationChoice {
    /// Fitted to the knowledge base by itself.
    #[default]
    Own,
    /// The one that is shipped.
    Prior,
    /// A calibration file.
    File(PathBuf),
}

/// What a calibration may look at.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The knowledge base.
    pub snapshot: &'a Arc<Snapshot>,
    /// The encoder; `None` with keywords alone.
    pub vectors: Option<&'a Vectors>,
    /// Which searches take part.
    pub mode: Mode,
    /// The moment at which articles have to be valid.
    pub now: Timestamp,
    /// The precision asked for.
    pub target_precision: f64,
    /// Unlabelled questions, none of them a tested one; `None` where no log was given.
    pub log: Option<&'a [String]>,
    /// The language of the notes.
    pub locale: Locale,
    /// Hears how many steps of how many are done.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// The confidence and the lines of an evaluation.
pub fn calibrated(_choice: &CalibrationChoice, ground: &Ground<'_>) -> Result<(Confidence, Lines, CalibrationUsed), Failure> {
    let confidence = Confidence::prior()?;
    let degraded = ground.vectors.is_none() || ground.mode == Mode::Lexical;
    let lines = Lines {
        target_precision: ground.target_precision,
        answer: Some(confidence.of(degraded).thresholds.answer),
        accurate: 0.5,
        labels_missing: None,
    };
    let used = CalibrationUsed {
        kind: "prior".to_owned(),
        version: confidence.fingerprint.clone(),
        out_of_scope_share: 0.5,
        share_from: "assumed".to_owned(),
        notes: Vec::new(),
    };
    Ok((confidence, lines, used))
}
