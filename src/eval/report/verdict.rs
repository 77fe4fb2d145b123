//! The promise and what came of it, in a sentence for an editor who is no statistician.

use super::format::{interval, percent, percent_beside};
use crate::domain::locale::Locale;
use crate::eval::record::{Denied, Lines};

/// Whether the precision asked for was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// There are no questions.
    NoQuestions,
    /// The evidence is too thin to promise anything, so nothing is answered.
    NotGiven,
    /// It is known that no line reaches it, so nothing is answered.
    OutOfReach(Denied),
    /// No question came up to the line.
    NothingAnswered,
    /// So few did that their precision tells nothing.
    TooFew,
    /// Observed at or above the target.
    Kept,
    /// Observed below, by no more than chance explains.
    WithinError,
    /// Observed below by more than its interval.
    Broken,
}

/// What was observed.
pub struct Observed {
    /// Questions in all.
    pub questions: usize,
    /// Of these, answered.
    pub answered: usize,
    /// Share of the answers that are right.
    pub precision: Option<f64>,
    /// Whether the answers are too few to tell.
    pub too_few: bool,
    /// 95 % interval of the precision.
    pub interval: Option<(f64, f64)>,
    /// Share of in-scope questions answered.
    pub coverage: Option<f64>,
}

/// How many labelled questions would tell; nothing where they have told.
fn missing(lines: &Lines, locale: Locale) -> String {
    lines.labels_missing.map_or(String::new(), |missing| {
        locale.pick(
            format!("再标注约 {missing} 个问题，就可以判断。"),
            format!(" About {missing} more labelled questions are needed to tell."),
        )
    })
}

impl Promise {
    /// Judges.
    pub fn judge(lines: &Lines, observed: &Observed) -> Self {
        let target = lines.target_precision;
        match (observed.precision, lines.answer) {
            _ if observed.questions == 0 => Promise::NoQuestions,
            (_, None) => lines.denied().map_or(Promise::NotGiven, Promise::OutOfReach),
            (None, _) => Promise::NothingAnswered,
            _ if observed.too_few => Promise::TooFew,
            (Some(precision), _) if precision >= target => Promise::Kept,
            _ if observed.interval.is_some_and(|(_, high)| high >= target) => Promise::WithinError,
            _ => Promise::Broken,
        }
    }

    /// A word and a mark, so that no colour is needed.
    pub fn label(self, locale: Locale) -> (&'static str, &'static str) {
        let (mark, zh, en) = match self {
            Promise::NoQuestions => ("–", "没有问题", "No questions"),
            Promise::NotGiven => ("–", "未作承诺", "No promise given"),
            Promise::OutOfReach(_) => ("–", "达不到", "Out of reach"),
            Promise::NothingAnswered => ("–", "一题未答", "Nothing answered"),
            Promise::TooFew => ("–", "作答太少，无从判断", "Too few answers to tell"),
            Promise::Kept => ("✓", "承诺达到", "Promise kept"),
            Promise::WithinError => ("≈", "误差之内", "Within the margin of error"),
            Promise::Broken => ("✗", "承诺未达到", "Promise not kept"),
        };
        (mark, locale.pick(zh, en))
    }

    /// The style of its label.
    pub fn class(self) -> &'static str {
        match self {
            Promise::Kept => "kept",
            Promise::Broken => "broken",
            _ => "open",
        }
    }

    /// The sentence.
    pub fn sentence(self, lines: &Lines, observed: &Observed, locale: Locale) -> String {
        let target = percent(lines.target_precision);
        match self {
            Promise::NoQuestions => locale
                .pick("这份记录里没有问题，没有可以衡量的。", "The record holds no questions: there is nothing to measure.")
                .to_owned(),
            Promise::NotGiven => {
                let missing = missing(lines, locale);
                locale.pick(
                    format!("证据不足，不敢承诺 {target} 的精确率，所以一题也没有自动回答。{missing}"),
                    format!("The evidence is too thin to promise a precision of {target}, so nothing was answered automatically.{missing}"),
                )
            }
            Promise::OutOfReach(by) => {
                let (zh, en) = match by {
                    Denied::ByLabels(labels) => (format!("{labels} 个标注好的问题"), format!("{labels} labelled questions show")),
                    Denied::ByOwnPhrasings => ("知识库自身的问法".to_owned(), "The knowledge base's own phrasings show".to_owned()),
                };
                let missing = missing(lines, locale);
                locale.pick(
                    format!("{zh}表明，没有哪条回答线能达到 {target} 的精确率，所以一题也没有自动回答。{missing}"),
                    format!("{en} that no line reaches a precision of {target}, so nothing was answered automatically.{missing}"),
                )
            }
            Promise::NothingAnswered => locale.pick(
                format!("没有一个问题达到承诺 {target} 所需的把握，所以一题也没有自动回答。"),
                format!("No question reached the confidence that a promise of {target} takes, so nothing was answered automatically."),
            ),
            Promise::TooFew | Promise::Kept | Promise::WithinError | Promise::Broken => self.of_answers(lines, observed, locale),
        }
    }

    fn of_answers(self, lines: &Lines, observed: &Observed, locale: Locale) -> String {
        let target = percent(lines.target_precision);
        let precision = percent_beside(observed.precision.unwrap_or(0.0), lines.target_precision);
        let range = observed.interval.map_or("–".to_owned(), |(low, high)| interval(low, high));
        let end = match self {
            Promise::Kept => locale.pick(format!("达到承诺的 {target}。"), format!("the promised {target} is kept.")),
            Promise::TooFew => {
                let answered = observed.answered;
                locale.pick(
                    format!("只作答了 {answered} 个，太少，看不出承诺的 {target} 是否达到。"),
                    format!("with {answered} answered, too few to tell whether the promised {target} is kept."),
                )
            }
            Promise::WithinError => locale.pick(
                format!("略低于承诺的 {target}，但在误差之内。"),
                format!("short of the promised {target}, but within the margin of error."),
            ),
            _ => locale.pick(format!("没有达到承诺的 {target}。"), format!("the promised {target} is not kept.")),
        };
        match observed.coverage.map(percent) {
            Some(coverage) => locale.pick(
                format!("答了 {coverage} 的可答问题；给出的答案里 {precision} 正确（区间 {range}）：{end}"),
                format!("{coverage} of the answerable questions were answered, and {precision} of the answers are right (interval {range}): {end}"),
            ),
            None => {
                let answered = observed.answered;
                locale.pick(
                    format!("没有一个问题有文章可答，却给出了 {answered} 个答案，{precision} 正确（区间 {range}）：{end}"),
                    format!("No question has an article that answers it, and yet {answered} got an answer; {precision} of these are right (interval {range}): {end}"),
                )
            }
        }
    }
}
