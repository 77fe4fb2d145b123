//! Fills the template.

use askama::Template;

use super::figures::{self, Group};
use super::format::{confidence, percent};
use super::misses::{self, Kind};
use super::numbers::{Outcome, best_at, bins, share, sweep};
use super::plot::{Failed, Plot};
use super::verdict::{Observed, Promise};
use super::{ReportError, curve, histogram, reliability, words};
use crate::domain::locale::Locale;
use crate::eval::metrics::{self, Figure};
use crate::eval::notes;
use crate::eval::record::{Asked, Note, Record, Source};

/// Precisions that editors ask for.
const PRECISIONS: [f64; 3] = [0.90, 0.95, 0.99];

#[derive(Template)]
#[template(path = "eval/report/page.html", config = "src/askama.toml")]
struct Page<'a> {
    /// The language: texts stand in the template, both beside each other.
    l: Locale,
    record: &'a Record,
    /// Of the question file, without its directories.
    name: &'a str,
    style: &'static str,
    promise: Promise,
    sentence: String,
    /// What the reader should know.
    notes: Vec<Note>,
    facts: Vec<Fact>,
    groups: Vec<Group>,
    plots: Vec<Plot>,
    attainable: Vec<Attainable>,
    kinds: Vec<Kind>,
    /// The line that the misses are told by.
    line: String,
}

/// What was measured, by name.
struct Fact {
    name: &'static str,
    value: String,
    /// Names of files and fingerprints, which may break anywhere.
    code: Option<String>,
}

/// Coverage at a precision.
struct Attainable {
    wanted: String,
    /// Whether the software chose the line, and not hindsight.
    chosen: bool,
    coverage: String,
    precision: String,
    line: String,
}

/// The page about `record`.
pub fn page(record: &Record, locale: Locale) -> Result<String, ReportError> {
    let asked: Vec<&Asked> = record.asked.iter().collect();
    let outcomes = sweep(&asked);
    let chosen = Outcome::chosen(&asked, &record.lines);
    let in_scope = asked.iter().filter(|asked| asked.in_scope()).count();
    let report = metrics::report(&record.asked, &record.lines);
    let observed = Observed {
        questions: asked.len(),
        answered: chosen.answered,
        too_few: report.all.too_few_answers(),
        precision: report.all.figures.get(Figure::Precision),
        interval: report.all.intervals.get(Figure::Precision),
        coverage: report.all.figures.get(Figure::Coverage),
    };
    let promise = Promise::judge(&record.lines, &observed);
    let line = record.lines.answer.unwrap_or(record.lines.accurate);
    let page = Page {
        l: locale,
        record,
        name: record.questions.name.rsplit(['/', '\\']).next().unwrap_or_default(),
        style: include_str!("style.css"),
        promise,
        sentence: promise.sentence(&record.lines, &observed, locale),
        notes: record.calibration.notes.iter().cloned().chain(notes::of_questions(record)).collect(),
        facts: facts(record, in_scope, locale),
        groups: figures::groups(&report, locale),
        plots: plots(&asked, &outcomes, record, locale).map_err(|source| ReportError::Plot { source })?,
        attainable: attainable(&outcomes, &chosen, in_scope, record),
        kinds: misses::kinds(record, line, locale),
        line: confidence(line),
    };
    page.render().map_err(|source| ReportError::Page { source })
}

fn facts(record: &Record, in_scope: usize, locale: Locale) -> Vec<Fact> {
    let fact = |zh, en, value: String, code: Option<String>| Fact { name: locale.pick(zh, en), value, code };
    let short = |source: &Source| Some(format!("{} · {}", source.name, fingerprint(&source.fingerprint)));
    let outside = record.asked.len() - in_scope;
    let questions = locale.pick(
        format!("{} 个：可答 {in_scope}，范围外 {outside}", record.asked.len()),
        format!("{}: {in_scope} answerable, {outside} out of scope", record.asked.len()),
    );
    let articles = locale.pick(format!("{} 篇", record.knowledge.count), record.knowledge.count.to_string());
    let calibration = &record.calibration;
    let model = match &record.model {
        Some(model) => fact("编码模型", "Encoder", model.name.clone(), Some(fingerprint(&model.fingerprint).to_owned())),
        None => fact("编码模型", "Encoder", locale.pick("未用，只靠关键词", "none: keywords alone").to_owned(), None),
    };
    let line = record.lines.answer.map_or_else(|| locale.pick("无：不自动回答", "none: nothing is answered").to_owned(), confidence);
    vec![
        fact("目标精确率", "Target precision", percent(record.lines.target_precision), None),
        fact("回答线（把握度）", "Answered from confidence", line, None),
        fact("文章", "Articles", articles, short(&record.knowledge)),
        fact("问题", "Questions", questions, short(&record.questions)),
        fact("检索方式", "Search", words::mode(&record.mode, locale), None),
        model,
        fact("校准", "Calibration", words::calibration(&calibration.kind, locale), Some(fingerprint(&calibration.version).to_owned())),
        fact(
            "范围外问题的比例",
            "Share out of scope",
            format!("{}{}", percent(calibration.out_of_scope_share), locale.pick("：", ": "))
                + &words::share_from(&calibration.share_from, locale),
            None,
        ),
        fact("配置", "Configuration", String::new(), Some(fingerprint(&record.configuration).to_owned())),
        fact("程序", "Program", format!("jieda {}", record.program), None),
        fact(
            "时间",
            "Made",
            locale.pick(format!("{}，用时 {:.1} 秒", when(record), record.seconds), format!("{} in {:.1} s", when(record), record.seconds)),
            None,
        ),
    ]
}

/// As much of a fingerprint as tells two apart.
fn fingerprint(hex: &str) -> &str {
    hex.char_indices().nth(12).map_or(hex, |(end, _)| &hex[..end])
}

/// The record's time as people read it; as it stands if it is none.
fn when(record: &Record) -> String {
    let time = record.made_at.parse::<jiff::Timestamp>();
    time.map_or_else(|_| record.made_at.clone(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

fn plots(asked: &[&Asked], outcomes: &[Outcome], record: &Record, locale: Locale) -> Result<Vec<Plot>, Failed> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let lines = &record.lines;
    Ok(vec![
        curve::risk_coverage(outcomes, &Outcome::chosen(asked, lines), lines, locale)?,
        reliability::reliability(&bins(asked), locale)?,
        histogram::histogram(asked, lines, locale)?,
    ])
}

fn attainable(outcomes: &[Outcome], chosen: &Outcome, in_scope: usize, record: &Record) -> Vec<Attainable> {
    let row = |wanted, chosen, outcome: Option<&Outcome>| Attainable {
        wanted,
        chosen,
        coverage: outcome.and_then(|outcome| share(outcome.in_scope, in_scope)).map_or("–".to_owned(), percent),
        precision: outcome.and_then(Outcome::precision).map_or("–".to_owned(), percent),
        line: outcome.map(|outcome| outcome.line).filter(|line| line.is_finite()).map_or("–".to_owned(), confidence),
    };
    let mut rows: Vec<Attainable> =
        PRECISIONS.into_iter().map(|wanted| row(percent(wanted), false, best_at(outcomes, wanted).as_ref())).collect();
    rows.push(row(percent(record.lines.target_precision), true, Some(chosen)));
    rows
}
