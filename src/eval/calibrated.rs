//! What turns scores into probabilities in an evaluation, and the lines that follow from it, chosen without the questions' labels.

use std::path::PathBuf;
use std::sync::Arc;

use super::questions::LabelledQuestion;
use super::record::{CalibrationUsed, Lines, Note};
use super::report::format::percent;
use super::run::{self, Setting};
use super::vectors::Vectors;
use crate::decide::confidence::{CalibrationError, Confidence};
use crate::decide::labels::{self, Outcome};
use crate::decide::promise::{Evidence, Promise};
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded, Failure};
use crate::index::snapshot::{Live, Snapshot};
use crate::retrieve::adaptation::Adaptation;
use crate::retrieve::adaptation::traffic::{LOG_LEAST, Traffic};
use crate::retrieve::background::Background;
use crate::retrieve::elsewhere::Elsewhere;
use crate::retrieve::fusion::Mode;
use crate::retrieve::judge::Judgement;
use crate::retrieve::small_talk::SmallTalk;
use crate::text::synonyms::Synonyms;

/// Which calibration an evaluation uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CalibrationChoice {
    /// Fitted to the knowledge base by itself.
    #[default]
    Own,
    /// The one that is shipped.
    Prior,
    /// A calibration file.
    File(PathBuf),
}

impl CalibrationChoice {
    /// Reads what the choice names, so that a wrong file is told before the articles are indexed.
    pub fn read(&self) -> Result<Calibrating, CalibrationFileError> {
        let of = match self {
            CalibrationChoice::Own | CalibrationChoice::Prior => None,
            CalibrationChoice::File(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|source| CalibrationFileError::Unreadable { path: path.clone(), source })?;
                let wrong = |error: CalibrationError| CalibrationFileError::Form { path: path.clone(), detail: error.problem };
                Some(Confidence::parse(&text).map_err(wrong)?)
            }
        };
        Ok(Calibrating { choice: self.clone(), of })
    }
}

/// A choice, with the calibration of its file where it is one.
pub struct Calibrating {
    choice: CalibrationChoice,
    of: Option<Confidence>,
}

/// A calibration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationFileError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("{} is no calibration that can be used: {}", path.display(), detail.en)]
    Form {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        detail: Wording,
    },
}

impl Coded for CalibrationFileError {
    fn code(&self) -> Code {
        match self {
            CalibrationFileError::Unreadable { .. } => Code::FileUnreadable,
            CalibrationFileError::Form { .. } => Code::FileFormat,
        }
    }

    fn message(&self, locale: Locale) -> String {
        match (locale, self) {
            (Locale::En, _) => self.to_string(),
            (_, CalibrationFileError::Unreadable { path, .. }) => format!("无法读取 {}", path.display()),
            (_, CalibrationFileError::Form { path, detail }) => format!("{} 不是可用的校准文件：{}", path.display(), detail.zh),
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            CalibrationFileError::Unreadable { .. } => locale.pick(
                "--calibrate 接受 self、prior 或校准文件的路径；请检查路径和权限。",
                "--calibrate takes self, prior or the path of a calibration file: check the path and its permissions.",
            ),
            CalibrationFileError::Form { .. } => locale.pick(
                "校准文件由 `jieda eval fit` 写出；不用文件时写 --calibrate self 或 prior。",
                "Calibration files are written by `jieda eval fit`; without one, say --calibrate self or prior.",
            ),
        }
        .to_owned()
    }
}

/// What a calibration may look at.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The knowledge base.
    pub snapshot: &'a Arc<Snapshot>,
    /// The encoder; `None` with keywords alone.
    pub vectors: Option<&'a Vectors>,
    /// Which searches take part.
    pub mode: Mode,
    /// The editor's synonyms.
    pub synonyms: &'a Synonyms,
    /// The moment at which articles have to be valid.
    pub now: Timestamp,
    /// The precision asked for.
    pub target_precision: f64,
    /// Unlabelled questions, none of them a tested one; `None` where no log was given.
    pub log: Option<&'a [String]>,
    /// Labelled questions that teach, none of them a tested one.
    pub labels: &'a [LabelledQuestion],
    /// Labelled questions that were left out, as they are tested ones.
    pub labels_tested: usize,
    /// Hears how many steps of how many are done.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl<'a> Ground<'a> {
    /// What questions are asked in, with what the knowledge base taught.
    pub fn setting(&self, adaptation: &'a Adaptation) -> Setting<'a> {
        let Ground { snapshot, vectors, mode, synonyms, now, .. } = *self;
        Setting { snapshot, vectors, mode, adaptation, synonyms, now }
    }
}

/// What the knowledge base taught, the lines of an evaluation and what is told of them. Only `Own` looks at the knowledge base for
/// the confidence; the ranking head and the level that scores are measured against are learned in any case, as in the service.
pub fn calibrated(calibrating: Calibrating, ground: &Ground<'_>) -> Result<(Adaptation, Lines, CalibrationUsed), Failure> {
    let Calibrating { choice, of } = calibrating;
    let choice = &choice;
    let degraded = ground.vectors.is_none() || ground.mode == Mode::Lexical;
    (ground.progress)(0, 1);
    let mut adaptation = learn(ground)?;
    let kind = match choice {
        CalibrationChoice::Own => "self".to_owned(),
        CalibrationChoice::Prior => {
            adaptation.forget_own(Confidence::prior()?);
            "prior".to_owned()
        }
        CalibrationChoice::File(path) => {
            adaptation.forget_own(of.map_or_else(Confidence::prior, Ok)?);
            path.display().to_string()
        }
    };
    let traffic = traffic(ground, &adaptation, degraded)?;
    adaptation.heed(&traffic);
    adaptation.aim(ground.target_precision);
    (ground.progress)(1, 1);
    let promise = adaptation.promise(ground.target_precision, degraded);
    let lines = Lines {
        target_precision: ground.target_precision,
        answer: promise.line,
        accurate: adaptation.confidence.of(degraded).accurate,
        labels_missing: Some(promise.labels_missing).filter(|missing| *missing > 0),
        evidence: Some(promise.evidence.name().to_owned()),
        labels: Some(ground.labels.len()),
    };
    let used = CalibrationUsed {
        kind,
        version: adaptation.fingerprint.clone(),
        out_of_scope_share: adaptation.out_of_scope.share,
        share_from: adaptation.out_of_scope.source().to_owned(),
        notes: notes(&promise, &adaptation, degraded, choice, ground),
    };
    Ok((adaptation, lines, used))
}

/// Learns from a snapshot as the service does.
pub fn learn(ground: &Ground<'_>) -> Result<Adaptation, Failure> {
    let live = Live { now: ground.now, channel: None };
    let encoder = ground.vectors.filter(|_| ground.mode != Mode::Lexical);
    let (model, background) = match encoder {
        Some(vectors) => (vectors.embedder().fingerprint(), background(vectors)?),
        None => ("", Background::unencoded()),
    };
    Adaptation::learn(ground.snapshot, model, Arc::new(background), live)
}

/// The background, encoded once for all evaluations.
fn background(vectors: &Vectors) -> Result<Background, Failure> {
    let encoded = |texts: &[String]| Ok::<_, Failure>(vectors.passages(&[texts.to_vec()], &|_, _| ())?.concat());
    let small_talk = encoded(&SmallTalk::messages())?.iter().map(|vector| (**vector).clone()).collect();
    let elsewhere =
        Elsewhere::encode(vectors.embedder(), |questions| Ok(encoded(questions)?.iter().map(|vector| vector.exact.to_vec()).collect()))?;
    Ok(Background { small_talk: SmallTalk::of(small_talk).unwrap_or_else(SmallTalk::unencoded), elsewhere })
}

/// Asks the log and the labelled questions under what the articles taught.
fn traffic<'a>(ground: &Ground<'a>, adaptation: &'a Adaptation, degraded: bool) -> Result<Traffic, Failure> {
    let setting = ground.setting(adaptation);
    let calibration = adaptation.confidence.of(degraded);
    let log_odds = |judgement: &Judgement| judgement.features.map(|features| calibration.log_odds(&features));
    let log: Vec<LabelledQuestion> = (1..)
        .zip(ground.log.unwrap_or_default())
        .map(|(line, text)| LabelledQuestion { sheet: None, line, question: text.clone(), expected: Vec::new(), slice: None })
        .collect();
    let mut traffic = Traffic::default();
    *traffic.log.of_mut(degraded) = run::ask_all(&log, setting, &|_| ())?.iter().filter_map(log_odds).collect();
    let told = run::ask_all(ground.labels, setting, &|_| ())?;
    let outcomes = ground.labels.iter().zip(&told).filter_map(|(label, judgement)| {
        let right = label.expected.contains(&judgement.found.candidates.first()?.id);
        Some(Outcome { log_odds: log_odds(judgement)?, right: f64::from(u8::from(right)), weight: 1.0, firm: true })
    });
    *traffic.outcomes.of_mut(degraded) = outcomes.collect();
    Ok(traffic)
}

/// What the reader should know of the line.
fn notes(promise: &Promise, adaptation: &Adaptation, degraded: bool, choice: &CalibrationChoice, ground: &Ground<'_>) -> Vec<Note> {
    let said = |locale| {
        let mut notes = of_line(promise, adaptation, degraded, choice, ground, locale);
        notes.extend(of_traffic(adaptation, degraded, choice, ground, locale));
        notes
    };
    said(Locale::ZhCn).into_iter().zip(said(Locale::En)).map(|(zh_cn, en)| Note::Both { zh_cn, en }).collect()
}

/// What the line rests on.
fn of_line(
    promise: &Promise,
    adaptation: &Adaptation,
    degraded: bool,
    choice: &CalibrationChoice,
    ground: &Ground<'_>,
    locale: Locale,
) -> Vec<String> {
    let mut notes = Vec::new();
    let per_article = adaptation.ground.phrasings;
    let (expected, low, high) = promise.expected.map_or((0.0, 0.0, 0.0), |(p, low, high)| (p * 100.0, low * 100.0, high * 100.0));
    notes.push(match promise.evidence {
        _ if promise.line.is_none() => out_of_reach(promise, ground.labels.len(), locale),
        Evidence::Labels => match locale {
            Locale::ZhCn => format!("回答线来自 {} 条标注问题，预计精确率 {expected:.1}%（{low:.1}–{high:.1}%）", ground.labels.len()),
            Locale::En => {
                format!("the line rests on {} labelled questions: {expected:.1}% expected ({low:.1}–{high:.1}%)", ground.labels.len())
            }
        },
        Evidence::OwnPhrasings => match locale {
            Locale::ZhCn => format!("回答线来自知识库自身的问法，预计精确率 {expected:.1}%（{low:.1}–{high:.1}%）"),
            Locale::En => format!("the line rests on the knowledge base's own phrasings: {expected:.1}% expected ({low:.1}–{high:.1}%)"),
        },
        Evidence::Shipped => match locale {
            Locale::ZhCn => format!("知识库自身的问法（平均每篇 {per_article:.1} 个）不足以自测；回答线取自其他知识库，再有 {} 条标注问题即可核实", promise.labels_missing),
            Locale::En => format!(
                "its own phrasings ({per_article:.1} an article) do not test it well enough: the line is the one that held on other knowledge bases; {} labelled questions would check it",
                promise.labels_missing
            ),
        },
        Evidence::Cautious => match locale {
            Locale::ZhCn => format!("文章只有标题或答案，证据不足以承诺；回答线取谨慎值，再有 {} 条标注问题即可承诺", promise.labels_missing),
            Locale::En => format!(
                "articles have a single phrasing each, too little for a promise: the line is a cautious one; {} labelled questions would allow one",
                promise.labels_missing
            ),
        },
    });
    if *choice == CalibrationChoice::Own && !adaptation.own.of(degraded).taken {
        notes.push(
            locale
                .pick("自测没有比随附的校准更好，未采用", "asking itself was no better than the shipped calibration, and was not taken")
                .to_owned(),
        );
    }
    notes
}

/// That no line reaches the precision, and what showed it. That is no lack of evidence: it is known.
fn out_of_reach(promise: &Promise, labels: usize, locale: Locale) -> String {
    let target = percent(promise.target);
    match promise.evidence {
        Evidence::Labels => locale.pick(
            format!("{labels} 条标注问题表明，没有哪条回答线能达到 {target} 的精确率：一概不直接回答"),
            format!("{labels} labelled questions show that no line reaches a precision of {target}: nothing is answered"),
        ),
        Evidence::OwnPhrasings | Evidence::Shipped | Evidence::Cautious => {
            let missing = promise.labels_missing;
            locale.pick(
                format!("知识库自身的问法表明，没有哪条回答线能达到 {target} 的精确率：一概不直接回答；再有 {missing} 条标注问题即可核实"),
                format!(
                    "the knowledge base's own phrasings show that no line reaches a precision of {target}: nothing is answered; {missing} labelled questions would check it"
                ),
            )
        }
    }
}

/// How many labelled questions do not teach, as they are tested ones; `None` where all do.
fn of_tested(told: usize, tested: usize, locale: Locale) -> Option<String> {
    match (told, tested) {
        (_, 0) => None,
        (0, _) => Some(locale.pick(
            format!("给出的 {tested} 条标注问题都在被测之列，没有可用的"),
            format!("all {tested} labelled questions given to learn from are tested ones, and none is left"),
        )),
        _ => Some(locale.pick(
            format!("标注问题里有 {tested} 条在被测之列，没有采用，余下 {told} 条"),
            format!("{tested} of the labelled questions given to learn from are tested ones and left out; {told} are left"),
        )),
    }
}

/// What came of the log and of the labelled questions, where there were any.
fn of_traffic(adaptation: &Adaptation, degraded: bool, choice: &CalibrationChoice, ground: &Ground<'_>, locale: Locale) -> Vec<String> {
    let mut notes = Vec::new();
    let logged = ground.log.map_or(0, <[String]>::len);
    if ground.log.is_some() && logged == 0 {
        notes.push(
            locale
                .pick(
                    "日志里的问题都在被测之列，没有可用的，未据此估计范围外占比",
                    "all questions of the log are tested ones, and none is left to tell how many are out of scope",
                )
                .to_owned(),
        );
    } else if logged > 0 && logged < LOG_LEAST {
        notes.push(locale.pick(
            format!("日志只有 {logged} 个可用的问题（至少 {LOG_LEAST} 个），未据此估计范围外占比"),
            format!("the log has {logged} usable questions, too few to tell how many are out of scope ({LOG_LEAST} at least)"),
        ));
    } else if logged > 0 && !adaptation.out_of_scope.from_log {
        let why = match choice {
            CalibrationChoice::Own => locale.pick("知识库自身的问法不足以自测", "its own phrasings do not test it well enough"),
            CalibrationChoice::Prior | CalibrationChoice::File(_) => {
                locale.pick("日志只用于按知识库自行校准", "a log only serves a confidence fitted to the knowledge base by itself")
            }
        };
        notes.push(
            locale.pick(format!("{why}，未按日志估计范围外占比"), format!("{why}: how many are out of scope is not told by the log")),
        );
    }
    let fit = adaptation.labels.of(degraded);
    let ((before, after), told) = (fit.loss, ground.labels.len());
    notes.extend(of_tested(told, ground.labels_tested, locale));
    match (told, fit.taken) {
        (0, _) => {}
        (_, true) => notes.push(locale.pick(
            format!("按 {told} 条标注问题重新校准：留出部分的对数损失由 {before:.4} 降到 {after:.4}"),
            format!("refitted to {told} labelled questions: log-loss on held-out ones {before:.4} before, {after:.4} after"),
        )),
        (_, false) if fit.weight < labels::LEAST => notes.push(locale.pick(
            format!("标注问题只有 {told} 条，不足以重新校准（至少 {:.0} 条）", labels::LEAST),
            format!("{told} labelled questions are too few for a refit ({:.0} at least)", labels::LEAST),
        )),
        (_, false) => notes.push(locale.pick(
            format!("按 {told} 条标注问题重新校准并不更好（留出部分的对数损失 {before:.4}，重新校准后 {after:.4}），未采用"),
            format!("a refit to {told} labelled questions was no better (log-loss on held-out ones {before:.4}, refitted {after:.4}), and was not taken"),
        )),
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_that_no_line_will_do_is_named() {
        let promise = |evidence, labels_missing| Promise { target: 0.999, line: None, expected: None, evidence, labels_missing };
        let said = |promise: &Promise, locale| out_of_reach(promise, 300, locale);
        let by_labels = said(&promise(Evidence::Labels, 0), Locale::En);
        assert_eq!(by_labels, "300 labelled questions show that no line reaches a precision of 99.9%: nothing is answered");
        let by_itself = said(&promise(Evidence::OwnPhrasings, 203), Locale::En);
        assert!(by_itself.starts_with("the knowledge base's own phrasings show that no line reaches a precision of 99.9%"), "{by_itself}");
        assert!(by_itself.ends_with("203 labelled questions would check it") && !by_itself.contains("300"), "{by_itself}");
        assert!(said(&promise(Evidence::Labels, 0), Locale::ZhCn).starts_with("300 条标注问题表明，没有哪条回答线"));
    }

    #[test]
    fn tested_labels_are_counted() {
        let said = |told, tested| of_tested(told, tested, Locale::En);
        assert_eq!(said(40, 0), None);
        assert!(said(0, 7).unwrap().starts_with("all 7 labelled questions"));
        assert!(said(40, 7).unwrap().starts_with("7 of the labelled questions") && said(40, 7).unwrap().ends_with("40 are left"));
        assert!(of_tested(40, 7, Locale::ZhCn).unwrap().contains("7 条在被测之列"));
    }
}
