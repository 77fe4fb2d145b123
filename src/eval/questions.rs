//! Question sets: what is asked and what would be right.
//!
//! A set is JSONL or a table (CSV, TSV, XLSX). Either way a question says outright that no article answers it (`none`): a label that
//! somebody forgot must not become an out-of-scope question.

mod again;
mod columns;
mod error;

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::domain::ids::ArticleId;
use crate::domain::wording::Wording;
use crate::eval::visible;
use crate::kb::sheets::{Content, content, records};
use crate::kb::{Oddity, Place, Record, Separators, split_cell};
use crate::text::hex::hex;
use crate::text::normalize::{clean, fold, phrasing_key};
use crate::text::unreadable;

use again::contradictions;
use columns::{Column, Columns};

pub use again::{Agreement, Before};
pub use error::{Form, QuestionsError, Wrong};

/// One labelled question.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledQuestion {
    /// The sheet, in a workbook that has several with text.
    pub sheet: Option<String>,
    /// Line of the file, from 1; the row in a workbook.
    pub line: usize,
    /// The question.
    pub question: String,
    /// Articles that would answer it; empty when none does.
    pub expected: Vec<ArticleId>,
    /// The part of the set it belongs to.
    pub slice: Option<String>,
}

impl LabelledQuestion {
    /// Whether any article answers it.
    pub fn in_scope(&self) -> bool {
        !self.expected.is_empty()
    }
}

/// What questions of a file are checked against.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Which articles there are.
    pub known: &'a dyn Fn(&ArticleId) -> bool,
    /// Characters of a question that customers may send: a longer one is never asked, and would take minutes.
    pub chars: usize,
}

/// What a file of labelled questions holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Labelled {
    /// The questions.
    pub questions: Vec<LabelledQuestion>,
    /// Columns and keys that are not read, each list with its file or sheet.
    pub ignored: Vec<(String, Vec<String>)>,
}

impl Labelled {
    /// That something is not read: a misspelt column of labels would be missed by nobody.
    pub fn note(&self) -> Option<Wording> {
        let listed = |joint: &str, names: &[String]| visible(&names.join(joint));
        let said = |colon: &str, joint: &str, end: &str| {
            self.ignored.iter().map(|(file, names)| format!("{file}{colon}{}", listed(joint, names))).collect::<Vec<_>>().join(end)
        };
        (!self.ignored.is_empty()).then(|| {
            Wording::new(
                format!("没有读取的列：{}", said("：", "、", "；")),
                format!("columns that are not read: {}", said(": ", ", ", "; ")),
            )
        })
    }
}

/// What says that no article answers, folded to letters.
const NONE: [&str; 3] = ["none", "无", "没有"];
/// What people write for the same, folded; an article of that id is meant instead where there is one.
const ALSO_NONE: [&str; 8] = ["-", "--", "–", "—", "——", "n/a", "没有文章", "无文章"];
/// What people put between ids, in a cell or in a text of JSON.
const BETWEEN: [char; 7] = [',', '，', '、', '/', '|', ';', '；'];

fn is_none(text: &str, known: &dyn Fn(&ArticleId) -> bool) -> bool {
    let also = || ALSO_NONE.contains(&fold(text).trim()) && !is_known(text, known);
    text.trim() == "[]" || NONE.contains(&phrasing_key(text).as_str()) || also()
}

fn is_known(text: &str, known: &dyn Fn(&ArticleId) -> bool) -> bool {
    text.parse::<ArticleId>().is_ok_and(|id| known(&id))
}

/// Whether a text is several ids of articles that there are, put together otherwise than ids are.
fn is_several(text: &str, known: &dyn Fn(&ArticleId) -> bool) -> bool {
    let parts = || text.split(BETWEEN).map(str::trim);
    parts().nth(1).is_some() && parts().all(|part| is_known(part, known))
}

/// Whether a text can only be one id: neither several nor a word for none. For who does not know which articles there are.
pub fn is_one_id(text: &str) -> bool {
    !text.contains(BETWEEN) && !ALSO_NONE.contains(&fold(text).trim())
}

/// Reads a question file that something is decided by, as [`read_as_labelled`] does, and refuses questions that stand twice with articles
/// of which none is right by both labels: one of them is a slip.
pub fn read(path: &Path, limits: Limits<'_>) -> Result<Labelled, QuestionsError> {
    let rows = rows(path, limits)?;
    let wrong = contradictions(&rows.read);
    if wrong.is_empty() { Ok(rows.labelled()) } else { Err(QuestionsError::lines(wrong)) }
}

/// Reads a question file. `expected` is an id, several of which any is right (a list in JSON; in a cell separated by `|`, `;` or
/// line breaks), or `none`. Lines that are wrong are refused together, unknown ids and over-long questions among them. A question may stand
/// twice with different articles: people who label thousands disagree at times, and the others are worth measuring all the same.
pub fn read_as_labelled(path: &Path, limits: Limits<'_>) -> Result<Labelled, QuestionsError> {
    Ok(rows(path, limits)?.labelled())
}

fn rows<'a>(path: &Path, limits: Limits<'a>) -> Result<Rows<'a>, QuestionsError> {
    let file = path.display().to_string();
    let mut rows = Rows { limits, sheet: None, read: Vec::new(), ignored: Vec::new(), wrong: Vec::new() };
    match content(path, &file).map_err(|source| QuestionsError::File { source: Box::new(source) })? {
        Content::Text(text) if text.trim_start().starts_with('{') => json(&file, &text, &mut rows),
        Content::Text(text) => {
            let is_header = |fields: &[String]| Columns::of(fields.iter().map(String::as_str)).are_labelled();
            let first = text.lines().position(|line| !line.trim().is_empty()).unwrap_or(0) + 1;
            match records(&text, &is_header) {
                Some(records) => table(&file, &records, &mut rows)?,
                None if text.trim().is_empty() => {}
                None if text.trim_start().starts_with('[') => {
                    let (zh, en) = ("这是 JSON 数组：请每行写一个对象（JSONL）", "a JSON array: write one object a line (JSONL)");
                    return Err(QuestionsError::line(&file, first, zh, en));
                }
                None => return Err(no_header(&file, first)),
            }
        }
        Content::Sheets(sheets) => {
            for (name, records) in &sheets {
                rows.sheet = name.strip_prefix(&format!("{file}#")).map(str::to_owned);
                table(name, records, &mut rows)?;
            }
        }
    }
    match rows {
        Rows { wrong, .. } if !wrong.is_empty() => Err(QuestionsError::lines(wrong)),
        Rows { read, .. } if read.is_empty() => Err(QuestionsError::Empty { form: Form::Labelled, file }),
        rows => Ok(rows),
    }
}

/// Rows as they are read: good ones, and what is wrong with the others.
struct Rows<'a> {
    limits: Limits<'a>,
    /// The sheet that is being read, where there are several.
    sheet: Option<String>,
    read: Vec<(Place, LabelledQuestion)>,
    ignored: Vec<(String, Vec<String>)>,
    wrong: Vec<Wrong>,
}

impl Rows<'_> {
    fn labelled(self) -> Labelled {
        Labelled { questions: self.read.into_iter().map(|(_, question)| question).collect(), ignored: self.ignored }
    }

    /// Remembers names that are not read, each once.
    fn ignore<'n>(&mut self, file: &str, names: impl Iterator<Item = &'n str>) {
        for name in names {
            match self.ignored.last_mut().filter(|(last, _)| last == file) {
                Some((_, all)) if all.iter().any(|known| known == name) => {}
                Some((_, all)) => all.push(name.to_owned()),
                None => self.ignored.push((file.to_owned(), vec![name.to_owned()])),
            }
        }
    }

    fn wrong(&mut self, file: &str, line: usize, zh: impl Into<String>, en: impl Into<String>) {
        self.wrong.push(Wrong { place: Place::new(file, line as u64), detail: Wording::new(zh, en) });
    }
}

fn json(file: &str, text: &str, rows: &mut Rows<'_>) {
    for (at, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let object: Map<String, Value> = match serde_json::from_str(line) {
            Ok(object) => object,
            Err(error) => {
                let what = unreadable::json(&error);
                rows.wrong(file, at, format!("不是 JSON 对象：{}", what.zh), format!("no JSON object: {}", what.en));
                continue;
            }
        };
        let keys: Vec<&str> = object.keys().map(String::as_str).collect();
        let columns = Columns::of(keys.iter().copied());
        if let Some(detail) = columns.doubled(|at| keys[at].to_owned()) {
            rows.wrong(file, at, detail.zh, detail.en);
            continue;
        }
        rows.ignore(file, columns.ignored().iter().map(|at| keys[*at]));
        let known = rows.limits.known;
        let get = |wanted| columns.place(wanted).and_then(|at| object.get(keys[at]));
        let question = get(Column::Question).and_then(Value::as_str).ok_or(Column::Question);
        let slice = match get(Column::Slice) {
            None | Some(Value::Null) => Ok(""),
            Some(value) => value.as_str().ok_or(Column::Slice),
        };
        let expected = match get(Column::Expected) {
            Some(Value::Array(ids)) => {
                let ids: Option<Vec<String>> = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
                ids.map(|ids| if ids.is_empty() { Expected::None } else { Expected::of(ids, known) }).ok_or(Column::Expected)
            }
            Some(Value::String(id)) => Ok(Expected::of(vec![id.clone()], known)),
            None | Some(Value::Null) => Ok(Expected::Forgotten),
            Some(_) => Err(Column::Expected),
        };
        match (question, slice, expected) {
            (Ok(question), Ok(slice), Ok(expected)) => labelled(file, at, question, expected, slice, rows),
            (Err(column), ..) | (_, Err(column), _) | (.., Err(column)) => {
                rows.wrong(file, at, format!("{} 应为文字", column.zh()), format!("{} must be a text", column.en()));
            }
        }
    }
}

fn no_header(file: &str, line: usize) -> QuestionsError {
    QuestionsError::line(
        file,
        line,
        "首行应是列名，至少有问题（question）和期望（expected）两列",
        "the first line must name the columns, at least question and expected (问题, 期望)",
    )
}

fn table(file: &str, all: &[Record], rows: &mut Rows<'_>) -> Result<(), QuestionsError> {
    let mut records = all.iter().filter(|record| !record.is_blank());
    let Some(first) = records.next() else { return Ok(()) };
    let columns = Columns::of(first.fields.iter().map(String::as_str));
    if !columns.are_labelled() {
        return Err(no_header(file, first.line as usize));
    }
    if let Some(detail) = columns.doubled(|at| first.fields[at].trim().to_owned()) {
        return Err(QuestionsError::line(file, first.line as usize, detail.zh, detail.en));
    }
    rows.ignore(file, columns.ignored().iter().map(|at| first.fields[*at].trim()));
    let known = rows.limits.known;
    let places = [Column::Question, Column::Expected, Column::Slice].map(|column| columns.place(column));
    for record in records {
        let line = record.line as usize;
        let odd = match record.oddity {
            Some(Oddity::OpenQuote) => Some(("引号没有闭合", "a quote is never closed")),
            Some(Oddity::ErrorCell) => Some(("单元格里是公式错误", "a cell shows a formula's error")),
            Some(Oddity::LiteralQuote) | None => (record.fields.len() > first.fields.len())
                .then_some(("字段多于列名：含分隔符的文字要加引号", "more fields than columns: quote texts that hold the delimiter")),
        };
        if let Some((zh, en)) = odd {
            rows.wrong(file, line, zh, en);
            continue;
        }
        let [question, cell, slice] = places.map(|place| place.and_then(|place| record.fields.get(place)).map_or("", |text| text.trim()));
        let expected = match split_cell(cell, Separators::Phrasings) {
            ids if ids.is_empty() => Expected::Forgotten,
            ids => Expected::of(ids, known),
        };
        labelled(file, line, question, expected, slice, rows);
    }
    Ok(())
}

/// What a row says is right.
enum Expected {
    None,
    AnyOf(Vec<String>),
    Forgotten,
    /// That none answers, and ids beside it.
    Both,
}

impl Expected {
    /// What ids say, or the word for none.
    fn of(ids: Vec<String>, known: &dyn Fn(&ArticleId) -> bool) -> Self {
        match ids.iter().filter(|id| is_none(id, known)).count() {
            0 => Expected::AnyOf(ids),
            nones if nones == ids.len() => Expected::None,
            _ => Expected::Both,
        }
    }
}

/// That a question has more characters than customers may send.
fn too_long(chars: usize, most: usize) -> (String, String) {
    (
        format!("问题有 {chars} 个字符，最多 {most} 个（limits.question_chars）"),
        format!("the question has {chars} characters, at most {most} are taken (limits.question_chars)"),
    )
}

/// Adds a row, or what is wrong with it.
fn labelled(file: &str, line: usize, question: &str, expected: Expected, slice: &str, rows: &mut Rows<'_>) {
    if question.trim().is_empty() {
        return rows.wrong(file, line, "问题是空的", "the question is empty");
    }
    if question.contains('\u{fffd}') {
        return rows.wrong(file, line, "问题里有无法解码的字节", "the question holds bytes that cannot be decoded");
    }
    let (chars, most) = (clean(question).chars().count(), rows.limits.chars);
    if chars > most {
        let (zh, en) = too_long(chars, most);
        return rows.wrong(file, line, zh, en);
    }
    let given = match expected {
        Expected::None => Vec::new(),
        Expected::AnyOf(ids) => ids,
        Expected::Forgotten => {
            return rows.wrong(
                file,
                line,
                "没有写明期望的文章；没有文章能回答时写 none",
                "it does not say which article is expected; where none answers, write none",
            );
        }
        Expected::Both => {
            return rows.wrong(
                file,
                line,
                "none 不能与文章编号并列：没有文章能回答时只写 none，否则只写编号",
                "none cannot stand beside ids: write none alone where no article answers, else the ids alone",
            );
        }
    };
    let mut ids: Vec<ArticleId> = Vec::with_capacity(given.len());
    let found = rows.wrong.len();
    for text in given {
        match text.parse::<ArticleId>() {
            Err(_) | Ok(_) if !is_known(&text, rows.limits.known) && is_several(&text, rows.limits.known) => rows.wrong(
                file,
                line,
                format!("“{text}”是几个编号：单元格里用 | 分隔，JSON 里写成列表"),
                format!("{text} is several ids: separate them by | in a cell, write a list in JSON"),
            ),
            Err(error) => rows.wrong(file, line, format!("“{text}”不是文章编号"), format!("{error}")),
            Ok(id) if !(rows.limits.known)(&id) => {
                rows.wrong(file, line, format!("知识库里没有文章 {id}"), format!("article {id} is not in the knowledge base"));
            }
            Ok(id) if !ids.contains(&id) => ids.push(id),
            Ok(_) => {}
        }
    }
    if rows.wrong.len() == found {
        let slice = Some(slice.trim()).filter(|slice| !slice.is_empty()).map(str::to_owned);
        let sheet = rows.sheet.clone();
        let question = LabelledQuestion { sheet, line, question: question.to_owned(), expected: ids, slice };
        rows.read.push((Place::new(file, line as u64), question));
    }
}

/// Hex SHA-256 of what is asked and expected; the form and the order of the file do not matter.
pub fn fingerprint(questions: &[LabelledQuestion]) -> String {
    let mut lines: Vec<String> = questions
        .iter()
        .map(|q| serde_json::json!([q.question, q.expected.iter().map(ArticleId::as_str).collect::<Vec<_>>(), q.slice]).to_string())
        .collect();
    lines.sort();
    hex(&Sha256::digest(lines.join("\n").as_bytes()))
}

/// Reads unlabelled questions: one a line, or JSONL with `question`. Those of the `tested` set are left out, by normalised text, as
/// they must not count for their own calibration; there may be none left. A question of more than `most` characters is refused.
pub fn read_log(path: &Path, tested: &[LabelledQuestion], most: usize) -> Result<Vec<String>, QuestionsError> {
    let file = path.display().to_string();
    let wrong = |line: usize, zh: &str, en: &str| QuestionsError::of(Form::Log, Place::new(&file, line as u64), Wording::new(zh, en));
    let Content::Text(text) = content(path, &file).map_err(|source| QuestionsError::File { source: Box::new(source) })? else {
        return Err(wrong(1, "日志应是文本文件，每行一个问题", "a log is a text file with a question a line"));
    };
    let tested = keys(tested);
    let (mut log, mut read) = (Vec::new(), 0usize);
    for (at, line) in (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()) {
        let question = if line.starts_with('{') {
            let value: Option<Value> = serde_json::from_str(line).ok();
            let question = value.as_ref().and_then(|value| value.get("question")?.as_str().map(str::to_owned));
            question.ok_or_else(|| wrong(at, "不是带 question 的 JSON 对象", "no JSON object with a question"))?
        } else {
            line.to_owned()
        };
        let chars = clean(&question).chars().count();
        if chars > most {
            let (zh, en) = too_long(chars, most);
            return Err(wrong(at, &zh, &en));
        }
        read += 1;
        if !tested.contains(&phrasing_key(&question)) {
            log.push(question);
        }
    }
    if read == 0 { Err(QuestionsError::Empty { form: Form::Log, file }) } else { Ok(log) }
}

/// The questions that are not among the tested ones.
pub fn untested(questions: Vec<LabelledQuestion>, tested: &[LabelledQuestion]) -> Vec<LabelledQuestion> {
    let tested = keys(tested);
    questions.into_iter().filter(|question| !tested.contains(&phrasing_key(&question.question))).collect()
}

fn keys(questions: &[LabelledQuestion]) -> HashSet<String> {
    questions.iter().map(|question| phrasing_key(&question.question)).collect()
}

#[cfg(test)]
mod tests;
