//! `jieda privacy`: what customers may demand of their data.

use std::io::{BufRead, IsTerminal, Write};

use serde_json::json;

use super::data;
use super::error::CliError;
use super::output::Manner;
use super::session::{Session, Status};
use crate::domain::ids::VisitorId;
use crate::domain::wording::Wording;
use crate::error::Failure;

/// Erases a visitor. Status 1 if the person at the terminal says no.
pub async fn erase(visitor: VisitorId, yes: bool, session: &Session) -> Result<Status, Failure> {
    let way_out = Wording::new("请先停止服务再抹除。", "Stop the server and erase then.");
    let claimed = data::claim_existing(&session.config.server.data_dir, Some(way_out))?;
    if !yes && !confirmed(&visitor, session.manner)? {
        return Ok(Status::Negative);
    }
    let store = claimed.store(&session.clock).await?;
    let report = store.erase_visitor(&visitor).await;
    store.close().await;
    let report = report?;
    session.manner.show(
        || {
            json!({
                "conversations": report.conversations,
                "messages": report.messages,
                "originals": report.originals,
                "decisions": report.decisions,
                "tickets": report.tickets,
                "outbox": report.outbox,
                "idempotency": report.idempotency,
            })
        },
        || {
            session.manner.pick(
                format!(
                    "已抹去：会话 {}，消息 {}，决策 {}，工单 {}\n",
                    report.conversations, report.messages, report.decisions, report.tickets
                ),
                format!(
                    "erased: {} conversations, {} messages, {} decisions, {} tickets\n",
                    report.conversations, report.messages, report.decisions, report.tickets
                ),
            )
        },
    )?;
    Ok(Status::Done)
}

fn confirmed(visitor: &VisitorId, manner: Manner) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::Unconfirmed);
    }
    let question = manner.pick(
        format!("抹去访客 {} 的全部内容？不可撤销。(y/N) ", visitor.0),
        format!("Erase everything of visitor {}? This cannot be undone. (y/N) ", visitor.0),
    );
    let mut answer = String::new();
    let asked = write!(std::io::stderr().lock(), "{question}").and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    asked.map_err(|_| CliError::Unconfirmed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
}
