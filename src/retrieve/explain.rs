//! How candidates came by their scores, term by term and passage by passage.
//!
//! Computed when somebody asks, from the same judgement and the same functions that made the scores: the terms add up to the BM25
//! that is shown, the parts to the fused score.

use super::collapse::Scored;
use super::elsewhere::Nearer;
use super::features::nearer_elsewhere;
use super::fusion::{self, WEIGHTS};
use super::ground::Ground;
use super::judge::Judgement;
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::domain::passage::PassageKind;
use crate::index::entry::{Entry, EntryPassage};
use crate::index::snapshot::Snapshot;
use crate::index::terms::Field;

/// Passages of an article that are told; how many are left out is told too.
pub const PASSAGES: usize = 8;

/// A question and its candidates, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The text after normalising.
    pub text: String,
    /// What it was cut into, in text order; what synonyms added last.
    pub tokens: Vec<Token>,
    /// Synonyms that fired: what was found, what was added.
    pub synonyms: Vec<(String, String)>,
    /// The question asked elsewhere that leads furthest over the best candidate; `None` if none does.
    pub elsewhere: Option<Nearer>,
    /// The candidates asked for that were found, in the order asked for.
    pub candidates: Vec<CandidateDetail>,
}

/// A term of the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// The term.
    pub text: String,
    /// A word or a pair of characters.
    pub field: Field,
    /// Whether a synonym added it.
    pub synonym: bool,
    /// How rare it is.
    pub idf: f32,
    /// In how many articles it occurs, each language counted by itself; 0: the index does not know it.
    pub entries: u32,
}

/// How one article came by its scores.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateDetail {
    /// The article.
    pub article_id: ArticleId,
    /// The passage with the best BM25; `None` if no term matched.
    pub best_by_terms: Option<PassageDetail>,
    /// What each term added to that BM25, most first.
    pub terms: Vec<TermDetail>,
    /// The best passages by cosine, then by BM25.
    pub passages: Vec<PassageDetail>,
    /// How many more passages there are.
    pub left_out: usize,
    /// What the fused score is the sum of.
    pub parts: Vec<Part>,
    /// The fused score.
    pub fused: f64,
}

/// What a term added to a BM25.
#[derive(Debug, Clone, PartialEq)]
pub struct TermDetail {
    /// The term.
    pub text: String,
    /// A word or a pair of characters.
    pub field: Field,
    /// Whether a synonym added it.
    pub synonym: bool,
    /// What it added.
    pub bm25: f32,
    /// Its share of the whole, 0 to 1.
    pub share: f32,
}

/// A title, variant or piece of an answer with its scores.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageDetail {
    /// Which part of the article it is.
    pub kind: PassageKind,
    /// The version's language.
    pub locale: Locale,
    /// As the editor wrote it where it is a title or variant; folded where it is a piece of the answer.
    pub wording: String,
    /// Its cosine; `None` when the encoder took no part.
    pub cosine: Option<f32>,
    /// Its BM25.
    pub bm25: f32,
}

/// A part of a fused score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// `semantic`, `hubness`, `mismatch`, `negation`, `exact`, `whole_answer`, `head` and `terms`; with keywords alone `bm25` and `exact`.
    pub name: &'static str,
    /// What it adds.
    pub value: f64,
}

/// Explains the judgement's question and, of its candidates, those of `ids`.
///
/// **Cost**: one cosine and one BM25 for each passage of those articles.
pub fn explain(judgement: &Judgement, snapshot: &Snapshot, ground: &Ground, ids: &[ArticleId]) -> Explanation {
    let terms = judgement.query.terms.0.iter();
    let found = &judgement.found.candidates;
    let candidates = ids.iter().filter_map(|id| found.iter().find(|candidate| candidate.id == *id));
    Explanation {
        text: judgement.query.folded.clone(),
        tokens: terms
            .map(|term| Token {
                text: term.text.clone(),
                field: term.field,
                synonym: term.synonym,
                idf: snapshot.stats().idf(term.id),
                entries: snapshot.stats().document_frequency(term.id),
            })
            .collect(),
        synonyms: judgement.query.synonyms.clone(),
        elsewhere: nearer_elsewhere(&judgement.found, &judgement.query, ground),
        candidates: candidates.map(|candidate| detail(candidate, judgement, snapshot)).collect(),
    }
}

fn detail(candidate: &Scored, judgement: &Judgement, snapshot: &Snapshot) -> CandidateDetail {
    let query = &judgement.query;
    let weighed = snapshot.stats().weighed(&query.terms);
    let mut passages: Vec<(PassageDetail, &EntryPassage)> = Vec::new();
    for entry in &candidate.versions {
        passages.extend(entry.passages.iter().map(|passage| {
            let detail = PassageDetail {
                kind: passage.passage.kind,
                locale: entry.article.locale,
                wording: wording(entry, passage).to_owned(),
                cosine: query.vector.as_ref().zip(passage.vector.as_deref()).map(|(q, v)| q.cosine(v)),
                bm25: weighed.scores(passage.passage.kind, &passage.terms).bm25,
            };
            (detail, passage)
        }));
    }
    let by_terms = passages.iter().filter(|(detail, _)| detail.bm25 > 0.0);
    let best = by_terms.reduce(|best, other| if other.0.bm25 > best.0.bm25 { other } else { best });
    let terms = best.map_or_else(Vec::new, |(detail, passage)| {
        let mut terms: Vec<TermDetail> = query
            .terms
            .0
            .iter()
            .map(|term| (term, snapshot.stats().bm25_of_term(term, passage.passage.kind, &passage.terms)))
            .filter(|(_, bm25)| *bm25 > 0.0)
            .map(|(term, bm25)| TermDetail {
                text: term.text.clone(),
                field: term.field,
                synonym: term.synonym,
                bm25,
                share: bm25 / detail.bm25,
            })
            .collect();
        // Stable: equal terms stay in text order.
        terms.sort_by(|a, b| b.bm25.total_cmp(&a.bm25));
        terms
    });
    let best_by_terms = best.map(|(detail, _)| detail.clone());
    let mut passages: Vec<PassageDetail> = passages.into_iter().map(|(detail, _)| detail).collect();
    let key = |passage: &PassageDetail| (passage.cosine.unwrap_or(-1.0), passage.bm25);
    passages.sort_by(|a, b| key(b).0.total_cmp(&key(a).0).then(key(b).1.total_cmp(&key(a).1)));
    let left_out = passages.len().saturating_sub(PASSAGES);
    passages.truncate(PASSAGES);
    CandidateDetail {
        article_id: candidate.id.clone(),
        best_by_terms,
        terms,
        passages,
        left_out,
        parts: parts(candidate, judgement.degraded),
        fused: candidate.fused,
    }
}

fn wording<'a>(entry: &'a Entry, passage: &'a EntryPassage) -> &'a str {
    let passage = &passage.passage;
    match passage.kind {
        PassageKind::Title => &entry.article.title,
        PassageKind::Variant => entry.article.variants.get(passage.ordinal as usize).unwrap_or(&passage.text),
        PassageKind::Answer => &passage.text,
    }
}

/// The terms of the combination as it is made; the semantic score is what they leave, so that the parts add up.
fn parts(candidate: &Scored, degraded: bool) -> Vec<Part> {
    if degraded {
        let exact = candidate.fused - f64::from(candidate.bm25);
        return vec![Part { name: "bm25", value: f64::from(candidate.bm25) }, Part { name: "exact", value: exact }];
    }
    let flag = |yes: bool, value: f64| if yes { value } else { 0.0 };
    let semantic = fusion::semantic(&candidate.cosines, &WEIGHTS);
    let known = [
        Part { name: "semantic", value: semantic },
        Part { name: "hubness", value: -candidate.hubness },
        Part { name: "mismatch", value: flag(candidate.mismatch.other_value(), -WEIGHTS.mismatch) },
        Part { name: "negation", value: flag(candidate.mismatch.contrary(), -WEIGHTS.negation) },
        Part { name: "exact", value: flag(candidate.exact, fusion::EXACT) },
        Part { name: "whole_answer", value: candidate.whole_answer },
        Part { name: "head", value: fusion::of_head(candidate) },
    ];
    let terms = candidate.fused - known.iter().map(|part| part.value).sum::<f64>();
    known.into_iter().chain([Part { name: "terms", value: terms }]).collect()
}

#[cfg(test)]
mod tests;
