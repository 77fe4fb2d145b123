//! Whether the service can do its work.

use super::Service;
use super::lexicon::FileProblem;
use crate::decide::labels::LabelFit;
use crate::decide::promise::Promise;
use crate::domain::time::Timestamp;
use crate::error::{Code, Coded};
use crate::retrieve::adaptation::OutOfScope;

/// A part of the machine that a start needs and did not get.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No threads.
    #[error("the system gives no threads")]
    Threads(#[source] std::io::Error),
}

impl Coded for StartError {
    fn code(&self) -> Code {
        Code::Internal
    }
}

/// The state of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Questions can be answered and what is written is stored.
    pub ready: bool,
    /// The encoder's name; `None` in keyword-only mode.
    pub model: Option<String>,
    /// Why there is no encoder.
    pub model_problem: Option<String>,
    /// The state of the knowledge base that is searched.
    pub kb_revision: i64,
    /// Articles times locales that can be found.
    pub entries: usize,
    /// Fingerprint of what the articles taught, as decisions record it.
    pub confidence: String,
    /// When it was learned.
    pub confidence_at: Timestamp,
    /// Share of questions that no article answers, as far as known.
    pub out_of_scope: OutOfScope,
    /// How what people told moved the confidence.
    pub labels: LabelFit,
    /// What is promised for each precision that the configuration asks for, the usual one first. Empty while nothing is, and where the
    /// configuration names a line instead of a precision.
    pub promises: Vec<Promise>,
    /// Editor's files that are not in force as they are: told, and no reason not to be ready.
    pub files: Vec<FileProblem>,
    /// Why the store cannot be used, if so.
    pub store_problem: Option<String>,
}

impl Service {
    /// The encoder's name; `None` in keyword-only mode.
    pub fn model(&self) -> Option<String> {
        self.inner.indexing.served().parts.embedder.as_ref().map(|e| e.name().to_owned())
    }

    /// Looks at store and index. Cheap: probes ask every few seconds. Where the last write failed, one is tried.
    pub async fn health(&self) -> Health {
        let served = self.inner.indexing.served();
        let adapted = self.inner.adapting.current();
        let (in_force, degraded) = (self.inner.adapting.of(&served), served.parts.embedder.is_none());
        let by_hand = self.inner.config.answers.answer_threshold.is_some();
        let store_problem = match self.inner.store.kb_revision().await {
            Ok(_) => self.inner.store.write_problem().await,
            Err(error) => Some(error.to_string()),
        };
        Health {
            ready: store_problem.is_none(),
            model: served.parts.embedder.as_ref().map(|e| e.name().to_owned()),
            model_problem: self.inner.model_problem.clone(),
            kb_revision: served.snapshot.revision().0,
            entries: served.snapshot.len(),
            confidence: adapted.adaptation.fingerprint.clone(),
            confidence_at: adapted.at,
            out_of_scope: adapted.adaptation.out_of_scope,
            labels: *adapted.adaptation.labels.of(degraded),
            promises: if by_hand { Vec::new() } else { in_force.promises.iter().map(|promises| *promises.of(degraded)).collect() },
            files: self.inner.file_problems.load().to_vec(),
            store_problem,
        }
    }
}
