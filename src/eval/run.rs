//! One evaluation: every question through the same retrieval and confidence as a customer's.
//!
//! Rules (small talk, a wish for a person …) are left out: they are judged on their own labelled messages, and a question set may
//! well have an article about any of those.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::metrics::{self, Retrieval};
use super::questions::LabelledQuestion;
use crate::cpu;
use crate::domain::ids::ArticleId;
use crate::domain::time::Timestamp;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::index::snapshot::{Live, Snapshot};
use crate::index::vectors::Vector;
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::{Judgement, judge};
use crate::retrieve::query::Query;
use crate::text::synonyms::Synonyms;

/// What an evaluation runs on.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The knowledge base.
    pub snapshot: &'a Arc<Snapshot>,
    /// The encoder; `None` asks keywords alone.
    pub embedder: Option<&'a dyn Embedder>,
    /// Which searches take part.
    pub mode: Mode,
    /// What the knowledge base taught.
    pub adaptation: &'a Adaptation,
    /// The moment at which articles have to be valid.
    pub now: Timestamp,
}

/// Asks every question; the results are in the order of the questions. Questions are encoded alone, as customers' are, on all
/// cores. `progress` hears how many are done.
pub fn ask_all(questions: &[LabelledQuestion], setting: Setting<'_>, progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Judgement>, Failure> {
    let synonyms = Synonyms::empty();
    let live = Live { now: setting.now, channel: None };
    let asked = cpu::parallel_map(
        questions,
        |question| -> Result<Judgement, Failure> {
            let mut query = Query::new(&question.question, setting.snapshot, &synonyms);
            if let Some(embedder) = setting.embedder.filter(|_| setting.mode != Mode::Lexical) {
                query.vector = Some(Vector::new(&embedder.embed_query(&query.folded)?, embedder.dims())?);
            }
            Ok(judge(query, setting.snapshot, setting.mode, live, setting.adaptation)?)
        },
        progress,
    );
    asked.into_iter().collect()
}

/// Figures of a question set or of a slice of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Questions.
    pub questions: usize,
    /// Of these, with an expected article.
    pub in_scope: usize,
    /// Of these, without.
    pub out_of_scope: usize,
    /// Over in-scope questions.
    pub retrieval: Retrieval,
    /// Of the confidence, in scope against out of scope; `None` without both sides.
    pub auroc_out_of_scope: Option<f64>,
}

/// The report of one evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Articles asked about.
    pub articles: usize,
    /// Over all questions.
    pub all: Figures,
    /// By slice. An out-of-scope slice is set against all in-scope questions, and the other way round.
    pub slices: BTreeMap<String, Figures>,
}

/// Sums up.
pub fn report(articles: usize, questions: &[LabelledQuestion], judgements: &[Judgement]) -> Report {
    let rows: Vec<(&LabelledQuestion, &Judgement)> = questions.iter().zip(judgements).collect();
    let names: std::collections::BTreeSet<&String> = questions.iter().filter_map(|q| q.slice.as_ref()).collect();
    let slices = names
        .into_iter()
        .map(|name| {
            let inside = |q: &LabelledQuestion| q.slice.as_ref() == Some(name);
            let (mut own, others): (Vec<_>, Vec<_>) = rows.iter().copied().partition(|(q, _)| inside(q));
            let scored: Vec<(f64, bool)> = {
                let one_sided = own.iter().all(|(q, _)| q.in_scope()) || own.iter().all(|(q, _)| !q.in_scope());
                let in_scope_slice = own.iter().any(|(q, _)| q.in_scope());
                let against = others.into_iter().filter(|(q, _)| one_sided && q.in_scope() != in_scope_slice);
                own.iter().copied().chain(against).map(scored).collect()
            };
            own.shrink_to_fit();
            (name.clone(), Figures { auroc_out_of_scope: metrics::auroc(&scored), ..figures(&own) })
        })
        .collect();
    Report { articles, all: figures(&rows), slices }
}

fn scored((question, judgement): (&LabelledQuestion, &Judgement)) -> (f64, bool) {
    (judgement.confidence().get(), question.in_scope())
}

fn figures(rows: &[(&LabelledQuestion, &Judgement)]) -> Figures {
    let ranked: Vec<(Vec<ArticleId>, &[ArticleId])> = rows
        .iter()
        .filter(|(question, _)| question.in_scope())
        .map(|(question, judgement)| (judgement.found.candidates.iter().map(|c| c.id.clone()).collect(), question.expected.as_slice()))
        .collect();
    let scores: Vec<(f64, bool)> = rows.iter().copied().map(scored).collect();
    Figures {
        questions: rows.len(),
        in_scope: ranked.len(),
        out_of_scope: rows.len() - ranked.len(),
        retrieval: metrics::retrieval(ranked.iter().map(|(ranked, expected)| (ranked.as_slice(), *expected))),
        auroc_out_of_scope: metrics::auroc(&scores),
    }
}
