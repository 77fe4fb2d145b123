//! `jieda eval report`: a page about a record.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::runs_dir;
use crate::cli::error::CliError;
use crate::cli::session::{Session, Status};
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::error::Failure;
use crate::eval::{report as pages, runs};
use crate::kb::write_file;

/// Writes the page about a record file, or about a kept run by its name.
pub async fn report(record: String, out: Option<PathBuf>, locale: Option<Locale>, session: &Session) -> Result<Status, Failure> {
    let out = out.unwrap_or_else(|| PathBuf::from(&record).with_extension("html"));
    if same_file(&out, Path::new(&record)) {
        let allowed = Wording::new("另一个文件，不能覆盖评测记录", "another file than the record");
        return Err(CliError::Argument { argument: "--out", given: record, allowed }.into());
    }
    let (dir, locale) = (runs_dir(&session.config.server.data_dir), locale.unwrap_or(session.manner.locale));
    let path = out.clone();
    session
        .blocking(move || {
            let page = pages::page(&runs::find(&record, &dir)?, locale)?;
            Ok(write_file(&path, page.as_bytes())?)
        })
        .await?;
    let shown = out.display();
    session.manner.show(
        || json!({ "report": shown.to_string() }),
        || session.manner.pick(format!("报告已写到 {shown}\n"), format!("the report is in {shown}\n")),
    )?;
    Ok(Status::Done)
}

/// Whether two paths lead to one file that exists.
fn same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| Some(one) == real(other))
}
