//! What a reader of a run should know of its questions, worked out from the record.

use std::collections::{BTreeMap, BTreeSet};

use super::metrics::answered;
use super::questions::{Agreement, Before};
use super::record::{Note, Record, WITH_HELD_BACK, WITH_RULES};
use super::rules::{self, Held, TAKING};
use crate::domain::decision::Rule;
use crate::domain::locale::Locale;

/// How many answerable questions rules take before the confidence is asked, by rule; `None` where the record does not say.
pub fn taken_by_rules(record: &Record) -> Option<BTreeMap<&str, usize>> {
    let mut taken = BTreeMap::new();
    for rule in record.asked.iter().filter(|asked| asked.in_scope()).filter_map(|asked| asked.rule.as_deref()) {
        *taken.entry(rule).or_default() += 1;
    }
    (record.format >= WITH_RULES).then_some(taken)
}

/// How many answerable questions reach the answer line and get no answer all the same, by what holds it back; `None` where the record
/// does not say.
pub fn held_back(record: &Record) -> Option<BTreeMap<&str, usize>> {
    let mut held = BTreeMap::new();
    let reaching = record.asked.iter().filter(|asked| asked.in_scope() && asked.rule.is_none() && answered(asked, &record.lines));
    for what in reaching.filter_map(|asked| asked.held_back.as_deref()) {
        *held.entry(what).or_default() += 1;
    }
    (record.format >= WITH_HELD_BACK).then_some(held)
}

/// Notes about the questions.
pub fn of_questions(record: &Record) -> Vec<Note> {
    repeated(record)
        .into_iter()
        .chain(overlapping(record))
        .chain(contradicted(record))
        .chain(ruled(record))
        .chain(withheld(record))
        .collect()
}

/// Lines that are named of questions that stand again.
const NAMED: usize = 5;

/// Lines that ask what an earlier line asks, each after the one that does, by how their labels agree.
fn again(record: &Record, wanted: Agreement) -> Vec<(String, String)> {
    let mut before = Before::nothing();
    let mut again = Vec::new();
    for asked in &record.asked {
        match before.next(&asked.question, asked.expected.iter().collect::<BTreeSet<_>>(), asked) {
            Some((agreement, first)) if agreement == wanted => again.push((first.place(), asked.place())),
            _ => {}
        }
    }
    again
}

/// `2/4, 7/9 …`
fn lines(again: &[(String, String)], joint: &str) -> String {
    let ends = if again.len() > NAMED { " …" } else { "" };
    let named = again.iter().take(NAMED).map(|(first, line)| format!("{first}/{line}"));
    format!("{}{ends}", named.collect::<Vec<_>>().join(joint))
}

/// Questions that stand more than once: each line counts.
fn repeated(record: &Record) -> Option<Note> {
    let again = again(record, Agreement::Same);
    (!again.is_empty()).then(|| Note::Both {
        zh_cn: format!("有 {} 行问的是前面问过的问题，逐行计入（行号 {}）", again.len(), lines(&again, "，")),
        en: format!("{} lines ask what an earlier line asks, and each counts (lines {})", again.len(), lines(&again, ", ")),
    })
}

/// Questions that stand with other articles beside a common one: that one is right in all of their lines.
fn overlapping(record: &Record) -> Option<Note> {
    let again = again(record, Agreement::Overlapping);
    (!again.is_empty()).then(|| Note::Both {
        zh_cn: format!("有 {} 行与前面的同一个问题标注不尽相同，逐行按各自的标注计入（行号 {}）", again.len(), lines(&again, "，")),
        en: format!(
            "{} lines expect in part what an earlier line with the same question does, and each counts by its own label (lines {})",
            again.len(),
            lines(&again, ", ")
        ),
    })
}

/// Questions that stand with articles of which none is common: nothing can be right in all of their lines.
fn contradicted(record: &Record) -> Option<Note> {
    let again = again(record, Agreement::Contrary);
    (!again.is_empty()).then(|| Note::Both {
        zh_cn: format!("有 {} 行与前面的同一个问题标注不同，总有一处会算错（行号 {}）", again.len(), lines(&again, "，")),
        en: format!(
            "{} lines expect something else than an earlier line with the same question, so that one of them counts as wrong (lines {})",
            again.len(),
            lines(&again, ", ")
        ),
    })
}

/// Counts by name in words, those with most first; the order of `names` among equals.
fn listed(names: &[&'static str], counts: &BTreeMap<&str, usize>, label: fn(&str, Locale) -> &str, locale: Locale) -> String {
    let mut counted: Vec<(&str, usize)> = names.iter().filter_map(|name| Some((*name, *counts.get(name)?))).collect();
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let one = |(name, count): &(&str, usize)| {
        locale.pick(format!("{}：{count}", label(name, locale)), format!("{}: {count}", label(name, locale)))
    };
    counted.iter().map(one).collect::<Vec<_>>().join(locale.pick("；", "; "))
}

fn ruled(record: &Record) -> Option<Note> {
    let taken = taken_by_rules(record)?;
    let all: usize = taken.values().sum();
    let answerable = record.asked.iter().filter(|asked| asked.in_scope()).count();
    let by = |locale| listed(&TAKING.map(Rule::name), &taken, rules::rule_label, locale);
    (all > 0).then(|| Note::Both {
        zh_cn: format!(
            "可答的 {answerable} 个问题里有 {all} 个先被规则截走，到不了文章（{}）；各项指标只衡量把握度，没有计入",
            by(Locale::ZhCn)
        ),
        en: format!(
            "{all} of {answerable} answerable questions never reach the articles ({}); the figures are those of the confidence alone",
            by(Locale::En)
        ),
    })
}

fn withheld(record: &Record) -> Option<Note> {
    let held = held_back(record)?;
    let all: usize = held.values().sum();
    let answerable = record.asked.iter().filter(|asked| asked.in_scope()).count();
    let by = |locale| listed(&Held::ALL.map(Held::name), &held, rules::held_label, locale);
    (all > 0).then(|| Note::Both {
        zh_cn: format!(
            "可答的 {answerable} 个问题里有 {all} 个把握度够，却不会直接回答（{}）；各项指标只衡量把握度，没有计入",
            by(Locale::ZhCn)
        ),
        en: format!(
            "{all} of {answerable} answerable questions are sure enough and get no answer all the same ({}); the figures are those of the confidence alone",
            by(Locale::En)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::record::Asked;
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
        let want = "3 of 4 answerable questions never reach the articles (only the customer's own data can answer it: 2; \
                    the message attempts misuse: 1); the figures";
        assert!(said.starts_with(want), "{said}");
        let said = notes[0].text(Locale::ZhCn);
        assert!(said.contains("4 个问题里有 3 个先被规则截走，到不了文章（要查顾客本人的订单才能回答：2；疑似滥用：1）"), "{said}");
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

    #[test]
    fn answers_that_are_held_back_are_counted_where_the_confidence_would_give_them() {
        let held =
            |expected: &str, confidence, by: &str| Asked { held_back: Some(by.to_owned()), ..asked("问", expected, &["a"], confidence) };
        let mut rows = vec![held("a", 0.9, "rival"), held("a", 0.9, "contradiction"), held("a", 0.8, "rival"), held("a", 0.2, "twin")];
        rows.push(held("", 0.9, "twin"));
        rows.push(Asked { rule: Some("misuse".to_owned()), ..held("a", 0.9, "twin") });
        let mut record = record(rows);
        assert_eq!(held_back(&record), Some(BTreeMap::from([("contradiction", 1), ("rival", 2)])));
        let note = withheld(&record).unwrap();
        let want = "3 of 5 answerable questions are sure enough and get no answer all the same (another article is about as likely: 2; \
                    a number, a code, a negation or an opposite is contradicted: 1)";
        assert!(note.text(Locale::En).starts_with(want), "{note:?}");
        assert!(note.text(Locale::ZhCn).contains("另有一篇几乎同样可能：2；数字"), "{note:?}");
        record.format = WITH_HELD_BACK - 1;
        assert_eq!(held_back(&record), None, "an old record does not know");
    }

    #[test]
    fn lines_that_ask_the_same_are_told_by_how_their_labels_agree() {
        let row = |sheet: &str, line, question: &str, expected: &str| Asked {
            sheet: Some(sheet.to_owned()).filter(|sheet| !sheet.is_empty()),
            line,
            ..asked(question, expected, &["a"], 0.9)
        };
        let said =
            |rows: Vec<Asked>| -> Vec<String> { of_questions(&record(rows)).iter().map(|note| note.text(Locale::En).to_owned()).collect() };
        let overlap = said(vec![row("", 2, "退款", "refund fee"), row("", 3, "退款？", "refund")]);
        assert!(overlap.len() == 1 && overlap[0].ends_with("each counts by its own label (lines 2/3)"), "{overlap:?}");
        let contrary = said(vec![row("", 2, "退款", "refund fee"), row("", 3, "退款", "refund"), row("", 4, "退款", "fee")]);
        assert!(contrary.len() == 2 && contrary[1].ends_with("counts as wrong (lines 3/4)"), "{contrary:?}");
        let none = said(vec![row("", 2, "退款", ""), row("", 3, "退款", "refund")]);
        assert!(none.len() == 1 && none[0].contains("counts as wrong"), "{none:?}");
        let sheets = said(vec![row("甲", 2, "退款", "a"), row("乙", 2, "退款", "a")]);
        assert!(sheets[0].ends_with("(lines 甲:2/乙:2)"), "{sheets:?}");
    }
}
