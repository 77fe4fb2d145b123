//! Workbooks (.xlsx): each sheet with a header is a table.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};

use super::delimited::{Oddity, Record};
use super::table::{self, Header};
use super::wording::Notice;
use super::{Document, KbError, Place, ReadOptions};
use crate::domain::wording::Wording;

/// The most columns that are read; a stray mark far to the right must not make every row that wide.
const COLUMNS_MAX: u32 = 1024;

/// Whether bytes are a ZIP container, as workbooks are.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Whether bytes are a container of old Office files (.xls, .doc).
pub fn is_old_office(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// The error of a container that is no readable workbook.
pub fn unreadable(file: &str) -> KbError {
    KbError::Format {
        file: file.to_owned(),
        message: Wording::new("不是可读取的 .xlsx 工作簿", "no readable .xlsx workbook"),
        hint: Wording::new(
            "请在 Excel 或 WPS 里另存为 .xlsx 或 CSV UTF-8；加密的文件请先去掉密码。",
            "Save it as .xlsx or CSV UTF-8, without a password.",
        ),
    }
}

/// Reads every sheet that has a header.
pub fn read(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Document, KbError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable(file))?;
    let mut document = Document::default();
    let mut first = None;
    let mut tables = Vec::new();
    for sheet in workbook.sheet_names() {
        let records = records(&mut workbook, &sheet).ok_or_else(|| unreadable(file))?;
        match Header::find(&records) {
            Some(header) => tables.push((sheet, records, header)),
            None => {
                let line = records.iter().find(|record| !record.is_blank()).map(|record| record.fields.join(" "));
                if line.is_some() {
                    document.notices.push(Notice::at(
                        Place::new(file, 1),
                        "sheet_skipped",
                        format!("工作表“{sheet}”没有问题列和答案列，已跳过"),
                        format!("the sheet {sheet:?} has no question and answer columns: skipped"),
                    ));
                }
                first = first.or(line);
            }
        }
    }
    if tables.is_empty() {
        return Err(table::no_header(file, first.as_deref()));
    }
    let several = tables.len() > 1;
    for (sheet, records, header) in tables {
        let name = if several { format!("{file}#{sheet}") } else { file.to_owned() };
        table::read_records(&name, records, header, options, &mut document);
    }
    Ok(document)
}

/// Every sheet that has text, by name.
pub fn sheets(file: &str, bytes: &[u8]) -> Result<Vec<(String, Vec<Record>)>, KbError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable(file))?;
    let mut sheets = Vec::new();
    for sheet in workbook.sheet_names() {
        let records = records(&mut workbook, &sheet).ok_or_else(|| unreadable(file))?;
        if records.iter().any(|record| !record.is_blank()) {
            sheets.push((sheet, records));
        }
    }
    Ok(sheets)
}

/// The rows of a sheet that have cells, each as wide as the widest; `None` if the sheet cannot be read.
fn records(workbook: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Option<Vec<Record>> {
    let mut cells = workbook.worksheet_cells_reader(sheet).ok()?;
    let mut records: Vec<Record> = Vec::new();
    while let Some(cell) = cells.next_cell().ok()? {
        let (row, column) = cell.get_position();
        if column >= COLUMNS_MAX {
            continue;
        }
        let line = u64::from(row) + 1;
        if records.last().is_none_or(|record| record.line != line) {
            records.push(Record { line, fields: Vec::new(), oddity: None });
        }
        let text = text(cell.get_value());
        let Some(record) = records.last_mut() else { continue };
        match text {
            Some(text) if !text.is_empty() => {
                record.fields.resize_with(record.fields.len().max(column as usize + 1), String::new);
                record.fields[column as usize] = text;
            }
            Some(_) => {}
            None => record.oddity = Some(Oddity::ErrorCell),
        }
    }
    let width = records.iter().map(|record| record.fields.len()).max().unwrap_or(0);
    for record in &mut records {
        record.fields.resize_with(width, String::new);
    }
    Some(records)
}

/// A cell as text; `None` for a formula's error.
fn text(value: &DataRef<'_>) -> Option<String> {
    Some(match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        // Numbers are shown without the `.0` that they are stored with.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "true".to_owned(),
        DataRef::Bool(false) => "false".to_owned(),
        DataRef::DateTime(moment) if moment.is_duration() => moment.as_f64().to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) => return None,
    })
}
