//! Text tables: records of fields, by comma, semicolon or tab, and the quoting that spreadsheets use.

/// A record of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line in the file in which it begins, from 1; the row of the sheet in a workbook.
    pub line: u64,
    /// Its fields, unquoted.
    pub fields: Vec<String>,
    /// What is odd about it.
    pub oddity: Option<Oddity>,
}

/// What is odd about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// A quote was opened and never closed: the fields behind it, and all records, are inside its last field.
    OpenQuote,
    /// A field begins with a quote that is no quoting, as more text follows the next quote: taken as written.
    LiteralQuote,
    /// A cell of a workbook shows an error instead of a value.
    ErrorCell,
}

impl Record {
    /// Whether no field has any text.
    pub fn is_blank(&self) -> bool {
        self.fields.iter().all(|field| field.trim().is_empty())
    }
}

/// Splits a text into records, at most `limit` of them. Newlines within quotes belong to their field, and lines go on counting.
pub fn split(text: &str, delimiter: char, limit: usize) -> Vec<Record> {
    let mut records = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() && records.len() < limit {
        let (record, after, lines) = record(rest, delimiter, line);
        records.push(record);
        rest = after;
        line += lines;
    }
    records
}

fn record(text: &str, delimiter: char, line: u64) -> (Record, &str, u64) {
    let mut record = Record { line, fields: Vec::new(), oddity: None };
    let mut rest = text;
    loop {
        let (field, after) = match quoted(rest, delimiter) {
            Quoted::Closed(field, after) => (field, after),
            Quoted::Open(field) => {
                record.oddity = Some(Oddity::OpenQuote);
                (field, "")
            }
            other => {
                if other == Quoted::Literal {
                    record.oddity = Some(Oddity::LiteralQuote);
                }
                let end = rest.find([delimiter, '\n', '\r']).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        record.fields.push(field);
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None => {
                let after = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\n', '\r'])).unwrap_or(after);
                let lines = line_ends(&text[..text.len() - after.len()]);
                return (record, after, lines);
            }
        }
    }
}

/// The number of line ends, each of `\r\n`, `\n` and a lone `\r` counting once.
fn line_ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    ends.count() as u64
}

#[derive(PartialEq)]
enum Quoted<'a> {
    No,
    Closed(String, &'a str),
    Literal,
    Open(String),
}

/// Reads a quoted field; spaces around the quotes do not count.
fn quoted(text: &str, delimiter: char) -> Quoted<'_> {
    let Some(mut rest) = text.trim_start_matches(' ').strip_prefix('"') else { return Quoted::No };
    let mut field = String::new();
    while let Some(at) = rest.find('"') {
        field.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('"') {
            field.push('"');
            rest = after;
            continue;
        }
        let after = rest.trim_start_matches(' ');
        return if after.is_empty() || after.starts_with([delimiter, '\n', '\r']) { Quoted::Closed(field, after) } else { Quoted::Literal };
    }
    field.push_str(rest);
    Quoted::Open(field)
}

/// A field as it is written: quoted where it has to be, and where another delimiter could be taken for ours.
pub fn write_field(field: &str, line: &mut String) {
    if field.contains([',', ';', '\t', '"', '\n', '\r']) || field.starts_with(' ') || field.ends_with(' ') {
        line.push('"');
        line.push_str(&field.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(field);
    }
}

/// A text that a spreadsheet would run as a formula gets an apostrophe in front, which it shows as plain text; [`restore`] takes it off.
pub fn defuse(field: &str) -> std::borrow::Cow<'_, str> {
    if looks_like_formula(field.trim_start_matches('\'')) { format!("'{field}").into() } else { field.into() }
}

/// The text before [`defuse`].
pub fn restore(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(inner) if looks_like_formula(inner.trim_start_matches('\'')) => inner,
        _ => field,
    }
}

fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str) -> Vec<(u64, Vec<String>)> {
        split(text, ',', usize::MAX).into_iter().map(|record| (record.line, record.fields)).collect()
    }

    #[test]
    fn lines_go_on_counting_after_quoted_newlines() {
        let text = "问题,答案\r\n一,\"第一行\r\n第二行\n\n第四行\"\r\n二,\"a\rb\"\r三,\"说\"\"好\"\"\"";
        let want: Vec<(u64, Vec<String>)> = [
            (1, vec!["问题", "答案"]),
            (2, vec!["一", "第一行\r\n第二行\n\n第四行"]),
            (6, vec!["二", "a\rb"]),
            (8, vec!["三", "说\"好\""]),
        ]
        .map(|(line, fields)| (line, fields.into_iter().map(str::to_owned).collect()))
        .into();
        assert_eq!(fields(text), want);
    }

    #[test]
    fn stray_quotes_are_literal() {
        for (text, want) in [
            ("5\"屏,好", vec!["5\"屏", "好"]),
            ("\"激活\" 是什么,好", vec!["\"激活\" 是什么", "好"]),
            ("a, \"b, c\" ,d", vec!["a", "b, c", "d"]),
            ("\"\",''", vec!["", "''"]),
        ] {
            assert_eq!(fields(text)[0].1, want, "{text}");
        }
        assert_eq!(split("\"激活\" 是什么,好", ',', 9)[0].oddity, Some(Oddity::LiteralQuote));
    }

    #[test]
    fn an_open_quote_holds_the_rest_of_the_file() {
        let records = split("a,b\nc,\"d\ne,f\n", ',', 9);
        assert_eq!(records.len(), 2);
        assert_eq!((records[1].oddity, records[1].fields[1].as_str()), (Some(Oddity::OpenQuote), "d\ne,f\n"));
    }

    proptest! {
        #[test]
        fn written_fields_read_back(rows in prop::collection::vec(prop::collection::vec(r#"[-=+@'",;\t\n\r 退a]{0,6}"#, 2..4), 1..4)) {
            let mut text = String::new();
            for row in &rows {
                for (at, field) in row.iter().enumerate() {
                    if at > 0 { text.push(','); }
                    write_field(&defuse(field), &mut text);
                }
                text.push_str("\r\n");
            }
            let read: Vec<Vec<String>> = split(&text, ',', usize::MAX).into_iter()
                .map(|record| record.fields.iter().map(|field| restore(field).to_owned()).collect()).collect();
            prop_assert_eq!(read, rows, "{}", text);
        }

        #[test]
        fn a_defused_field_is_no_formula(field in r"[-=+@' \ta退]{0,4}") {
            let defused = defuse(&field);
            prop_assert!(!looks_like_formula(&defused));
            prop_assert_eq!(restore(&defused), field.as_str());
        }
    }
}
