//! Two evaluations of the same questions, held against each other.
//!
//! The questions are paired: what both got right or both wrong tells nothing of the difference, and much smaller differences than
//! the figures' own intervals suggest are found.

use std::collections::{BTreeMap, BTreeSet};

use super::metrics::{Figure, Figures, Part, PerFigure, Sample, decided_rightly, middle, parts, resampled, weights};
use super::record::{Asked, Lines, Record};
use crate::domain::locale::Locale;
use crate::error::{Code, Coded};

/// Records that cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// They asked different questions.
    #[error("the records asked different questions: {before} only in the first, {after} only in the second, {common} in both")]
    Different {
        /// Only in the first.
        before: usize,
        /// Only in the second.
        after: usize,
        /// In both.
        common: usize,
    },
    /// They have no question in common.
    #[error("the records have no question in common")]
    Nothing,
}

impl Coded for CompareError {
    fn code(&self) -> Code {
        Code::FileFormat
    }

    fn message(&self, locale: Locale) -> String {
        match (locale, self) {
            (Locale::En, _) => self.to_string(),
            (_, CompareError::Different { before, after, common }) => {
                format!("两次评测的问题不同：只在前者的 {before} 个，只在后者的 {after} 个，共有 {common} 个")
            }
            (_, CompareError::Nothing) => "两次评测没有共同的问题".to_owned(),
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            CompareError::Different { common: 1.., .. } => {
                locale.pick("加 --common 只比较共有的问题。", "Add --common to compare the questions that both asked.")
            }
            _ => locale.pick("请比较同一套问题的两次评测。", "Compare two runs of the same question set."),
        }
        .to_owned()
    }
}

/// What changed from one record to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Questions only in the first record, left out.
    pub only_before: usize,
    /// Questions only in the second record, left out.
    pub only_after: usize,
    /// Over all questions.
    pub all: Changes,
    /// By slice of the second record.
    pub slices: BTreeMap<String, Changes>,
    /// Questions that flipped, those that got worse first, then in the order of the second file.
    pub flips: Vec<Flip>,
}

/// Something that was not the same in both runs: what the figures differ by may come from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What.
    pub what: Made,
    /// In the first record.
    pub before: String,
    /// In the second record.
    pub after: String,
}

/// What a run is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The precision asked for.
    TargetPrecision,
    /// The confidence from which questions are answered.
    Line,
    /// The articles.
    Articles,
    /// The encoder.
    Model,
    /// Which searches take part.
    Mode,
    /// What turned scores into probabilities.
    Calibration,
    /// The settings, dictionary and synonyms.
    Configuration,
}

impl Made {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Made::TargetPrecision => "target_precision",
            Made::Line => "line",
            Made::Articles => "articles",
            Made::Model => "model",
            Made::Mode => "mode",
            Made::Calibration => "calibration",
            Made::Configuration => "configuration",
        }
    }
}

/// What two runs were not made alike with.
pub fn differences(before: &Record, after: &Record) -> Vec<Difference> {
    let told = |record: &Record| {
        let Record { knowledge, model, calibration, lines, .. } = record;
        let line = lines.answer.map_or("–".to_owned(), |line| format!("{line:.4}"));
        // Two that look alike may differ behind the digits that are shown: the exact ones are compared.
        [
            (Made::TargetPrecision, lines.target_precision.to_string(), lines.target_precision.to_string()),
            (Made::Line, line, format!("{:?}", lines.answer)),
            (
                Made::Articles,
                format!("{} {} · {}", knowledge.count, knowledge.name, short(&knowledge.fingerprint)),
                knowledge.fingerprint.clone(),
            ),
            (
                Made::Model,
                model.as_ref().map_or("–".to_owned(), |model| format!("{} · {}", model.name, short(&model.fingerprint))),
                format!("{model:?}"),
            ),
            (Made::Mode, record.mode.clone(), record.mode.clone()),
            (
                Made::Calibration,
                format!("{} · {}", calibration.kind, short(&calibration.version)),
                format!("{} {}", calibration.kind, calibration.version),
            ),
            (Made::Configuration, short(&record.configuration).to_owned(), record.configuration.clone()),
        ]
    };
    let both = told(before).into_iter().zip(told(after));
    let differ = both.filter(|((_, _, before), (_, _, after))| before != after);
    differ.map(|((what, before, _), (_, after, _))| Difference { what, before, after }).collect()
}

/// As much of a fingerprint as tells two apart.
fn short(hex: &str) -> &str {
    hex.char_indices().nth(12).map_or(hex, |(end, _)| &hex[..end])
}

/// What changed in a set of questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Questions.
    pub questions: usize,
    /// Change of every figure.
    pub figures: PerFigure<Change>,
    /// In-scope questions with a right article first.
    pub right_first: McNemar,
    /// Questions that get the right article, or rightly none, at the most accurate line.
    pub decided: McNemar,
}

/// A figure before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// In the first record.
    pub before: f64,
    /// In the second record.
    pub after: f64,
    /// 95 % interval of the difference.
    pub interval: Option<(f64, f64)>,
}

impl Change {
    /// After less before.
    pub fn difference(&self) -> f64 {
        self.after - self.before
    }

    /// Whether the interval leaves no difference out. One without width tells nothing: its resamples do not vary.
    fn is_certain(&self) -> bool {
        self.interval.is_some_and(|(low, high)| low < high && (low > 0.0 || high < 0.0))
    }
}

/// Questions below which no difference counts as certain: resamples of so few are too much alike.
pub const LEAST: usize = 10;

impl Changes {
    /// Whether a change of these questions is more than chance.
    pub fn is_certain(&self, change: &Change) -> bool {
        self.questions >= LEAST && change.is_certain()
    }
}

/// McNemar's exact test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Right before, wrong after.
    pub lost: u32,
    /// Wrong before, right after.
    pub won: u32,
    /// Probability of a change at least as lopsided if neither is better.
    pub p: f64,
}

impl McNemar {
    /// Tests pairs of before and after.
    ///
    /// **Source**: McNemar, “Note on the sampling error of the difference between correlated proportions” (1947), with the binomial
    /// distribution itself.
    pub fn of(pairs: impl Iterator<Item = (bool, bool)>) -> Self {
        let (mut lost, mut won) = (0, 0);
        for pair in pairs {
            lost += u32::from(pair == (true, false));
            won += u32::from(pair == (false, true));
        }
        let all = f64::from(lost + won);
        let mut log_term = -all * std::f64::consts::LN_2;
        let mut tail = log_term.exp();
        for k in 1..=lost.min(won) {
            log_term += ((all - f64::from(k) + 1.0) / f64::from(k)).ln();
            tail += log_term.exp();
        }
        McNemar { lost, won, p: (2.0 * tail).min(1.0) }
    }
}

/// A question that was judged otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    /// Its line in the second file.
    pub line: usize,
    /// The question.
    pub question: String,
    /// Its slice.
    pub slice: Option<String>,
    /// What would be right.
    pub expected: Vec<String>,
    /// Whether a right article came first (`true`) or went from there (`false`); `None`: neither.
    pub first: Option<bool>,
    /// Whether it is decided rightly now (`true`) or no longer (`false`); `None`: as before.
    pub decided: Option<bool>,
    /// First candidate and confidence before.
    pub before: (Option<String>, f64),
    /// First candidate and confidence after.
    pub after: (Option<String>, f64),
}

impl Flip {
    /// Whether anything about it got worse.
    pub fn is_worse(&self) -> bool {
        self.first == Some(false) || self.decided == Some(false)
    }
}

/// Compares two records; `common` leaves out what only one of them asked. Questions are the same if text and expected articles
/// are.
///
/// **Errors** Different questions, unless `common`; no common ones. **Cost** about two seconds for 10,000 questions on two cores.
pub fn compare(before: &Record, after: &Record, common: bool) -> Result<Comparison, CompareError> {
    let mut waiting: BTreeMap<(&str, Vec<&String>), Vec<&Asked>> = BTreeMap::new();
    for asked in before.asked.iter().rev() {
        waiting.entry(key(asked)).or_default().push(asked);
    }
    let mut pairs: Vec<(&Asked, &Asked)> = Vec::new();
    for asked in &after.asked {
        if let Some(earlier) = waiting.get_mut(&key(asked)).and_then(Vec::pop) {
            pairs.push((earlier, asked));
        }
    }
    let (only_before, only_after) = (before.asked.len() - pairs.len(), after.asked.len() - pairs.len());
    if !common && only_before + only_after > 0 {
        return Err(CompareError::Different { before: only_before, after: only_after, common: pairs.len() });
    }
    if pairs.is_empty() {
        return Err(CompareError::Nothing);
    }
    let earlier: BTreeMap<*const Asked, &Asked> = pairs.iter().map(|(earlier, later)| (std::ptr::from_ref(*later), *earlier)).collect();
    let lines = (&before.lines, &after.lines);
    let (mut all, mut slices) = (None, BTreeMap::new());
    for part in parts(pairs.iter().map(|(_, later)| *later)) {
        let of = |asked: &[&Asked]| -> Vec<&Asked> {
            asked.iter().filter_map(|later| earlier.get(&std::ptr::from_ref(*later)).copied()).collect()
        };
        let (own, against) = (of(&part.own), of(&part.against));
        let changes = changes(&own, &against, &part, lines);
        match part.slice {
            None => all = Some(changes),
            Some(name) => drop(slices.insert(name.to_owned(), changes)),
        }
    }
    let mut flips: Vec<Flip> = pairs.iter().filter_map(|(earlier, later)| flip(earlier, later, lines)).collect();
    flips.sort_by_key(|flip| !flip.is_worse());
    Ok(Comparison { only_before, only_after, all: all.ok_or(CompareError::Nothing)?, slices, flips })
}

fn key(asked: &Asked) -> (&str, Vec<&String>) {
    (&asked.question, asked.expected.iter().collect::<BTreeSet<_>>().into_iter().collect())
}

fn changes(own: &[&Asked], against: &[&Asked], after: &Part<'_>, lines: (&Lines, &Lines)) -> Changes {
    let samples = (Sample::new(own, against, lines.0), Sample::new(&after.own, &after.against, lines.1));
    let once = vec![1; samples.1.len()];
    let figures = |weights: &[u32]| (samples.0.measure(weights).figures(), samples.1.measure(weights).figures());
    let (before, now) = figures(&once);
    let resampled = resampled(|number| {
        let (before, now) = figures(&weights(&samples.1, number));
        Figures::from_fn(|figure| Some(now.get(figure)? - before.get(figure)?))
    });
    let figures = PerFigure::from_fn(|figure| {
        let (before, after) = (before.get(figure)?, now.get(figure)?);
        let differences: Vec<f64> = resampled.iter().filter_map(|difference| difference.get(figure)).collect();
        let enough = 2 * differences.len() > resampled.len();
        let interval = if enough { middle(differences) } else { None };
        let difference = after - before;
        Some(Change { before, after, interval: interval.map(|(low, high)| (low.min(difference), high.max(difference))) })
    });
    let pairs = || own.iter().zip(&after.own);
    Changes {
        questions: own.len(),
        figures,
        right_first: McNemar::of(pairs().map(|(before, after)| (before.right(), after.right()))),
        decided: McNemar::of(pairs().map(|(before, after)| (decided_rightly(before, lines.0), decided_rightly(after, lines.1)))),
    }
}

fn flip(before: &Asked, after: &Asked, lines: (&Lines, &Lines)) -> Option<Flip> {
    let changed = |before: bool, after: bool| (before != after).then_some(after);
    let first = changed(before.right(), after.right());
    let decided = changed(decided_rightly(before, lines.0), decided_rightly(after, lines.1));
    let top = |asked: &Asked| (asked.ranked.first().map(|first| first.id.clone()), asked.confidence);
    (first.is_some() || decided.is_some()).then(|| Flip {
        line: after.line,
        question: after.question.clone(),
        slice: after.slice.clone(),
        expected: after.expected.clone(),
        first,
        decided,
        before: top(before),
        after: top(after),
    })
}

/// The figures that a change is told of: those that mean something in both records.
pub fn told(changes: &Changes) -> impl Iterator<Item = (Figure, Change)> {
    Figure::ALL.into_iter().filter_map(|figure| Some((figure, changes.figures.get(figure)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::record::tests::{asked, record};

    #[test]
    fn mcnemar_by_hand() {
        let of = |lost: usize, won: usize, same: usize| {
            let pairs = [(true, false)].repeat(lost).into_iter().chain([(false, true)].repeat(won)).chain([(true, true)].repeat(same));
            McNemar::of(pairs)
        };
        // 2 · (1 + 10) / 2¹⁰.
        assert!((of(1, 9, 50).p - 22.0 / 1024.0).abs() < 1e-12);
        assert_eq!((of(9, 1, 0).p, of(3, 3, 0).p, of(0, 0, 9).p), (of(1, 9, 0).p, 1.0, 1.0));
        assert!((of(0, 5, 0).p - 2.0 / 32.0).abs() < 1e-12);
        // Where a term alone is too small for a number.
        let many = of(1_900, 2_100, 0).p;
        assert!((0.001..0.003).contains(&many) && of(0, 3_000, 0).p == 0.0, "{many}");
    }

    fn before() -> Record {
        let rows = (0..60).map(|n| {
            let top = if n % 3 == 0 { "b" } else { "a" };
            let expected = if n % 6 == 5 { "" } else { "a" };
            let slice = if n % 2 == 0 { "even" } else { "odd" };
            Asked { slice: Some(slice.to_owned()), line: n + 1, ..asked(&format!("问{n:02}"), expected, &[top], 0.4 + n as f64 / 200.0) }
        });
        record(rows.collect())
    }

    #[test]
    fn a_record_does_not_differ_from_itself_in_another_order() {
        let mut other = before();
        other.asked.reverse();
        let comparison = compare(&before(), &other, false).unwrap();
        assert!(comparison.flips.is_empty() && comparison.slices.len() == 2);
        for (figure, change) in told(&comparison.all) {
            assert_eq!((change.difference(), change.interval, change.is_certain()), (0.0, Some((0.0, 0.0)), false), "{figure:?}");
        }
        assert_eq!(comparison.all.right_first, McNemar { lost: 0, won: 0, p: 1.0 });
    }

    #[test]
    fn a_difference_has_an_interval_and_its_questions() {
        let mut after = before();
        for row in after.asked.iter_mut().filter(|row| (row.line - 1) % 6 == 0) {
            row.ranked[0].id = "a".to_owned();
        }
        after.asked[1].ranked[0].id = "c".to_owned();
        after.asked[5].confidence = 0.9;
        let comparison = compare(&before(), &after, false).unwrap();
        let hits = comparison.all.figures.get(Figure::HitAt1).unwrap();
        assert!((hits.difference() - 9.0 / 50.0).abs() < 1e-12 && hits.is_certain(), "{hits:?}");
        assert_eq!((comparison.all.right_first.lost, comparison.all.right_first.won), (1, 10));
        assert_eq!((comparison.slices["even"].right_first.won, comparison.slices["odd"].right_first.won), (10, 0));
        let worse: Vec<(usize, Option<bool>, Option<bool>)> =
            comparison.flips.iter().filter(|flip| flip.is_worse()).map(|flip| (flip.line, flip.first, flip.decided)).collect();
        // The second never reached the line; the sixth is out of scope and does now.
        assert_eq!(worse, [(2, Some(false), None), (6, None, Some(false))]);
        assert_eq!(comparison.flips.len(), 12);
        assert_eq!(comparison.flips[0].before.0.as_deref(), Some("a"));
        assert_eq!(comparison, compare(&before(), &after, false).unwrap());
    }

    #[test]
    fn what_the_runs_were_not_made_alike_with_is_told() {
        let mut after = before();
        assert_eq!(differences(&before(), &after), []);
        after.lines.target_precision = 0.9;
        after.lines.answer = None;
        after.knowledge.count = 2;
        after.knowledge.fingerprint = "another one of these".to_owned();
        after.calibration.kind = "self".to_owned();
        after.configuration = "d".to_owned();
        let told = differences(&before(), &after);
        let names: Vec<&str> = told.iter().map(|difference| difference.what.name()).collect();
        assert_eq!(names, ["target_precision", "line", "articles", "calibration", "configuration"]);
        let shown = |at: usize| (told[at].before.as_str(), told[at].after.as_str());
        assert_eq!((shown(0), shown(1)), (("0.95", "0.9"), ("0.5000", "–")));
        assert_eq!(shown(2), ("3 kb · kb-print", "2 kb · another one "));
    }

    #[test]
    fn few_questions_and_resamples_that_do_not_vary_are_never_certain() {
        for (n, certain) in [(1, false), (9, false), (12, false)] {
            let rows = |top: &str| record((0..n).map(|n| asked(&format!("问{n}"), "a", &[top], 0.9)).collect());
            let all = compare(&rows("b"), &rows("a"), false).unwrap().all;
            let hits = all.figures.get(Figure::HitAt1).unwrap();
            assert_eq!((hits.difference(), all.is_certain(&hits)), (1.0, certain), "{n}: {hits:?}");
        }
    }

    #[test]
    fn different_questions_are_refused_or_left_out() {
        let mut after = before();
        after.asked[0].question = "别的".to_owned();
        after.asked[1].expected = vec!["b".to_owned()];
        let error = compare(&before(), &after, false).unwrap_err();
        assert!(matches!(error, CompareError::Different { before: 2, after: 2, common: 58 }), "{error}");
        assert!(error.hint(Locale::En).contains("--common"));
        let common = compare(&before(), &after, true).unwrap();
        assert_eq!((common.all.questions, common.only_before, common.only_after), (58, 2, 2));
        after.asked.truncate(2);
        assert!(matches!(compare(&before(), &after, true), Err(CompareError::Nothing)));
    }
}
