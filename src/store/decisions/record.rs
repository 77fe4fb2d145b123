//! A decision as JSON, version 1. Readers skip fields that they do not know and fill in fields that an older writer did not
//! have, so that a new field needs no new version; a field never changes its meaning.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::StoreError;
use super::super::rows::json;
use crate::domain::decision::{
    Band, Candidate, CandidateScores, Decision, Factor, FeatureShare, Fingerprints, Grounds, Reason, Rule, Thresholds,
};
use crate::domain::ids::{ArticleId, KbRevision, TicketNumber};
use crate::domain::passage::PassageKind;
use crate::domain::score::Probability;
use crate::domain::time::Timestamp;

const VERSION: u32 = 1;

/// A number that comes back to the last bit, so that a decision can be replayed: it is written as text, because JSON readers
/// may round numbers, and JSON has no infinities. Numbers are read as well.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Exact<T>(T);

impl<T: std::fmt::Debug> Serialize for Exact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:?}", self.0))
    }
}

impl<'de, T: std::str::FromStr<Err: std::fmt::Display>> Deserialize<'de> for Exact<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Number(f64),
        }
        let text = match Form::deserialize(deserializer)? {
            Form::Text(text) => text,
            Form::Number(number) => format!("{number:?}"),
        };
        text.parse().map(Exact).map_err(serde::de::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
struct Record {
    v: u32,
    id: String,
    conversation_id: String,
    message_id: String,
    question: String,
    query: String,
    locale: String,
    channel: String,
    band: String,
    reason: String,
    confidence: Exact<f64>,
    answer_threshold: Exact<f64>,
    message: String,
    #[serde(default)]
    article_id: Option<String>,
    #[serde(default)]
    clarify: Vec<String>,
    #[serde(default)]
    candidates: Vec<CandidateRecord>,
    #[serde(default)]
    features: Vec<FeatureRecord>,
    #[serde(default)]
    grounds: Option<GroundsRecord>,
    #[serde(default)]
    inherited_from: Option<String>,
    kb_revision: i64,
    #[serde(default)]
    fingerprints: FingerprintsRecord,
    #[serde(default)]
    degraded: bool,
    #[serde(default)]
    ticket: Option<i64>,
    at: i64,
    #[serde(default)]
    latency_ms: Exact<f64>,
}

#[derive(Serialize, Deserialize)]
struct CandidateRecord {
    article_id: String,
    title: String,
    locale: String,
    matched_kind: String,
    matched_text: String,
    probability: Exact<f64>,
    #[serde(default)]
    bm25: Exact<f32>,
    #[serde(default)]
    cosine: Option<Exact<f32>>,
    #[serde(default)]
    bm25_rank: Option<u32>,
    #[serde(default)]
    cosine_rank: Option<u32>,
    #[serde(default)]
    term_overlap: Exact<f32>,
    #[serde(default)]
    fused: Exact<f64>,
    #[serde(default)]
    exact: bool,
}

#[derive(Serialize, Deserialize)]
struct FeatureRecord {
    /// Earlier releases had one sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<String>,
    name: String,
    value: Exact<f64>,
    log_odds: Exact<f64>,
}

#[derive(Serialize, Deserialize)]
struct GroundsRecord {
    rule: String,
    answer: Exact<f64>,
    clarify: Exact<f64>,
    in_scope: Exact<f64>,
    rival: Exact<f64>,
    #[serde(default)]
    repeated: bool,
    #[serde(default)]
    offered: Vec<String>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct FingerprintsRecord {
    model: String,
    index: String,
    confidence: String,
    config: String,
}

/// The record of a decision.
pub(in super::super) fn write(decision: &Decision) -> Result<String, StoreError> {
    let fingerprints = &decision.fingerprints;
    json(&Record {
        v: VERSION,
        id: decision.id.to_string(),
        conversation_id: decision.conversation_id.to_string(),
        message_id: decision.message_id.to_string(),
        question: decision.question.clone(),
        query: decision.query.clone(),
        locale: decision.locale.tag().to_owned(),
        channel: decision.channel.clone(),
        band: decision.band.name().to_owned(),
        reason: decision.reason.name().to_owned(),
        confidence: Exact(decision.confidence.get()),
        answer_threshold: Exact(decision.answer_threshold),
        message: decision.message.clone(),
        article_id: decision.article_id.as_ref().map(ArticleId::to_string),
        clarify: decision.clarify.iter().map(ArticleId::to_string).collect(),
        candidates: decision.candidates.iter().map(candidate_record).collect(),
        features: decision.features.iter().map(feature_record).collect(),
        grounds: decision.grounds.as_ref().map(grounds_record),
        inherited_from: decision.inherited_from.as_ref().map(ArticleId::to_string),
        kb_revision: decision.kb_revision.0,
        fingerprints: FingerprintsRecord {
            model: fingerprints.model.clone(),
            index: fingerprints.index.clone(),
            confidence: fingerprints.confidence.clone(),
            config: fingerprints.config.clone(),
        },
        degraded: decision.degraded,
        ticket: decision.ticket.map(|ticket| ticket.0),
        at: decision.at.0,
        latency_ms: Exact(decision.latency_ms),
    })
}

fn grounds_record(grounds: &Grounds) -> GroundsRecord {
    let Thresholds { answer, clarify, in_scope, rival } = grounds.lines;
    GroundsRecord {
        rule: grounds.rule.name().to_owned(),
        answer: Exact(answer),
        clarify: Exact(clarify),
        in_scope: Exact(in_scope),
        rival: Exact(rival),
        repeated: grounds.repeated,
        offered: grounds.offered.iter().map(ArticleId::to_string).collect(),
    }
}

fn feature_record(share: &FeatureShare) -> FeatureRecord {
    FeatureRecord {
        factor: (share.factor != Factor::Whole).then(|| share.factor.name().to_owned()),
        name: share.name.clone(),
        value: Exact(share.value),
        log_odds: Exact(share.log_odds),
    }
}

fn candidate_record(candidate: &Candidate) -> CandidateRecord {
    let scores = &candidate.scores;
    CandidateRecord {
        article_id: candidate.article_id.to_string(),
        title: candidate.title.clone(),
        locale: candidate.locale.tag().to_owned(),
        matched_kind: candidate.matched_kind.name().to_owned(),
        matched_text: candidate.matched_text.clone(),
        probability: Exact(candidate.probability.get()),
        bm25: Exact(scores.bm25),
        cosine: scores.cosine.map(Exact),
        bm25_rank: scores.bm25_rank,
        cosine_rank: scores.cosine_rank,
        term_overlap: Exact(scores.term_overlap),
        fused: Exact(scores.fused),
        exact: candidate.exact,
    }
}

/// The decision in a record.
pub(in super::super) fn read(text: &str) -> Result<Decision, StoreError> {
    let record: Record = serde_json::from_str(text).map_err(wrong)?;
    Ok(Decision {
        id: record.id.parse().map_err(wrong)?,
        conversation_id: record.conversation_id.parse().map_err(wrong)?,
        message_id: record.message_id.parse().map_err(wrong)?,
        question: record.question,
        query: record.query,
        locale: record.locale.parse().map_err(wrong)?,
        channel: record.channel,
        band: Band::parse(&record.band).ok_or_else(|| wrong(format!("band {:?}", record.band)))?,
        reason: Reason::parse(&record.reason).ok_or_else(|| wrong(format!("reason {:?}", record.reason)))?,
        confidence: Probability::new(record.confidence.0).map_err(wrong)?,
        answer_threshold: record.answer_threshold.0,
        message: record.message,
        article_id: record.article_id.map(|id| id.parse()).transpose().map_err(wrong)?,
        clarify: record.clarify.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(wrong)?,
        candidates: record.candidates.into_iter().map(candidate).collect::<Result<_, _>>()?,
        features: record.features.into_iter().map(feature).collect::<Result<_, _>>()?,
        grounds: record.grounds.map(grounds).transpose()?,
        inherited_from: record.inherited_from.map(|id| id.parse()).transpose().map_err(wrong)?,
        kb_revision: KbRevision(record.kb_revision),
        fingerprints: Fingerprints {
            model: record.fingerprints.model,
            index: record.fingerprints.index,
            confidence: record.fingerprints.confidence,
            config: record.fingerprints.config,
        },
        degraded: record.degraded,
        ticket: record.ticket.map(TicketNumber),
        at: Timestamp(record.at),
        latency_ms: record.latency_ms.0,
    })
}

fn grounds(record: GroundsRecord) -> Result<Grounds, StoreError> {
    let GroundsRecord { rule, answer, clarify, in_scope, rival, repeated, offered } = record;
    Ok(Grounds {
        rule: Rule::parse(&rule).ok_or_else(|| wrong(format!("rule {rule:?}")))?,
        lines: Thresholds { answer: answer.0, clarify: clarify.0, in_scope: in_scope.0, rival: rival.0 },
        repeated,
        offered: offered.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(wrong)?,
    })
}

fn feature(record: FeatureRecord) -> Result<FeatureShare, StoreError> {
    let factor = record.factor.map_or(Ok(Factor::Whole), |name| Factor::parse(&name).ok_or_else(|| wrong(format!("factor {name:?}"))))?;
    Ok(FeatureShare { factor, name: record.name, value: record.value.0, log_odds: record.log_odds.0 })
}

fn candidate(record: CandidateRecord) -> Result<Candidate, StoreError> {
    let kinds = [PassageKind::Title, PassageKind::Variant, PassageKind::Answer];
    let matched_kind = kinds.into_iter().find(|kind| kind.name() == record.matched_kind);
    Ok(Candidate {
        article_id: record.article_id.parse().map_err(wrong)?,
        title: record.title,
        locale: record.locale.parse().map_err(wrong)?,
        matched_kind: matched_kind.ok_or_else(|| wrong(format!("passage kind {:?}", record.matched_kind)))?,
        matched_text: record.matched_text,
        probability: Probability::new(record.probability.0).map_err(wrong)?,
        scores: CandidateScores {
            bm25: record.bm25.0,
            cosine: record.cosine.map(|cosine| cosine.0),
            bm25_rank: record.bm25_rank,
            cosine_rank: record.cosine_rank,
            term_overlap: record.term_overlap.0,
            fused: record.fused.0,
        },
        exact: record.exact,
    })
}

fn wrong(what: impl std::fmt::Display) -> StoreError {
    StoreError::row("decisions", format!("record: {what}"))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::decision;
    use super::*;
    use crate::domain::ids::{ConversationId, MessageId};
    use crate::domain::locale::Locale;

    /// As the first release wrote it, with two fields that only a later one knows.
    const V1: &str = include_str!("../testdata/decision_v1.json");

    fn full() -> Decision {
        let mut decision = decision(ConversationId::new(), MessageId::new());
        decision.article_id = Some("退货-01".parse().unwrap());
        decision.clarify = vec!["a".parse().unwrap(), "b".parse().unwrap()];
        decision.confidence = Probability::new(0.1 + 0.2).unwrap();
        decision.latency_ms = f64::MIN_POSITIVE;
        decision.candidates = vec![Candidate {
            article_id: "退货-01".parse().unwrap(),
            title: "怎么退货".into(),
            locale: Locale::ZhCn,
            matched_kind: PassageKind::Variant,
            matched_text: "想退“它”\n😀".into(),
            probability: Probability::new(1.0 / 3.0).unwrap(),
            scores: CandidateScores {
                bm25: 1.0 / 3.0,
                cosine: Some(0.1 + 0.2),
                bm25_rank: Some(1),
                cosine_rank: None,
                term_overlap: 0.7,
                fused: std::f64::consts::PI * 1e-7,
            },
            exact: true,
        }];
        decision.features = vec![
            FeatureShare { factor: Factor::Right, name: "margin".into(), value: -0.0, log_odds: 5e-324 },
            FeatureShare { factor: Factor::Whole, name: "idf".into(), value: f64::INFINITY, log_odds: 1.7976931348623157e308 },
        ];
        decision.grounds = Some(Grounds {
            rule: Rule::AmongFew,
            lines: Thresholds { answer: 0.1 + 0.2, clarify: 1.0 / 3.0, in_scope: 1e-9, rival: 0.6 },
            repeated: true,
            offered: vec!["退货-01".parse().unwrap()],
        });
        decision.inherited_from = Some("运费".parse().unwrap());
        decision.ticket = Some(TicketNumber(7));
        decision
    }

    #[test]
    fn every_bit_comes_back() {
        let decision = full();
        let back = read(&write(&decision).unwrap()).unwrap();
        assert_eq!(back, decision);
        assert!(back.features[0].value.is_sign_negative());
    }

    #[test]
    fn records_of_the_first_release_can_be_read() {
        let decision = read(V1).unwrap();
        assert_eq!(decision.id.to_string(), "01900000-0000-7000-8000-000000000001");
        assert_eq!((decision.band, decision.reason), (Band::Handoff, Reason::LowConfidence));
        assert_eq!(decision.confidence.get(), 0.1 + 0.2);
        assert_eq!(decision.candidates[0].scores.cosine, Some(0.8125));
        assert_eq!(decision.candidates[0].scores.fused, 0.5, "plain numbers are read as well");
        assert_eq!(decision.candidates[1].scores.cosine, None);
        assert_eq!(decision.ticket, Some(TicketNumber(12)));
        assert_eq!((decision.features, decision.grounds), (vec![], None));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_says_what() {
        for (from, to, what) in [
            ("\"handoff\"", "\"telepathy\"", "telepathy"),
            ("\"low_confidence\"", "\"mood\"", "mood"),
            ("\"0.30000000000000004\"", "\"1.5\"", "1.5"),
            ("\"v\"", "\"w\"", "v"),
            ("zh-CN", "tlh", "tlh"),
        ] {
            let error = read(&V1.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains("decisions") && error.contains(what), "{error}");
        }
    }
}
