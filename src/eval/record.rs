//! A stored evaluation: what was asked, with what, and what came of it, so that runs can be compared, gated and drawn later.
//!
//! A record is one JSON file. Two runs with the same inputs are equal but for [`Record::made_at`] and [`Record::seconds`]. Numbers
//! come back to the last bit: a confidence that lies on a line stays on its side.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::decide::promise::Evidence;
use crate::domain::locale::Locale;

/// The version of the file format.
pub const FORMAT: u32 = 3;
/// The first version that says what holds an answer back.
pub const WITH_HELD_BACK: u32 = 3;
/// The first version that names the rule that takes a question; [`FIRST`] and later are read.
pub const WITH_RULES: u32 = 2;
/// The first version.
pub const FIRST: u32 = 1;

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`], or that of an earlier record.
    pub format: u32,
    /// The program's version.
    pub program: String,
    /// When, RFC 3339.
    pub made_at: String,
    /// How long it took.
    pub seconds: f64,
    /// The articles.
    pub knowledge: Source,
    /// The questions.
    pub questions: Source,
    /// The encoder; `None` with keywords alone.
    pub model: Option<Source>,
    /// `hybrid`, `dense` or `lexical`.
    pub mode: String,
    /// What turned scores into probabilities.
    pub calibration: CalibrationUsed,
    /// Fingerprint of the settings that decisions depend on.
    pub configuration: String,
    /// The lines between answering and not.
    pub lines: Lines,
    /// One per question, in the order of the file.
    pub asked: Vec<Asked>,
}

/// Something read, by name and content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// File, directory or model name.
    pub name: String,
    /// Hex SHA-256 of the content.
    pub fingerprint: String,
    /// How many articles or questions it holds; 0 for a model.
    pub count: usize,
}

/// The calibration of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationUsed {
    /// `self`, `prior` or the name of a file.
    pub kind: String,
    /// Its fingerprint.
    pub version: String,
    /// Share of questions that no article answers, as assumed or learned from a log.
    #[serde(deserialize_with = "exact")]
    pub out_of_scope_share: f64,
    /// `assumed` or `log`.
    pub share_from: String,
    /// What the reader should know.
    pub notes: Vec<Note>,
}

/// A note in both languages: a report may be read in another language than that of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Note {
    /// In both.
    Both {
        /// Simplified Chinese.
        #[serde(rename = "zh-CN")]
        zh_cn: String,
        /// English.
        en: String,
    },
    /// In the language of the run, as earlier records have it.
    One(String),
}

impl Note {
    /// As a reader of `locale` should read it, as far as it is known.
    pub fn text(&self, locale: Locale) -> &str {
        match self {
            Note::Both { zh_cn, en } => locale.pick(zh_cn, en),
            Note::One(text) => text,
        }
    }
}

/// The lines between answering and not, chosen without looking at the questions' labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// The precision asked for.
    #[serde(deserialize_with = "exact")]
    pub target_precision: f64,
    /// Confidence from which the answers reach it; `None`: no line does, or too little is known, and nothing is answered.
    #[serde(deserialize_with = "exact_or_none")]
    pub answer: Option<f64>,
    /// Confidence from which answering is likelier right than not.
    #[serde(deserialize_with = "exact")]
    pub accurate: f64,
    /// How many labelled questions are missing for a promise, where nothing can be promised.
    pub labels_missing: Option<u64>,
    /// What the answer line rests on, a name of [`Evidence`]; earlier records do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// How many labelled questions taught; earlier records do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<usize>,
}

/// What showed that no line reaches the precision asked for: that is known, and no lack of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// So many labelled questions.
    ByLabels(usize),
    /// The knowledge base's own phrasings.
    ByOwnPhrasings,
}

impl Lines {
    /// What showed that no line will do; `None` where there is one, or where the record does not say.
    pub fn denied(&self) -> Option<Denied> {
        match (self.answer, self.evidence.as_deref()) {
            (None, Some(by)) if by == Evidence::Labels.name() => Some(Denied::ByLabels(self.labels.unwrap_or(0))),
            (None, Some(by)) if by == Evidence::OwnPhrasings.name() => Some(Denied::ByOwnPhrasings),
            _ => None,
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The sheet of the question file, in a workbook that has several with text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Line of the question file, from 1.
    pub line: usize,
    /// The question.
    pub question: String,
    /// The part of the set it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// Articles that would answer it; empty: none does.
    pub expected: Vec<String>,
    /// The first ten candidates, best first.
    pub ranked: Vec<Ranked>,
    /// Probability that the first candidate is right; 0 without any.
    #[serde(deserialize_with = "exact")]
    pub confidence: f64,
    /// What the confidence looked at, with the shares of the log-odds.
    pub features: Vec<Share>,
    /// The rule that takes the question before the confidence is asked, one of [`super::rules::TAKING`]; unknown before
    /// [`WITH_RULES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What holds the answer back however sure the confidence is, a name of [`super::rules::Held`]; unknown before [`WITH_HELD_BACK`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
}

impl Asked {
    /// Whether an article answers it.
    pub fn in_scope(&self) -> bool {
        !self.expected.is_empty()
    }

    /// Its line, with the sheet where there are several.
    pub fn place(&self) -> String {
        self.sheet.as_ref().map_or_else(|| self.line.to_string(), |sheet| format!("{sheet}:{}", self.line))
    }

    /// Whether the first candidate is an expected one.
    pub fn right(&self) -> bool {
        self.ranked.first().is_some_and(|first| self.expected.contains(&first.id))
    }
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The article.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The phrasing or piece of the answer that matched best.
    pub matched: String,
    /// The probability that it is right.
    #[serde(deserialize_with = "exact")]
    pub probability: f64,
}

/// One feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The factor of the confidence; earlier records have one sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<String>,
    /// Name.
    pub name: String,
    /// Value.
    #[serde(deserialize_with = "exact")]
    pub value: f64,
    /// Share of the log-odds of the factor.
    #[serde(deserialize_with = "exact")]
    pub log_odds: f64,
}

/// A number as the standard library reads it, which is exact; the JSON reader's own may be off by one bit.
fn exact<'de, D: Deserializer<'de>>(reader: D) -> Result<f64, D::Error> {
    number(<&RawValue>::deserialize(reader)?.get()).map_err(serde::de::Error::custom)
}

fn exact_or_none<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<f64>, D::Error> {
    let raw = <&RawValue>::deserialize(reader)?.get();
    if raw == "null" { Ok(None) } else { number(raw).map(Some).map_err(serde::de::Error::custom) }
}

fn number(raw: &str) -> Result<f64, String> {
    raw.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(|| format!("{raw} is not a number"))
}

#[cfg(test)]
pub mod tests {
    //! Made-up records, for the tests of whatever reads them.

    use super::*;

    /// A question with its ranked articles; `expected` is separated by spaces.
    pub fn asked(question: &str, expected: &str, ranked: &[&str], confidence: f64) -> Asked {
        let found = |id: &&str| Ranked { id: (*id).to_owned(), title: (*id).to_owned(), matched: String::new(), probability: confidence };
        Asked {
            sheet: None,
            line: 1,
            question: question.to_owned(),
            slice: None,
            expected: expected.split_whitespace().map(str::to_owned).collect(),
            ranked: ranked.iter().map(found).collect(),
            confidence,
            features: Vec::new(),
            rule: None,
            held_back: None,
        }
    }

    /// A record of `asked` with both lines at one half.
    pub fn record(asked: Vec<Asked>) -> Record {
        let source = |name: &str, count| Source { name: name.to_owned(), fingerprint: format!("{name}-print"), count };
        Record {
            format: FORMAT,
            program: "0".to_owned(),
            made_at: "2026-11-26T10:32:00.000Z".to_owned(),
            seconds: 1.5,
            knowledge: source("kb", 3),
            questions: source("questions", asked.len()),
            model: Some(source("model", 0)),
            mode: "hybrid".to_owned(),
            calibration: CalibrationUsed {
                kind: "prior".to_owned(),
                version: "v".to_owned(),
                out_of_scope_share: 0.5,
                share_from: "assumed".to_owned(),
                notes: Vec::new(),
            },
            configuration: "c".to_owned(),
            lines: Lines { target_precision: 0.95, answer: Some(0.5), accurate: 0.5, labels_missing: None, evidence: None, labels: None },
            asked,
        }
    }

    #[test]
    fn numbers_come_back_to_the_last_bit() {
        let mut state = 1u64;
        let rows = (0..2_000).map(|n| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let confidence = (state >> 11) as f64 / (1u64 << 53) as f64;
            Asked {
                features: vec![Share {
                    factor: Some("right".to_owned()),
                    name: "f".to_owned(),
                    value: confidence * 3.7,
                    log_odds: -confidence / 7.0,
                }],
                ..asked(&n.to_string(), "a", &["a"], confidence)
            }
        });
        let record = record(rows.collect());
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
        let quiet = Lines { answer: None, ..record.lines };
        assert_eq!(serde_json::from_str::<Lines>(&serde_json::to_string(&quiet).unwrap()).unwrap(), quiet);
        for wrong in ["1e999", "\"1\"", "true"] {
            let text = serde_json::to_string(&quiet).unwrap().replace("\"accurate\":0.5", &format!("\"accurate\":{wrong}"));
            assert!(serde_json::from_str::<Lines>(&text).is_err(), "{wrong}");
        }
    }
}
