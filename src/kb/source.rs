//! Finds out which form a file has, by its content where the name lies, and reads it.

use std::path::{Path, PathBuf};

use super::wording::Refusal;
use super::{Document, KbError, Place, RawRow, ReadOptions, Row, encoding, json, markdown, table, workbook};
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;

/// How deep a tree may be: far beyond any real one, and an end for links that go in circles.
const TREE_MAX_DEPTH: usize = 32;

/// Reads a directory (the tree of Markdown files) or one file.
///
/// Files whose name begins with a dot or that do not end in `.md` are passed over in a tree, and a `README.md` without front matter.
/// A file of a tree that cannot be read refuses only itself.
///
/// **Errors** A path that cannot be opened, a file of no known form or encoding, a tree without any article.
pub fn read_path(path: &Path, options: &ReadOptions) -> Result<Document, KbError> {
    let unreadable = |source| KbError::Unreadable { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return read_bytes(&name, &std::fs::read(path).map_err(unreadable)?, options);
    }
    let mut files = Vec::new();
    collect(path, &mut Vec::new(), &mut files)?;
    files.sort();
    let mut document = Document::default();
    for (name, file) in files {
        let bytes = std::fs::read(&file).map_err(|source| KbError::Unreadable { path: file.clone(), source })?;
        read_tree_file(&name.join("/"), &bytes, options, &mut document);
    }
    if document.rows.is_empty() {
        return Err(KbError::Format {
            file: path.display().to_string(),
            message: Wording::new("目录里没有文章", "the directory holds no articles"),
            hint: Wording::new(
                "文章是 <语言>/<主题>/<名称>.md，开头是 --- 之间的字段。表格请直接给出文件路径。",
                "Articles are <locale>/<topic>/<slug>.md and begin with front matter; name a table's file itself.",
            ),
        });
    }
    Ok(document)
}

/// Reads one file from its bytes; `name` is used in places and as a hint at the form.
///
/// **Errors** As [`read_path`].
pub fn read_bytes(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Document, KbError> {
    if workbook::is_zip(bytes) {
        return workbook::read(name, bytes, options);
    }
    if workbook::is_old_office(bytes) {
        return Err(workbook::unreadable(name));
    }
    let decoded = encoding::decode(name, bytes, options.encoding.as_deref())?;
    let text = decoded.text.as_str();
    if text.trim().is_empty() {
        return Err(KbError::Format {
            file: name.to_owned(),
            message: Wording::new("文件是空的", "the file is empty"),
            hint: Wording::new("请检查是否导出了内容。", "Check that the export has content."),
        });
    }
    let mut document = if is_markdown(name) || markdown::has_front_matter(text) {
        let mut document = Document::default();
        let row = markdown::read(name, text, locale_of(name), options, &mut document.notices);
        document.rows.push(row);
        document
    } else if json::is_json(name, text) {
        json::read(name, text, options)
    } else {
        table::read_text(name, text, options)?
    };
    document.notices.splice(0..0, decoded.notices);
    Ok(document)
}

fn read_tree_file(name: &str, bytes: &[u8], options: &ReadOptions, document: &mut Document) {
    match encoding::decode(name, bytes, options.encoding.as_deref()) {
        Ok(decoded) => {
            let is_readme = name.rsplit('/').next().is_some_and(|file| file.to_ascii_lowercase().starts_with("readme"));
            if is_readme && !markdown::has_front_matter(&decoded.text) {
                return;
            }
            // UTF-8 is what a tree is written in: only other encodings and broken bytes are worth a line per file.
            document.notices.extend(decoded.notices.into_iter().filter(|notice| notice.message.en != "encoding: UTF-8"));
            document.rows.push(markdown::read(name, &decoded.text, locale_of(name), options, &mut document.notices));
        }
        Err(error) => document.rows.push(Row {
            place: Place::new(name, 1),
            outcome: Err(refusal(&error)),
            warnings: Vec::new(),
            raw: RawRow::unreadable(format!("[{name}]")),
        }),
    }
}

fn refusal(error: &KbError) -> Refusal {
    use crate::error::Coded;
    let message = Wording::new(error.message(Locale::ZhCn), error.message(Locale::En));
    Refusal::new("file_encoding", message, Wording::new(error.hint(Locale::ZhCn), error.hint(Locale::En)))
}

type Found = (Vec<String>, PathBuf);

fn collect(directory: &Path, names: &mut Vec<String>, files: &mut Vec<Found>) -> Result<(), KbError> {
    let unreadable = |source| KbError::Unreadable { path: directory.to_owned(), source };
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let is_dir = std::fs::metadata(&path).map_err(|source| KbError::Unreadable { path: path.clone(), source })?.is_dir();
        if is_dir && names.len() < TREE_MAX_DEPTH {
            names.push(name);
            collect(&path, names, files)?;
            names.pop();
        } else if !is_dir && is_markdown(&name) {
            let mut name_in_tree = names.clone();
            name_in_tree.push(name);
            files.push((name_in_tree, path));
        }
    }
    Ok(())
}

fn is_markdown(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".md") || name.ends_with(".markdown")
}

/// The locale that a directory of the path names.
fn locale_of(name: &str) -> Option<Locale> {
    let directories = name.rsplit_once('/')?.0;
    // Only real tags: `english-tea` is a topic.
    let is_tag = |part: &&str| {
        let language = part.split(['-', '_']).next().unwrap_or_default();
        language.len() == 2 && part.len() <= 10
    };
    directories.split('/').filter(is_tag).find_map(|part| part.parse().ok())
}
