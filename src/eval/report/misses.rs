//! The worst misses of each kind, with what led to them.

use std::collections::BTreeMap;

use super::format::percent;
use crate::decide::plain;
use crate::domain::decision::Factor;
use crate::domain::locale::Locale;
use crate::eval::record::{Asked, Record, Share};

/// Misses shown of a kind.
const SHOWN: usize = 20;
/// Candidates shown of a miss; an expected one further down is shown, too.
const CANDIDATES: usize = 3;
/// Characters of a question that head a miss.
const HEADING: usize = 100;
/// Characters shown of what matched: a piece of an answer may be long.
const MATCHED: usize = 120;
/// Features shown of a miss.
const FEATURES: usize = 6;

/// Misses of one kind.
pub struct Kind {
    /// Unique on the page; letters only.
    pub id: &'static str,
    /// What they have in common.
    pub title: &'static str,
    /// What an editor can do about them.
    pub advice: &'static str,
    /// How many there are.
    pub count: usize,
    /// The worst of them, worst first.
    pub shown: Vec<Miss>,
}

/// One miss.
pub struct Miss {
    /// Sheet of the question file, where there are several.
    pub sheet: Option<String>,
    /// Line of the question file.
    pub line: usize,
    /// The question, or its beginning.
    pub heading: String,
    /// The whole question, where the heading is only its beginning.
    pub question: Option<String>,
    /// The part of the set.
    pub slice: Option<String>,
    /// The confidence.
    pub confidence: String,
    /// Title of the first candidate.
    pub first: Option<String>,
    /// The articles that would be right, with their titles where the record knows them.
    pub expected: Vec<(String, Option<String>)>,
    /// The candidates.
    pub candidates: Vec<Candidate>,
    /// What weighed most, heaviest first.
    pub reasons: Vec<Reason>,
}

/// One candidate.
pub struct Candidate {
    /// From 1.
    pub rank: usize,
    /// The article.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What matched, unless it is the title.
    pub matched: Option<String>,
    /// The probability that it is right.
    pub probability: String,
    /// Whether it is.
    pub expected: bool,
}

/// What one feature did to the confidence.
pub struct Reason {
    /// What it looks at.
    pub words: String,
    /// Its value.
    pub value: String,
    /// Its share of the log-odds, with its sign.
    pub log_odds: String,
    /// Whether it raised the confidence.
    pub raised: bool,
}

/// The misses of every kind. `line` is the confidence from which questions are answered; where nothing is answered it is the one
/// from which answers are likelier right than not, so that there is something to learn from.
pub fn kinds(record: &Record, line: f64, locale: Locale) -> Vec<Kind> {
    let mut titles = BTreeMap::new();
    for candidate in record.asked.iter().flat_map(|asked| &asked.ranked) {
        titles.entry(candidate.id.as_str()).or_insert(candidate.title.as_str());
    }
    let found = |asked: &Asked| asked.ranked.iter().any(|candidate| asked.expected.contains(&candidate.id));
    let sure_first = |a: &&Asked, b: &&Asked| b.confidence.total_cmp(&a.confidence).then(a.line.cmp(&b.line));
    let unsure_first = |a: &&Asked, b: &&Asked| a.confidence.total_cmp(&b.confidence).then(a.line.cmp(&b.line));
    let kind = |id, (title, advice): (&'static str, &'static str), belongs: &dyn Fn(&Asked) -> bool, worst_is_sure: bool| {
        let mut misses: Vec<&Asked> = record.asked.iter().filter(|asked| belongs(asked)).collect();
        if worst_is_sure {
            misses.sort_by(sure_first)
        } else {
            misses.sort_by(unsure_first)
        }
        let shown = misses.iter().take(SHOWN).map(|asked| miss(asked, &titles, locale)).collect();
        Kind { id, title, advice, count: misses.len(), shown }
    };
    vec![
        kind(
            "wrong",
            locale.pick(
                ("有把握却答错了", "两篇文章容易混淆？给正确的那篇补充这样的问法，或在标题里写明区别。"),
                (
                    "Sure, and wrong",
                    "Two articles that are easily confused? Add this wording to the right one, or tell them apart in their titles.",
                ),
            ),
            &|asked| asked.in_scope() && !asked.right() && asked.confidence >= line,
            true,
        ),
        kind(
            "outside",
            locale.pick(
                ("没有文章可答却回答了", "如果顾客常这样问，值得写一篇；如果答案其实对，请更正标注。"),
                (
                    "Answered, though no article answers it",
                    "If customers often ask this, write an article; if the answer does fit, correct the label.",
                ),
            ),
            &|asked| !asked.in_scope() && !asked.ranked.is_empty() && asked.confidence >= line,
            true,
        ),
        kind(
            "withheld",
            locale.pick(
                ("找对了却没敢答", "把这样的问法加为该文章的相似问，把握就会提高。"),
                ("Found, but withheld", "Add this wording to the article's phrasings: the confidence will rise."),
            ),
            &|asked| asked.right() && asked.confidence < line,
            false,
        ),
        kind(
            "behind",
            locale.pick(
                ("找到了，但没排在第一", "排在前面的文章更像这个问题：给正确的那篇补充这样的问法。这里只列没有作答的，答错的在最前面一类。"),
                (
                    "Right article found, but not first",
                    "Another article looks more like the question: add this wording to the right one. Those that got a wrong answer stand under the first heading.",
                ),
            ),
            &|asked| asked.in_scope() && !asked.right() && asked.confidence < line && found(asked),
            true,
        ),
        kind(
            "missing",
            locale.pick(
                ("正确的文章不在前十个里", "这些说法与文章的用词相去太远：补充相似问，或在答案里写出顾客的说法。"),
                (
                    "Right article missing among the first ten",
                    "These wordings are far from the article's own: add phrasings, or use the customers' words in the answer.",
                ),
            ),
            &|asked| asked.in_scope() && !found(asked),
            true,
        ),
    ]
}

fn miss(asked: &Asked, titles: &BTreeMap<&str, &str>, locale: Locale) -> Miss {
    let is_expected = |id: &String| asked.expected.contains(id);
    let candidates = asked.ranked.iter().enumerate().filter(|(at, candidate)| *at < CANDIDATES || is_expected(&candidate.id));
    let heading = beginning(&asked.question, HEADING);
    Miss {
        sheet: asked.sheet.clone(),
        line: asked.line,
        question: Some(asked.question.clone()).filter(|question| *question != heading),
        heading,
        slice: asked.slice.clone(),
        confidence: percent(asked.confidence),
        first: asked.ranked.first().map(|first| first.title.clone()),
        expected: asked.expected.iter().map(|id| (id.clone(), titles.get(id.as_str()).map(|title| (*title).to_owned()))).collect(),
        candidates: candidates
            .map(|(at, candidate)| Candidate {
                rank: at + 1,
                id: candidate.id.clone(),
                title: candidate.title.clone(),
                matched: Some(beginning(&candidate.matched, MATCHED)).filter(|matched| !matched.is_empty() && *matched != candidate.title),
                probability: percent(candidate.probability),
                expected: is_expected(&candidate.id),
            })
            .collect(),
        reasons: reasons(&asked.features, locale),
    }
}

/// At most `chars` characters.
fn beginning(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A feature in words, with the factor that it bears on.
fn reason(share: &Share, locale: Locale) -> String {
    let label = plain::feature_label(&share.name, locale);
    match share.factor.as_deref().and_then(Factor::parse).filter(|factor| *factor != Factor::Whole) {
        Some(factor) => format!("{}{}{label}", plain::factor_label(factor, locale), locale.pick("：", ": ")),
        None => label.to_owned(),
    }
}

fn reasons(features: &[Share], locale: Locale) -> Vec<Reason> {
    // What rounds to nothing weighs nothing.
    let mut heaviest: Vec<&Share> = features.iter().filter(|feature| feature.log_odds.abs() >= 0.005).collect();
    heaviest.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()).then_with(|| a.name.cmp(&b.name)));
    heaviest
        .into_iter()
        .take(FEATURES)
        .map(|feature| Reason {
            words: reason(feature, locale),
            value: format!("{:.3}", feature.value),
            log_odds: format!("{:+.2}", feature.log_odds).replace('-', "−"),
            raised: feature.log_odds > 0.0,
        })
        .collect()
}
