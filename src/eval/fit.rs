//! Fits the confidence to labelled questions.
//!
//! Every question is one sample: the features of its search, and whether the top candidate is an expected one. Question sets
//! count equally whatever their size. The lines between bands are read off probabilities of folds that the fit has not seen.

use crate::decide::confidence::FEATURES;
use crate::decide::logistic::{Logistic, Sample, Sign};
use crate::eval::questions::LabelledQuestion;
use crate::retrieve::judge::Judgement;

/// Penalty on the weights of standardised inputs, in samples.
const RIDGE: f64 = 2.0;
/// Folds for the lines.
const FOLDS: usize = 5;
/// Precision that the answer line is set for.
const ANSWER_PRECISION: f64 = 0.9;

/// A fitted section of a calibration file.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    model: Logistic,
    fall: f64,
    answer: f64,
    clarify: f64,
    in_scope: f64,
    /// Held-out figures: questions, precision and coverage at the answer line.
    pub held_out: (usize, f64, f64),
}

/// One question as the fit sees it.
struct Row {
    sample: Sample,
    in_scope: bool,
    /// Distances of the candidates' fused scores to the best, with whether each is right; best first.
    candidates: Vec<(f64, bool)>,
}

/// Fits to sets of judged questions.
pub fn fit(sets: &[(&[LabelledQuestion], &[Judgement])]) -> Fitted {
    let mut rows = Vec::new();
    for (questions, judgements) in sets {
        let weight = 1_000.0 / questions.len() as f64;
        rows.extend(questions.iter().zip(*judgements).filter_map(|(question, judgement)| row(question, judgement, weight)));
    }
    let signs: Vec<Sign> = FEATURES.iter().map(|(_, sign)| *sign).collect();
    let samples: Vec<Sample> = rows.iter().map(|row| row.sample.clone()).collect();
    let model = Logistic::fit(&samples, &signs, RIDGE);
    let mut held_out = vec![0.0; rows.len()];
    for fold in 0..FOLDS {
        let seen: Vec<Sample> = samples.iter().enumerate().filter(|(n, _)| n % FOLDS != fold).map(|(_, s)| s.clone()).collect();
        let part = Logistic::fit(&seen, &signs, RIDGE);
        for (n, sample) in samples.iter().enumerate().filter(|(n, _)| n % FOLDS == fold) {
            held_out[n] = 1.0 / (1.0 + (-part.log_odds(&sample.inputs)).exp());
        }
    }
    let (answer, precision, coverage) = answer_line(&rows, &held_out);
    let fall = fall(&rows, &held_out);
    let (clarify, in_scope) = lower_lines(&rows, &held_out);
    Fitted {
        model,
        fall,
        answer,
        clarify: clarify.min(answer * 0.9),
        in_scope: in_scope.min(clarify * 0.9),
        held_out: (rows.len(), precision, coverage),
    }
}

fn row(question: &LabelledQuestion, judgement: &Judgement, weight: f64) -> Option<Row> {
    let features = judgement.features?;
    let best = judgement.found.candidates.first()?;
    let scale = if judgement.degraded { best.fused.abs().max(1e-9) } else { 1.0 };
    let right = |id| question.expected.contains(id);
    let candidates = judgement.found.candidates.iter().take(10).map(|c| ((best.fused - c.fused) / scale, right(&c.id))).collect();
    Some(Row {
        sample: Sample { inputs: features.0.to_vec(), positive: right(&best.id), weight },
        in_scope: question.in_scope(),
        candidates,
    })
}

/// The lowest probability from which the held-out answers are right often enough, with precision and in-scope coverage there.
fn answer_line(rows: &[Row], held_out: &[f64]) -> (f64, f64, f64) {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| held_out[*b].total_cmp(&held_out[*a]));
    let in_scope: f64 = rows.iter().filter(|row| row.in_scope).map(|row| row.sample.weight).sum();
    let (mut all, mut right, mut covered) = (0.0, 0.0, 0.0);
    let mut line = (0.95, 1.0, 0.0);
    for (seen, at) in order.into_iter().enumerate() {
        let row = &rows[at];
        all += row.sample.weight;
        right += if row.sample.positive { row.sample.weight } else { 0.0 };
        covered += if row.in_scope { row.sample.weight } else { 0.0 };
        if seen >= 50 && right / all >= ANSWER_PRECISION {
            line = (held_out[at], right / all, covered / in_scope);
        }
    }
    line
}

/// How fast probability falls with distance: the value under which the right one of the next candidates is likeliest.
fn fall(rows: &[Row], held_out: &[f64]) -> f64 {
    let mut best = (f64::MIN, 1.0);
    for step in 0..60 {
        let fall = 0.5 * 1.12f64.powi(step);
        let mut likelihood = 0.0;
        for (row, p) in rows.iter().zip(held_out).filter(|(row, _)| !row.sample.positive && row.in_scope) {
            let relative: Vec<f64> = row.candidates.iter().skip(1).map(|(distance, _)| (-fall * distance).exp()).collect();
            let sum: f64 = relative.iter().sum();
            let scale = p.min((1.0 - p) / sum.max(1e-12));
            let right: f64 =
                relative.iter().zip(row.candidates.iter().skip(1)).filter(|(_, (_, right))| *right).map(|(r, _)| r * scale).sum();
            likelihood += row.sample.weight * right.max(1e-4).ln();
        }
        if likelihood > best.0 {
            best = (likelihood, fall);
        }
    }
    best.1
}

/// The clarify line: where as many in-scope questions lie above as out-of-scope questions lie below (equal error); and the
/// out-of-scope line: below which nine in ten are out of scope or hopeless.
fn lower_lines(rows: &[Row], held_out: &[f64]) -> (f64, f64) {
    let share = |line: f64, in_scope: bool| {
        let side = rows.iter().zip(held_out).filter(|(row, _)| row.in_scope == in_scope);
        let (mut above, mut all) = (0.0, 0.0);
        for (row, p) in side {
            all += row.sample.weight;
            above += if *p >= line { row.sample.weight } else { 0.0 };
        }
        if all > 0.0 { above / all } else { 0.0 }
    };
    let lines: Vec<f64> = (1..100).map(|n| f64::from(n) / 100.0).collect();
    let clarify = lines.iter().copied().find(|line| share(*line, true) <= 1.0 - share(*line, false)).unwrap_or(0.3);
    let in_scope = lines.iter().copied().rev().find(|line| 1.0 - share(*line, true) <= 0.1).unwrap_or(0.1);
    (clarify, in_scope)
}

/// A calibration file of both modes.
pub fn file(fitted_on: &[String], full: &Fitted, degraded: &Fitted) -> String {
    let mut text = String::from("# Weights of the confidence, fitted by `jieda eval fit` on the sets named here. Not edited by hand.\n");
    text.push_str(&format!("fitted_on = {fitted_on:?}\n"));
    for (name, part) in [("full", full), ("degraded", degraded)] {
        let (questions, precision, coverage) = part.held_out;
        text.push_str(&format!(
            "\n# Held out, {questions} questions: precision {precision:.3} at coverage {coverage:.3} from the answer line on.\n"
        ));
        text.push_str(&format!("[{name}]\nbias = {:.6}\nfall = {:.4}\nanswer = {:.4}\n", part.model.bias, part.fall, part.answer));
        text.push_str(&format!("clarify = {:.4}\nin_scope = {:.4}\nrival = 0.6\n\n[{name}.weights]\n", part.clarify, part.in_scope));
        for ((feature, _), weight) in FEATURES.iter().zip(&part.model.weights) {
            text.push_str(&format!("{feature} = {weight:.6}\n"));
        }
    }
    text
}
