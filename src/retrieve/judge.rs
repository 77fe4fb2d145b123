//! Candidates with probabilities: retrieval and confidence put together.

use super::adaptation::Adaptation;
use super::collapse::Scored;
use super::error::RetrieveError;
use super::features::features;
use super::fusion::Mode;
use super::query::Query;
use super::search::{Found, search, search_together};
use crate::decide::confidence::{Chances, Confidence, Features};
use crate::decide::policy::{Judged, asks_the_same};
use crate::domain::decision::{Candidate, CandidateScores, FeatureShare};
use crate::domain::locale::Locale;
use crate::domain::score::Probability;
use crate::index::snapshot::{Live, Snapshot};

/// Candidates that are kept in a decision.
pub const KEPT: usize = 10;

/// A question with ranked, judged candidates.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The question as searched.
    pub query: Query,
    /// What was found.
    pub found: Found,
    /// What the confidence looked at; `None` when nothing was found.
    pub features: Option<Features>,
    /// Probability of each candidate, in the order of `found.candidates`.
    pub probabilities: Vec<Probability>,
    /// Whether the encoder took no part.
    pub degraded: bool,
}

impl Judgement {
    /// The probability that the best candidate answers the question; 0 when nothing was found.
    pub fn confidence(&self) -> Probability {
        self.probabilities.first().copied().unwrap_or(Probability::ZERO)
    }

    /// The candidates as the policy sees them.
    pub fn judged(&self) -> Vec<Judged> {
        let Some(first) = self.found.candidates.first() else { return Vec::new() };
        let twin = |candidate: &Scored| {
            let answer_of = |candidate: &Scored| candidate.shown(Locale::ZhCn).article.clone();
            let same = candidate.id != first.id && asks_the_same(&scores(first), &scores(candidate));
            same && answer_of(candidate).answer != answer_of(first).answer
        };
        self.found
            .candidates
            .iter()
            .zip(&self.probabilities)
            .take(KEPT)
            .map(|(candidate, probability)| Judged {
                id: candidate.id.clone(),
                probability: *probability,
                exact: candidate.exact,
                contradicted: candidate.mismatch.any(),
                twin: twin(candidate),
            })
            .collect()
    }

    /// The first `limit` candidates as they are recorded and shown to a reader of `locale`.
    pub fn candidates(&self, locale: Locale, limit: usize) -> Vec<Candidate> {
        self.found
            .candidates
            .iter()
            .zip(&self.probabilities)
            .take(limit)
            .map(|(candidate, probability)| {
                let shown = candidate.shown(locale);
                let matched = &candidate.matched().passage;
                Candidate {
                    article_id: candidate.id.clone(),
                    title: shown.article.title.clone(),
                    locale: shown.article.locale,
                    matched_kind: matched.kind,
                    matched_text: candidate.matched_wording().to_owned(),
                    probability: *probability,
                    scores: scores(candidate),
                    exact: candidate.exact,
                }
            })
            .collect()
    }

    /// What the probabilities of the candidates follow from beside the chances, best first.
    pub fn levels(&self) -> Vec<f64> {
        falling_scores(&self.found, self.degraded)
    }

    /// The features with their shares of the log-odds.
    pub fn shares(&self, confidence: &Confidence) -> Vec<FeatureShare> {
        self.features.map_or_else(Vec::new, |features| confidence.of(self.degraded).shares(&features, self.degraded))
    }
}

/// What is told of a candidate beside its probability.
fn scores(candidate: &Scored) -> CandidateScores {
    CandidateScores {
        bm25: candidate.bm25,
        cosine: candidate.cosine,
        bm25_rank: candidate.bm25_rank,
        cosine_rank: candidate.cosine_rank,
        term_overlap: candidate.overlap,
        fused: candidate.fused,
    }
}

/// Searches and judges. Without a vector in the query the mode falls back to terms and the keyword-only calibration applies.
pub fn judge(query: Query, snapshot: &Snapshot, mode: Mode, live: Live<'_>, adaptation: &Adaptation) -> Result<Judgement, RetrieveError> {
    let found = search(&query, snapshot, mode, live, adaptation.taught())?;
    Ok(judged(query, found, snapshot, adaptation))
}

/// Judges several questions, as [`judge`] does each, with the vectors searched once for all of them ([`search_together`]).
pub fn judge_together(
    queries: Vec<Query>,
    snapshot: &Snapshot,
    mode: Mode,
    live: Live<'_>,
    adaptation: &Adaptation,
) -> Result<Vec<Judgement>, RetrieveError> {
    let asked: Vec<_> = queries.iter().map(|query| (query, adaptation.taught())).collect();
    let found = search_together(&asked, snapshot, mode, live)?;
    Ok(queries.into_iter().zip(found).map(|(query, found)| judged(query, found, snapshot, adaptation)).collect())
}

fn judged(query: Query, found: Found, snapshot: &Snapshot, adaptation: &Adaptation) -> Judgement {
    let degraded = query.vector.is_none();
    let features = features(&found, &query, snapshot, &adaptation.ground);
    let calibration = adaptation.confidence.of(degraded);
    let chances = features.map_or(Chances::NONE, |features| calibration.chances(&features));
    let probabilities = calibration.spread(chances, &falling_scores(&found, degraded));
    Judgement { query, found, features, probabilities, degraded }
}

/// The scores over which probability falls from the best candidate on. Keyword scores are relative to the best one; those of the
/// full mode are on one scale already. An exact match stands a fixed step above, which is no evidence against the others beyond one.
pub fn falling_scores(found: &Found, degraded: bool) -> Vec<f64> {
    let scale = found.candidates.first().filter(|_| degraded).map_or(1.0, |best| best.fused.abs().max(1e-9));
    found.candidates.iter().map(|c| (if c.exact { c.fused.min(2.0) } else { c.fused }) / scale).collect()
}
