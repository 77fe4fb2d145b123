//! The labelled messages of `eval/rules`, and how a rule fares on them.

use super::RuleInput;
use crate::text::normalize;

/// Runs `judge` over a message as the rules see it.
pub(super) fn with<T>(text: &str, judge: impl Fn(RuleInput<'_>) -> T) -> T {
    let text = normalize::clean(text);
    let folded = normalize::fold(&text);
    judge(RuleInput { text: &text, folded: &folded })
}

/// The lines of a file, with their numbers from 1.
pub(super) fn lines(file: &str) -> Vec<(usize, serde_json::Value)> {
    let path = format!("{}/eval/rules/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let content = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    content.lines().enumerate().map(|(index, line)| (index + 1, serde_json::from_str(line).expect("JSON"))).collect()
}

/// Counts of one side of a file.
#[derive(Default)]
struct Tally {
    hits: f64,
    false_alarms: f64,
    misses: f64,
}

impl Tally {
    fn precision(&self) -> f64 {
        self.hits / (self.hits + self.false_alarms).max(1.0)
    }

    fn recall(&self) -> f64 {
        self.hits / (self.hits + self.misses).max(1.0)
    }
}

/// Holds a rule to a least precision and recall over a whole file, printing what it gets wrong. The rules were written with the
/// odd lines in sight, so the halves are printed apart.
pub(super) fn hold(file: &str, least: f64, wanted: impl Fn(&serde_json::Value) -> bool, rule: impl Fn(RuleInput<'_>) -> bool) {
    let (mut all, mut halves) = (Tally::default(), [Tally::default(), Tally::default()]);
    for (number, line) in lines(file) {
        let text = line["text"].as_str().expect("a text");
        let (want, got) = (wanted(&line), with(text, &rule));
        let half = number % 2;
        for tally in [&mut all, &mut halves[half]] {
            match (want, got) {
                (true, true) => tally.hits += 1.0,
                (false, true) => tally.false_alarms += 1.0,
                (true, false) => tally.misses += 1.0,
                (false, false) => {}
            }
        }
        if want != got {
            println!("{} {file} {number}: {} {text}", ["even", "odd"][half], if want { "missed" } else { "false alarm" });
        }
    }
    let [even, odd] = &halves;
    for (name, tally) in [("odd half", odd), ("even half", even), ("whole", &all)] {
        println!("{file}, {name}: precision {:.3}, recall {:.3}", tally.precision(), tally.recall());
    }
    assert!(all.precision() >= least && all.recall() >= least, "{file} is held to {least}");
}
