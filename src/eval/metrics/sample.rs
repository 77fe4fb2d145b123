//! Questions prepared for measuring again and again with other weights.
//!
//! A figure is a function of how often each question counts: once each for the figure itself, as often as it was drawn for a
//! resample. The questions are sorted once, by confidence; a measurement is one pass over them.

use std::collections::BTreeMap;

use super::figure::{Figure, Figures};
use crate::eval::record::{Asked, Lines};

/// Bins of the calibration error.
const BINS: usize = 15;
/// Ranks that retrieval looks at.
const RANKS: usize = 10;
/// Class of what is not answered.
const NO_ARTICLE: u32 = 0;

/// Questions in descending order of confidence.
pub struct Sample {
    rows: Vec<Row>,
    /// Questions of the set itself; the others only stand against them in the area under the ROC curve.
    own: usize,
    classes: usize,
    /// `harmonic[n]` = 1 + 1/2 + … + 1/n.
    harmonic: Vec<f64>,
}

struct Row {
    /// Its place among the weights.
    at: u32,
    confidence: f64,
    in_scope: bool,
    right: bool,
    answered: bool,
    /// Decided at the most accurate line, and what would be right.
    decided: u32,
    class: u32,
    /// In the order of the first five figures.
    gains: [f64; 5],
}

impl Sample {
    /// Prepares `own` questions; `against` are questions of the other side of the scope for a set that has only one.
    pub fn new(own: &[&Asked], against: &[&Asked], lines: &Lines) -> Self {
        let mut classes = BTreeMap::new();
        let mut class_of = |id: Option<&str>| match id {
            None => NO_ARTICLE,
            Some(id) => {
                let next = classes.len() as u32 + 1;
                *classes.entry(id.to_owned()).or_insert(next)
            }
        };
        let mut rows: Vec<Row> = own
            .iter()
            .chain(against)
            .enumerate()
            .map(|(at, asked)| {
                let top = asked.ranked.first().map(|first| first.id.as_str());
                let right = asked.right();
                Row {
                    at: at as u32,
                    confidence: asked.confidence,
                    in_scope: asked.in_scope(),
                    right,
                    answered: answered(asked, lines),
                    decided: class_of(top.filter(|_| reaches(asked, lines.accurate))),
                    // Of several right articles the one that was found counts.
                    class: class_of(if right { top } else { asked.expected.first().map(String::as_str) }),
                    gains: gains(asked),
                }
            })
            .collect();
        rows.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.at.cmp(&b.at)));
        let harmonic = std::iter::once(0.0).chain((1..=own.len()).scan(0.0, |sum, n| {
            *sum += 1.0 / n as f64;
            Some(*sum)
        }));
        Sample { own: own.len(), classes: classes.len() + 1, harmonic: harmonic.collect(), rows }
    }

    /// How many questions are the set's own; weights hold them first.
    pub fn own(&self) -> usize {
        self.own
    }

    /// How many weights a measurement takes.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nothing to measure.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Measures with each question counting `weights` times; the weights of the own questions sum up to their number.
    ///
    /// **Cost**: one pass over the questions and one over the articles named.
    pub fn measure(&self, weights: &[u32]) -> Sums {
        let mut sums = Sums::default();
        let (mut decided, mut classes) = (vec![0u32; self.classes], vec![0u32; self.classes]);
        let mut bins = [Bin::default(); BINS];
        // Of the area under the ROC curve: in-scope and out-of-scope questions passed, pairs in the right order.
        let (mut positives, mut negatives, mut ordered) = (0u32, 0u32, 0.0);
        let (mut seen, mut wrong, mut risk) = (0u32, 0u32, 0.0);
        for tied in self.rows.chunk_by(|a, b| a.confidence == b.confidence) {
            let mut group = Group::default();
            for row in tied {
                let weight = weights[row.at as usize];
                if weight == 0 {
                    continue;
                }
                *(if row.in_scope { &mut group.positives } else { &mut group.negatives }) += weight;
                if row.at as usize >= self.own {
                    continue;
                }
                group.own += weight;
                group.right += if row.right { weight } else { 0 };
                decided[row.decided as usize] += weight;
                classes[row.class as usize] += weight;
                sums.count(row, weight);
            }
            ordered += f64::from(group.negatives) * (f64::from(positives) + f64::from(group.positives) / 2.0);
            positives += group.positives;
            negatives += group.negatives;
            if group.own == 0 {
                continue;
            }
            let (own, confidence) = (f64::from(group.own), tied[0].confidence);
            let group_wrong = group.own - group.right;
            sums.squares += f64::from(group.right) * (1.0 - confidence).powi(2) + f64::from(group_wrong) * confidence.powi(2);
            // The mean over all orders of what is tied: with `j` of the group taken, `wrong + j · share` of `seen + j` are wrong.
            let share = f64::from(group_wrong) / own;
            let steps = self.harmonic[(seen + group.own) as usize] - self.harmonic[seen as usize];
            risk += f64::from(group_wrong) + (f64::from(wrong) - f64::from(seen) * share) * steps;
            // What is tied goes into one bin, that of its middle.
            let middle = (2 * seen as usize + group.own as usize) * BINS / (2 * self.own);
            bins[middle.min(BINS - 1)].add(confidence * own, f64::from(group.right));
            seen += group.own;
            wrong += group_wrong;
        }
        sums.risk = risk;
        sums.calibration_error = bins.iter().map(|bin| (bin.confidence - bin.right).abs()).sum();
        sums.auroc = (positives > 0 && negatives > 0).then(|| ordered / (f64::from(positives) * f64::from(negatives)));
        sums.mcc = correlation(&decided, &classes, sums.accurate);
        sums
    }
}

#[derive(Default)]
struct Group {
    own: u32,
    right: u32,
    positives: u32,
    negatives: u32,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    confidence: f64,
    right: f64,
}

impl Bin {
    fn add(&mut self, confidence: f64, right: f64) {
        self.confidence += confidence;
        self.right += right;
    }
}

/// Whether a question is answered at the line for the target precision.
pub fn answered(asked: &Asked, lines: &Lines) -> bool {
    lines.answer.is_some_and(|line| reaches(asked, line))
}

/// Whether a question gets the right article, or rightly none, at the most accurate line.
pub fn decided_rightly(asked: &Asked, lines: &Lines) -> bool {
    let decided = reaches(asked, lines.accurate);
    if asked.in_scope() { decided && asked.right() } else { !decided }
}

fn reaches(asked: &Asked, line: f64) -> bool {
    !asked.ranked.is_empty() && asked.confidence >= line
}

/// What the figures are made of.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    /// Questions in scope.
    pub in_scope: u32,
    /// Questions out of scope.
    pub out_of_scope: u32,
    gains: [f64; 5],
    answered: u32,
    answered_right: u32,
    answered_in_scope: u32,
    accurate: u32,
    squares: f64,
    risk: f64,
    calibration_error: f64,
    auroc: Option<f64>,
    mcc: Option<f64>,
}

impl Sums {
    fn count(&mut self, row: &Row, weight: u32) {
        if row.in_scope {
            self.in_scope += weight;
            for (sum, gain) in self.gains.iter_mut().zip(row.gains) {
                *sum += f64::from(weight) * gain;
            }
        } else {
            self.out_of_scope += weight;
        }
        if row.answered {
            self.answered += weight;
            self.answered_right += if row.right { weight } else { 0 };
            self.answered_in_scope += if row.in_scope { weight } else { 0 };
        }
        self.accurate += if row.decided == row.class { weight } else { 0 };
    }

    /// The figures.
    pub fn figures(&self) -> Figures {
        Figures::from_fn(|figure| match (figure, self.share(figure)) {
            (_, Some((part, whole))) => (whole > 0).then(|| part / f64::from(whole)),
            (Figure::AurocOutOfScope, _) => self.auroc,
            (Figure::Mcc, _) => self.mcc,
            (Figure::MrrAt10, _) => self.mean(self.gains[3], self.in_scope),
            (Figure::NdcgAt10, _) => self.mean(self.gains[4], self.in_scope),
            (Figure::Aurc, _) => self.mean(self.risk, self.all()),
            (Figure::Ece, _) => self.mean(self.calibration_error, self.all()),
            _ => self.mean(self.squares, self.all()),
        })
    }

    /// Part and whole of a figure that is a share of questions.
    pub fn share(&self, figure: Figure) -> Option<(f64, u32)> {
        let in_scope_right = f64::from(self.answered_right);
        Some(match figure {
            Figure::HitAt1 => (self.gains[0], self.in_scope),
            Figure::HitAt3 => (self.gains[1], self.in_scope),
            Figure::HitAt5 => (self.gains[2], self.in_scope),
            Figure::Coverage => (f64::from(self.answered_in_scope), self.in_scope),
            Figure::Precision => (f64::from(self.answered_right), self.answered),
            Figure::InScopeRight => (in_scope_right, self.in_scope),
            Figure::InScopeWrong => (f64::from(self.answered_in_scope) - in_scope_right, self.in_scope),
            Figure::OutOfScopeRejected => (f64::from(self.out_of_scope - (self.answered - self.answered_in_scope)), self.out_of_scope),
            Figure::Accuracy => (f64::from(self.accurate), self.all()),
            _ => return None,
        })
    }

    fn all(&self) -> u32 {
        self.in_scope + self.out_of_scope
    }

    fn mean(&self, sum: f64, count: u32) -> Option<f64> {
        (count > 0).then(|| sum / f64::from(count))
    }
}

/// Hits within 1, 3 and 5, reciprocal rank, normalised discounted cumulative gain.
///
/// **Source**: Järvelin, Kekäläinen, “Cumulated gain-based evaluation of IR techniques” (2002), gain 1, discount log₂(rank + 1).
fn gains(asked: &Asked) -> [f64; 5] {
    if !asked.in_scope() {
        return [0.0; 5];
    }
    let hits: Vec<usize> =
        asked.ranked.iter().take(RANKS).enumerate().filter(|(_, found)| asked.expected.contains(&found.id)).map(|(at, _)| at).collect();
    let within = |ranks: usize| f64::from(u8::from(hits.first().is_some_and(|at| *at < ranks)));
    let gain = |at: usize| 1.0 / (at as f64 + 2.0).log2();
    let ideal: f64 = (0..asked.expected.len().min(RANKS)).map(gain).sum();
    let reciprocal = hits.first().map_or(0.0, |at| 1.0 / (*at as f64 + 1.0));
    [within(1), within(3), within(5), reciprocal, hits.into_iter().map(gain).sum::<f64>() / ideal]
}

/// The correlation of two labellings with these counts by class, `equal` of which agree; `None` where one labelling has a single
/// class.
///
/// **Source**: Gorodkin, “Comparing two K-category assignments by a K-category correlation coefficient” (2004).
fn correlation(decided: &[u32], classes: &[u32], equal: u32) -> Option<f64> {
    let all: f64 = decided.iter().map(|count| f64::from(*count)).sum();
    let product = |a: &[u32], b: &[u32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let spread = |counts: &[u32]| all * all - product(counts, counts);
    let (left, right) = (spread(decided), spread(classes));
    (left > 0.0 && right > 0.0).then(|| (f64::from(equal) * all - product(decided, classes)) / (left * right).sqrt())
}
