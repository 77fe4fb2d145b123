//! Decisions, explained; feedback on them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{RankedArticle, hundredths};
use super::explanation::{Contradicted, Counterfactual, Decider, LineDistance, Recomputed, Words};
use super::fields;
use crate::decide::plain::feature_label;
use crate::decide::rules::Contradiction;
use crate::domain::decision::{Candidate, FeatureShare};
use crate::domain::feedback::Feedback as KeptFeedback;
use crate::service::explain::Explained;

/// A decision with everything that led to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    /// Its id.
    pub id: String,
    /// The conversation it belongs to.
    pub conversation_id: String,
    /// The customer's message it answers.
    pub message_id: String,
    /// The question, personal data masked; a burst is joined by newlines.
    pub question: String,
    /// The normalised text that was searched.
    pub query: String,
    /// The language asked for.
    pub locale: &'static str,
    /// The channel.
    pub channel: String,
    /// What the customer got.
    #[schema(schema_with = fields::band)]
    pub band: &'static str,
    /// Why.
    #[schema(schema_with = fields::reason)]
    pub reason: &'static str,
    /// Probability that the best candidate answers the question; 0 where a rule forbade an article.
    pub confidence: f64,
    /// The least confidence at which an article was shown.
    pub answer_threshold: f64,
    /// The text shown to the customer.
    pub message: String,
    /// The article shown.
    #[schema(required)]
    pub article_id: Option<String>,
    /// Articles offered.
    pub clarify: Vec<String>,
    /// What decided; null in records of the first release.
    #[schema(required)]
    pub decided_by: Option<Decider>,
    /// Each probability with the line that it lay above or below.
    pub lines: Vec<LineDistance>,
    /// What alone would have led to another band: what decided, vetoes, the confidence, then features, the smallest change first.
    pub would_flip: Vec<Counterfactual>,
    /// Whether that was tried out with the very weights and candidates of then; else it is estimated from the record.
    pub would_flip_exact: bool,
    /// Best first.
    pub candidates: Vec<ExplainedArticle>,
    /// What made up the confidence.
    pub features: Vec<Feature>,
    /// Tokens, terms and passages, computed again from the articles as they are now; null if the question has been erased.
    #[schema(required)]
    pub recomputed: Option<Recomputed>,
    /// The article whose topic a follow-up inherited.
    #[schema(required)]
    pub inherited_from: Option<String>,
    /// The state of the knowledge base.
    pub kb_revision: i64,
    /// What it was made with, by content.
    pub fingerprints: Fingerprints,
    /// Whether the encoder took no part.
    pub degraded: bool,
    /// The ticket's number.
    #[schema(required)]
    pub ticket: Option<i64>,
    /// When it was made.
    #[schema(schema_with = fields::moment)]
    pub at: String,
    /// From request to decision.
    pub latency_ms: f64,
}

impl Decision {
    /// Of a decision.
    pub fn new(explained: Explained) -> Self {
        let candidates = explained.decision.candidates.iter().zip(&explained.contradictions);
        let candidates = candidates.map(|(candidate, contradictions)| ExplainedArticle::new(candidate, contradictions)).collect();
        let decided_by = Decider::of(&explained);
        let would_flip = explained.flips.iter().map(|flip| Counterfactual::new(flip, &explained)).collect();
        let Explained { decision: kept, lines, flips_exact, recomputed, .. } = explained;
        Decision {
            id: kept.id.to_string(),
            conversation_id: kept.conversation_id.to_string(),
            message_id: kept.message_id.to_string(),
            question: kept.question,
            query: kept.query,
            locale: kept.locale.tag(),
            channel: kept.channel,
            band: kept.band.name(),
            reason: kept.reason.name(),
            confidence: kept.confidence.get(),
            answer_threshold: kept.answer_threshold,
            message: kept.message,
            article_id: kept.article_id.map(|id| id.to_string()),
            clarify: kept.clarify.iter().map(ToString::to_string).collect(),
            decided_by,
            lines: lines.iter().map(LineDistance::new).collect(),
            would_flip,
            would_flip_exact: flips_exact,
            candidates,
            features: kept.features.into_iter().map(Feature::new).collect(),
            recomputed: recomputed.as_ref().map(Recomputed::new),
            inherited_from: kept.inherited_from.map(|id| id.to_string()),
            kb_revision: kept.kb_revision.0,
            fingerprints: Fingerprints {
                model: kept.fingerprints.model,
                index: kept.fingerprints.index,
                confidence: kept.fingerprints.confidence,
                config: kept.fingerprints.config,
            },
            degraded: kept.degraded,
            ticket: kept.ticket.map(|number| number.0),
            at: fields::time(kept.at),
            latency_ms: hundredths(kept.latency_ms),
        }
    }
}

/// A candidate with what matched.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedArticle {
    /// As in an answer.
    #[serde(flatten)]
    pub ranked: RankedArticle,
    /// `title`, `variant` or `answer`.
    pub matched_kind: &'static str,
    /// Whether the question is the title or a variant, courtesies and particles aside.
    pub exact: bool,
    /// What of the question the matched passage contradicts.
    pub contradictions: Vec<Contradicted>,
}

impl ExplainedArticle {
    fn new(candidate: &Candidate, contradictions: &[Contradiction]) -> Self {
        ExplainedArticle {
            ranked: RankedArticle::new(candidate),
            matched_kind: candidate.matched_kind.name(),
            exact: candidate.exact,
            contradictions: contradictions.iter().map(Contradicted::new).collect(),
        }
    }
}

/// One input of the confidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feature {
    /// What its share is a share of: that an article answers (`in_scope`), that the best candidate is that article (`right`), or what the
    /// knowledge base taught of both together (`own`); `whole` in the records of earlier releases.
    pub factor: &'static str,
    /// Its name.
    pub name: String,
    /// What it says, in words.
    pub label: Words,
    /// Its value.
    pub value: f64,
    /// What it added to the log-odds of the factor.
    pub log_odds: f64,
}

impl Feature {
    fn new(share: FeatureShare) -> Self {
        let FeatureShare { factor, name, value, log_odds } = share;
        Feature { factor: factor.name(), label: Words::of(|locale| feature_label(&name, locale).to_owned()), name, value, log_odds }
    }
}

/// What a decision was made with: a change of any of these may change the outcome.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fingerprints {
    /// Encoder; empty when none took part.
    pub model: String,
    /// Index schema, normaliser, dictionary.
    pub index: String,
    /// Weights and thresholds.
    pub confidence: String,
    /// Configuration that bears on decisions.
    pub config: String,
}

/// A judgement of a decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveFeedback {
    /// The decision judged.
    #[schema(format = "uuid")]
    pub decision_id: String,
    /// The judgement.
    #[schema(schema_with = fields::feedback_kind)]
    pub kind: String,
    /// The article meant, where the judgement names one.
    pub article_id: Option<String>,
    /// In the customer's or agent's words; kept with personal data masked.
    pub comment: Option<String>,
}

/// A judgement as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feedback {
    /// Its id.
    pub id: String,
    /// The decision judged.
    pub decision_id: String,
    /// The judgement.
    #[schema(schema_with = fields::feedback_kind)]
    pub kind: &'static str,
    /// The article meant.
    #[schema(required)]
    pub article_id: Option<String>,
    /// When it was given.
    #[schema(schema_with = fields::moment)]
    pub at: String,
}

impl Feedback {
    /// Of a judgement.
    pub fn new(kept: KeptFeedback) -> Self {
        Feedback {
            id: kept.id.to_string(),
            decision_id: kept.decision_id.to_string(),
            kind: kept.kind.name(),
            article_id: kept.article_id.map(|id| id.to_string()),
            at: fields::time(kept.at),
        }
    }
}
