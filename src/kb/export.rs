//! Writes articles in any of the forms; reading them again gives the same articles.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::delimited::{defuse, write_field};
use super::lists::{self, Separators};
use super::{Field, KbError, lint, markdown, write};
use crate::domain::article::Article;
use crate::text::hex::hex;

/// The longest text of a workbook's cell that spreadsheets accept, in UTF-16 units, with some room.
const CELL_MAX: usize = 32_000;
/// The longest file or directory name that is made of an id or a category, in bytes.
const NAME_MAX: usize = 120;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A directory `<locale>/<topic>/<id>.md`; it must be new or empty.
    Tree,
    /// A table as CSV, UTF-8 with a byte-order mark so that spreadsheets read it.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// A workbook.
    Xlsx,
}

/// Writes `articles` in their order and returns their number. The target is replaced whole or not at all; the same articles give the
/// same bytes.
///
/// **Errors** The target cannot be written; the directory of a tree holds files.
pub fn export(articles: &[Article], path: &Path, form: Form) -> Result<usize, KbError> {
    let tidy: Vec<Article> = articles.iter().cloned().map(lint::tidy).collect();
    match form {
        Form::Tree => write::directory(path, &tree(&tidy))?,
        Form::Csv => write::file(path, csv(&tidy).as_bytes())?,
        Form::Jsonl => write::file(path, jsonl(&tidy).as_bytes())?,
        Form::Xlsx => {
            let bytes = workbook(&tidy).map_err(|source| KbError::Workbook { path: path.to_owned(), source })?;
            write::file(path, &bytes)?;
        }
    }
    Ok(tidy.len())
}

/// Hex SHA-256 of the articles' content; their order does not matter.
pub fn fingerprint(articles: &[Article]) -> String {
    let mut sorted: Vec<&Article> = articles.iter().collect();
    sorted.sort_by_key(|article| (&article.id, article.locale));
    let mut hash = Sha256::new();
    for article in sorted {
        hash.update(jsonl(std::slice::from_ref(article)).as_bytes());
    }
    hex(&hash.finalize())
}

/// The name of a field's column.
pub(super) fn header(field: Field) -> &'static str {
    match field {
        Field::Id => "编号（id）",
        Field::Title => "标题（title）",
        Field::Answer => "答案（answer）",
        Field::Category => "分类（category）",
        Field::Tags => "标签（tags）",
        Field::Locale => "语言（locale）",
        Field::Status => "状态（status）",
        Field::ValidFrom => "生效时间（valid_from）",
        Field::ValidUntil => "失效时间（valid_until）",
        Field::Related => "相关文章（related）",
        Field::Channels => "渠道（channels）",
        Field::Variants => "相似问（variants）",
    }
}

/// The text of a field in a table.
fn cell(article: &Article, field: Field) -> String {
    let list = |values: &[String], separators| lists::join(values.iter().map(String::as_str), separators);
    match field {
        Field::Id => article.id.to_string(),
        Field::Title => article.title.clone(),
        Field::Answer => article.answer.clone(),
        Field::Category => article.category.clone(),
        Field::Tags => list(&article.tags, Separators::Labels),
        Field::Locale => article.locale.tag().to_owned(),
        Field::Status => article.status.name().to_owned(),
        Field::ValidFrom => article.valid_from.map(|moment| moment.to_string()).unwrap_or_default(),
        Field::ValidUntil => article.valid_until.map(|moment| moment.to_string()).unwrap_or_default(),
        Field::Related => lists::join(article.related.iter().map(|id| id.as_str()), Separators::Labels),
        Field::Channels => list(&article.channels, Separators::Labels),
        Field::Variants => list(&article.variants, Separators::Phrasings),
    }
}

fn csv(articles: &[Article]) -> String {
    let mut text = String::from("\u{feff}");
    text.push_str(&Field::ALL.map(header).join(","));
    text.push_str("\r\n");
    for article in articles {
        for (at, field) in Field::ALL.into_iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            write_field(&defuse(&cell(article, field)), &mut text);
        }
        text.push_str("\r\n");
    }
    text
}

/// An article as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    variants: &'a [String],
    answer: &'a str,
    category: &'a str,
    tags: &'a [String],
    locale: &'a str,
    status: &'a str,
    valid_from: Option<String>,
    valid_until: Option<String>,
    related: Vec<&'a str>,
    channels: &'a [String],
}

fn jsonl(articles: &[Article]) -> String {
    let mut text = String::new();
    for article in articles {
        let line = Line {
            id: article.id.as_str(),
            title: &article.title,
            variants: &article.variants,
            answer: &article.answer,
            category: &article.category,
            tags: &article.tags,
            locale: article.locale.tag(),
            status: article.status.name(),
            valid_from: article.valid_from.map(|moment| moment.to_string()),
            valid_until: article.valid_until.map(|moment| moment.to_string()),
            related: article.related.iter().map(|id| id.as_str()).collect(),
            channels: &article.channels,
        };
        text.push_str(&serde_json::json!(line).to_string());
        text.push('\n');
    }
    text
}

fn tree(articles: &[Article]) -> Vec<(PathBuf, String)> {
    let mut taken = HashSet::new();
    let mut files = Vec::with_capacity(articles.len());
    for article in articles {
        let topic = article.category.split('/').next().filter(|topic| !topic.is_empty()).unwrap_or("general");
        let directory = PathBuf::from(article.locale.tag()).join(file_name(topic));
        let stem = file_name(article.id.as_str());
        // Ids that differ only in case, or in characters that no file name can have, still get files of their own.
        let name = (1u32..)
            .map(|number| if number == 1 { format!("{stem}.md") } else { format!("{stem}-{number}.md") })
            .map(|name| directory.join(name))
            .find(|path| taken.insert(path.to_string_lossy().to_lowercase()));
        files.extend(name.map(|path| (path, markdown::write(article))));
    }
    files
}

/// A name that every file system takes, and that neither hides the file nor looks like a locale.
fn file_name(text: &str) -> String {
    let safe: String = text.chars().map(|c| if c.is_control() || r#"<>:"/\|?*"#.contains(c) { '-' } else { c }).collect();
    let safe = &safe[..safe.floor_char_boundary(NAME_MAX)];
    let safe = safe.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = safe.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) && stem.ends_with(|c: char| c.is_ascii_digit()));
    if safe.is_empty() || device { format!("_{safe}") } else { safe.to_owned() }
}

fn workbook(articles: &[Article]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A fixed date: the same articles give the same bytes.
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheet = workbook.add_worksheet();
    // Text format keeps `0012` and dates as they are when a cell is edited.
    let text = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
    let bold = Format::new().set_bold();
    for (column, field) in (0u16..).zip(Field::ALL) {
        sheet.write_string_with_format(0, column, header(field), &bold)?;
        sheet.set_column_width(column, if matches!(field, Field::Title | Field::Answer | Field::Variants) { 48 } else { 16 })?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, article) in (1u32..).zip(articles) {
        let variants = cell(article, Field::Variants);
        let texts = Field::ALL.into_iter().filter(|field| *field != Field::Variants).map(|field| cell(article, field));
        for (column, cell) in (0u16..).zip(texts.chain(chunks(&variants))) {
            if !cell.is_empty() {
                sheet.write_string_with_format(row, column, cell, &text)?;
            }
        }
    }
    workbook.save_to_buffer()
}

/// The lines of a cell in pieces that a workbook's cell can hold; the pieces after the first stand in nameless columns.
fn chunks(cell: &str) -> Vec<String> {
    let mut chunks = vec![String::new()];
    let mut units = 0;
    for line in cell.split('\n') {
        let length = line.encode_utf16().count() + 1;
        if units + length > CELL_MAX {
            chunks.push(String::new());
            units = 0;
        }
        units += length;
        if let Some(chunk) = chunks.last_mut() {
            if !chunk.is_empty() {
                chunk.push('\n');
            }
            chunk.push_str(line);
        }
    }
    chunks
}
