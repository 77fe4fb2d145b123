//! Tables, from text or a workbook: finds the header, names the columns, makes a row of each record.

use super::delimited::{self, Oddity, Record};
use super::headers::{self, Column};
use super::wording::{Notice, Refusal, quoted};
use super::{Document, Field, KbError, Place, RawRow, ReadOptions, Row, draft, qna};
use crate::domain::wording::Wording;

/// How many records may stand above the header: a title, a note for the people who fill the table in.
const HEADER_SEARCH: usize = 6;
/// How many records are looked at when delimiters are compared.
const DELIMITER_SAMPLE: usize = 100;
/// What may separate fields, in the order in which a tie is decided.
const DELIMITERS: [(char, &str, &str); 3] = [(',', "逗号", "comma"), ('\t', "制表符", "tab"), (';', "分号", "semicolon")];

/// Reads a text table, whatever its delimiter.
pub fn read_text(file: &str, text: &str, options: &ReadOptions) -> Result<Document, KbError> {
    let find = |records: &[Record]| Header::find(records).map(|header| (header.at, header.columns.len()));
    let no_header = || no_header(file, text.lines().find(|line| !line.trim().is_empty()));
    let (records, (_, zh, en)) = split(text, &find).ok_or_else(no_header)?;
    let mut document = Document::default();
    document.notices.push(Notice::at(Place::new(file, 1), "delimiter", format!("分隔符：{zh}"), format!("delimiter: {en}")));
    let header = Header::find(&records).ok_or_else(no_header)?;
    read_records(file, records, header, options, &mut document);
    Ok(document)
}

/// A delimiter with its names in Chinese and English.
pub type Delimiter = (char, &'static str, &'static str);

/// The index and width of the header among records.
pub type FindHeader<'a> = dyn Fn(&[Record]) -> Option<(usize, usize)> + 'a;

/// Splits a text table at the delimiter that fits it best: the one under which most records are as wide as the header, whose index
/// and width `find` tells; `None` if it finds a header under none.
pub fn split(text: &str, find: &FindHeader<'_>) -> Option<(Vec<Record>, Delimiter)> {
    let mut best: Option<(usize, (char, &str, &str))> = None;
    for delimiter in DELIMITERS {
        let sample = delimited::split(text, delimiter.0, DELIMITER_SAMPLE);
        let Some((at, width)) = find(&sample) else { continue };
        let alike = sample[at..].iter().filter(|record| record.fields.len() == width).count();
        if best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, delimiter));
        }
    }
    let (_, delimiter) = best?;
    let mut records = delimited::split(text, delimiter.0, usize::MAX);
    for field in records.iter_mut().flat_map(|record| &mut record.fields) {
        if field.starts_with('\'') {
            *field = delimited::restore(field).to_owned();
        }
    }
    Some((records, delimiter))
}

/// The error of a table without a header.
pub fn no_header(file: &str, first: Option<&str>) -> KbError {
    let first = quoted(first.unwrap_or_default().trim());
    KbError::Format {
        file: file.to_owned(),
        message: Wording::new(
            format!("没有找到表头（问题列和答案列）；首行是“{first}”"),
            format!("no header with a question and an answer column; the first line is {first:?}"),
        ),
        hint: Wording::new(
            "第一行请写列名，至少有“问题”和“答案”（或 title 和 answer）。",
            "Write the column names in the first line, at least title and answer (or 问题 and 答案).",
        ),
    }
}

/// The header of a table.
pub struct Header {
    /// Its index among the records.
    at: usize,
    columns: Vec<Column>,
    names: Vec<String>,
}

impl Header {
    /// The first of the leading records that names both a question and an answer column.
    pub fn find(records: &[Record]) -> Option<Self> {
        records.iter().enumerate().filter(|(_, record)| !record.is_blank()).take(HEADER_SEARCH).find_map(|(at, record)| {
            let columns = headers::columns(&record.fields);
            let has = |field| columns.contains(&Column::Field(field));
            (has(Field::Title) && has(Field::Answer)).then(|| Header { at, columns, names: record.fields.clone() })
        })
    }
}

/// Makes rows of the records below the header.
pub fn read_records(file: &str, records: Vec<Record>, header: Header, options: &ReadOptions, document: &mut Document) {
    let at = |line| Place::new(file, line);
    for note in records[..header.at].iter().filter(|record| !record.is_blank()) {
        let text = quoted(note.fields.join(" ").trim());
        document.notices.push(Notice::at(
            at(note.line),
            "line_skipped",
            format!("表头之上的“{text}”已跳过"),
            format!("skipped above the header: {text:?}"),
        ));
    }
    let header_line = records[header.at].line;
    for (column, name) in header.columns.iter().zip(&header.names) {
        let name = quoted(name.trim());
        match column {
            Column::Unknown => document.notices.push(Notice::at(
                at(header_line),
                "column_unknown",
                format!("未知列“{name}”，已忽略"),
                format!("unknown column {name:?}: ignored"),
            )),
            Column::Negatives => document.notices.push(Notice::at(
                at(header_line),
                "column_negatives",
                format!("反例列“{name}”不导入：反例不是相似问"),
                format!("the column {name:?} is not imported: negative examples are no variants"),
            )),
            _ => {}
        }
    }
    let is_qna = header.columns.iter().any(|column| matches!(column, Column::Prompts | Column::Metadata | Column::QnaSource));
    let many_answers = header.columns.contains(&Column::Negatives) || header.columns.contains(&Column::Disabled);
    let mut rows = Vec::new();
    for record in records.into_iter().skip(header.at + 1).filter(|record| !record.is_blank()) {
        let place = at(record.line);
        if record.oddity == Some(Oddity::OpenQuote) {
            document.notices.push(Notice::at(
                place.clone(),
                "not_read_to_end",
                format!("第 {} 行打开的引号没有闭合，文件从此处未读完", record.line),
                format!("a quote opened in line {} is never closed: the file was not read to the end", record.line),
            ));
        }
        rows.push(cells(place, record, &header, many_answers));
    }
    if is_qna {
        document.rows.extend(qna::rows(rows, options));
        return;
    }
    for Cells { place, mut raw, refusal, mut warnings, .. } in rows {
        raw.partial = true;
        let outcome = match refusal {
            Some(refusal) => Err(refusal),
            None => draft::article(&raw, None, options, &mut warnings),
        };
        document.rows.push(Row { place, outcome, warnings, raw });
    }
}

/// A record by field.
pub struct Cells {
    /// Where it begins.
    pub place: Place,
    /// The texts that have a field.
    pub raw: RawRow,
    /// Why it cannot be read, if so.
    pub refusal: Option<Refusal>,
    /// What is odd.
    pub warnings: Vec<Notice>,
    /// The metadata and the prompts of QnA Maker.
    pub extra: [String; 2],
}

fn cells(place: Place, record: Record, header: &Header, many_answers: bool) -> Cells {
    let mut cells = Cells { place, raw: RawRow::default(), refusal: None, warnings: Vec::new(), extra: Default::default() };
    let (found, expected) = (record.fields.len(), header.columns.len());
    for (column, text) in header.columns.iter().zip(&record.fields) {
        match column {
            Column::Field(Field::Variants) => {
                let variants = [cells.raw.get(Field::Variants).unwrap_or_default(), text].join("\n");
                cells.raw.set(Field::Variants, variants.trim_matches('\n'));
            }
            Column::Field(Field::Answer) if many_answers => cells.raw.set(Field::Answer, joined_answers(text)),
            Column::Field(field) => cells.raw.set(*field, text),
            Column::Disabled => cells.raw.set(Field::Status, status_of_disabled(text)),
            Column::Rest => cells.raw.rest.push_str(text),
            Column::Nameless if !text.trim().is_empty() => cells.raw.rest.push_str(text),
            Column::Metadata => cells.extra[0].clone_from(text),
            Column::Prompts => cells.extra[1].clone_from(text),
            Column::Ignored | Column::Negatives | Column::QnaSource | Column::Nameless | Column::Unknown => {}
        }
    }
    match record.oddity {
        Some(Oddity::OpenQuote) => cells.refusal = Some(open_quote(record.line)),
        _ if found != expected => cells.refusal = Some(field_count(found, expected)),
        Some(Oddity::ErrorCell) => cells.refusal = Some(error_cell()),
        Some(Oddity::LiteralQuote) => cells.warnings.push(Notice::of_row(
            "quote_literal",
            "字段以引号开头但引号后还有文字，已按原文读取",
            "a field begins with a quote but goes on after the next one: taken as written",
        )),
        None => {}
    }
    if matches!(record.oddity, Some(Oddity::OpenQuote)) || found != expected {
        cells.raw.rest = record.fields.join(" │ ");
    }
    cells
}

/// Several answers in one cell, `##` between them, become paragraphs of one; at the start of a line it is a heading.
fn joined_answers(text: &str) -> String {
    let split = |line: &str| {
        let marks = line.len() - line.trim_start_matches('#').len();
        if !line[marks..].contains("##") {
            return line.to_owned();
        }
        let parts: Vec<&str> = line[marks..].split("##").map(str::trim).filter(|part| !part.is_empty()).collect();
        format!("{}{}", &line[..marks], parts.join("\n\n"))
    };
    if text.contains("##") { text.split('\n').map(split).collect::<Vec<_>>().join("\n") } else { text.to_owned() }
}

/// The status that a column 是否停用 says.
fn status_of_disabled(text: &str) -> &str {
    match text.trim().to_lowercase().as_str() {
        "是" | "true" | "1" | "yes" | "y" => "archived",
        "" | "否" | "false" | "0" | "no" | "n" => "published",
        // Anything else is no status either and refuses the row.
        _ => text,
    }
}

fn open_quote(line: u64) -> Refusal {
    Refusal::new(
        "quote_open",
        Wording::new(format!("第 {line} 行的引号没有闭合"), format!("a quote opened in line {line} is never closed")),
        Wording::new(
            "请在字段末尾补上引号；字段里的引号要写成两个。",
            "Close the quote at the end of the field; write a quote inside a field twice.",
        ),
    )
}

fn field_count(found: usize, expected: usize) -> Refusal {
    Refusal::new(
        "field_count",
        Wording::new(format!("有 {found} 个字段，表头有 {expected} 列"), format!("{found} fields, the header has {expected}")),
        Wording::new("含有分隔符的答案要用英文双引号括起来。", "Quote the answer (\"…\") if it contains the delimiter."),
    )
}

fn error_cell() -> Refusal {
    Refusal::new(
        "cell_error",
        Wording::new("单元格里是公式错误", "a cell shows a formula's error"),
        Wording::new("请改为文字。", "Replace it by text."),
    )
}
