//! Questions that stand more than once, and whether their labels agree.

use std::collections::{BTreeSet, HashMap};

use super::{LabelledQuestion, Wrong};
use crate::domain::ids::ArticleId;
use crate::domain::wording::Wording;
use crate::kb::Place;
use crate::text::normalize::phrasing_key;

/// How the labels of a question agree with earlier ones of the same question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// They are the same.
    Same,
    /// They share an article, which is right by both.
    Overlapping,
    /// Nothing can be right by both.
    Contrary,
}

/// What stood before, by question: each label that it had, with where it was.
pub struct Before<T, P> {
    seen: HashMap<String, Vec<(BTreeSet<T>, P)>>,
}

impl<T: Ord, P: Clone> Before<T, P> {
    /// Nothing.
    pub fn nothing() -> Self {
        Before { seen: HashMap::new() }
    }

    /// How a label agrees with those that its question had before, and where the one stands that it agrees with least; `None` for a
    /// question that is new.
    pub fn next(&mut self, question: &str, label: BTreeSet<T>, place: P) -> Option<(Agreement, P)> {
        let earlier = self.seen.entry(phrasing_key(question)).or_default();
        let agreement = |other: &BTreeSet<T>| match () {
            () if *other == label => Agreement::Same,
            () if other.is_disjoint(&label) => Agreement::Contrary,
            () => Agreement::Overlapping,
        };
        let of = |wanted| earlier.iter().find(|(other, _)| agreement(other) == wanted).map(|(_, place)| (wanted, place.clone()));
        let found = [Agreement::Contrary, Agreement::Overlapping, Agreement::Same].into_iter().find_map(of);
        if earlier.iter().all(|(other, _)| *other != label) {
            earlier.push((label, place));
        }
        found
    }
}

/// Questions that stand twice with articles of which none is right by both labels, each with the line where it stands otherwise.
pub fn contradictions(rows: &[(Place, LabelledQuestion)]) -> Vec<Wrong> {
    let mut before = Before::nothing();
    let shown = |question: &LabelledQuestion, none: &str| match &question.expected[..] {
        [] => none.to_owned(),
        ids => ids.iter().map(ArticleId::as_str).collect::<Vec<_>>().join("|"),
    };
    let mut wrong = Vec::new();
    for (at, (place, question)) in rows.iter().enumerate() {
        let label: BTreeSet<&ArticleId> = question.expected.iter().collect();
        if let Some((Agreement::Contrary, first)) = before.next(&question.question, label, at) {
            let (other, first) = &rows[first];
            let at = |here: String| if other.file == place.file { here } else { other.to_string() };
            let (zh, en) = (at(format!("第 {} 行", other.line)), at(format!("line {}", other.line)));
            let detail = Wording::new(
                format!("与{zh}是同一个问题，期望却不同：那里是 {}，这里是 {}", shown(first, "无"), shown(question, "无")),
                format!("the same question as in {en}, where {} is expected and not {}", shown(first, "none"), shown(question, "none")),
            );
            wrong.push(Wrong { place: place.clone(), detail });
        }
    }
    wrong
}
