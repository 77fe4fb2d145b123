//! What the agent gets to see: everything the bot knew when it handed over, frozen as JSON with the ticket; and, smaller, the
//! event for the outside. Texts come in masked and stay masked.

use serde::Serialize;
use serde_json::value::RawValue;

use super::clock::Due;
use crate::domain::article::Article;
use crate::domain::conversation::{Conversation, Message};
use crate::domain::decision::{Candidate, Decision};
use crate::domain::ids::ArticleId;

/// The form of the frozen context; counts up when a key changes its meaning or goes.
pub const VERSION: u32 = 1;
/// Messages of the conversation that are kept, the last ones.
pub const HISTORY_MESSAGES: usize = 20;
/// Candidates that carry their article's answer.
pub const ANSWERS: usize = 3;
/// The event's name.
pub const CREATED: &str = "handoff.created";

/// What is known at a hand-off.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The decision to hand over.
    pub decision: &'a Decision,
    /// The conversation; its page and order context is taken over.
    pub conversation: &'a Conversation,
    /// The conversation's messages, oldest first, masked.
    pub history: &'a [Message],
    /// The articles of the candidates, in any order; an article that is missing leaves its answer out.
    pub articles: &'a [Article],
    /// Options that the customer was offered last, with their titles.
    pub options: &'a [(ArticleId, String)],
    /// The encoder's name; empty in keyword-only mode.
    pub model: &'a str,
}

#[derive(Serialize)]
struct ContextJson<'a> {
    version: u32,
    decision_id: String,
    conversation_id: String,
    asked_at: String,
    question: &'a str,
    query: &'a str,
    locale: &'a str,
    channel: &'a str,
    band: &'a str,
    reason: &'a str,
    confidence: f64,
    answer_threshold: f64,
    degraded: bool,
    inherited_from: Option<&'a str>,
    candidates: Vec<CandidateJson<'a>>,
    clarify: Vec<OptionJson<'a>>,
    history: Vec<MessageJson<'a>>,
    page: Page<'a>,
    kb_revision: i64,
    model: &'a str,
    fingerprints: FingerprintsJson<'a>,
}

/// The conversation's context as it is kept.
#[derive(Serialize)]
#[serde(untagged)]
enum Page<'a> {
    Json(&'a RawValue),
    /// Kept by a version that masked the whole as one text, which may have broken it: shown all the same.
    Text(&'a str),
}

impl<'a> Page<'a> {
    fn of(kept: &'a str) -> Self {
        serde_json::from_str(kept).map_or(Page::Text(kept), Page::Json)
    }
}

#[derive(Serialize)]
struct CandidateJson<'a> {
    article_id: &'a str,
    title: &'a str,
    locale: &'a str,
    probability: f64,
    matched_kind: &'a str,
    matched_text: &'a str,
    exact: bool,
    scores: ScoresJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a str>,
}

#[derive(Serialize)]
struct ScoresJson {
    bm25: f32,
    cosine: Option<f32>,
    bm25_rank: Option<u32>,
    cosine_rank: Option<u32>,
    term_overlap: f32,
    fused: f64,
}

#[derive(Serialize)]
struct OptionJson<'a> {
    article_id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct MessageJson<'a> {
    author: &'a str,
    text: &'a str,
    at: String,
}

#[derive(Serialize)]
struct FingerprintsJson<'a> {
    model: &'a str,
    index: &'a str,
    confidence: &'a str,
    config: &'a str,
}

#[derive(Serialize)]
struct EventJson<'a> {
    event: &'a str,
    decision_id: String,
    conversation_id: String,
    reason: &'a str,
    confidence: f64,
    question: &'a str,
    locale: &'a str,
    channel: &'a str,
    candidates: Vec<EventCandidateJson<'a>>,
    created_at: String,
    reply_due_at: String,
    close_due_at: String,
}

#[derive(Serialize)]
struct EventCandidateJson<'a> {
    article_id: &'a str,
    title: &'a str,
    probability: f64,
}

/// The frozen context: a JSON object as text.
pub fn context_json(known: &Known<'_>) -> String {
    let decision = known.decision;
    let history = &known.history[known.history.len().saturating_sub(HISTORY_MESSAGES)..];
    let options = known.options.iter().map(|(id, title)| OptionJson { article_id: id.as_str(), title });
    to_text(&ContextJson {
        version: VERSION,
        decision_id: decision.id.to_string(),
        conversation_id: decision.conversation_id.to_string(),
        asked_at: decision.at.to_string(),
        question: &decision.question,
        query: &decision.query,
        locale: decision.locale.tag(),
        channel: &decision.channel,
        band: decision.band.name(),
        reason: decision.reason.name(),
        confidence: decision.confidence.get(),
        answer_threshold: decision.answer_threshold,
        degraded: decision.degraded,
        inherited_from: decision.inherited_from.as_ref().map(ArticleId::as_str),
        candidates: decision.candidates.iter().enumerate().map(|(at, candidate)| candidate_json(candidate, at, known.articles)).collect(),
        clarify: options.collect(),
        history: history.iter().map(message_json).collect(),
        page: Page::of(&known.conversation.context),
        kb_revision: decision.kb_revision.0,
        model: known.model,
        fingerprints: FingerprintsJson {
            model: &decision.fingerprints.model,
            index: &decision.fingerprints.index,
            confidence: &decision.fingerprints.confidence,
            config: &decision.fingerprints.config,
        },
    })
}

/// The event for the outside: a JSON object as text. The event's id and the ticket's number are put in front when it is sent,
/// because they are given by the transaction that stores it.
pub fn event_json(decision: &Decision, due: Due) -> String {
    let candidates = decision.candidates.iter().take(ANSWERS).map(|candidate| EventCandidateJson {
        article_id: candidate.article_id.as_str(),
        title: &candidate.title,
        probability: candidate.probability.get(),
    });
    to_text(&EventJson {
        event: CREATED,
        decision_id: decision.id.to_string(),
        conversation_id: decision.conversation_id.to_string(),
        reason: decision.reason.name(),
        confidence: decision.confidence.get(),
        question: &decision.question,
        locale: decision.locale.tag(),
        channel: &decision.channel,
        candidates: candidates.collect(),
        created_at: decision.at.to_string(),
        reply_due_at: due.reply.to_string(),
        close_due_at: due.close.to_string(),
    })
}

fn candidate_json<'a>(candidate: &'a Candidate, at: usize, articles: &'a [Article]) -> CandidateJson<'a> {
    let article = articles.iter().find(|article| article.id == candidate.article_id && article.locale == candidate.locale);
    let scores = candidate.scores;
    CandidateJson {
        article_id: candidate.article_id.as_str(),
        title: &candidate.title,
        locale: candidate.locale.tag(),
        probability: candidate.probability.get(),
        matched_kind: candidate.matched_kind.name(),
        matched_text: &candidate.matched_text,
        exact: candidate.exact,
        scores: ScoresJson {
            bm25: scores.bm25,
            cosine: scores.cosine,
            bm25_rank: scores.bm25_rank,
            cosine_rank: scores.cosine_rank,
            term_overlap: scores.term_overlap,
            fused: scores.fused,
        },
        answer: article.filter(|_| at < ANSWERS).map(|article| article.answer.as_str()),
    }
}

fn message_json(message: &Message) -> MessageJson<'_> {
    MessageJson { author: message.author.name(), text: &message.text, at: message.at.to_string() }
}

/// Writing these types cannot fail: their keys are text and nothing they hold writes itself. Should it ever, the hand-off matters
/// more than what it carries.
fn to_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "a hand-off's context could not be written");
        "{}".to_owned()
    })
}
