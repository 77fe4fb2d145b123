//! Articles as JSON: an object a line, or one array of objects. Keys go by the same names as columns.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::lists;
use super::markdown::separators;
use super::wording::{Notice, Refusal, quoted};
use super::{Document, Place, RawRow, ReadOptions, Row, draft, headers};
use crate::domain::wording::Wording;

/// Whether a text is JSON: it begins like an object or an array and, if the name does not say so, its first line is one.
pub fn is_json(name: &str, text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if !first.starts_with(['{', '[']) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    [".json", ".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end))
        || matches!(first, "{" | "[")
        || first.starts_with("[{")
        || serde_json::from_str::<Value>(first).is_ok()
}

/// Reads every object of a text.
pub fn read(file: &str, text: &str, options: &ReadOptions) -> Document {
    let mut document = Document::default();
    let mut unknown = BTreeSet::new();
    let array = text.trim_start().starts_with('[');
    let parts = if !array && has_object_lines(text) { lines(text) } else { values(text, array) };
    if parts.open {
        let line = parts.values.last().map_or(1, |(line, _)| *line);
        document.notices.push(Notice::at(
            Place::new(file, line),
            "not_read_to_end",
            "JSON 没有闭合，文件未读完",
            "the JSON is not closed: the file was not read to the end",
        ));
    }
    for (line, part) in parts.values {
        let mut raw = RawRow::default();
        let mut warnings = Vec::new();
        let (place, outcome) = match serde_json::from_str::<Map<String, Value>>(part) {
            Err(error) => {
                raw.rest = part.to_owned();
                let inner = (error.line() as u64).saturating_sub(1);
                let place = Place { file: file.to_owned(), line: line + inner, column: Some(error.column() as u64) };
                let refusal = not_an_object(&place);
                (place, Err(refusal))
            }
            Ok(object) => {
                let outcome = match fill(&mut raw, &object, &mut unknown) {
                    Ok(()) => draft::article(&raw, None, options, &mut warnings),
                    Err(refusal) => {
                        raw.rest = part.to_owned();
                        Err(refusal)
                    }
                };
                (Place::new(file, line), outcome)
            }
        };
        document.rows.push(Row { place, outcome, warnings, raw });
    }
    for key in unknown {
        document.notices.push(Notice::at(
            Place::new(file, 1),
            "field_unknown",
            format!("未知字段“{key}”，已忽略"),
            format!("unknown key {key:?}: ignored"),
        ));
    }
    document
}

fn fill(raw: &mut RawRow, object: &Map<String, Value>, unknown: &mut BTreeSet<String>) -> Result<(), Refusal> {
    for (key, value) in object {
        let Some(field) = headers::field_of(key) else {
            if !headers::is_ignored(key) {
                unknown.insert(quoted(key));
            }
            continue;
        };
        if raw.get(field).is_some() {
            return Err(wrong_type(key, "字段重复", "the key stands twice under two names"));
        }
        match value {
            Value::Null => {}
            Value::Array(values) if field.is_list() => {
                let texts: Option<Vec<String>> = values.iter().map(scalar).collect();
                let texts = texts.ok_or_else(|| wrong_type(key, "列表项应为文字", "entries must be texts"))?;
                raw.set(field, lists::join(texts.iter().map(String::as_str), separators(field)));
            }
            value => {
                let text = scalar(value).ok_or_else(|| wrong_type(key, "类型不对，应为文字", "must be a text"))?;
                raw.set(field, text);
            }
        }
    }
    Ok(())
}

/// A text, or a number as it is written.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn wrong_type(key: &str, zh: &str, en: &str) -> Refusal {
    let key = quoted(key);
    Refusal::new(
        "field_type",
        Wording::new(format!("字段“{key}”{zh}"), format!("{key:?}: {en}")),
        Wording::new(
            "variants、tags、related、channels 是文字列表，其余字段是文字。",
            "variants, tags, related and channels are lists of texts, every other field is a text.",
        ),
    )
}

fn not_an_object(place: &Place) -> Refusal {
    let (line, column) = (place.line, place.column.unwrap_or(1));
    Refusal::new(
        "json_invalid",
        Wording::new(format!("第 {line} 行第 {column} 列不是合法的 JSON 对象"), format!("no JSON object at line {line}, column {column}")),
        Wording::new(
            "每行一个对象：{\"id\": …, \"title\": …, \"answer\": …}，文字用双引号。",
            "Write one object a line: {\"id\": …, \"title\": …, \"answer\": …}, texts in double quotes.",
        ),
    )
}

/// Pieces of a text that should be objects, with their first lines.
struct Parts<'a> {
    values: Vec<(u64, &'a str)>,
    /// Whether the last piece is not closed.
    open: bool,
}

/// Whether each line is an object of its own: the first one is, or it is broken and the second begins like one.
fn has_object_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    first != "{" && (serde_json::from_str::<Value>(first).is_ok() || lines.next().is_none_or(|second| second.starts_with('{')))
}

fn lines(text: &str) -> Parts<'_> {
    let values = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    Parts { values, open: false }
}

/// The values of an array, or values one after another, each over any number of lines.
fn values(text: &str, array: bool) -> Parts<'_> {
    let outside = u32::from(array);
    let (mut depth, mut line, mut in_text, mut escaped) = (0u32, 1u64, false, false);
    let mut begin: Option<(u64, usize)> = None;
    let mut parts = Parts { values: Vec::new(), open: false };
    let mut close = |begin: &mut Option<(u64, usize)>, end: usize| {
        if let Some((line, start)) = begin.take() {
            parts.values.push((line, text[start..end].trim_end()));
        }
    };
    for (at, byte) in text.bytes().enumerate() {
        line += u64::from(byte == b'\n');
        if in_text {
            in_text = byte != b'"' || escaped;
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        let structural_start = array && depth == 0;
        if structural_start && byte == b'[' {
            depth = 1;
            continue;
        }
        if depth <= outside && (byte == b',' || byte == b']') {
            close(&mut begin, at);
            depth -= u32::from(byte == b']' && depth == 1 && array);
            continue;
        }
        if begin.is_none() && !byte.is_ascii_whitespace() {
            begin = Some((line, at));
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1).max(outside);
                if depth == outside {
                    close(&mut begin, at + 1);
                }
            }
            _ => {}
        }
    }
    let open = begin.is_some() || (array && depth > 0);
    close(&mut begin, text.len());
    parts.open = open;
    parts
}
