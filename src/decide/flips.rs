//! What would have flipped a decision: the lines it lay between, and the smallest changes that would have moved its band.
//!
//! Nothing here knows how a confidence is made. Every change is tried out on the policy itself: one thing is altered, the
//! probabilities are made again, and [`policy::decide`] says what would have become of it.

use super::plain::{self, Shape, feature_label, rule_label, would};
use super::policy::{self, Judged, RuleHits, Situation, Verdict};
use super::rules::Contradiction;
use crate::domain::decision::{Band, Rule, named};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::domain::score::Probability;

/// Values of a feature that are tried on each side of its own before the place of a flip is narrowed down.
const STEPS: usize = 64;
/// Halvings that narrow it down.
const HALVINGS: usize = 24;

named! {
    /// A line that a decision lay above or below.
    LineName {
        /// The confidence against the answer line.
        Answer = "answer",
        /// The probability that one of the options is right against the clarify line.
        Clarify = "clarify",
        /// The same against the line below which a question is out of scope.
        InScope = "in_scope",
        /// The second candidate's share of the first one's probability against the line from which it forbids a blind answer.
        Rival = "rival",
    }
}

/// A probability and its line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Which.
    pub name: LineName,
    /// The probability (or share).
    pub value: f64,
    /// The line.
    pub line: f64,
}

/// One thing that would have moved the band.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// Without what decided; `matched` is the part of the message that made it fire.
    Rule {
        /// What decided.
        rule: Rule,
        /// What it fired at.
        matched: Option<String>,
    },
    /// Without the numbers, codes, negations or opposites that the best candidate contradicts.
    Contradiction(Vec<Contradiction>),
    /// With a less likely second candidate.
    Rival {
        /// It.
        id: ArticleId,
        /// Its probability.
        probability: f64,
        /// It would have had to lie below this.
        below: f64,
    },
    /// Without a candidate that is as near to the question as the best.
    Twin {
        /// It.
        id: ArticleId,
    },
    /// If the reply before had not offered the same options.
    Offered,
    /// With another confidence.
    Confidence {
        /// What it was.
        from: f64,
        /// The nearest at which the band is another.
        to: f64,
    },
    /// With another value of one feature alone (and of those that only say how far it exceeds a number).
    Feature {
        /// The feature.
        name: &'static str,
        /// What it was.
        from: f64,
        /// The nearest at which the band is another.
        to: f64,
    },
}

/// A cause with the band that it would have led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    /// What would have been different.
    pub cause: Cause,
    /// What would have become of it.
    pub band: Band,
}

/// The probabilities of all candidates with other values of the features; `None` for values that have none.
pub type Refigured<'a> = dyn Fn(&[f64]) -> Option<Vec<Probability>> + 'a;

/// A decision as it was made, and how its probabilities follow from what is altered.
pub struct Case<'a> {
    /// What the policy saw.
    pub situation: Situation<'a>,
    /// What decided, and what in the message it fired at.
    pub rule: (Rule, Option<String>),
    /// What the best candidate contradicts.
    pub contradictions: &'a [Contradiction],
    /// Names and values of the features; those without a name in [`super::plain`] are not altered.
    pub features: &'a [(String, f64)],
    /// The probabilities with other values of the features; `None` where they cannot be told any more.
    pub refigured: Option<&'a Refigured<'a>>,
    /// The probabilities of all candidates of the situation with another one of the best.
    pub spread: &'a dyn Fn(Probability) -> Vec<Probability>,
    /// What the conversation makes of a verdict.
    pub overrule: &'a dyn Fn(&Verdict) -> Band,
}

/// The lines that `candidates` lay between.
pub fn lines(candidates: &[Judged], thresholds: &policy::Thresholds) -> Vec<Line> {
    let Some(best) = candidates.first().map(|best| best.probability.get()) else { return Vec::new() };
    let any_right = policy::any_right(candidates);
    let mut lines = vec![
        Line { name: LineName::Answer, value: best, line: thresholds.answer },
        Line { name: LineName::Clarify, value: any_right, line: thresholds.clarify },
        Line { name: LineName::InScope, value: any_right, line: thresholds.in_scope },
    ];
    if let Some(second) = candidates.get(1).filter(|_| best > 0.0) {
        lines.push(Line { name: LineName::Rival, value: second.probability.get() / best, line: thresholds.rival });
    }
    lines
}

/// Everything that alone would have moved the band: what decided, vetoes, the confidence, then features, the smallest change
/// (relative to what is possible) first.
///
/// **Cost**: up to 130 verdicts a feature, some milliseconds in all.
pub fn flips(case: &Case<'_>) -> Vec<Flip> {
    let mut flips = Vec::new();
    let band = case.band();
    let mut tried = |cause: Cause, other: Option<Band>| {
        if let Some(other) = other.filter(|other| *other != band) {
            flips.push(Flip { cause, band: other });
        }
    };
    let (rule, matched) = case.rule.clone();
    tried(Cause::Rule { rule, matched }, case.without_rule());
    if decided_outside(rule) {
        return flips;
    }
    tried(Cause::Contradiction(case.contradictions.to_vec()), case.without_contradiction());
    if let Some(rival) = policy::rival(case.situation.candidates, case.situation.thresholds.rival) {
        let (id, below) = (rival.id.clone(), case.situation.candidates[0].probability.get() * case.situation.thresholds.rival);
        let probability = rival.probability.get();
        let cause = if probability >= below { Cause::Rival { id, probability, below } } else { Cause::Twin { id } };
        tried(cause, Some(case.without_rivals()));
    }
    tried(Cause::Offered, Some(case.settled(&Situation { offered: &[], ..case.situation.clone() })));
    flips.extend(case.confidence_flips(band));
    let mut by_feature: Vec<(f64, Flip)> = (0..case.features.len()).flat_map(|at| case.feature_flips(band, at)).collect();
    by_feature.sort_by(|a, b| a.0.total_cmp(&b.0));
    flips.extend(by_feature.into_iter().map(|(_, flip)| flip));
    flips
}

/// Whether the conversation decided and the policy's verdict was not looked at.
fn decided_outside(rule: Rule) -> bool {
    matches!(rule, Rule::OptionPicked | Rule::OptionUnclear | Rule::TakenBack | Rule::Unhelped | Rule::PersonOwns | Rule::PersonAskedFor)
}

impl Case<'_> {
    fn settled(&self, situation: &Situation<'_>) -> Band {
        (self.overrule)(&policy::decide(situation))
    }

    fn band(&self) -> Band {
        match self.rule.0 {
            Rule::OptionPicked => Band::Answer,
            Rule::OptionUnclear => Band::Clarify,
            Rule::TakenBack => Band::Chitchat,
            Rule::Unhelped | Rule::PersonOwns | Rule::PersonAskedFor => Band::Handoff,
            _ => self.settled(&self.situation),
        }
    }

    fn without_rule(&self) -> Option<Band> {
        let rules = self.situation.rules;
        let rules = match self.rule.0 {
            Rule::Misuse => RuleHits { unsafe_input: false, ..rules },
            Rule::WantsPerson => RuleHits { wants_person: false, ..rules },
            Rule::BlockedTopic => RuleHits { blocked_topic: false, ..rules },
            Rule::OptionsRejected => RuleHits { rejects_options: false, ..rules },
            Rule::SmallTalk => RuleHits { chitchat: None, ..rules },
            Rule::OwnOrder => RuleHits { personal_order: false, ..rules },
            Rule::AskedAgain => return Some(self.settled(&Situation { repeated: false, ..self.situation.clone() })),
            // These stand on top of a verdict.
            Rule::OptionPicked
            | Rule::OptionUnclear
            | Rule::TakenBack
            | Rule::Unhelped
            | Rule::FoundAgain
            | Rule::TopicAlone
            | Rule::Unfinished
            | Rule::PersonAwaited
            | Rule::PersonAskedFor
            | Rule::PersonOwns => {
                return Some(policy::decide(&self.situation).band);
            }
            Rule::NothingFound | Rule::Sure | Rule::WordForWord | Rule::AmongFew | Rule::Unlikely => return None,
        };
        Some(self.settled(&Situation { rules, ..self.situation.clone() }))
    }

    fn without_contradiction(&self) -> Option<Band> {
        self.situation.candidates.first().filter(|best| best.contradicted)?;
        let values: Vec<f64> = self.features.iter().map(|(name, value)| if contradicts(name) { 0.0 } else { *value }).collect();
        let as_it_was = || self.situation.candidates.iter().map(|candidate| candidate.probability).collect();
        let probabilities = self.refigured(&values).unwrap_or_else(as_it_was);
        Some(self.with(probabilities, |best| best.contradicted = false))
    }

    /// With candidates that lie just below the line and are no twins. What makes one of them less likely is not asked, so the others stay.
    fn without_rivals(&self) -> Band {
        let line = self.situation.candidates[0].probability.get() * self.situation.thresholds.rival;
        let below = Probability::new(line * (1.0 - 1e-9)).unwrap_or(Probability::ZERO);
        let mut candidates = self.situation.candidates.to_vec();
        candidates[1..].iter_mut().for_each(|c| c.twin = false);
        candidates[1..].iter_mut().filter(|c| c.probability.get() >= line).for_each(|c| c.probability = below);
        self.settled(&Situation { candidates: &candidates, ..self.situation.clone() })
    }

    /// The band with other probabilities and another best candidate.
    fn with(&self, probabilities: Vec<Probability>, alter: impl Fn(&mut Judged)) -> Band {
        let mut candidates = self.situation.candidates.to_vec();
        for (candidate, probability) in candidates.iter_mut().zip(probabilities) {
            candidate.probability = probability;
        }
        candidates.first_mut().into_iter().for_each(alter);
        self.settled(&Situation { candidates: &candidates, ..self.situation.clone() })
    }

    fn refigured(&self, values: &[f64]) -> Option<Vec<Probability>> {
        self.refigured.and_then(|refigured| refigured(values))
    }

    fn confidence_flips(&self, band: Band) -> Vec<Flip> {
        let Some(from) = self.situation.candidates.first().map(|best| best.probability.get()) else { return Vec::new() };
        let at = |value: f64| Some(self.with((self.spread)(Probability::new(value).ok()?), |_| ()));
        nearest(from, (0.0, 1.0), band, at).into_iter().map(|(to, band)| Flip { cause: Cause::Confidence { from, to }, band }).collect()
    }

    /// The flips of one feature, each with its size relative to what is possible.
    fn feature_flips(&self, band: Band, at: usize) -> Vec<(f64, Flip)> {
        let (name, from) = &self.features[at];
        let Some(known) = plain::feature(name) else { return Vec::new() };
        let band_at = |value: f64| self.band_with(at, value);
        let (found, width) = match known.shape {
            Shape::Measure(low, high) => (nearest(*from, (low, high), band, band_at), high - low),
            // What is contradicted already is told as such, with what contradicts it.
            Shape::Flag if contradicts(name) && *from >= 0.5 => return Vec::new(),
            Shape::Flag => {
                let to = if *from >= 0.5 { 0.0 } else { 1.0 };
                (band_at(to).filter(|other| *other != band).map(|other| (to, other)).into_iter().collect(), 1.0)
            }
            Shape::Beyond(..) | Shape::Given => return Vec::new(),
        };
        let flip = |(to, band): (f64, Band)| {
            ((to - from).abs() / width, Flip { cause: Cause::Feature { name: known.name, from: *from, to }, band })
        };
        found.into_iter().map(flip).collect()
    }

    fn band_with(&self, at: usize, value: f64) -> Option<Band> {
        let mut values: Vec<f64> = self.features.iter().map(|(_, value)| *value).collect();
        values[at] = value;
        let name = self.features[at].0.as_str();
        for (n, (other, _)) in self.features.iter().enumerate() {
            if let Some(Shape::Beyond(of, from)) = plain::feature(other).map(|plain| plain.shape)
                && of == name
            {
                values[n] = (value - from).max(0.0);
            }
        }
        let probabilities = self.refigured(&values)?;
        Some(self.with(probabilities, |best| match name {
            "exact" => (best.exact, best.contradicted) = (value >= 0.5, best.contradicted && value < 0.5),
            name if contradicts(name) => best.contradicted |= value >= 0.5,
            _ => {}
        }))
    }
}

/// Whether the feature says that the best candidate contradicts the question.
fn contradicts(name: &str) -> bool {
    matches!(name, "number_or_code_contradicted" | "negation_contradicted")
}

/// The nearest values on both sides of `from` at which the band is another, each band once.
fn nearest(from: f64, range: (f64, f64), band: Band, band_at: impl Fn(f64) -> Option<Band>) -> Vec<(f64, Band)> {
    let mut found: Vec<(f64, Band)> = Vec::new();
    for end in [range.1, range.0] {
        let (mut before, mut seen) = (from, band);
        for step in 1..=STEPS {
            let value = from + (end - from) * step as f64 / STEPS as f64;
            let Some(other) = band_at(value) else { break };
            if other != seen && other != band {
                let to = narrowed(before, value, seen, &band_at);
                // A step may pass over a narrow band.
                let other = band_at(to).unwrap_or(other);
                match found.iter_mut().find(|(_, known)| *known == other) {
                    Some(known) if (known.0 - from).abs() <= (to - from).abs() => {}
                    Some(known) => known.0 = to,
                    None => found.push((to, other)),
                }
            }
            (before, seen) = (value, other);
        }
    }
    found
}

/// Where the band stops being `near` between two values, on the far side, to three decimals if that is still on the far side.
fn narrowed(near: f64, far: f64, band: Band, band_at: impl Fn(f64) -> Option<Band>) -> f64 {
    let (mut near, mut far, end) = (near, far, far);
    for _ in 0..HALVINGS {
        let middle = (near + far) / 2.0;
        if band_at(middle) == Some(band) { near = middle } else { far = middle }
    }
    // The halvings leave an error far below a thousandth: it need not carry a round number on to the next.
    let rounded = |at: f64| if far > near { (at * 1e3).ceil() / 1e3 } else { (at * 1e3).floor() / 1e3 };
    let slack = if far > near { -1e-6 } else { 1e-6 };
    let fits = |round: &f64| (round - far).abs() <= (end - far).abs() + 1e-6 && band_at(*round) == band_at(far);
    [rounded(far + slack), rounded(far)].into_iter().find(fits).unwrap_or(far)
}

impl Line {
    /// In words: `把握度 0.71，回答线 0.75，还差 0.04`.
    pub fn words(&self, locale: Locale) -> String {
        let (measure, line) = match (self.name, locale) {
            (LineName::Answer, Locale::ZhCn) => ("把握度", "回答线"),
            (LineName::Clarify, Locale::ZhCn) => ("前几篇里有答案的概率", "澄清线"),
            (LineName::InScope, Locale::ZhCn) => ("前几篇里有答案的概率", "范围线"),
            (LineName::Rival, Locale::ZhCn) => ("第二名与第一名的概率之比", "并列线"),
            (LineName::Answer, Locale::En) => ("confidence", "answer line"),
            (LineName::Clarify, Locale::En) => ("one of the first few right", "clarify line"),
            (LineName::InScope, Locale::En) => ("one of the first few right", "scope line"),
            (LineName::Rival, Locale::En) => ("second candidate relative to the first", "rival line"),
        };
        let (value, at) = (number(self.value), number(self.line));
        let by = number((self.value - self.line).abs());
        let distance = match (self.value >= self.line, locale) {
            (true, Locale::ZhCn) => format!("高出 {by}"),
            // Nobody strives for the rival line.
            (false, Locale::ZhCn) if self.name == LineName::Rival => format!("低 {by}"),
            (false, Locale::ZhCn) => format!("还差 {by}"),
            (true, Locale::En) => format!("{by} above"),
            (false, Locale::En) => format!("{by} below"),
        };
        locale.pick(format!("{measure} {value}，{line} {at}，{distance}"), format!("{measure} {value}, {line} {at}, {distance}"))
    }
}

impl Flip {
    /// As a sentence: `若问题里没有“7天”（文章说的是“15天”），就会直接回答`. `title` names the article of a rival.
    pub fn words(&self, locale: Locale, title: impl Fn(&ArticleId) -> String) -> String {
        let if_so = match &self.cause {
            Cause::Rule { rule, matched: Some(matched) } => {
                let label = rule_label(*rule, locale);
                locale.pick(format!("若“{matched}”没有触发规则（{label}）"), format!("had “{matched}” not met the rule ({label})"))
            }
            Cause::Rule { rule, matched: None } => {
                let label = rule_label(*rule, locale);
                locale.pick(format!("若不是因为“{label}”"), format!("but for “{label}”"))
            }
            Cause::Contradiction(list) => {
                let each = |c: &Contradiction| {
                    let Contradiction { asked, found, .. } = c;
                    locale.pick(format!("“{asked}”（文章说的是“{found}”）"), format!("“{asked}” (the article says “{found}”)"))
                };
                let all: Vec<String> = list.iter().map(each).collect();
                locale.pick(format!("若问题里没有{}", all.join("、")), format!("without {} in the question", all.join(" and ")))
            }
            Cause::Rival { id, probability, below } => {
                let (title, probability, below) = (title(id), number(*probability), number(*below));
                locale.pick(
                    format!("若《{title}》不那么像（概率 {probability}，须低于 {below}）"),
                    format!("had “{title}” been less likely (probability {probability}, below {below} needed)"),
                )
            }
            Cause::Twin { id } => {
                let title = title(id);
                locale.pick(format!("若没有问法同样贴近的《{title}》"), format!("without “{title}”, which is as near to the question"))
            }
            Cause::Offered => {
                locale.pick("若上一次回复没有给出同样的选项".into(), "had the reply before not offered the same options".into())
            }
            Cause::Confidence { from, to } => {
                let (by, at) = (number((to - from).abs()), number(*to));
                match (to > from, locale) {
                    (true, Locale::ZhCn) => format!("把握度再高 {by}（到 {at}）"),
                    (false, Locale::ZhCn) => format!("把握度若低 {by}（到 {at}）"),
                    (true, Locale::En) => format!("with {by} more confidence ({at})"),
                    (false, Locale::En) => format!("with {by} less confidence ({at})"),
                }
            }
            Cause::Feature { name, from, to } => {
                let label = feature_label(name, locale);
                let flag = plain::feature(name).is_some_and(|plain| plain.shape == Shape::Flag);
                match (flag, to > from, locale) {
                    (true, true, Locale::ZhCn) => format!("若“{label}”成立"),
                    (true, false, Locale::ZhCn) => format!("若“{label}”不成立"),
                    (true, true, Locale::En) => format!("if “{label}” held"),
                    (true, false, Locale::En) => format!("if “{label}” did not hold"),
                    (false, _, Locale::ZhCn) => format!("若“{label}”是 {to:.3} 而不是 {from:.3}，其余不变"),
                    (false, _, Locale::En) => format!("with “{label}” at {to:.3} instead of {from:.3} and all else equal"),
                }
            }
        };
        locale.pick(format!("{if_so}，{}", would(self.band, locale)), format!("{if_so}, {}", would(self.band, locale)))
    }
}

/// Two decimals, three where two would say nothing.
fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.3}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests;
