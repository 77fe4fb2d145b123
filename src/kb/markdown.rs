//! One article as a Markdown file: front matter between two `---` lines, then the answer.

use super::front_matter::{self, Remark, Value, write_scalar};
use super::lists::{self, Separators};
use super::wording::{Notice, Refusal, quoted};
use super::{Field, Place, RawRow, ReadOptions, Row, draft};
use crate::domain::article::Article;
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;

/// Whether a text begins with a front matter block.
pub fn has_front_matter(text: &str) -> bool {
    fence(text).is_some()
}

/// Reads the article in `text`; `locale` is that of its path. Notices are about the file.
pub fn read(file: &str, text: &str, locale: Option<Locale>, options: &ReadOptions, notices: &mut Vec<Notice>) -> Row {
    let mut raw = RawRow::default();
    let mut warnings = Vec::new();
    let place = Place::new(file, 1);
    let refused = |line: u64, refusal: Refusal, text: &str| Row {
        place: Place::new(file, line),
        outcome: Err(refusal),
        warnings: Vec::new(),
        raw: RawRow::unreadable(text),
    };
    let Some((block, answer)) = fence(text) else {
        return refused(1, no_front_matter(text), text);
    };
    let (entries, remarks) = match front_matter::parse(block) {
        Ok(parsed) => parsed,
        // The block begins in the file's second line.
        Err(Remark { line, message }) => return refused(line + 1, unreadable(message), text),
    };
    for remark in remarks {
        warnings.push(Notice { code: "front_matter_repaired", place: Some(Place::new(file, remark.line + 1)), message: remark.message });
    }
    for entry in entries {
        let Some(field) = Field::ALL.into_iter().find(|field| field.name() == entry.key && *field != Field::Answer) else {
            let key = quoted(&entry.key);
            notices.push(Notice::at(
                Place::new(file, entry.line + 1),
                "field_unknown",
                format!("未知字段“{key}”，已忽略"),
                format!("unknown key {key:?}: ignored"),
            ));
            continue;
        };
        match entry.value {
            Value::One(text) => raw.set(field, text),
            Value::Many(values) if field.is_list() => {
                raw.set(field, lists::join(values.iter().map(String::as_str), separators(field)));
            }
            Value::Many(_) => {
                let name = field.name();
                let message = Wording::new(format!("{name} 只能有一个值，不能是列表"), format!("{name} takes one value, not a list"));
                return refused(entry.line + 1, unreadable(message), text);
            }
        }
    }
    raw.set(Field::Answer, answer);
    let outcome = draft::article(&raw, locale, options, &mut warnings);
    Row { place, outcome, warnings, raw }
}

/// How the values of a list field are joined in one cell.
pub fn separators(field: Field) -> Separators {
    if field == Field::Variants { Separators::Phrasings } else { Separators::Labels }
}

/// The file of an article; [`read`] gives the article back.
pub fn write(article: &Article) -> String {
    let mut text = String::from("---\n");
    let mut line =
        |key: Field, value: &str| text.push_str(&format!("{}:{}{value}\n", key.name(), if value.starts_with('\n') { "" } else { " " }));
    line(Field::Id, &write_scalar(article.id.as_str()));
    line(Field::Title, &write_scalar(&article.title));
    if !article.variants.is_empty() {
        let items: Vec<String> = article.variants.iter().map(|variant| format!("  - {}", write_scalar(variant))).collect();
        line(Field::Variants, &format!("\n{}", items.join("\n")));
    }
    if !article.category.is_empty() {
        line(Field::Category, &write_scalar(&article.category));
    }
    let flow = |values: Vec<&str>| format!("[{}]", values.into_iter().map(write_scalar).collect::<Vec<_>>().join(", "));
    if !article.tags.is_empty() {
        line(Field::Tags, &flow(article.tags.iter().map(String::as_str).collect()));
    }
    line(Field::Locale, article.locale.tag());
    line(Field::Status, article.status.name());
    for (field, moment) in [(Field::ValidFrom, article.valid_from), (Field::ValidUntil, article.valid_until)] {
        if let Some(moment) = moment {
            line(field, &moment.to_string());
        }
    }
    if !article.related.is_empty() {
        line(Field::Related, &flow(article.related.iter().map(|id| id.as_str()).collect()));
    }
    if !article.channels.is_empty() {
        line(Field::Channels, &flow(article.channels.iter().map(String::as_str).collect()));
    }
    text.push_str("---\n");
    text.push_str(&article.answer);
    text.push('\n');
    text
}

/// The front matter block and what follows it. Only the first block counts: later `---` lines are rules of the answer.
fn fence(text: &str) -> Option<(&str, &str)> {
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        match start {
            None if content == "---" && at == 0 => start = Some(line.len()),
            None => return None,
            Some(start) if content == "---" => return Some((&text[start..at], &text[at + line.len()..])),
            Some(_) => {}
        }
        at += line.len();
    }
    None
}

fn no_front_matter(text: &str) -> Refusal {
    let open = text.lines().next().is_some_and(|line| line.trim_end() == "---");
    let message = if open {
        Wording::new("文件头没有以 --- 结束", "the front matter is not closed by a `---` line")
    } else {
        Wording::new("文件不以 --- 开头", "the file does not begin with a `---` line")
    };
    Refusal::new(
        "front_matter_missing",
        message,
        Wording::new(
            "请在文件开头写两行 ---，中间至少写 title，答案写在后面。",
            "Begin the file with two `---` lines and at least a title between them; the answer follows.",
        ),
    )
}

fn unreadable(message: Wording) -> Refusal {
    Refusal::new(
        "front_matter_invalid",
        message,
        Wording::new("请对照 docs/KB.md 修改这一行。", "Correct this line; docs/KB.md shows the form."),
    )
}
