//! Replies and decisions as text for a narrow terminal, and as JSON in the shapes of the HTTP API.

use serde_json::{Value, json};

use super::columns::cut;
use super::explained::reasons_text;
use crate::domain::decision::{Band, Candidate, Decision, Reason};
use crate::domain::locale::Locale;
use crate::domain::passage::PassageKind;
use crate::http::wire::ask::Answer;
use crate::http::wire::decisions;
use crate::service::ask::AskReply;
use crate::service::explain::Explained;

/// Candidates shown as text; JSON has all that are kept.
const CANDIDATES: usize = 5;

/// A reply for people: the outcome, what the customer reads, what else was considered.
pub fn reply_text(reply: &AskReply, locale: Locale) -> String {
    let decision = &reply.decision;
    let mut lines = vec![headline(decision, locale)];
    if let Some(article) = &reply.article {
        lines.push(format!("{} {}", locale.pick("文章", "article"), article.article.id));
    }
    if let Some(ticket) = decision.ticket {
        lines.push(format!("{} {}", locale.pick("工单", "ticket"), ticket.0));
    }
    if decision.degraded {
        lines.push(locale.pick("编码模型未参与，只用了关键词", "without the encoder, keywords alone").to_owned());
    }
    lines.push(String::new());
    lines.push(decision.message.clone());
    lines.push(String::new());
    lines.extend(candidates(&decision.candidates, locale));
    lines.extend([String::new(), format!("{} {}", locale.pick("决策", "decision"), decision.id)]);
    lines.join("\n") + "\n"
}

/// A stored decision for people.
pub fn decision_text(explained: &Explained, locale: Locale) -> String {
    let decision = &explained.decision;
    let mut lines = vec![
        headline(decision, locale),
        format!("{} {}", locale.pick("时间", "at"), decision.at),
        format!("{} {}", locale.pick("问题", "question"), decision.question),
    ];
    if let Some(article) = &decision.article_id {
        lines.push(format!("{} {article}", locale.pick("文章", "article")));
    }
    lines.extend([String::new(), decision.message.clone(), String::new()]);
    lines.extend(candidates(&decision.candidates, locale));
    lines.join("\n") + "\n\n" + &reasons_text(explained, locale)
}

fn headline(decision: &Decision, locale: Locale) -> String {
    format!("{} · {:.2} · {}", band(decision.band, locale), decision.confidence.get(), reason(decision.reason, locale))
}

fn candidates(candidates: &[Candidate], locale: Locale) -> Vec<String> {
    if candidates.is_empty() {
        return vec![locale.pick("没有候选文章", "no candidates").to_owned()];
    }
    let mut lines = vec![locale.pick("候选", "candidates").to_owned()];
    for (n, candidate) in candidates.iter().take(CANDIDATES).enumerate() {
        lines.push(format!("{}. {:.2} {}", n + 1, candidate.probability.get(), candidate.title));
        let cosine = candidate.scores.cosine.map_or("–".to_owned(), |cosine| format!("{cosine:.3}"));
        lines.push(format!("   {} cos {cosine} bm25 {:.1}", candidate.article_id, candidate.scores.bm25));
        if candidate.matched_kind != PassageKind::Title {
            lines.push(format!("   {} {}", kind(candidate.matched_kind, locale), cut(&candidate.matched_text, 64)));
        }
    }
    lines
}

/// A reply as the API returns it; with an explanation also the decision as the API explains it. `model` is the encoder in use.
pub fn reply_value(reply: &AskReply, model: Option<String>, explained: Option<&Explained>) -> Value {
    let mut value = json!(Answer::new(reply.clone(), model));
    if let (Some(explained), Some(object)) = (explained, value.as_object_mut()) {
        object.insert("explain".to_owned(), decision_value(explained));
    }
    value
}

/// A stored decision as the API explains it.
pub fn decision_value(explained: &Explained) -> Value {
    json!(decisions::Decision::new(explained.clone()))
}

/// What matched, for people.
pub fn kind(kind: PassageKind, locale: Locale) -> &'static str {
    match (kind, locale) {
        (PassageKind::Title, Locale::ZhCn) => "标题",
        (PassageKind::Variant, Locale::ZhCn) => "相似问",
        (PassageKind::Answer, Locale::ZhCn) => "答案",
        (kind, Locale::En) => kind.name(),
    }
}

/// The band for people.
fn band(band: Band, locale: Locale) -> &'static str {
    match (band, locale) {
        (Band::Answer, Locale::ZhCn) => "回答",
        (Band::Clarify, Locale::ZhCn) => "澄清",
        (Band::Handoff, Locale::ZhCn) => "转人工",
        (Band::Chitchat, Locale::ZhCn) => "寒暄",
        (band, Locale::En) => band.name(),
    }
}

/// The reason for people.
fn reason(reason: Reason, locale: Locale) -> &'static str {
    if locale == Locale::En {
        return reason.name();
    }
    match reason {
        Reason::Confident => "把握足够",
        Reason::ExactMatch => "与问法一致",
        Reason::LowConfidence => "把握不足",
        Reason::Ambiguous => "几篇都像",
        Reason::OutOfScope => "不在知识库范围",
        Reason::PersonalOrder => "涉及本人订单",
        Reason::CustomerRequest => "顾客要求人工",
        Reason::BlockedTopic => "须由人工处理的话题",
        Reason::RepeatedQuestion => "回答后又问",
        Reason::Degraded => "编码模型未参与",
        Reason::UnsafeInput => "疑似滥用",
        Reason::AgentOwned => "人工接待中",
        Reason::Greeting => "问候",
        Reason::Thanks => "道谢",
        Reason::Goodbye => "道别",
        Reason::Fragment => "话没说完",
        Reason::Praise => "夸奖",
        Reason::Insult => "谩骂",
        Reason::Filler => "语气词",
        Reason::Identity => "问机器人是谁",
    }
}
