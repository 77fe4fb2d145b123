//! Tables and texts of other kinds than articles, read as articles are: the same encodings, delimiters, quoting and workbooks.

use std::path::Path;

use super::delimited::Record;
use super::{KbError, encoding, table, workbook};

/// What a file holds.
pub enum Content {
    /// A decoded text, without a byte-order mark.
    Text(String),
    /// A workbook's sheets that have text, each with the name of its places: the file's, and the sheet's if there are several.
    Sheets(Vec<(String, Vec<Record>)>),
}

/// Reads a file; `name` is used in errors and places.
///
/// **Errors** It cannot be read, is a damaged workbook or a text of no known encoding.
pub fn content(path: &Path, name: &str) -> Result<Content, KbError> {
    let bytes = std::fs::read(path).map_err(|source| KbError::Unreadable { path: path.to_owned(), source })?;
    if workbook::is_zip(&bytes) {
        let sheets = workbook::sheets(name, &bytes)?;
        let several = sheets.len() > 1;
        let named = |(sheet, records)| (if several { format!("{name}#{sheet}") } else { name.to_owned() }, records);
        return Ok(Content::Sheets(sheets.into_iter().map(named).collect()));
    }
    if workbook::is_old_office(&bytes) {
        return Err(workbook::unreadable(name));
    }
    Ok(Content::Text(encoding::decode(name, &bytes, None)?.text))
}

/// Splits a text table at the delimiter that fits it best; `is_header` says whether fields are the header, which stands first.
/// `None` if the first record with text is a header under no delimiter.
pub fn records(text: &str, is_header: &dyn Fn(&[String]) -> bool) -> Option<Vec<Record>> {
    let find = |records: &[Record]| {
        let (at, first) = records.iter().enumerate().find(|(_, record)| !record.is_blank())?;
        is_header(&first.fields).then_some((at, first.fields.len()))
    };
    table::split(text, &find).map(|(records, _)| records)
}
