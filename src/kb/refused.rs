//! The refused rows as a table that can be corrected and imported again.

use std::path::Path;

use super::delimited::{defuse, write_field};
use super::{Field, KbError, Plan, export, write};

/// Writes the refused rows of a plan as CSV (UTF-8 with a byte-order mark): the reason first, then every field, and last what found
/// no field. Reading the file passes over the reason; a row that is not corrected is refused again.
///
/// **Errors** The file cannot be written.
pub fn write_refused(plan: &Plan, path: &Path) -> Result<(), KbError> {
    let mut text = String::from("\u{feff}错误（error）");
    for field in Field::ALL {
        text.push(',');
        write_field(export::header(field), &mut text);
    }
    text.push_str(",其余（rest）\r\n");
    for row in &plan.refused {
        let refusal = &row.refusal;
        let reason = format!(
            "{}：{}。{}\n{}: {}. {}",
            row.place, refusal.message.zh, refusal.hint.zh, row.place, refusal.message.en, refusal.hint.en
        );
        write_field(&defuse(&reason), &mut text);
        let cells = Field::ALL.into_iter().map(|field| row.raw.get(field).unwrap_or_default());
        for cell in cells.chain([row.raw.rest.as_str()]) {
            text.push(',');
            write_field(&defuse(cell), &mut text);
        }
        text.push_str("\r\n");
    }
    write::file(path, text.as_bytes())
}
