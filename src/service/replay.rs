//! A stored decision, shown and repeated.

use super::Service;
use crate::domain::decision::{Candidate, Decision};
use crate::domain::ids::DecisionId;
use crate::domain::score::Probability;
use crate::error::{Code, Coded, Failure};
use crate::retrieve::judge::KEPT;

/// A decision that is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no decision {id}")]
pub struct UnknownDecision {
    /// Its id.
    pub id: DecisionId,
}

impl Coded for UnknownDecision {
    fn code(&self) -> Code {
        Code::DecisionNotFound
    }
}

/// A repeated decision beside the stored one.
#[derive(Debug, Clone)]
pub struct Replay {
    /// As it was made.
    pub stored: Decision,
    /// The candidates now.
    pub candidates: Vec<Candidate>,
    /// The confidence now.
    pub confidence: Probability,
    /// What differs in what it was made with: `kb_revision`, `model`, `index`, `confidence`; empty if nothing does.
    pub changed: Vec<&'static str>,
    /// Whether candidates and confidence are equal to the last bit.
    pub same: bool,
}

impl Service {
    /// One decision.
    pub async fn decision(&self, id: DecisionId) -> Result<Decision, Failure> {
        Ok(self.inner.store.decision(id).await?.ok_or(UnknownDecision { id })?)
    }

    /// Searches and judges a stored decision's query again with what is served now. While nothing that it was made with has
    /// changed, the outcome is the same to the last bit.
    pub async fn replay(&self, id: DecisionId) -> Result<Replay, Failure> {
        let stored = self.decision(id).await?;
        let own = super::reading::searchable(&stored.question);
        let answering = self.answering_again(&stored.query, &own, Some(stored.channel.clone())).await?;
        let candidates = answering.main.candidates(stored.locale, KEPT);
        let mut changed = Vec::new();
        let parts = [
            ("kb_revision", stored.kb_revision == answering.revision),
            ("model", stored.fingerprints.model == answering.model.1),
            ("index", stored.fingerprints.index == answering.index),
            ("confidence", stored.fingerprints.confidence == answering.adaptation.fingerprint),
        ];
        changed.extend(parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name));
        let confidence = answering.main.confidence();
        // A rule may have set the reported confidence to 0; the best candidate's probability is what repeats.
        let before = stored.candidates.first().map(|c| c.probability);
        let same = candidates == stored.candidates && before.is_none_or(|before| before == confidence);
        Ok(Replay { stored, candidates, confidence, changed, same })
    }
}
