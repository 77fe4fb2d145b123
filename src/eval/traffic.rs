//! What share of a shop's traffic each question of a set stands for.
//!
//! Question sets are written to be hard: more indirect wording and more near misses than customers send. A confidence fitted to them as
//! they are would be afraid of ordinary questions. So each set is weighed to the same assumed traffic: a quarter that nothing answers,
//! as where a knowledge base asks itself, and mostly plain wording.

use std::collections::BTreeMap;

use crate::eval::questions::LabelledQuestion;
use crate::retrieve::adaptation::ASSUMED_OUT_OF_SCOPE;

/// Shares of the answerable questions by slice.
const ANSWERABLE: [(&str, f64); 4] = [("paraphrase", 0.6), ("indirect", 0.15), ("terse", 0.15), ("noisy", 0.1)];
/// Shares of those that nothing answers by slice.
const UNANSWERABLE: [(&str, f64); 3] = [("near_miss", 0.2), ("same_field", 0.4), ("general", 0.4)];
/// What another slice counts beside these: questions whose article a view has taken away keep the slice they had.
const OTHER: f64 = 0.3;
/// Share of a set's questions that must be in these slices; one that is cut otherwise is weighed by scope alone.
const KNOWN: f64 = 0.9;

/// The share of each question; they sum to 1 where there are any.
pub fn shares(questions: &[LabelledQuestion]) -> Vec<f64> {
    let named = |question: &LabelledQuestion| {
        let slice = question.slice.as_deref().unwrap_or_default();
        ANSWERABLE.iter().chain(&UNANSWERABLE).any(|(name, _)| *name == slice)
    };
    let by_slice = questions.iter().filter(|question| named(question)).count() as f64 >= KNOWN * questions.len() as f64;
    let part = |question: &LabelledQuestion| (question.in_scope(), question.slice.clone());
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    questions.iter().for_each(|question| *counts.entry(part(question)).or_default() += 1);
    let counted: Vec<f64> = questions
        .iter()
        .map(|question| {
            if !by_slice {
                return 1.0;
            }
            let shares: &[(&str, f64)] = if question.in_scope() { &ANSWERABLE } else { &UNANSWERABLE };
            let of_slice = shares.iter().find(|(name, _)| Some(*name) == question.slice.as_deref());
            of_slice.map_or(OTHER, |(_, share)| *share) / counts[&part(question)] as f64
        })
        .collect();
    let sum = |in_scope: bool| questions.iter().zip(&counted).filter(|(q, _)| q.in_scope() == in_scope).map(|(_, c)| c).sum::<f64>();
    let (inside, outside) = (sum(true), sum(false));
    let out_of_scope = match (inside > 0.0, outside > 0.0) {
        (true, true) => ASSUMED_OUT_OF_SCOPE,
        (_, outside) => f64::from(u8::from(outside)),
    };
    let share = |(question, counted): (&LabelledQuestion, f64)| {
        if question.in_scope() { (1.0 - out_of_scope) * counted / inside } else { out_of_scope * counted / outside }
    };
    questions.iter().zip(counted).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(slice: Option<&str>, in_scope: bool) -> LabelledQuestion {
        let expected = if in_scope { vec!["a".parse().unwrap()] } else { Vec::new() };
        LabelledQuestion { sheet: None, line: 1, question: "问".to_owned(), expected, slice: slice.map(str::to_owned) }
    }

    fn many(kinds: &[(Option<&str>, bool, usize)]) -> Vec<LabelledQuestion> {
        kinds.iter().flat_map(|(slice, in_scope, n)| vec![question(*slice, *in_scope); *n]).collect()
    }

    #[test]
    fn slices_count_what_customers_send() {
        let set = many(&[
            (Some("paraphrase"), true, 10),
            (Some("indirect"), true, 30),
            (Some("near_miss"), false, 50),
            (Some("general"), false, 5),
        ]);
        let shares = shares(&set);
        let sum = |range: std::ops::Range<usize>| shares[range].iter().sum::<f64>();
        assert!((sum(0..95) - 1.0).abs() < 1e-9 && (sum(40..95) - ASSUMED_OUT_OF_SCOPE).abs() < 1e-9);
        assert!((sum(0..10) / sum(10..40) - 4.0).abs() < 1e-9, "plain wording counts four times indirect wording");
        assert!((sum(90..95) / sum(40..90) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn sets_cut_otherwise_are_weighed_by_scope_alone() {
        let shares = shares(&many(&[(Some("zh"), true, 30), (None, true, 30), (None, false, 60)]));
        assert!((shares[0] - 0.75 / 60.0).abs() < 1e-12 && shares[0] == shares[59] && (shares[60] - 0.25 / 60.0).abs() < 1e-12);
        let answerable = super::shares(&many(&[(None, true, 4)]));
        assert_eq!(answerable, [0.25; 4]);
        assert!(super::shares(&[]).is_empty());
    }
}
