//! What a reader of a run should know of its questions, worked out from the record.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::record::{Asked, Note, Record, WITH_RULES};
use super::rules::TAKING;
use crate::text::normalize::phrasing_key;

/// How many answerable questions rules take before the confidence is asked, by rule; `None` where the record does not say.
pub fn taken_by_rules(record: &Record) -> Option<BTreeMap<&str, usize>> {
    let mut taken = BTreeMap::new();
    for rule in record.asked.iter().filter(|asked| asked.in_scope()).filter_map(|asked| asked.rule.as_deref()) {
        *taken.entry(rule).or_default() += 1;
    }
    (record.format >= WITH_RULES).then_some(taken)
}

/// Notes about the questions.
pub fn of_questions(record: &Record) -> Vec<Note> {
    repeated(record).into_iter().chain(contradicted(record)).chain(ruled(record)).collect()
}

/// Lines that are named of questions that stand again.
const NAMED: usize = 5;

/// Lines that ask what an earlier line asks, each after the first one that does; of those with the same label, or with another.
fn again(record: &Record, same_label: bool) -> Vec<(usize, usize)> {
    let mut seen: BTreeMap<String, &Asked> = BTreeMap::new();
    let label = |asked: &Asked| asked.expected.iter().cloned().collect::<BTreeSet<_>>();
    let mut again = Vec::new();
    for asked in &record.asked {
        match seen.entry(phrasing_key(&asked.question)) {
            Entry::Occupied(first) if (label(first.get()) == label(asked)) == same_label => again.push((first.get().line, asked.line)),
            Entry::Occupied(_) => {}
            Entry::Vacant(new) => drop(new.insert(asked)),
        }
    }
    again
}

/// `2/4, 7/9 …`
fn lines(again: &[(usize, usize)], joint: &str) -> String {
    let ends = if again.len() > NAMED { " …" } else { "" };
    let named = again.iter().take(NAMED).map(|(first, line)| format!("{first}/{line}"));
    format!("{}{ends}", named.collect::<Vec<_>>().join(joint))
}

/// Questions that stand more than once: each line counts.
fn repeated(record: &Record) -> Option<Note> {
    let again = again(record, true);
    (!again.is_empty()).then(|| Note::Both {
        zh_cn: format!("有 {} 行问的是前面问过的问题，逐行计入（行号 {}）", again.len(), lines(&again, "，")),
        en: format!("{} lines ask what an earlier line asks, and each counts (lines {})", again.len(), lines(&again, ", ")),
    })
}

/// Questions that stand with different articles: nothing can be right in all of their lines.
fn contradicted(record: &Record) -> Option<Note> {
    let again = again(record, false);
    (!again.is_empty()).then(|| Note::Both {
        zh_cn: format!("有 {} 行与前面的同一个问题标注不同，总有一处会算错（行号 {}）", again.len(), lines(&again, "，")),
        en: format!(
            "{} lines expect something else than an earlier line with the same question, so that one of them counts as wrong (lines {})",
            again.len(),
            lines(&again, ", ")
        ),
    })
}

fn ruled(record: &Record) -> Option<Note> {
    let taken = taken_by_rules(record)?;
    let all: usize = taken.values().sum();
    let answerable = record.asked.iter().filter(|asked| asked.in_scope()).count();
    // Those that take most first; the policy's order among equals.
    let mut rules: Vec<(&str, usize)> = TAKING.iter().filter_map(|rule| Some((rule.name(), *taken.get(rule.name())?))).collect();
    rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let listed = |joint: &str| rules.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(joint);
    (all > 0).then(|| Note::Both {
        zh_cn: format!("可答的 {answerable} 个问题里有 {all} 个先被规则截走，到不了文章：{}；各项指标只衡量把握度，没有计入", listed("，")),
        en: format!(
            "{all} of {answerable} answerable questions never reach the articles: {}; the figures are those of the confidence alone",
            listed(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::locale::Locale;
    use crate::eval::record::tests::{asked, record};

    #[test]
    fn answerable_questions_that_rules_take_are_counted() {
        let ruled =
            |question: &str, expected: &str, rule: &str| Asked { rule: Some(rule.to_owned()), ..asked(question, expected, &["a"], 0.9) };
        let mut record = record(vec![
            asked("一", "a", &["a"], 0.9),
            ruled("二", "a", "misuse"),
            ruled("三", "a", "own_order"),
            ruled("四", "a", "own_order"),
            ruled("五", "", "small_talk"),
        ]);
        let notes = of_questions(&record);
        let said = notes[0].text(Locale::En);
        assert!(said.starts_with("3 of 4 answerable questions never reach the articles: own_order 2, misuse 1;"), "{said}");
        assert!(notes[0].text(Locale::ZhCn).contains("4 个问题里有 3 个先被规则截走"));
        record.asked[4].question = "二".to_owned();
        record.asked[3].question = "三？".to_owned();
        let notes = of_questions(&record);
        let said: Vec<&str> = notes.iter().map(|note| note.text(Locale::En)).collect();
        assert!(said[0].starts_with("1 lines ask what an earlier line asks"), "{said:?}");
        assert!(said[1].starts_with("1 lines expect something else than an earlier line"), "{said:?}");
        record.asked.truncate(3);
        record.format = WITH_RULES - 1;
        assert_eq!((of_questions(&record), taken_by_rules(&record)), (vec![], None), "an old record does not know");
    }
}
