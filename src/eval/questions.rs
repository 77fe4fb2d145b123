//! Question sets: what is asked and what would be right.
//!
//! A set is JSONL or a table (CSV, TSV, XLSX). Either way a question says outright that no article answers it (`none`): a label that
//! somebody forgot must not become an out-of-scope question.

mod error;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::domain::ids::ArticleId;
use crate::domain::wording::Wording;
use crate::kb::sheets::{Content, content, records};
use crate::kb::{Oddity, Place, Record, Separators, header_key, split_cell};
use crate::text::hex::hex;
use crate::text::normalize::phrasing_key;
use crate::text::unreadable;

pub use error::{Form, QuestionsError, Wrong};

/// One labelled question.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledQuestion {
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

/// What a column or key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Question,
    Expected,
    Slice,
}

/// The names of columns and keys, folded as headers are.
const NAMES: [(Column, &[&str]); 3] = [
    (Column::Question, &["question", "q", "query", "text", "问题", "问", "提问", "顾客问题", "用户问题", "测试问题"]),
    (
        Column::Expected,
        &[
            "expected",
            "expectedarticle",
            "expectedarticles",
            "article",
            "articles",
            "articleid",
            "articleids",
            "label",
            "期望",
            "预期",
            "期望文章",
            "预期文章",
            "正确文章",
            "应答文章",
            "文章",
            "文章编号",
            "文章id",
            "标注",
        ],
    ),
    (Column::Slice, &["slice", "group", "subset", "分组", "组", "组别", "切片", "类别", "分类"]),
];

/// What says that no article answers, folded.
const NONE: [&str; 3] = ["none", "无", "没有"];

fn column(name: &str) -> Option<Column> {
    let key = header_key(name);
    NAMES.iter().find(|(_, names)| names.contains(&key.as_str())).map(|(column, _)| *column)
}

fn is_none(text: &str) -> bool {
    text.trim() == "[]" || NONE.contains(&phrasing_key(text).as_str())
}

/// Reads a question file that something is decided by, as [`read_as_labelled`] does, and refuses questions that stand twice with different
/// articles: one of the labels is a slip.
pub fn read(path: &Path, known: &dyn Fn(&ArticleId) -> bool) -> Result<Vec<LabelledQuestion>, QuestionsError> {
    let rows = rows(path, known)?;
    let wrong = contradictions(&rows);
    if wrong.is_empty() { Ok(rows.into_iter().map(|(_, question)| question).collect()) } else { Err(QuestionsError::lines(wrong)) }
}

/// Reads a question file. `expected` is an id, several of which any is right (a list in JSON; in a cell separated by `|`, `;` or
/// line breaks), or `none`. Lines that are wrong are refused together, ids that `known` does not hold among them. A question may stand
/// twice with different articles: people who label thousands disagree at times, and the others are worth measuring all the same.
pub fn read_as_labelled(path: &Path, known: &dyn Fn(&ArticleId) -> bool) -> Result<Vec<LabelledQuestion>, QuestionsError> {
    Ok(rows(path, known)?.into_iter().map(|(_, question)| question).collect())
}

fn rows(path: &Path, known: &dyn Fn(&ArticleId) -> bool) -> Result<Vec<(Place, LabelledQuestion)>, QuestionsError> {
    let file = path.display().to_string();
    let mut rows = Rows { known, read: Vec::new(), wrong: Vec::new() };
    match content(path, &file).map_err(|source| QuestionsError::File { source: Box::new(source) })? {
        Content::Text(text) if text.trim_start().starts_with('{') => json(&file, &text, &mut rows),
        Content::Text(text) => {
            let is_header = |fields: &[String]| header(fields).is_some();
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
                table(name, records, &mut rows)?;
            }
        }
    }
    match rows {
        Rows { wrong, .. } if !wrong.is_empty() => Err(QuestionsError::lines(wrong)),
        Rows { read, .. } if read.is_empty() => Err(QuestionsError::Empty { form: Form::Labelled, file }),
        Rows { read, .. } => Ok(read),
    }
}

/// Rows as they are read: good ones, and what is wrong with the others.
struct Rows<'a> {
    known: &'a dyn Fn(&ArticleId) -> bool,
    read: Vec<(Place, LabelledQuestion)>,
    wrong: Vec<Wrong>,
}

impl Rows<'_> {
    fn wrong(&mut self, file: &str, line: usize, zh: impl Into<String>, en: impl Into<String>) {
        self.wrong.push(Wrong { place: Place::new(file, line as u64), detail: Wording::new(zh, en) });
    }
}

/// Questions that stand twice with different articles, each with the line where it stands otherwise.
fn contradictions(rows: &[(Place, LabelledQuestion)]) -> Vec<Wrong> {
    let mut seen: HashMap<String, &(Place, LabelledQuestion)> = HashMap::new();
    let expected = |question: &LabelledQuestion| question.expected.iter().cloned().collect::<BTreeSet<ArticleId>>();
    let shown = |question: &LabelledQuestion, none: &str| match &question.expected[..] {
        [] => none.to_owned(),
        ids => ids.iter().map(ArticleId::as_str).collect::<Vec<_>>().join("|"),
    };
    let mut wrong = Vec::new();
    for row in rows {
        let (place, question) = row;
        let (before, first) = *seen.entry(phrasing_key(&question.question)).or_insert(row);
        if expected(first) != expected(question) {
            let detail = Wording::new(
                format!("与第 {} 行是同一个问题，期望却不同：那里是 {}，这里是 {}", before.line, shown(first, "无"), shown(question, "无")),
                format!(
                    "the same question as in line {}, where {} is expected and not {}",
                    before.line,
                    shown(first, "none"),
                    shown(question, "none")
                ),
            );
            wrong.push(Wrong { place: place.clone(), detail });
        }
    }
    wrong
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
        let get = |wanted| object.iter().find(|(key, _)| column(key) == Some(wanted)).map(|(_, value)| value);
        let question = get(Column::Question).and_then(Value::as_str).ok_or("question");
        let slice = match get(Column::Slice) {
            None | Some(Value::Null) => Ok(""),
            Some(value) => value.as_str().ok_or("slice"),
        };
        let expected = match get(Column::Expected) {
            Some(Value::Array(ids)) => {
                let ids: Option<Vec<String>> = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
                ids.map(|ids| if ids.is_empty() { Expected::None } else { Expected::of(ids) }).ok_or("expected")
            }
            Some(Value::String(id)) => Ok(Expected::of(vec![id.clone()])),
            None | Some(Value::Null) => Ok(Expected::Forgotten),
            Some(_) => Err("expected"),
        };
        match (question, slice, expected) {
            (Ok(question), Ok(slice), Ok(expected)) => labelled(file, at, question, expected, slice, rows),
            (Err(name), ..) | (_, Err(name), _) | (.., Err(name)) => {
                rows.wrong(file, at, format!("{name} 应为文字"), format!("{name} must be a text"));
            }
        }
    }
}

/// The places of the columns, if fields name both a question and an expected one.
fn header(fields: &[String]) -> Option<[Option<usize>; 3]> {
    let place = |wanted| fields.iter().position(|name| column(name) == Some(wanted));
    let places = [place(Column::Question), place(Column::Expected), place(Column::Slice)];
    (places[0].is_some() && places[1].is_some()).then_some(places)
}

fn no_header(file: &str, line: usize) -> QuestionsError {
    QuestionsError::line(
        file,
        line,
        "首行应是列名，至少有“问题”和“期望”（question 和 expected）",
        "the first line must name the columns, at least question and expected (问题, 期望)",
    )
}

fn table(file: &str, all: &[Record], rows: &mut Rows<'_>) -> Result<(), QuestionsError> {
    let mut records = all.iter().filter(|record| !record.is_blank());
    let Some(first) = records.next() else { return Ok(()) };
    let Some(places) = header(&first.fields) else { return Err(no_header(file, first.line as usize)) };
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
            ids => Expected::of(ids),
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
    fn of(ids: Vec<String>) -> Self {
        match ids.iter().filter(|id| is_none(id)).count() {
            0 => Expected::AnyOf(ids),
            nones if nones == ids.len() => Expected::None,
            _ => Expected::Both,
        }
    }
}

/// Adds a row, or what is wrong with it.
fn labelled(file: &str, line: usize, question: &str, expected: Expected, slice: &str, rows: &mut Rows<'_>) {
    if question.trim().is_empty() {
        return rows.wrong(file, line, "问题是空的", "the question is empty");
    }
    if question.contains('\u{fffd}') {
        return rows.wrong(file, line, "问题里有无法解码的字节", "the question holds bytes that cannot be decoded");
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
            Err(error) => rows.wrong(file, line, format!("“{text}”不是文章编号"), format!("{error}")),
            Ok(id) if !(rows.known)(&id) => {
                rows.wrong(file, line, format!("知识库里没有文章 {id}"), format!("article {id} is not in the knowledge base"));
            }
            Ok(id) if !ids.contains(&id) => ids.push(id),
            Ok(_) => {}
        }
    }
    if rows.wrong.len() == found {
        let slice = Some(slice.trim()).filter(|slice| !slice.is_empty()).map(str::to_owned);
        let question = LabelledQuestion { line, question: question.to_owned(), expected: ids, slice };
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
/// they must not count for their own calibration; there may be none left.
pub fn read_log(path: &Path, tested: &[LabelledQuestion]) -> Result<Vec<String>, QuestionsError> {
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
mod tests {
    use super::*;
    use crate::domain::locale::Locale;
    use crate::error::{Code, Coded};

    fn read_bytes(name: &str, bytes: &[u8]) -> Result<Vec<LabelledQuestion>, QuestionsError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path, &|id| id.as_str() != "gone")
    }

    fn shown(questions: &[LabelledQuestion]) -> Vec<(usize, &str, Vec<&str>, Option<&str>)> {
        questions
            .iter()
            .map(|q| (q.line, q.question.as_str(), q.expected.iter().map(ArticleId::as_str).collect(), q.slice.as_deref()))
            .collect()
    }

    #[test]
    fn every_form_says_the_same() {
        let want = [
            (2, "退款多久到账？", vec!["refund"], Some("plain")),
            (3, "运费，谁出", vec!["fee", "return"], None),
            (4, "今天天气", vec![], Some("far")),
        ];
        let csv = "问题,期望/文章,分组\n退款多久到账？,refund,plain\n\"运费，谁出\",fee|return,\n今天天气,无,far\n";
        let tsv = "\u{feff}Question\tExpected\tSlice\n退款多久到账？\trefund\tplain\n运费，谁出\tfee；return\t\n今天天气\tNone\tfar\n";
        let gbk = encoding_rs::GB18030.encode(csv).0.into_owned();
        let jsonl = concat!(
            "\n{\"question\":\"退款多久到账？\",\"expected\":\"refund\",\"slice\":\"plain\"}\n",
            "{\"问题\":\"运费，谁出\",\"期望\":[\"fee\",\"return\",\"fee\"],\"分组\":null}\n",
            "{\"question\":\"今天天气\",\"expected\":[],\"slice\":\"far\",\"note\":1}\n"
        );
        for (name, bytes) in [("q.csv", csv.as_bytes()), ("q.tsv", tsv.as_bytes()), ("gbk.csv", &gbk), ("q.jsonl", jsonl.as_bytes())] {
            assert_eq!(shown(&read_bytes(name, bytes).unwrap()), want, "{name}");
        }
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        for (row, cells) in
            [["提问", "期望", "组"], ["退款多久到账？", "refund", "plain"], ["运费，谁出", "fee\nreturn", ""], ["今天天气", "none", "far"]]
                .iter()
                .enumerate()
        {
            for (column, cell) in cells.iter().enumerate() {
                sheet.write_string(row as u32, column as u16, *cell).unwrap();
            }
        }
        assert_eq!(shown(&read_bytes("q.xlsx", &workbook.save_to_buffer().unwrap()).unwrap()), want);
        assert_eq!(
            fingerprint(&read_bytes("q.csv", csv.as_bytes()).unwrap()),
            fingerprint(&read_bytes("q.jsonl", jsonl.as_bytes()).unwrap())
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, want) in [
            ("{\"question\":\"x\",\"expected\":[\"gone\"]}", 1, "gone is not in the knowledge base"),
            ("\n{\"question\":", 2, "no JSON object"),
            ("{\"question\":\"x\",\"expected\":[]}\n{\"question\":", 2, "no JSON object"),
            ("{\"question\":\" \",\"expected\":[]}", 1, "empty"),
            ("{\"question\":\"x\"}", 1, "write none"),
            ("{\"question\":\"x\",\"expected\":null}", 1, "write none"),
            ("{\"question\":\"x\",\"expectd\":[\"a\"]}", 1, "write none"),
            ("{\"question\":\"x\",\"expected\":[\"a/b\"]}", 1, "not a valid article id"),
            ("{\"question\":\"x\",\"expected\":[1]}", 1, "expected must be a text"),
            ("问题,期望\n退款,a\n\n运费,\n", 4, "write none"),
            ("问题,期望\n退款,a\n运费,a;gone\n", 3, "gone is not in the knowledge base"),
            ("问题,期望\n退款,none;a\n", 2, "none cannot stand beside ids"),
            ("{\"question\":\"x\",\"expected\":[\"a\",\"none\"]}", 1, "none cannot stand beside ids"),
            ("\n[{\"question\":\"x\",\"expected\":[\"a\"]}]\n", 2, "write one object a line"),
            ("问题,期望\n退款多久,a\n运费,b\n退款多久？,b\n", 4, "the same question as in line 2, where a is expected and not b"),
            ("问题,期望\n退款多久,a\n退款多久,none\n", 3, "where a is expected and not none"),
            ("问题,期望\n退款，运费,a,b\n", 2, "more fields"),
            ("问题,期望\n\"退款,a\n", 2, "never closed"),
            ("问题,期望\n,a\n", 2, "empty"),
            ("退款,a\n", 1, "name the columns"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("q");
            std::fs::write(&path, text).unwrap();
            let error = read(&path, &|id| !["gone", "none"].contains(&id.as_str())).unwrap_err();
            let (en, zh) = (error.message(Locale::En), error.message(Locale::ZhCn));
            assert!(en.starts_with(&format!("{}:{line}: ", path.display())) && en.contains(want) && zh != en, "{text:?}: {en} {zh}");
        }
        assert!(matches!(read_bytes("q.jsonl", b"\n"), Err(QuestionsError::Empty { .. })));
        assert!(matches!(read_bytes("q.csv", "问题,期望\n".as_bytes()), Err(QuestionsError::Empty { .. })));
        let undecodable = read_bytes("q.csv", b"a\0b").unwrap_err();
        let said = undecodable.message(Locale::En) + &undecodable.hint(Locale::En);
        assert!(undecodable.code() == Code::FileEncoding && !said.contains("--encoding") && said.contains("byte-order mark"), "{said}");
    }

    #[test]
    fn a_log_leaves_the_tested_questions_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let tested = read_bytes("q.csv", "问题,期望\n退款多久到账？,a\n".as_bytes()).unwrap();
        std::fs::write(&path, "退款多久到账\n\n{\"question\":\"运费多少\"}\n天气\n").unwrap();
        assert_eq!(read_log(&path, &tested).unwrap(), ["运费多少", "天气"]);
        std::fs::write(&path, "天气\n{\"text\":1}\n").unwrap();
        assert!(read_log(&path, &tested).unwrap_err().to_string().contains(":2: "));
        std::fs::write(&path, "退款多久到账!\n").unwrap();
        assert_eq!(read_log(&path, &tested).unwrap(), [""; 0], "only tested ones: nothing is left");
        std::fs::write(&path, "\n").unwrap();
        let error = read_log(&path, &tested).unwrap_err();
        assert!(matches!(error, QuestionsError::Empty { form: Form::Log, .. }) && error.hint(Locale::En).contains("labels are not needed"));
    }

    #[test]
    fn all_wrong_lines_are_named_at_once_up_to_a_number() {
        let rows = |n: usize| (0..n).map(|n| format!("问{n},gone\n")).collect::<String>();
        let error = read_bytes("q.csv", format!("问题,期望\n好,a\n{}坏,\n", rows(2)).as_bytes()).unwrap_err();
        let QuestionsError::Lines { wrong, more: 0, .. } = &error else { panic!("{error:?}") };
        assert_eq!(wrong.iter().map(|wrong| wrong.place.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(error.message(Locale::En).lines().count(), 3);
        let error = read_bytes("q.csv", format!("问题,期望\n{}", rows(25)).as_bytes()).unwrap_err();
        let said = error.message(Locale::ZhCn);
        assert!(said.lines().count() == 21 && said.ends_with("另有 5 处"), "{said}");
    }

    #[test]
    fn plain_duplicates_and_none_in_a_list_are_read() {
        let read = read_bytes("q.csv", "问题,期望\n退款,b;a\n退款？,a|b\n".as_bytes()).unwrap();
        assert_eq!(read.len(), 2);
        for none in ["[\"none\"]", "[\"无\"]", "[]", "\"none\""] {
            let read = read_bytes("q.jsonl", format!("{{\"question\":\"x\",\"expected\":{none}}}").as_bytes()).unwrap();
            assert!(!read[0].in_scope(), "{none}");
        }
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), "问题,期望\n退款,a\n退款,b\n").unwrap();
        assert_eq!(read_as_labelled(path.path(), &|_| true).unwrap().len(), 2);
    }
}
