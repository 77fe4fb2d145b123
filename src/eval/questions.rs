//! Question sets: what is asked and what would be right.
//!
//! A set is JSONL or a table (CSV, TSV, XLSX). Either way a question says outright that no article answers it (`none`): a label that
//! somebody forgot must not become an out-of-scope question.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::error::{Code, Coded};
use crate::kb::sheets::{Content, content, records};
use crate::kb::{KbError, Oddity, Place, Record, Separators, Wording, header_key, split_cell};
use crate::text::hex::hex;
use crate::text::normalize::phrasing_key;

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

/// A question file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QuestionsError {
    /// It cannot be read or decoded.
    #[error("{source}")]
    File {
        /// Why.
        #[source]
        source: Box<KbError>,
    },
    /// A line is not a labelled question.
    #[error("{place}: {}", detail.en)]
    Line {
        /// Which line.
        place: Place,
        /// What is wrong.
        detail: Wording,
    },
    /// There is no question in it.
    #[error("{file} holds no questions")]
    Empty {
        /// Which file.
        file: String,
    },
}

impl QuestionsError {
    /// A line that is wrong.
    pub fn line(file: &str, line: usize, zh: impl Into<String>, en: impl Into<String>) -> Self {
        QuestionsError::Line { place: Place::new(file, line as u64), detail: Wording::new(zh, en) }
    }
}

impl Coded for QuestionsError {
    fn code(&self) -> Code {
        match self {
            QuestionsError::File { source } => source.code(),
            QuestionsError::Line { .. } | QuestionsError::Empty { .. } => Code::FileFormat,
        }
    }

    fn message(&self, locale: Locale) -> String {
        match self {
            QuestionsError::File { source } => source.message(locale),
            QuestionsError::Line { place, detail } => format!("{place}: {}", detail.pick(locale)),
            QuestionsError::Empty { file } => locale.pick(format!("{file} 里没有问题"), self.to_string()),
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            QuestionsError::File { source } => source.hint(locale),
            _ => locale
                .pick(
                    "每个问题要有 question 和 expected；没有文章能回答时写 none。见 eval/README.md。",
                    "A question has question and expected; where no article answers, write none. See eval/README.md.",
                )
                .to_owned(),
        }
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

/// Reads a question file. `expected` is an id, several of which any is right (a list in JSON; in a cell separated by `|`, `;` or
/// line breaks), or `none`. Ids that `known` does not hold are refused with their line.
pub fn read(path: &Path, known: &dyn Fn(&ArticleId) -> bool) -> Result<Vec<LabelledQuestion>, QuestionsError> {
    let file = path.display().to_string();
    let questions = match content(path, &file).map_err(|source| QuestionsError::File { source: Box::new(source) })? {
        Content::Text(text) if text.trim_start().starts_with('{') => json(&file, &text, known)?,
        Content::Text(text) => {
            let is_header = |fields: &[String]| header(fields).is_some();
            let first = text.lines().position(|line| !line.trim().is_empty()).unwrap_or(0) + 1;
            match records(&text, &is_header) {
                Some(records) => table(&file, &records, known)?,
                None if text.trim().is_empty() => Vec::new(),
                None => return Err(no_header(&file, first)),
            }
        }
        Content::Sheets(sheets) => {
            let mut questions = Vec::new();
            for (name, records) in &sheets {
                questions.extend(table(name, records, known)?);
            }
            questions
        }
    };
    if questions.is_empty() { Err(QuestionsError::Empty { file }) } else { Ok(questions) }
}

fn json(file: &str, text: &str, known: &dyn Fn(&ArticleId) -> bool) -> Result<Vec<LabelledQuestion>, QuestionsError> {
    let mut questions = Vec::new();
    for (at, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let no_object = |error: serde_json::Error| {
            QuestionsError::line(file, at, format!("不是 JSON 对象：{error}"), format!("no JSON object: {error}"))
        };
        let object: Map<String, Value> = serde_json::from_str(line).map_err(no_object)?;
        let get = |wanted| object.iter().find(|(key, _)| column(key) == Some(wanted)).map(|(_, value)| value);
        let no_text = |name: &str| QuestionsError::line(file, at, format!("{name} 应为文字"), format!("{name} must be a text"));
        let question = get(Column::Question).and_then(Value::as_str).ok_or_else(|| no_text("question"))?;
        let slice = match get(Column::Slice) {
            None | Some(Value::Null) => "",
            Some(value) => value.as_str().ok_or_else(|| no_text("slice"))?,
        };
        let expected = match get(Column::Expected) {
            Some(Value::Array(ids)) if ids.is_empty() => Expected::None,
            Some(Value::Array(ids)) => {
                let ids = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
                Expected::AnyOf(ids.ok_or_else(|| no_text("expected"))?)
            }
            Some(Value::String(id)) if is_none(id) => Expected::None,
            Some(Value::String(id)) => Expected::AnyOf(vec![id.clone()]),
            None | Some(Value::Null) => Expected::Forgotten,
            Some(_) => return Err(no_text("expected")),
        };
        questions.push(labelled(file, at, question, expected, slice, known)?);
    }
    Ok(questions)
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

fn table(file: &str, all: &[Record], known: &dyn Fn(&ArticleId) -> bool) -> Result<Vec<LabelledQuestion>, QuestionsError> {
    let mut records = all.iter().filter(|record| !record.is_blank());
    let Some(first) = records.next() else { return Ok(Vec::new()) };
    let Some(places) = header(&first.fields) else { return Err(no_header(file, first.line as usize)) };
    let mut questions = Vec::new();
    for record in records {
        let line = record.line as usize;
        match record.oddity {
            Some(Oddity::OpenQuote) => return Err(QuestionsError::line(file, line, "引号没有闭合", "a quote is never closed")),
            Some(Oddity::ErrorCell) => {
                return Err(QuestionsError::line(file, line, "单元格里是公式错误", "a cell shows a formula's error"));
            }
            Some(Oddity::LiteralQuote) | None => {}
        }
        if record.fields.len() > first.fields.len() {
            let (zh, en) = ("字段多于列名：含分隔符的文字要加引号", "more fields than columns: quote texts that hold the delimiter");
            return Err(QuestionsError::line(file, line, zh, en));
        }
        let [question, cell, slice] = places.map(|place| place.and_then(|place| record.fields.get(place)).map_or("", |text| text.trim()));
        let expected = match split_cell(cell, Separators::Phrasings) {
            ids if ids.is_empty() => Expected::Forgotten,
            ids if ids.len() == 1 && is_none(&ids[0]) => Expected::None,
            ids => Expected::AnyOf(ids),
        };
        questions.push(labelled(file, line, question, expected, slice, known)?);
    }
    Ok(questions)
}

/// What a row says is right.
enum Expected {
    None,
    AnyOf(Vec<String>),
    Forgotten,
}

fn labelled(
    file: &str,
    line: usize,
    question: &str,
    expected: Expected,
    slice: &str,
    known: &dyn Fn(&ArticleId) -> bool,
) -> Result<LabelledQuestion, QuestionsError> {
    let wrong = |zh: String, en: String| QuestionsError::line(file, line, zh, en);
    if question.trim().is_empty() {
        return Err(wrong("问题是空的".to_owned(), "the question is empty".to_owned()));
    }
    if question.contains('\u{fffd}') {
        return Err(wrong("问题里有无法解码的字节".to_owned(), "the question holds bytes that cannot be decoded".to_owned()));
    }
    let given = match expected {
        Expected::None => Vec::new(),
        Expected::AnyOf(ids) => ids,
        Expected::Forgotten => {
            return Err(wrong(
                "没有写明期望的文章；没有文章能回答时写 none".to_owned(),
                "it does not say which article is expected; where none answers, write none".to_owned(),
            ));
        }
    };
    let mut ids: Vec<ArticleId> = Vec::with_capacity(given.len());
    for text in given {
        let id: ArticleId = text.parse().map_err(|error| wrong(format!("“{text}”不是文章编号"), format!("{error}")))?;
        if !known(&id) {
            return Err(wrong(format!("知识库里没有文章 {id}"), format!("article {id} is not in the knowledge base")));
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let slice = Some(slice.trim()).filter(|slice| !slice.is_empty()).map(str::to_owned);
    Ok(LabelledQuestion { line, question: question.to_owned(), expected: ids, slice })
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
/// they must not count for their own calibration.
pub fn read_log(path: &Path, tested: &[LabelledQuestion]) -> Result<Vec<String>, QuestionsError> {
    let file = path.display().to_string();
    let Content::Text(text) = content(path, &file).map_err(|source| QuestionsError::File { source: Box::new(source) })? else {
        return Err(QuestionsError::line(&file, 1, "日志应是文本文件，每行一个问题", "a log is a text file with a question a line"));
    };
    let tested = keys(tested);
    let mut log = Vec::new();
    for (at, line) in (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()) {
        let question = if line.starts_with('{') {
            let value: Option<Value> = serde_json::from_str(line).ok();
            let question = value.as_ref().and_then(|value| value.get("question")?.as_str().map(str::to_owned));
            question.ok_or_else(|| QuestionsError::line(&file, at, "不是带 question 的 JSON 对象", "no JSON object with a question"))?
        } else {
            line.to_owned()
        };
        if !tested.contains(&phrasing_key(&question)) {
            log.push(question);
        }
    }
    if log.is_empty() { Err(QuestionsError::Empty { file }) } else { Ok(log) }
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
            ("问题,期望\n退款,none;a\n", 2, "none is not in the knowledge base"),
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
        assert_eq!(read_bytes("q.csv", b"a\0b").unwrap_err().code(), Code::FileEncoding);
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
        assert!(matches!(read_log(&path, &tested), Err(QuestionsError::Empty { .. })));
    }
}
