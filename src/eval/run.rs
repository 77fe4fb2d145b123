//! One evaluation: every question through the same code as a customer's.

use std::sync::Arc;

use super::questions::LabelledQuestion;
use crate::cpu;
use crate::domain::time::Timestamp;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::index::snapshot::{Live, Snapshot};
use crate::index::vectors::Vector;
use crate::retrieve::fusion::Mode;
use crate::retrieve::query::Query;
use crate::retrieve::search::{Found, search};
use crate::text::synonyms::Synonyms;

/// A question with what was found for it.
pub struct Asked {
    /// As prepared.
    pub query: Query,
    /// Candidates.
    pub found: Found,
}

/// Asks every question; the results are in the order of the questions. Questions are encoded alone, as customers' are, on all
/// cores.
pub fn ask_all(questions: &[LabelledQuestion], snapshot: &Arc<Snapshot>, embedder: Option<&dyn Embedder>, mode: Mode, now: Timestamp, progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Asked>, Failure> {
    let synonyms = Synonyms::empty();
    let live = Live { now, channel: None };
    let asked = cpu::parallel_map(
        questions,
        |question| -> Result<Asked, Failure> {
            let mut query = Query::new(&question.question, snapshot, &synonyms);
            if let Some(embedder) = embedder.filter(|_| mode != Mode::Lexical) {
                query.vector = Some(Vector::new(&embedder.embed_query(&query.folded)?, embedder.dims())?);
            }
            let found = search(&query, snapshot, mode, live)?;
            Ok(Asked { query, found })
        },
        progress,
    );
    asked.into_iter().collect()
}
