//! `jieda eval baseline` and `jieda eval gate`: what later runs must not fall behind.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Value, json};

use super::run::{Pinned, evaluate, keep};
use super::{figures, kept, told, visible};
use crate::cli::checked::{Gate, GatedRun};
use crate::cli::output::print;
use crate::cli::session::{Session, Status};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::error::Failure;
use crate::eval::gate::{Baseline, Miss, broken};
use crate::eval::questions::Limits;
use crate::eval::record::Asked;
use crate::eval::{metrics, questions, rules};

/// Prints the baseline of a run.
pub async fn baseline(record: String, tolerance: f64, session: &Session) -> Result<Status, Failure> {
    let record = kept::find(&record, session)?;
    let baseline = session.blocking(move || Ok(Baseline::of(&record, &metrics::report(&record.asked, &record.lines), tolerance))).await?;
    print(&format!("{:#}\n", json!(baseline)))?;
    Ok(Status::Done)
}

/// Holds a run to a baseline and to pinned questions. Status 1 if it falls behind.
pub async fn gate(gate: Gate, session: &Session) -> Result<Status, Failure> {
    let Gate { baseline: path, run, pinned } = gate;
    let baseline = Baseline::read(&path)?;
    let (record, pinned) = match run {
        GatedRun::Made(evaluation) => {
            let (record, pinned) = evaluate(*evaluation, pinned, session).await?;
            keep(&record, session);
            (record, pinned)
        }
        GatedRun::Kept(name) => {
            let record = kept::find(&name, session)?;
            // The articles of a kept run are not at hand, but for those that it names: another id shows as a pinned question that breaks.
            let found = |asked: &Asked| asked.ranked.iter().map(|found| found.id.clone()).chain(asked.expected.clone()).collect::<Vec<_>>();
            let named: HashSet<String> = record.asked.iter().flat_map(found).collect();
            let known = |id: &ArticleId| named.contains(id.as_str()) || questions::is_one_id(id.as_str());
            let limits = Limits { known: &known, chars: session.config.limits.question_chars };
            let labelled = pinned.map(|path| questions::read(&path, limits)).transpose()?;
            let questions = labelled.map_or_else(Vec::new, |labelled| told(labelled, session.manner));
            let asked = record.asked.clone();
            (record, Pinned { questions, asked })
        }
    };
    let (questions, pins) = (record.asked.len(), pinned.questions.len());
    let misses = session
        .blocking(move || {
            let report = metrics::report(&record.asked, &record.lines);
            let mut misses = baseline.misses(&record, &report)?;
            misses.extend(broken(&pinned.questions, &pinned.asked, &record.lines, record.format)?);
            Ok(misses)
        })
        .await?;
    session.manner.show(
        || json!({ "passed": misses.is_empty(), "questions": questions, "pinned": pins, "misses": misses.iter().map(miss_value).collect::<Vec<_>>() }),
        || text(&misses, &path, pins, session.manner.locale),
    )?;
    Ok(if misses.is_empty() { Status::Done } else { Status::Negative })
}

fn miss_value(miss: &Miss) -> Value {
    match miss {
        Miss::Promise { target_precision, precision } => {
            json!({ "kind": "promise", "target_precision": target_precision, "precision": precision })
        }
        Miss::Figure { slice, figure, bound, value } => json!({
            "kind": "figure",
            "slice": slice,
            "figure": figure.path(),
            "was": bound.value,
            "tolerance": bound.tolerance,
            "is": value,
        }),
        Miss::Pinned { line, question, expected, found, confidence, rule, held_back } => json!({
            "kind": "pinned",
            "line": line,
            "question": question,
            "expected": expected,
            "found": found,
            "confidence": confidence,
            "rule": rule,
            "held_back": held_back,
        }),
    }
}

fn text(misses: &[Miss], baseline: &Path, pinned: usize, locale: Locale) -> String {
    let baseline = baseline.display();
    if misses.is_empty() {
        return locale.pick(
            format!("没有落后于 {baseline}，{pinned} 个钉住的问题都正确\n"),
            format!("not behind {baseline}, all {pinned} pinned questions hold\n"),
        );
    }
    let mut text: String = misses.iter().map(|miss| miss_text(miss, locale)).collect();
    let count = misses.len();
    text.push_str(&locale.pick(format!("{count} 处落后于 {baseline}\n"), format!("behind {baseline} in {count} places\n")));
    text
}

fn miss_text(miss: &Miss, locale: Locale) -> String {
    let number = |value: &Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.4}"));
    match miss {
        Miss::Promise { target_precision, precision } => locale.pick(
            format!("目标精确率 {target_precision} 曾守住，现在没有：{}\n", number(precision)),
            format!("the target precision {target_precision} was kept and is no longer: {}\n", number(precision)),
        ),
        Miss::Figure { slice, figure, bound, value } => {
            let slice = slice.as_ref().map_or(String::new(), |slice| format!("[{}] ", visible(slice)));
            let (name, was, tolerance, is) = (figures::name(*figure, locale), bound.value, bound.tolerance, number(value));
            locale.pick(
                format!("{slice}{name}：原为 {was:.4}（容差 {tolerance:.4}），现为 {is}\n"),
                format!("{slice}{name}: was {was:.4} (tolerance {tolerance:.4}), is {is}\n"),
            )
        }
        Miss::Pinned { line, question, expected, found, confidence, rule, held_back } => {
            let expected = match expected[..] {
                [] => locale.pick("无", "none").to_owned(),
                _ => visible(&expected.join(" | ")),
            };
            let found = match (found, confidence) {
                (_, None) => locale.pick("没有问过", "not asked").to_owned(),
                (None, Some(_)) => locale.pick("没有找到文章", "no article found").to_owned(),
                (Some(found), Some(confidence)) => format!("{} {confidence:.2}", visible(found)),
            };
            let taken = match (rule, held_back) {
                (Some(rule), _) => {
                    let rule = visible(rules::rule_label(rule, locale));
                    locale.pick(format!("，但先被规则截走：{rule}"), format!(", but a rule takes it first: {rule}"))
                }
                (None, Some(by)) => {
                    let by = visible(rules::held_label(by, locale));
                    locale.pick(format!("，但不会直接回答：{by}"), format!(", but the answer is held back: {by}"))
                }
                (None, None) => String::new(),
            };
            let question = visible(question);
            locale.pick(
                format!("钉住的第 {line} 行“{question}”：应答 {expected}，现为 {found}{taken}\n"),
                format!("pinned, line {line}, \"{question}\": must be answered by {expected}, is {found}{taken}\n"),
            )
        }
    }
}
