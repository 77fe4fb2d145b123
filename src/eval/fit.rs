//! Fits the shipped confidence to labelled questions.
//!
//! Every question is one sample: the features of its search, whether an article answers it, and whether the top candidate does. Questions count by the
//! share of a shop's traffic that they stand for (`traffic.rs`), knowledge bases equally whatever their size, as they are twice as much
//! as in another view. What a confidence is worth on a knowledge base that it was not fitted on is the only thing that counts for a
//! shop, so the lines are read off knowledge bases left out whole.

use std::collections::BTreeSet;

use crate::cpu;
use crate::decide::confidence::{BIAS, EVIDENCE_PIECES, FEATURES, Factors, Features, Scale, both, rises};
use crate::decide::logistic::{Logistic, Sample, Sign};
use crate::decide::policy::CLARIFY_MAX;
use crate::decide::promise::{INTERVAL, wilson};
use crate::domain::decision::Factor;
use crate::domain::score::Probability;
use crate::eval::questions::LabelledQuestion;
use crate::eval::traffic;
use crate::retrieve::head::PHRASINGS_LEAST;
use crate::retrieve::judge::{Judgement, falling_scores};

/// Penalty on the weights of standardised inputs, in samples.
const RIDGE: f64 = 20.0;
/// What each view of a set counts, in samples; as it is it counts twice that.
const VIEW_WEIGHT: f64 = 300.0;
/// Precisions whose lines are kept.
const TARGETS: [f64; 6] = [0.8, 0.85, 0.9, 0.95, 0.97, 0.99];
/// Risk of the line, as a share of the risk allowed, where a precision was never reached.
const CAUTIOUS: f64 = 0.4;
/// Share of the knowledge bases left out on which a line must have kept its precision, within the interval of what was observed.
const KEPT: f64 = 0.92;
/// Share of what the most accurate line decides rightly by which another is as good.
const AS_GOOD: f64 = 0.002;
/// Share of the questions with an answer that are to lie above the clarify line, and the least probability worth a customer's look.
const OFFERED: f64 = 0.9;
const WORTH_A_LOOK: f64 = 0.5;
/// Share of them that are to lie above the out-of-scope line.
const NOT_OUT_OF_SCOPE: f64 = 0.98;
/// Steps in which lines are tried, per unit of probability.
const FINENESS: usize = 200;

/// One view of a set of articles and questions.
#[derive(Debug, Clone, Copy)]
pub struct Base {
    /// The knowledge base: what shares one is left out together.
    pub group: usize,
    /// Whether it is the set as it is.
    pub full: bool,
    /// Phrasings an article has on average.
    pub phrasings: f64,
}

/// A fitted section of a calibration file.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    factors: Factors,
    few: Scale,
    fall: f64,
    clarify: f64,
    in_scope_line: f64,
    accurate: f64,
    lines: Vec<(f64, f64)>,
    bare_lines: Vec<(f64, f64)>,
    /// Questions fitted on.
    questions: usize,
}

/// One judged question, as the fit sees it.
pub struct Row {
    group: usize,
    full: bool,
    /// Whether its knowledge base has a single phrasing an article.
    bare: bool,
    /// Share of the set's traffic.
    share: f64,
    /// What it counts, in samples.
    weight: f64,
    features: Features,
    in_scope: bool,
    /// Whether the top candidate is an expected one.
    right: bool,
    /// Distances of the candidates' scores to the best, with whether each is right; best first.
    candidates: Vec<(f64, bool)>,
    /// The log-odds of both factors in a fit that has not seen its knowledge base.
    held_out: (f64, f64),
}

impl Row {
    /// The confidence of a fit that has not seen its knowledge base.
    fn confidence(&self) -> f64 {
        let (in_scope, right) = self.held_out;
        Probability::from_log_odds(both(in_scope, right)).get()
    }
}

/// The judged questions of a view; those for which nothing was found say nothing.
pub fn rows(base: Base, questions: &[LabelledQuestion], judgements: &[Judgement]) -> Vec<Row> {
    let asked = questions.iter().zip(judgements).zip(traffic::shares(questions));
    asked.filter_map(|((question, judgement), share)| row(base, question, judgement, share)).collect()
}

/// Fits to the rows of all views of all sets.
pub fn fit(mut rows: Vec<Row>, degraded: bool) -> Fitted {
    let groups: BTreeSet<usize> = rows.iter().map(|row| row.group).collect();
    let each: Vec<usize> = groups.iter().copied().collect();
    // A single knowledge base can only be held out from itself.
    let without = |group: &usize| fit_both(&rows, degraded, &|row| groups.len() == 1 || row.group != *group);
    let held_out = cpu::parallel_map(&each, without, |_| ());
    for (group, factors) in each.iter().zip(held_out) {
        for row in rows.iter_mut().filter(|row| row.group == *group) {
            row.held_out = factors.each(&row.features);
        }
    }
    let factors = fit_both(&rows, degraded, &|_| true);
    let few = few(&rows);
    let (clarify, in_scope_line) = lower_lines(&rows, few);
    Fitted {
        factors,
        few,
        fall: fall(&rows),
        clarify,
        in_scope_line: in_scope_line.min(clarify * 0.9),
        accurate: accurate(&rows),
        lines: lines(&bases(&rows, &groups, &|row| row.full && !row.bare)),
        bare_lines: lines(&bases(&rows, &groups, &|row| row.bare)),
        questions: rows.len(),
    }
}

/// Both factors from the rows that are `seen`: the second only from questions that some article answers.
fn fit_both(rows: &[Row], degraded: bool, seen: &dyn Fn(&Row) -> bool) -> Factors {
    Factors {
        in_scope: fit_factor(rows, Factor::InScope, degraded, seen, &|row| row.in_scope),
        right: fit_factor(rows, Factor::Right, degraded, &|row| seen(row) && row.in_scope, &|row| row.right),
    }
}

fn fit_factor(rows: &[Row], factor: Factor, degraded: bool, seen: &dyn Fn(&Row) -> bool, positive: &dyn Fn(&Row) -> bool) -> Logistic {
    let part: Vec<usize> = (0..FEATURES.len()).filter(|n| FEATURES[*n].takes_part(factor, degraded)).collect();
    let sample =
        |row: &Row| Sample { inputs: part.iter().map(|at| row.features.0[*at]).collect(), positive: positive(row), weight: row.weight };
    let samples: Vec<Sample> = rows.iter().filter(|row| seen(row)).map(sample).collect();
    let fitted = fit_rising(&samples, &part.iter().map(|at| FEATURES[*at].sign).collect::<Vec<_>>(), degraded);
    let mut weights = vec![0.0; FEATURES.len()];
    for (at, weight) in part.iter().zip(&fitted.weights) {
        weights[*at] = *weight;
    }
    Logistic { bias: fitted.bias, weights }
}

/// The fit, with a straight or steepening line over the evidence where a bent one would fall.
fn fit_rising(samples: &[Sample], signs: &[Sign], degraded: bool) -> Logistic {
    let free = Logistic::fit(samples, signs, RIDGE);
    if degraded || rises(&free.weights) {
        return free;
    }
    let mut held = signs.to_vec();
    held[..EVIDENCE_PIECES].fill(Sign::Positive);
    Logistic::fit(samples, &held, RIDGE)
}

fn row(base: Base, question: &LabelledQuestion, judgement: &Judgement, share: f64) -> Option<Row> {
    let features = judgement.features?;
    let best = judgement.found.candidates.first()?;
    let right = |id| question.expected.contains(id);
    let scores = falling_scores(&judgement.found, judgement.degraded);
    let candidates = judgement.found.candidates.iter().zip(&scores).take(10).map(|(c, s)| (scores[0] - s, right(&c.id))).collect();
    Some(Row {
        group: base.group,
        full: base.full,
        bare: base.phrasings <= PHRASINGS_LEAST,
        share,
        weight: share * VIEW_WEIGHT * if base.full { 2.0 } else { 1.0 },
        features,
        in_scope: question.in_scope(),
        right: right(&best.id),
        candidates,
        held_out: (0.0, 0.0),
    })
}

/// The rows that are `meant`, by knowledge base; without those that have none.
fn bases<'a>(rows: &'a [Row], groups: &BTreeSet<usize>, meant: &dyn Fn(&Row) -> bool) -> Vec<Vec<&'a Row>> {
    let of = |group: &usize| rows.iter().filter(|row| row.group == *group && meant(row)).collect();
    groups.iter().map(of).filter(|rows: &Vec<&Row>| !rows.is_empty()).collect()
}

/// For each precision the lowest probability from which knowledge bases left out reach it; never falling. Where none reaches it the
/// line is a cautious one. Bases as they are give the lines for articles with several phrasings, those of bare titles and the views that
/// leave titles alone give those for bare titles.
fn lines(bases: &[Vec<&Row>]) -> Vec<(f64, f64)> {
    let mut lines: Vec<(f64, f64)> = Vec::new();
    for target in TARGETS {
        let line = line(bases, target).unwrap_or(1.0 - CAUTIOUS * (1.0 - target));
        let before = lines.last().map_or(0.0, |(_, before)| *before);
        lines.push((target, line.max(before)));
    }
    lines
}

/// The lowest probability from which the answers of all knowledge bases together are right often enough, and those of nearly each by
/// itself as far as can be told, as at every higher one up to the first that holds; `None` if there is none.
fn line(bases: &[Vec<&Row>], target: f64) -> Option<f64> {
    let bases: Vec<Vec<(f64, &Row)>> = bases.iter().map(|base| base.iter().map(|row| (row.confidence(), *row)).collect()).collect();
    let mut best = None;
    for line in (FINENESS / 2..FINENESS).rev().map(|step| step as f64 / FINENESS as f64) {
        let (mut right, mut answered, mut kept) = (0.0, 0.0, 0usize);
        for base in &bases {
            let shown: Vec<&Row> = base.iter().filter(|(confidence, _)| *confidence >= line).map(|(_, row)| *row).collect();
            let true_ones = shown.iter().filter(|row| row.right);
            right += true_ones.clone().map(|row| row.share).sum::<f64>();
            answered += shown.iter().map(|row| row.share).sum::<f64>();
            let observed = true_ones.count() as f64 / shown.len() as f64;
            kept += usize::from(shown.is_empty() || wilson(observed, shown.len() as f64, INTERVAL).1 >= target);
        }
        // A few answers at the very top may be wrong by chance: only below a line that held does a failure end the search.
        if answered > 0.0 && right >= target * answered && kept as f64 >= KEPT * bases.len() as f64 {
            best = Some(line);
        } else if best.is_some() {
            break;
        }
    }
    best
}

/// The probability from which answering is likelier right than not answering. It lies below one half: a question that an article
/// answers is not decided rightly by answering nothing, even if the first candidate is the wrong one. Of the lines that decide nearly as much
/// rightly as the best one it is the middle: which of them is best is chance.
fn accurate(rows: &[Row]) -> f64 {
    let told: Vec<(f64, &Row)> = rows.iter().filter(|row| row.full).map(|row| (row.confidence(), row)).collect();
    let decided = |line: f64| -> f64 {
        let right = |(confidence, row): &&(f64, &Row)| if *confidence >= line { row.right } else { !row.in_scope };
        told.iter().filter(right).map(|(_, row)| row.share).sum()
    };
    let lines = (FINENESS / 10..=FINENESS / 2).map(|step| step as f64 / FINENESS as f64);
    let lines: Vec<(f64, f64)> = lines.map(|line| (line, decided(line))).collect();
    let most = lines.iter().map(|(_, right)| *right).fold(0.0, f64::max);
    let good: Vec<f64> = lines.iter().filter(|(_, right)| *right >= most * (1.0 - AS_GOOD)).map(|(line, _)| *line).collect();
    good.get(good.len() / 2).copied().unwrap_or(0.5)
}

/// From the second factor to the first few: whether the right article is among them, where there is one.
fn few(rows: &[Row]) -> Scale {
    let sample = |row: &Row| {
        let among = row.candidates.iter().take(CLARIFY_MAX).any(|(_, right)| *right);
        Sample { inputs: vec![row.held_out.1], positive: among, weight: row.weight }
    };
    let samples: Vec<Sample> = rows.iter().filter(|row| row.in_scope).map(sample).collect();
    let fitted = Logistic::fit(&samples, &[Sign::Positive], RIDGE);
    Scale { slope: fitted.weights[0], offset: fitted.bias }
}

/// How fast probability falls with distance: the value under which the right one of the next candidates is likeliest.
fn fall(rows: &[Row]) -> f64 {
    let mut best = (f64::MIN, 1.0);
    for step in 0..60 {
        let fall = 0.5 * 1.12f64.powi(step);
        let mut likelihood = 0.0;
        for row in rows.iter().filter(|row| !row.right && row.in_scope) {
            let next = row.candidates.iter().take(CLARIFY_MAX).skip(1).map(|(distance, right)| ((-fall * distance).exp(), *right));
            let (all, right) = next.fold((0.0, 0.0), |(all, ours), (r, right)| (all + r, ours + if right { r } else { 0.0 }));
            // Where none of them is right the fall says nothing.
            likelihood += if right > 0.0 { row.weight * (right / all).ln() } else { 0.0 };
        }
        if likelihood > best.0 {
            best = (likelihood, fall);
        }
    }
    best.1
}

/// The clarify line: the probability that one of the first few is right above which most of the questions that an article answers lie
/// ([`OFFERED`]), on knowledge bases left out; and the out-of-scope line, above which nearly all of them do ([`NOT_OUT_OF_SCOPE`]).
fn lower_lines(rows: &[Row], few: Scale) -> (f64, f64) {
    let chance = |(in_scope, right): (f64, f64)| Probability::from_log_odds(both(in_scope, few.of(right))).get();
    let mut asked: Vec<(f64, f64)> =
        rows.iter().filter(|row| row.full && row.in_scope).map(|row| (chance(row.held_out), row.weight)).collect();
    asked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all: f64 = asked.iter().map(|(_, weight)| weight).sum();
    let above = |share: f64| {
        let mut sum = 0.0;
        let reached = asked.iter().find(|(_, weight)| {
            sum += weight;
            sum >= share * all
        });
        // Two digits: more would be chance.
        reached.map_or(0.3, |(chance, _)| (chance * 100.0).round() / 100.0)
    };
    (above(OFFERED).max(WORTH_A_LOOK), above(NOT_OUT_OF_SCOPE))
}

/// A calibration file of both modes.
pub fn file(fitted_on: &[String], full: &Fitted, degraded: &Fitted) -> String {
    let mut text = String::from("# Weights of the confidence, fitted by `jieda eval fit` on the sets named here. Not edited by hand.\n");
    text.push_str(&format!("fitted_on = {fitted_on:?}\n"));
    for (name, part) in [("full", full), ("degraded", degraded)] {
        text.push_str(&format!("\n# {} questions in all views.\n[{name}]\nfall = {:.4}\n", part.questions, part.fall));
        text.push_str(&format!(
            "few = [{:.4}, {:.4}]\nclarify = {:.4}\nin_scope = {:.4}\naccurate = {:.4}\nrival = 0.6\n",
            part.few.slope, part.few.offset, part.clarify, part.in_scope_line, part.accurate
        ));
        text.push_str("# Precision, and the probability from which it was reached on knowledge bases left out; then of bare titles.\n");
        for (key, lines) in [("lines", &part.lines), ("bare_lines", &part.bare_lines)] {
            let lines: Vec<String> = lines.iter().map(|(t, p)| format!("[{t}, {:.4}]", p.min(0.9999))).collect();
            text.push_str(&format!("{key} = [{}]\n", lines.join(", ")));
        }
        for ((factor, model), key) in part.factors.named().into_iter().zip(["scope", "right"]) {
            text.push_str(&format!("\n[{name}.{key}_weights]\n{BIAS} = {:.6}\n", model.bias));
            for (feature, weight) in FEATURES.iter().zip(&model.weights) {
                if feature.belongs_to(factor) {
                    text.push_str(&format!("{} = {weight:.6}\n", feature.name));
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::confidence::log_odds;

    /// A knowledge base whose held-out probabilities are right as often as `truth` says of them.
    fn base(group: usize, truth: impl Fn(f64) -> f64) -> Vec<Row> {
        (0..1000)
            .map(|n| {
                let held_out = f64::from(n) / 1000.0;
                // Spread evenly: of ten neighbours so many are right.
                let right = f64::from(n % 10) + 0.5 < 10.0 * truth(held_out);
                Row {
                    group,
                    full: true,
                    bare: false,
                    share: 0.001,
                    weight: 1.0,
                    features: Features([0.0; FEATURES.len()]),
                    in_scope: right || n % 2 == 0,
                    right,
                    candidates: Vec::new(),
                    // The article is the first one for certain, if there is one.
                    held_out: (log_odds(held_out), 60.0),
                }
            })
            .collect()
    }

    fn line_of(bases: &[Vec<Row>], target: f64) -> Option<f64> {
        let rows: Vec<Vec<&Row>> = bases.iter().map(|rows| rows.iter().collect()).collect();
        line(&rows, target)
    }

    #[test]
    fn a_line_holds_on_nearly_every_knowledge_base() {
        let honest = || base(0, |p| p);
        let line = line_of(&[honest(), honest()], 0.9).unwrap();
        assert!((line - 0.8).abs() < 0.06, "the mean above .8 is .9: {line}");
        // One in three that is worse than it says moves the line up; one in twenty does not.
        let worse = || base(1, |p| p - 0.15);
        let moved = line_of(&[honest(), honest(), worse()], 0.9).unwrap_or(1.0);
        assert!(moved > line, "{moved} {line}");
        let mut many: Vec<Vec<Row>> = (0..19).map(|_| honest()).collect();
        many.push(worse());
        assert!((line_of(&many, 0.9).unwrap() - line).abs() < 0.03);
        assert_eq!(line_of(&[base(0, |_| 0.3)], 0.9), None);
    }

    #[test]
    fn each_factor_learns_from_the_questions_that_tell_of_it() {
        let at = |name: &str| FEATURES.iter().position(|feature| feature.name == name).unwrap();
        let (evidence, lead) = (at("evidence"), at("lead"));
        // Evidence tells whether an article answers, the lead whether it is the first; of what nothing answers the lead tells nothing.
        let rows: Vec<Row> = (0..400)
            .map(|n| {
                let (near, ahead) = (n % 2 == 0, n % 4 < 2);
                let mut row = base(n % 5, |_| 0.5).swap_remove(0);
                row.in_scope = near != (n % 10 == 0);
                row.right = row.in_scope && (ahead != (n % 7 == 0));
                row.features.0[evidence] = if near { 0.3 } else { 0.0 };
                row.features.0[lead] = if ahead { 0.04 } else { 0.0 };
                row
            })
            .collect();
        let Factors { in_scope, right } = fit_both(&rows, false, &|_| true);
        assert!(in_scope.weights[evidence] > 1.0 && in_scope.weights[lead] == 0.0, "{in_scope:?}");
        assert!(right.weights[lead] > 10.0 && right.weights[evidence].abs() < in_scope.weights[evidence] / 4.0, "{right:?}");
        let fitted = fit(rows, false);
        let text = file(&["made up".to_owned()], &fitted, &fitted);
        crate::decide::confidence::Confidence::parse(&text).unwrap();
    }

    #[test]
    fn options_are_offered_where_one_of_the_first_few_is_likely_right() {
        // An article answers every other question; it is among the first few as often as the second factor says of the first one, and half
        // a unit of log-odds more.
        let rows: Vec<Row> = (0..4000)
            .map(|n| {
                let mut row = base(0, |_| 0.5).swap_remove(0);
                let right = f64::from(n % 40) / 10.0;
                let among = f64::from(n / 40) + 0.5 < 100.0 / (1.0 + (-right - 0.5).exp());
                row.in_scope = n % 2 == 0;
                row.held_out = (if row.in_scope { 2.0 } else { -2.0 }, right);
                row.candidates = vec![(0.0, false), (0.1, row.in_scope && among)];
                row
            })
            .collect();
        let few = few(&rows);
        assert!((0.8..1.0).contains(&few.slope) && (0.5..0.7).contains(&few.offset), "the penalty takes a little: {few:?}");
        let (clarify, in_scope) = lower_lines(&rows, few);
        let offered = |line: f64, in_scope: bool| {
            let of = || rows.iter().filter(|row| row.in_scope == in_scope);
            let above = |row: &&Row| both(row.held_out.0, few.of(row.held_out.1)) >= log_odds(line);
            of().filter(above).count() as f64 / of().count() as f64
        };
        assert!(clarify > in_scope && clarify >= WORTH_A_LOOK, "{clarify} {in_scope}");
        // One in twenty shares each value.
        let [likely, least] = [clarify, in_scope].map(|line| offered(line, true));
        assert!((likely - OFFERED).abs() < 0.06 && (least - NOT_OUT_OF_SCOPE).abs() < 0.06, "{likely} {least}");
        assert_eq!([clarify, in_scope].map(|line| offered(line, false)), [0.0; 2]);
    }

    #[test]
    fn answering_pays_below_one_half_where_silence_is_wrong_too() {
        // Of the questions that are not answered rightly, half have an answer all the same.
        let at = accurate(&base(0, |p| p));
        assert!(at > 0.2 && at < 0.45, "{at}");
    }
}
