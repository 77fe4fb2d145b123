//! Asking: the question, the answer, candidates.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::fields;
use crate::domain::decision::{Candidate, CandidateScores};
use crate::domain::ids::{ArticleId, ConversationId, VisitorId};
use crate::http::error::HttpError;
use crate::service::ask::{AskReply, AskRequest, ShownArticle};
use crate::text::markdown::to_html;

/// The longest visitor id, in bytes.
const VISITOR_MAX: usize = 200;

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// What the customer wrote, up to the configured number of characters.
    #[schema(example = "退款多久到账")]
    pub question: String,
    /// The conversation it belongs to; without it one is begun.
    #[schema(format = "uuid")]
    pub conversation_id: Option<String>,
    /// The language to answer in; picks the version of an article, never filters.
    #[schema(schema_with = fields::tag)]
    pub locale: Option<String>,
    /// Where it is asked: `web`, `app` …
    pub channel: Option<String>,
    /// Page, order and other context for the agent; kept with personal data masked.
    #[schema(schema_with = fields::free_object)]
    pub context: Option<Map<String, Value>>,
    /// The shop's own name for the customer, for a conversation that is begun.
    pub visitor: Option<String>,
    /// The sender's own id of the message: sent again, it is not answered twice.
    #[schema(format = "uuid")]
    pub message_id: Option<String>,
}

impl Ask {
    /// What the service takes.
    pub fn into_request(self) -> Result<AskRequest, HttpError> {
        Ok(AskRequest {
            conversation_id: fields::optional_id("conversation_id", self.conversation_id.as_deref())?,
            locale: fields::locale(self.locale.as_deref())?,
            channel: self.channel,
            context: fields::context(self.context),
            visitor: visitor(self.visitor)?,
            message_id: fields::optional_id("message_id", self.message_id.as_deref())?,
            question: self.question,
        })
    }
}

/// A visitor's name within its bounds.
pub fn visitor(name: Option<String>) -> Result<Option<VisitorId>, HttpError> {
    match name {
        Some(name) if name.is_empty() || name.len() > VISITOR_MAX => {
            Err(HttpError::field("visitor", format!("must have 1 to {VISITOR_MAX} bytes")))
        }
        name => Ok(name.map(VisitorId)),
    }
}

/// A message in a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// What the customer wrote.
    #[schema(example = "那运费呢")]
    pub question: String,
    /// The language to answer in.
    #[schema(schema_with = fields::tag)]
    pub locale: Option<String>,
    /// The sender's own id of the message.
    #[schema(format = "uuid")]
    pub message_id: Option<String>,
}

impl Send {
    /// What the service takes.
    pub fn into_request(self, conversation: ConversationId) -> Result<AskRequest, HttpError> {
        Ok(AskRequest {
            conversation_id: Some(conversation),
            locale: fields::locale(self.locale.as_deref())?,
            message_id: fields::optional_id("message_id", self.message_id.as_deref())?,
            question: self.question,
            ..AskRequest::default()
        })
    }
}

/// The reply to a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer {
    /// Names the decision in feedback and explanations.
    pub decision_id: String,
    /// Send it with the next question.
    pub conversation_id: String,
    /// What the customer gets.
    #[schema(schema_with = fields::band)]
    pub band: &'static str,
    /// Why.
    #[schema(schema_with = fields::reason)]
    pub reason: &'static str,
    /// Probability that the best candidate answers the question; 0 where a rule forbids an article.
    pub confidence: f64,
    /// The text to show the customer in any band, Markdown; empty while a person owns the conversation.
    pub message: String,
    /// The article shown, if any.
    #[schema(required)]
    pub article: Option<Shown>,
    /// Articles for further questions of the same message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Shown>,
    /// Up to ten, best first.
    pub candidates: Vec<RankedArticle>,
    /// What may be meant, to be offered.
    pub clarify: Vec<Choice>,
    /// The open ticket's number.
    #[schema(required)]
    pub ticket: Option<i64>,
    /// The state of the knowledge base that was searched.
    pub kb_revision: i64,
    /// The encoder that took part; null when none did.
    #[schema(required)]
    pub model: Option<String>,
    /// Whether keywords alone were searched because the encoder failed or was late.
    pub degraded: bool,
    /// From request to decision.
    pub latency_ms: f64,
    /// Reads the conversation; only when this question began it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitor_token: Option<String>,
}

impl Answer {
    /// The reply; `model` is the encoder in use.
    pub fn new(reply: AskReply, model: Option<String>) -> Self {
        let AskReply { decision, article, further, clarify, visitor_token } = reply;
        Answer {
            decision_id: decision.id.to_string(),
            conversation_id: decision.conversation_id.to_string(),
            band: decision.band.name(),
            reason: decision.reason.name(),
            confidence: decision.confidence.get(),
            message: decision.message,
            article: article.map(Shown::new),
            further: further.into_iter().map(Shown::new).collect(),
            candidates: decision.candidates.iter().map(RankedArticle::new).collect(),
            clarify: clarify.into_iter().map(Choice::new).collect(),
            ticket: decision.ticket.map(|number| number.0),
            kb_revision: decision.kb_revision.0,
            model: model.filter(|_| !decision.degraded),
            degraded: decision.degraded,
            latency_ms: hundredths(decision.latency_ms),
            visitor_token,
        }
    }
}

/// Milliseconds with two decimals.
pub fn hundredths(ms: f64) -> f64 {
    (ms * 100.0).round() / 100.0
}

/// An article as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The phrasing or piece of the answer that matched.
    pub matched_variant: String,
    /// The answer, Markdown.
    pub answer: String,
    /// The answer as HTML that is safe to show.
    pub answer_html: String,
    /// The version's language.
    pub locale: &'static str,
    /// Where it stands in the help centre.
    pub category: String,
    /// Ids of articles that a reader may want next.
    pub related: Vec<String>,
}

impl Shown {
    /// Of a shown article.
    pub fn new(shown: ShownArticle) -> Self {
        let ShownArticle { article, matched } = shown;
        Shown {
            id: article.id.to_string(),
            title: article.title,
            matched_variant: matched,
            answer_html: to_html(&article.answer),
            answer: article.answer,
            locale: article.locale.tag(),
            category: article.category,
            related: article.related.iter().map(ToString::to_string).collect(),
        }
    }
}

/// One article that may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choice {
    /// Its id.
    pub article_id: String,
    /// Its title.
    pub title: String,
}

impl Choice {
    fn new((id, title): (ArticleId, String)) -> Self {
        Choice { article_id: id.to_string(), title }
    }
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankedArticle {
    /// The article.
    pub article_id: String,
    /// Its title.
    pub title: String,
    /// Probability that it answers the question.
    pub probability: f64,
    /// Raw scores.
    pub scores: Scores,
    /// The phrasing or piece of the answer that matched.
    pub matched_variant: String,
    /// The version's language.
    pub locale: &'static str,
}

impl RankedArticle {
    /// Of a candidate.
    pub fn new(candidate: &Candidate) -> Self {
        RankedArticle {
            article_id: candidate.article_id.to_string(),
            title: candidate.title.clone(),
            probability: candidate.probability.get(),
            scores: Scores::new(candidate.scores),
            matched_variant: candidate.matched_text.clone(),
            locale: candidate.locale.tag(),
        }
    }
}

/// Raw scores: for explanations, not comparable between questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scores {
    /// BM25 of the best passage.
    pub bm25: f32,
    /// Best cosine; null when the encoder took no part.
    #[schema(required)]
    pub cosine: Option<f32>,
    /// Share of the question's weight found in the best passage, 0 to 1.
    pub term_overlap: f32,
    /// The combination that orders candidates.
    pub fused: f64,
    /// Position in the lexical list, from 1.
    #[schema(required)]
    pub bm25_rank: Option<u32>,
    /// Position in the dense list, from 1.
    #[schema(required)]
    pub cosine_rank: Option<u32>,
}

impl Scores {
    fn new(scores: CandidateScores) -> Self {
        let CandidateScores { bm25, cosine, bm25_rank, cosine_rank, term_overlap, fused } = scores;
        Scores { bm25, cosine, term_overlap, fused, bm25_rank, cosine_rank }
    }
}
