//! `jieda backup` and `jieda restore`.

use std::path::PathBuf;

use serde_json::json;

use super::data;
use super::session::{Session, Status};
use crate::error::Failure;
use crate::store::{Store, backup_file};

/// Writes a backup of one consistent moment and checks it, also while a server runs.
pub async fn backup(to: PathBuf, session: &Session) -> Result<Status, Failure> {
    let database = data::check_existing(&session.config.server.data_dir)?;
    let report = backup_file(&database, &to, &session.clock).await?;
    let (path, bytes) = (report.path.display(), report.bytes);
    session.manner.show(
        || json!({ "path": path.to_string(), "bytes": bytes, "sha256": report.sha256, "at": report.at.to_string() }),
        || {
            session
                .manner
                .pick(format!("已备份到 {path}（{bytes} 字节，校验通过）\n"), format!("backed up to {path} ({bytes} bytes, verified)\n"))
        },
    )?;
    Ok(Status::Done)
}

/// Puts a backup in the place of the database, which is kept aside.
pub async fn restore(from: PathBuf, session: &Session) -> Result<Status, Failure> {
    let report = Store::restore(&from, &session.config.server.data_dir, &session.clock).await?;
    let replaced = report.replaced.as_ref().map(|path| path.display().to_string());
    session.manner.show(
        || {
            json!({
                "backup_at": report.backup_at.to_string(),
                "replaced": replaced,
                "replaced_readable": report.replaced_readable,
                "last_ticket": report.last_ticket.0,
                "kb_revision": report.kb_revision.0,
            })
        },
        || {
            let mut text = session
                .manner
                .pick(format!("已恢复到 {} 的备份\n", report.backup_at), format!("restored the backup of {}\n", report.backup_at));
            if let Some(replaced) = &replaced {
                text.push_str(
                    &session
                        .manner
                        .pick(format!("原来的数据库在 {replaced}\n"), format!("the database that was replaced is in {replaced}\n")),
                );
            }
            text
        },
    )?;
    Ok(Status::Done)
}
