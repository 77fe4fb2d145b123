//! What the shop's own traffic has to say of the confidence, read from the store and asked again.
//!
//! Three sources. Questions that editors labelled: only these tell of questions that nothing answers, and so which precision a line
//! reaches. What agents did with suggestions, and what customers rated or picked: they judge what was shown, which counts less the
//! less they knew, and moves the confidence without deciding a line. All of it fades with time, as articles and customers change. The
//! unlabelled questions of the past tell how many of them nothing answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::indexing::Served;
use super::reading::searchable;
use crate::decide::labels::Outcome;
use crate::domain::decision::{Decision, Reason, Rule};
use crate::domain::feedback::{Feedback, FeedbackKind};
use crate::domain::ids::{ArticleId, DecisionId};
use crate::domain::label::Label;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::index::snapshot::Live;
use crate::index::vectors::Vector;
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::adaptation::traffic::Traffic;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::judge;
use crate::retrieve::query::Query;
use crate::retrieve::spelling::corrected;
use crate::store::{Store, StoreError};
use crate::text::normalize::{bare, fold, phrasing_key};
use crate::text::synonyms::Synonyms;

/// The newest unlabelled questions that are looked at.
const LOG_MAX: u32 = 2_000;
/// The newest judgements of decisions that are looked at.
const JUDGEMENTS_MAX: u32 = 5_000;
/// Days after which what people told counts half.
const HALF_LIFE_DAYS: f64 = 180.0;
const DAY_MS: i64 = 86_400_000;

/// What somebody said of a question's first candidate.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    /// One of these answers it; none: nothing does.
    Expected(Vec<ArticleId>),
    /// This one does not; what does is not known.
    Wrong(ArticleId),
}

/// One question with all that was said of it, each with what it counts.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    query: String,
    said: Vec<(Verdict, f64)>,
    firm: bool,
}

/// What was read from the store.
#[derive(Debug, Default)]
pub struct Heard {
    log: Vec<String>,
    labelled: Vec<Told>,
    hearsay: Vec<Told>,
}

/// Vectors of the questions that were asked last, for the encoder with the fingerprint.
#[derive(Debug, Default)]
pub struct Remembered {
    model: String,
    before: HashMap<String, Arc<Vector>>,
    now: HashMap<String, Arc<Vector>>,
}

impl Heard {
    /// Reads the newest of everything. **Cost**: a few thousand rows.
    pub async fn read(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let log = store.recent_decisions_by_confidence(LOG_MAX).await?;
        let log = log.into_iter().filter(asked_alone).map(|decision| decision.query).collect();
        let labelled = store.all_labels().await?.into_iter().map(|label| of_label(label, now)).collect();
        let hearsay = told_of(store.recent_judgements(JUDGEMENTS_MAX).await?, now);
        Ok(Heard { log, labelled, hearsay })
    }

    /// What was told of each question. Where an editor labelled it, that counts instead of what was rated and picked; `key` is equal for
    /// the same question, put right as it is when it is asked.
    fn told(&self, key: impl Fn(&str) -> String) -> Vec<&Told> {
        let known: BTreeSet<String> = self.labelled.iter().map(|told| key(&told.query)).collect();
        self.labelled.iter().chain(self.hearsay.iter().filter(|told| !known.contains(&key(&told.query)))).collect()
    }

    /// Asks everything again with what the articles taught. What was encoded before is not encoded again.
    ///
    /// **Cost**: one search a question and mode, and one forward pass a new question, on the calling thread.
    pub fn ask(&self, served: &Served, taught: &Adaptation, now: Timestamp, remembered: &mut Remembered) -> Result<Traffic, Failure> {
        remembered.begin(served.parts.model());
        // Synonyms are left out, as where the knowledge base asks itself.
        let (synonyms, live) = (Synonyms::empty(), Live { now, channel: None });
        let known: BTreeSet<&ArticleId> = served.snapshot.entries().map(|entry| &entry.article.id).collect();
        let told = self.told(|text| phrasing_key(&corrected(&fold(text), &served.snapshot).text));
        let mut traffic = Traffic::default();
        for degraded in [false, true] {
            if !degraded && served.parts.embedder.is_none() {
                continue;
            }
            let mode = if degraded { Mode::Lexical } else { Mode::Hybrid };
            let calibration = taught.confidence.of(degraded);
            let mut first = |text: &str| -> Result<Option<(f64, ArticleId)>, Failure> {
                let mut query = Query::asked(text, &served.snapshot, &synonyms);
                if !degraded {
                    query.vector = remembered.vector(&query.folded, served)?;
                }
                let judgement = judge(query, &served.snapshot, mode, live, taught)?;
                let best = judgement.found.candidates.first().map(|candidate| candidate.id.clone());
                Ok(judgement.features.map(|features| calibration.log_odds(&features)).zip(best))
            };
            for text in &self.log {
                traffic.log.of_mut(degraded).extend(first(text)?.map(|(log_odds, _)| log_odds));
            }
            for told in &told {
                let Some((log_odds, best)) = first(&told.query)? else { continue };
                traffic.outcomes.of_mut(degraded).extend(told.outcome(log_odds, &best, &known));
            }
        }
        // What is not asked any more, perhaps because it was erased, is forgotten.
        remembered.before.clear();
        Ok(traffic)
    }
}

impl Told {
    /// What follows for `best`; `None` if nothing that was said is about it. However much is said of one question, it is one: many
    /// thumbs down for one unpopular answer tell nothing of the others.
    fn outcome(&self, log_odds: f64, best: &ArticleId, known: &BTreeSet<&ArticleId>) -> Option<Outcome> {
        let of_best = self.said.iter().filter_map(|(verdict, weight)| Some((verdict.of(best, known)?, *weight)));
        let (right, all) = of_best.fold((0.0, 0.0), |(right, all), (is, weight)| (if is { right + weight } else { right }, all + weight));
        (all > 0.0).then(|| Outcome { log_odds, right: right / all, weight: all.min(1.0), firm: self.firm })
    }
}

impl Verdict {
    /// Whether `best` is right; `None` if that is not known. Of a question whose articles are all gone (`known` has those that are there)
    /// nobody said what answers it now.
    fn of(&self, best: &ArticleId, known: &BTreeSet<&ArticleId>) -> Option<bool> {
        match self {
            Verdict::Expected(articles) if !articles.is_empty() && articles.iter().all(|article| !known.contains(article)) => None,
            Verdict::Expected(articles) => Some(articles.contains(best)),
            Verdict::Wrong(article) => (article == best).then_some(false),
        }
    }
}

impl Remembered {
    /// Before everything is asked again. What another encoder made is of no use.
    fn begin(&mut self, model: &str) {
        let before = if self.model == model { std::mem::take(&mut self.now) } else { HashMap::new() };
        *self = Remembered { model: model.to_owned(), before, now: HashMap::new() };
    }

    fn vector(&mut self, folded: &str, served: &Served) -> Result<Option<Vector>, Failure> {
        let Some(embedder) = &served.parts.embedder else { return Ok(None) };
        let known = self.now.get(folded).cloned().or_else(|| self.before.remove(folded));
        let vector = match known {
            Some(vector) => vector,
            None => Arc::new(Vector::new(&embedder.embed_query(folded)?, embedder.dims())?),
        };
        self.now.insert(folded.to_owned(), vector.clone());
        Ok(Some((*vector).clone()))
    }
}

/// Whether a decision is of a question that the confidence decided by itself: no pick of an option, no follow-up that was searched with the
/// question before it, and not erased since.
fn asked_alone(decision: &Decision) -> bool {
    let own = searchable(&decision.question);
    let picked = matches!(decision.rule(), Some(Rule::OptionPicked | Rule::OptionUnclear));
    // A word put right may be longer than it was.
    let alone = decision.inherited_from.is_none() || decision.query.len() <= own.len();
    !decision.query.is_empty() && Reason::BY_CONFIDENCE.contains(&decision.reason) && !picked && alone
}

/// What an editor's label says.
fn of_label(label: Label, now: Timestamp) -> Told {
    let query = bare(&fold(&searchable(&label.question))).to_owned();
    Told { query, said: vec![(Verdict::Expected(label.expected), fading(label.at, now))], firm: true }
}

/// What the judgements say, by question in the order of the text. Of a decision one counts: the weightiest, of equals the latest.
fn told_of(judgements: Vec<(Feedback, Decision)>, now: Timestamp) -> Vec<Told> {
    let mut of_decision: BTreeMap<DecisionId, (String, Verdict, f64)> = BTreeMap::new();
    for (feedback, decision) in judgements {
        let Some((verdict, weight)) = verdict(&feedback, &decision).filter(|_| asked_alone(&decision)) else { continue };
        let weight = weight * fading(feedback.at, now);
        match of_decision.get(&feedback.decision_id) {
            Some((.., before)) if *before > weight => {}
            _ => drop(of_decision.insert(feedback.decision_id, (decision.query, verdict, weight))),
        }
    }
    let mut of_question: BTreeMap<String, Told> = BTreeMap::new();
    for (query, verdict, weight) in of_decision.into_values() {
        let told = of_question.entry(phrasing_key(&query)).or_insert_with(|| Told { query, said: Vec::new(), firm: false });
        told.said.push((verdict, weight));
    }
    of_question.into_values().collect()
}

/// What a judgement says of the question, and how much it counts. `None` if it says nothing of an article.
fn verdict(feedback: &Feedback, decision: &Decision) -> Option<(Verdict, f64)> {
    let first = decision.candidates.first().map(|candidate| &candidate.article_id);
    let named = feedback.article_id.as_ref();
    let shown = || named.or(decision.article_id.as_ref()).cloned();
    let suggested = || named.or(first).cloned();
    let expected = |article| Verdict::Expected(vec![article]);
    Some(match feedback.kind {
        FeedbackKind::Helpful => (expected(shown()?), 0.5),
        FeedbackKind::NotHelpful => (Verdict::Wrong(shown()?), 0.5),
        FeedbackKind::Picked => (expected(named?.clone()), 0.7),
        FeedbackKind::SuggestionAccepted => (expected(suggested()?), 1.0),
        FeedbackKind::SuggestionEdited => (expected(suggested()?), 0.7),
        // Agents also leave out what they would have said themselves.
        FeedbackKind::SuggestionIgnored => (Verdict::Wrong(suggested()?), 0.3),
    })
}

/// What is left of a label's weight, by whole days, so that it changes once a day.
fn fading(at: Timestamp, now: Timestamp) -> f64 {
    let days = (now.0 - at.0).max(0) / DAY_MS;
    0.5f64.powf(days as f64 / HALF_LIFE_DAYS)
}

#[cfg(test)]
mod tests;
