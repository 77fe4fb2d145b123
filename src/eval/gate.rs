//! A baseline that later evaluations must not fall behind, and questions that must never break.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::metrics::{Figure, Measured, Report, answered};
use super::questions::LabelledQuestion;
use super::record::{Asked, Lines, Record, Source, WITH_HELD_BACK};
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded};
use crate::text::unreadable;

/// The version of the file format.
const FORMAT: u32 = 1;
/// Figures of a slice that a baseline holds: few, as slices are small.
const OF_SLICE: [Figure; 4] = [Figure::HitAt1, Figure::AurocOutOfScope, Figure::Coverage, Figure::OutOfScopeRejected];
/// Questions that may change in a slice whatever the tolerance: a share of few questions moves in great steps.
const SLACK: f64 = 2.0;

/// What evaluations are held to. The file is made by [`Baseline::of`] and may be edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    format: u32,
    /// When the run was made, RFC 3339.
    pub made_at: String,
    /// The questions; others cannot be held to it.
    pub questions: Source,
    /// The precision asked for.
    pub target_precision: f64,
    /// Whether it was kept and has to be.
    pub promise_kept: bool,
    /// Bounds by the path of the figure, over all questions.
    pub figures: BTreeMap<String, Bound>,
    /// The same by slice.
    pub slices: BTreeMap<String, BTreeMap<String, Bound>>,
}

/// What tells a baseline from a record, and one format from another.
#[derive(Deserialize)]
struct Head {
    format: u32,
    asked: Option<serde::de::IgnoredAny>,
}

/// What a figure was, and how much worse it may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// What it was.
    pub value: f64,
    /// How much worse it may be.
    pub tolerance: f64,
}

/// A baseline that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{} is no baseline: {}", path.display(), detail.en)]
    NotABaseline {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        detail: Wording,
    },
    /// The questions are not those of the baseline.
    #[error("the baseline was made with other questions: {} of {}, now {} of {}", was.count, was.name, now.count, now.name)]
    OtherQuestions {
        /// The baseline's.
        was: Box<Source>,
        /// The record's.
        now: Box<Source>,
    },
    /// Another precision was asked for, so the line is another one.
    #[error("the baseline was made for a target precision of {was}, this run for {now}")]
    OtherTarget {
        /// The baseline's.
        was: f64,
        /// The record's.
        now: f64,
    },
    /// Nothing is held to anything.
    #[error("{} holds no figures to check", path.display())]
    NoFigures {
        /// Which file.
        path: PathBuf,
    },
    /// The record was written before rules were, or before what holds an answer back.
    #[error(
        "the record (format {format}) does not say which questions get no answer whatever the confidence, so pinned ones cannot be checked"
    )]
    RulesUnknown {
        /// Its format.
        format: u32,
    },
}

impl Coded for GateError {
    fn code(&self) -> Code {
        match self {
            GateError::Unreadable { .. } => Code::FileUnreadable,
            GateError::NotABaseline { .. }
            | GateError::OtherQuestions { .. }
            | GateError::OtherTarget { .. }
            | GateError::NoFigures { .. }
            | GateError::RulesUnknown { .. } => Code::FileFormat,
        }
    }

    fn message(&self, locale: Locale) -> String {
        match (locale, self) {
            (Locale::En, _) => self.to_string(),
            (_, GateError::Unreadable { path, .. }) => format!("无法读取 {}", path.display()),
            (_, GateError::NotABaseline { path, detail }) => format!("{} 不是基线：{}", path.display(), detail.zh),
            (_, GateError::OtherQuestions { was, now }) => {
                format!("基线用的是另一套问题：{} 的 {} 个，现在是 {} 的 {} 个", was.name, was.count, now.name, now.count)
            }
            (_, GateError::OtherTarget { was, now }) => format!("基线的目标精确率是 {was}，这次评测的是 {now}"),
            (_, GateError::NoFigures { path }) => format!("{} 里没有要检查的指标", path.display()),
            (_, GateError::RulesUnknown { format }) => {
                format!("这份记录（格式 {format}）没有记下哪些问题把握再大也不会回答，无法检查钉住的问题")
            }
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            GateError::Unreadable { .. } => self.code().hint(locale),
            GateError::OtherTarget { was, .. } => {
                return locale.pick(
                    format!("请用 `--target-precision {was}` 评测，或用这次评测重写基线（`jieda eval baseline RECORD`）。"),
                    format!(
                        "Make the run with `--target-precision {was}`, or write the baseline again from this run (`jieda eval baseline RECORD`)."
                    ),
                );
            }
            GateError::RulesUnknown { .. } => locale.pick(
                "请用 `jieda eval run --out FILE` 重新评测，或不给 --record，现评现查。",
                "Make the run again with `jieda eval run --out FILE`, or leave --record out to have one made.",
            ),
            _ => locale.pick(
                "基线由 `jieda eval baseline RECORD` 写出；问题改了，就要重写基线。",
                "`jieda eval baseline RECORD` writes one; after a change of the questions it has to be written again.",
            ),
        }
        .to_owned()
    }
}

impl Baseline {
    /// The baseline of a run; every figure may get worse by `tolerance`, in a slice by two questions at least.
    pub fn of(record: &Record, report: &Report, tolerance: f64) -> Self {
        let bounds = |measured: &Measured, figures: &[Figure], tolerance: f64| {
            let bound = |figure: &Figure| Some((figure.path(), Bound { value: measured.figures.get(*figure)?, tolerance }));
            figures.iter().filter_map(bound).collect()
        };
        let slice = |(name, measured): (&String, &Measured)| {
            let tolerance = tolerance.max(SLACK / measured.questions as f64);
            (name.clone(), bounds(measured, &OF_SLICE, tolerance))
        };
        Baseline {
            format: FORMAT,
            made_at: record.made_at.clone(),
            questions: record.questions.clone(),
            target_precision: record.lines.target_precision,
            promise_kept: report.all.promise_kept,
            figures: bounds(&report.all, &Figure::ALL, tolerance),
            slices: report.slices.iter().map(slice).collect(),
        }
    }

    /// Reads a baseline file.
    pub fn read(path: &Path) -> Result<Self, GateError> {
        let text = std::fs::read_to_string(path).map_err(|source| GateError::Unreadable { path: path.to_owned(), source })?;
        let wrong = |detail: Wording| GateError::NotABaseline { path: path.to_owned(), detail };
        let Head { format, asked } = serde_json::from_str(&text).map_err(|error| wrong(unreadable::json(&error)))?;
        if asked.is_some() {
            return Err(wrong(Wording::new("这是一份评测记录", "it is the record of a run")));
        }
        if format != FORMAT {
            return Err(wrong(Wording::new(
                format!("它的格式是 {format}，本程序读取 {FORMAT}"),
                format!("its format is {format}, this program reads {FORMAT}"),
            )));
        }
        let baseline: Baseline = serde_json::from_str(&text).map_err(|error| wrong(unreadable::json(&error)))?;
        let bounds = baseline.figures.iter().chain(baseline.slices.values().flatten());
        for (path, bound) in bounds {
            if Figure::of_path(path).is_none() {
                return Err(wrong(Wording::new(format!("没有 {path} 这个指标"), format!("there is no figure {path}"))));
            }
            if bound.tolerance < 0.0 {
                return Err(wrong(Wording::new(format!("{path} 的容差小于 0"), format!("the tolerance of {path} is below 0"))));
            }
        }
        // A gate that checks nothing would let everything pass.
        if baseline.figures.is_empty() && baseline.slices.values().all(BTreeMap::is_empty) {
            return Err(GateError::NoFigures { path: path.to_owned() });
        }
        Ok(baseline)
    }

    /// Everything in which a run falls behind.
    ///
    /// **Errors** The run asked other questions, or for another precision: coverage and precision are those at its line.
    pub fn misses(&self, record: &Record, report: &Report) -> Result<Vec<Miss>, GateError> {
        if self.questions.fingerprint != record.questions.fingerprint {
            return Err(GateError::OtherQuestions { was: Box::new(self.questions.clone()), now: Box::new(record.questions.clone()) });
        }
        let (was, now) = (self.target_precision, record.lines.target_precision);
        if was != now {
            return Err(GateError::OtherTarget { was, now });
        }
        let mut misses = Vec::new();
        if self.promise_kept && !report.all.promise_kept {
            misses.push(Miss::Promise {
                target_precision: record.lines.target_precision,
                precision: report.all.figures.get(Figure::Precision),
            });
        }
        let sets = std::iter::once((None, &self.figures)).chain(self.slices.iter().map(|(name, bounds)| (Some(name), bounds)));
        for (slice, bounds) in sets {
            let measured = match slice {
                None => Some(&report.all),
                Some(name) => report.slices.get(name),
            };
            for (path, bound) in bounds {
                let Some(figure) = Figure::of_path(path) else { continue };
                let value = measured.and_then(|measured| measured.figures.get(figure));
                if !value.is_some_and(|value| bound.holds(figure, value)) {
                    misses.push(Miss::Figure { slice: slice.cloned(), figure, bound: *bound, value });
                }
            }
        }
        Ok(misses)
    }
}

impl Bound {
    /// Whether a value is not worse by more than the tolerance; what rounding does to a sum is no fault.
    fn holds(&self, figure: Figure, value: f64) -> bool {
        let worse = if figure.is_cost() { value - self.value } else { self.value - value };
        worse <= self.tolerance + 1e-12
    }
}

/// Something in which a run falls behind.
#[derive(Debug, Clone, PartialEq)]
pub enum Miss {
    /// The precision is below the target by more than its interval, which it was not.
    Promise {
        /// The target.
        target_precision: f64,
        /// The precision.
        precision: Option<f64>,
    },
    /// A figure is worse than it was by more than its tolerance.
    Figure {
        /// In which slice; `None`: over all questions.
        slice: Option<String>,
        /// Which.
        figure: Figure,
        /// What it was.
        bound: Bound,
        /// What it is; `None`: it cannot be told any more.
        value: Option<f64>,
    },
    /// A pinned question does not get its article.
    Pinned {
        /// Its line in the file of pinned questions.
        line: usize,
        /// The question.
        question: String,
        /// The articles any of which must come first.
        expected: Vec<String>,
        /// What comes first; `None`: nothing, or it was not asked.
        found: Option<String>,
        /// The confidence; `None`: it was not asked.
        confidence: Option<f64>,
        /// The rule that takes it, whatever the confidence.
        rule: Option<String>,
        /// What holds its answer back, whatever the confidence.
        held_back: Option<String>,
    },
}

/// The pinned questions that break: an expected article must come first and be answered, no rule may take the question before and
/// nothing hold the answer back; where none is expected, nothing may be answered. `asked` may hold others; `format` is the version of the
/// record that it is of.
///
/// **Errors** A record that does not know the rules, or what holds an answer back.
pub fn broken(pinned: &[LabelledQuestion], asked: &[Asked], lines: &Lines, format: u32) -> Result<Vec<Miss>, GateError> {
    if !pinned.is_empty() && format < WITH_HELD_BACK {
        return Err(GateError::RulesUnknown { format });
    }
    let miss = |pin: &LabelledQuestion| {
        let expected: Vec<String> = pin.expected.iter().map(ToString::to_string).collect();
        let row = asked.iter().find(|asked| asked.question == pin.question);
        let first = row.and_then(|asked| asked.ranked.first()).map(|first| first.id.clone());
        let right = first.as_ref().is_some_and(|first| expected.contains(first));
        let rule = row.and_then(|asked| asked.rule.clone());
        let held_back = row.and_then(|asked| asked.held_back.clone());
        let answered = row.is_some_and(|asked| answered(asked, lines)) && rule.is_none() && held_back.is_none();
        let holds = row.is_some() && if expected.is_empty() { !answered } else { right && answered };
        (!holds).then(|| Miss::Pinned {
            line: pin.line,
            question: pin.question.clone(),
            expected,
            found: first,
            confidence: row.map(|asked| asked.confidence),
            rule,
            held_back,
        })
    };
    Ok(pinned.iter().filter_map(miss).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::metrics::report;
    use crate::eval::record::tests::{asked, record};

    fn run() -> Record {
        let rows = (0..20).map(|n| {
            let slice = Some(if n < 10 { "plain" } else { "far" }.to_owned());
            let row = if n < 10 { asked(&format!("问{n}"), "a", &["a"], 0.9) } else { asked(&format!("外{n}"), "", &["b"], 0.2) };
            Asked { slice, line: n + 1, ..row }
        });
        record(rows.collect())
    }

    fn baseline() -> Baseline {
        let run = run();
        Baseline::of(&run, &report(&run.asked, &run.lines), 0.01)
    }

    fn misses(run: &Record) -> Vec<(Option<String>, String)> {
        let misses = baseline().misses(run, &report(&run.asked, &run.lines)).unwrap();
        misses
            .into_iter()
            .map(|miss| match miss {
                Miss::Figure { slice, figure, .. } => (slice, figure.path()),
                other => (None, format!("{other:?}").chars().take_while(|c| c.is_alphabetic()).collect()),
            })
            .collect()
    }

    #[test]
    fn a_run_is_held_to_its_baseline() {
        assert_eq!(misses(&run()), []);
        let mut better = run();
        better.asked[12].confidence = 0.1;
        assert_eq!(misses(&better), []);

        // One out-of-scope question is answered: the slice has room for it, the whole has not.
        let mut worse = run();
        worse.asked[15].confidence = 0.6;
        let worse = misses(&worse);
        assert!(worse.contains(&(None, "decision.out_of_scope_rejected".to_owned())), "{worse:?}");
        assert!(worse.contains(&(None, "decision.brier".to_owned())) && worse.iter().all(|(slice, _)| slice.is_none()), "{worse:?}");

        let mut broken = run();
        for row in &mut broken.asked[10..] {
            row.confidence = 0.95;
        }
        let broken = misses(&broken);
        assert!(broken.contains(&(None, "Promise".to_owned())), "{broken:?}");
        assert!(broken.contains(&(Some("far".to_owned()), "decision.out_of_scope_rejected".to_owned())), "{broken:?}");
    }

    #[test]
    fn figures_that_can_no_longer_be_told_are_missed_and_other_questions_refused() {
        let mut quiet = run();
        quiet.lines.answer = None;
        assert!(misses(&quiet).contains(&(None, "decision.precision".to_owned())));
        let mut other = run();
        other.questions.fingerprint = "other".to_owned();
        let report = report(&other.asked, &other.lines);
        assert!(matches!(baseline().misses(&other, &report), Err(GateError::OtherQuestions { .. })));
    }

    #[test]
    fn files_come_back_and_what_is_wrong_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("baseline.json");
        let text = serde_json::to_string_pretty(&baseline()).unwrap();
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Baseline::read(&path)
        };
        assert_eq!(read(&text).unwrap(), baseline());
        for (from, to, want) in [
            ("retrieval.hit_at_1", "retrieval.hit_at_9", "no figure retrieval.hit_at_9"),
            ("\"format\": 1", "\"format\": 9", "format is 9"),
            ("\"tolerance\": 0.01", "\"tolerance\": -1", "below 0"),
            ("\"made_at\"", "\"made\"", "made"),
        ] {
            let error = read(&text.replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
        }
        assert!(matches!(Baseline::read(&dir.path().join("none")), Err(GateError::Unreadable { .. })));
    }

    #[test]
    fn pinned_questions_come_first_and_are_answered() {
        let pin = |question: &str, expected: &[&str]| LabelledQuestion {
            sheet: None,
            line: 1,
            question: question.to_owned(),
            expected: expected.iter().map(|id| id.parse().unwrap()).collect(),
            slice: None,
        };
        let rows = [asked("准", "a", &["a"], 0.9), asked("不准", "a", &["b", "a"], 0.9), asked("没把握", "a", &["a"], 0.4)];
        let quiet = [pin("没把握", &[]), pin("准", &[])];
        let broken = |pins: &[LabelledQuestion], rows: &[Asked]| super::broken(pins, rows, &run().lines, WITH_HELD_BACK).unwrap();
        assert!(matches!(&broken(&quiet, &rows)[..], [Miss::Pinned { question, .. }] if question == "准"));
        let pins = [pin("准", &["c", "a"]), pin("不准", &["a"]), pin("没把握", &["a"]), pin("没问", &["a"])];
        let missed: Vec<String> = broken(&pins, &rows)
            .into_iter()
            .map(|miss| match miss {
                Miss::Pinned { question, .. } => question,
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(missed, ["不准", "没把握", "没问"]);

        // A question that a rule takes is not answered, however sure the confidence is.
        let ruled = [Asked { rule: Some("own_order".to_owned()), ..asked("准", "a", &["a"], 0.9) }];
        let missed = broken(&[pin("准", &["a"])], &ruled);
        assert!(matches!(&missed[..], [Miss::Pinned { rule: Some(rule), .. }] if rule == "own_order"), "{missed:?}");
        assert_eq!(broken(&[pin("准", &[])], &ruled), []);
        // Nor is one whose answer the policy holds back.
        let held = [Asked { held_back: Some("contradiction".to_owned()), ..asked("准", "a", &["a"], 0.9) }];
        let missed = broken(&[pin("准", &["a"])], &held);
        assert!(matches!(&missed[..], [Miss::Pinned { held_back: Some(by), .. }] if by == "contradiction"), "{missed:?}");
        assert_eq!(broken(&[pin("准", &[])], &held), []);
        let old = super::broken(&[pin("准", &["a"])], &rows, &run().lines, WITH_HELD_BACK - 1).unwrap_err();
        assert!(matches!(old, GateError::RulesUnknown { format: 2 }) && old.hint(Locale::En).contains("eval run"));
        assert_eq!(super::broken(&[], &rows, &run().lines, WITH_HELD_BACK - 1).unwrap(), []);
    }
}
