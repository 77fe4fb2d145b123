//! One evaluation: every question through the same retrieval and confidence as a customer's.
//!
//! Rules (small talk, a wish for a person …) do not decide here: they are judged on their own labelled messages, and a question set
//! may well have an article about any of those. A record names the one that would have taken a question, and what would have held its
//! answer back ([`super::rules`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::questions::LabelledQuestion;
use super::record::{Asked, Ranked, Share};
use super::rules::beside;
use super::vectors::Vectors;
use crate::cpu;
use crate::decide::rules::BlockedTopics;
use crate::domain::decision::FeatureShare;
use crate::domain::time::Timestamp;
use crate::error::Failure;
use crate::index::snapshot::{Live, Snapshot};
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::{Judgement, KEPT, judge_together};
use crate::retrieve::query::Query;
use crate::retrieve::search::TOGETHER;
use crate::text::synonyms::Synonyms;

/// What an evaluation runs on.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The knowledge base.
    pub snapshot: &'a Arc<Snapshot>,
    /// The encoder; `None` asks keywords alone.
    pub vectors: Option<&'a Vectors>,
    /// Which searches take part.
    pub mode: Mode,
    /// What the knowledge base taught.
    pub adaptation: &'a Adaptation,
    /// The editor's synonyms.
    pub synonyms: &'a Synonyms,
    /// The moment at which articles have to be valid.
    pub now: Timestamp,
}

/// Asks every question; the results are in the order of the questions. Questions are encoded alone, as customers' are, on all
/// cores. `progress` hears how many are done.
pub fn ask_all(questions: &[LabelledQuestion], setting: Setting<'_>, progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Judgement>, Failure> {
    asked(questions, setting, progress, &|_, judgement| judgement)
}

/// Asks every question and keeps what a record holds of each. `blocked` are the shop's topics for people.
pub fn record_all(
    questions: &[LabelledQuestion],
    setting: Setting<'_>,
    blocked: &BlockedTopics,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Asked>, Failure> {
    asked(questions, setting, progress, &|question, judgement| {
        let line = setting.adaptation.confidence.of(judgement.degraded).thresholds.rival;
        let beside = beside(&question.question, &judgement, blocked, line);
        Asked {
            rule: beside.rule.map(|rule| rule.name().to_owned()),
            held_back: beside.held.map(|held| held.name().to_owned()),
            ..row(question, &judgement, setting.adaptation)
        }
    })
}

fn asked<T: Send>(
    questions: &[LabelledQuestion],
    setting: Setting<'_>,
    progress: &(dyn Fn(usize) + Sync),
    keep: &(dyn Fn(&LabelledQuestion, Judgement) -> T + Sync),
) -> Result<Vec<T>, Failure> {
    let live = Live { now: setting.now, channel: None };
    let vectors = setting.vectors.filter(|_| setting.mode != Mode::Lexical);
    let (done, chunks): (_, Vec<_>) = (AtomicUsize::new(0), questions.chunks(TOGETHER).collect());
    let judged = cpu::parallel_map(
        &chunks,
        |chunk| -> Result<Vec<T>, Failure> {
            let queries: Vec<Query> = chunk
                .iter()
                .map(|question| {
                    let mut query = Query::asked(&question.question, setting.snapshot, setting.synonyms);
                    if let Some(vectors) = vectors {
                        query.vector = Some((*vectors.question(&query.folded)?).clone());
                    }
                    Ok(query)
                })
                .collect::<Result<_, Failure>>()?;
            let judged = judge_together(queries, setting.snapshot, setting.mode, live, setting.adaptation)?;
            let kept = chunk.iter().zip(judged).map(|(question, judgement)| keep(question, judgement)).collect();
            progress(done.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len());
            Ok(kept)
        },
        |_| (),
    );
    Ok(judged.into_iter().collect::<Result<Vec<_>, Failure>>()?.into_iter().flatten().collect())
}

fn row(question: &LabelledQuestion, judgement: &Judgement, adaptation: &Adaptation) -> Asked {
    let candidates = judgement.candidates(judgement.query.language, KEPT);
    let ranked = candidates.into_iter().map(|candidate| Ranked {
        id: candidate.article_id.to_string(),
        title: candidate.title,
        matched: candidate.matched_text,
        probability: candidate.probability.get(),
    });
    let features = judgement.shares(&adaptation.confidence).into_iter().map(|share| {
        let FeatureShare { factor, name, value, log_odds } = share;
        Share { factor: Some(factor.name().to_owned()), name, value, log_odds }
    });
    Asked {
        sheet: question.sheet.clone(),
        line: question.line,
        question: question.question.clone(),
        slice: question.slice.clone(),
        expected: question.expected.iter().map(ToString::to_string).collect(),
        ranked: ranked.collect(),
        confidence: judgement.confidence().get(),
        features: features.collect(),
        rule: None,
        held_back: None,
    }
}
