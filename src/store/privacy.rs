//! Forgetting: what has been kept for long enough, and everything a visitor said.
//!
//! Erasure takes contents away and leaves the rows, so that counts stay true and no ticket number comes to stand for something
//! else. Afterwards the file is rewritten and the log emptied: the bytes are gone, not only the references to them. Backups
//! made earlier still hold them; they have to be deleted by hand.

use super::rows::json;
use super::sqlite::{Conn, Durability, empty_log, rewrite};
use super::{Store, StoreError, idempotency};
use crate::domain::ids::VisitorId;
use crate::domain::time::Timestamp;

/// How many rows one transaction of the sweep deletes: few enough that a customer's question does not wait for them.
const BATCH: i64 = 500;
const DAY_MS: i64 = 24 * 3_600_000;

/// How long things are kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Texts as they were written, before masking.
    pub originals_days: u32,
    /// Decisions and the feedback on them; `None`: for ever.
    pub decisions_days: Option<u32>,
}

impl Default for Retention {
    /// Originals for 30 days, decisions for ever.
    fn default() -> Self {
        Retention { originals_days: 30, decisions_days: None }
    }
}

/// How much a sweep deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SweepReport {
    /// Originals.
    pub originals: u64,
    /// Decisions.
    pub decisions: u64,
    /// Idempotency records.
    pub idempotency: u64,
}

/// How much an erasure touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EraseReport {
    /// Conversations that no longer name the visitor.
    pub conversations: u64,
    /// Messages without a text now.
    pub messages: u64,
    /// Originals deleted.
    pub originals: u64,
    /// Decisions without a question now.
    pub decisions: u64,
    /// Tickets without a context now.
    pub tickets: u64,
    /// Events that had not been delivered, deleted.
    pub outbox: u64,
    /// Remembered answers that named one of the conversations, deleted.
    pub idempotency: u64,
}

impl Store {
    /// Deletes what is older than its retention time. Run it now and then; each piece is a short transaction.
    pub async fn sweep(&self, now: Timestamp, retention: Retention) -> Result<SweepReport, StoreError> {
        let before = |days: u32| now.plus_ms(-i64::from(days) * DAY_MS);
        let originals = "DELETE FROM originals WHERE message_id IN (SELECT message_id FROM originals WHERE at < $1 LIMIT $2)";
        // Feedback goes with its decision.
        let decisions = "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE at < $1 LIMIT $2)";
        let records = "DELETE FROM idempotency WHERE (scope, key) IN \
                       (SELECT scope, key FROM idempotency WHERE started_at < $1 LIMIT $2)";
        let report = SweepReport {
            originals: self.delete_before(originals, before(retention.originals_days)).await?,
            decisions: match retention.decisions_days {
                Some(days) => self.delete_before(decisions, before(days)).await?,
                None => 0,
            },
            idempotency: self.delete_before(records, now.plus_ms(-idempotency::KEPT_MS)).await?,
        };
        if report != SweepReport::default() {
            // The log still holds the pages as they were. If a reader needs it, the next sweep that deletes something empties it.
            let mut writer = self.writer.exclusive(Durability::Answered).await?;
            match empty_log(writer.conn()?).await {
                Err(StoreError::Unavailable { source }) => tracing::debug!(error = %source, "the log was not emptied"),
                result => result?,
            }
            writer.release();
        }
        Ok(report)
    }

    async fn delete_before(&self, sql: &'static str, moment: Timestamp) -> Result<u64, StoreError> {
        let mut deleted = 0;
        loop {
            let mut transaction = self.writer.begin(Durability::Answered).await?;
            let query = sqlx::query(sql).bind(moment.0).bind(BATCH);
            let result = query.execute(transaction.conn()?).await.map(|done| done.rows_affected()).map_err(StoreError::from);
            let batch = transaction.end(result).await?;
            deleted += batch;
            if batch == 0 {
                return Ok(deleted);
            }
        }
    }

    /// Takes away everything that the visitor said and everything made of it. Numbers, times, bands and reasons stay.
    ///
    /// **Errors**: `DiskFull` or `Unavailable` if the contents are gone from the tables but the file could not be rewritten;
    /// repeat it then, also if it finds nothing more. **Cost**: the whole file is rewritten; writers wait, readers do not.
    pub async fn erase_visitor(&self, visitor: &VisitorId) -> Result<EraseReport, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = erase(transaction.conn()?, visitor).await;
        let report = transaction.end(result).await?;
        let mut writer = self.writer.exclusive(Durability::Promised).await?;
        rewrite(writer.conn()?).await?;
        writer.release();
        Ok(report)
    }
}

async fn erase(conn: &mut Conn, visitor: &VisitorId) -> Result<EraseReport, StoreError> {
    let mut report = EraseReport::default();
    let sql = "SELECT id FROM conversations WHERE visitor = $1 ORDER BY id";
    let conversations: Vec<String> = sqlx::query_scalar(sql).bind(&visitor.0).fetch_all(&mut *conn).await?;
    for id in &conversations {
        report.idempotency += erase_answers(conn, id).await?;
        report.decisions += erase_decisions(conn, id).await?;
        let mut run = async |sql: &'static str| -> Result<u64, StoreError> {
            Ok(sqlx::query(sql).bind(id).execute(&mut *conn).await?.rows_affected())
        };
        report.originals += run("DELETE FROM originals WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)").await?;
        report.messages += run("UPDATE messages SET text = '' WHERE conversation_id = $1").await?;
        run("UPDATE ticket_events SET text = '' WHERE ticket IN (SELECT number FROM tickets WHERE conversation_id = $1)").await?;
        report.outbox += run("DELETE FROM outbox WHERE ticket IN (SELECT number FROM tickets WHERE conversation_id = $1)").await?;
        report.tickets += run("UPDATE tickets SET context = '{}' WHERE conversation_id = $1").await?;
        run("UPDATE feedback SET comment = '' WHERE decision_id IN (SELECT id FROM decisions WHERE conversation_id = $1)").await?;
        // Without a hash no token opens it any more.
        let forget = "UPDATE conversations SET visitor = NULL, visitor_token_hash = '', context = '{}' WHERE id = $1";
        report.conversations += run(forget).await?;
    }
    Ok(report)
}

/// Deletes remembered answers that name the conversation or one of its decisions: they repeat what was said.
async fn erase_answers(conn: &mut Conn, conversation: &str) -> Result<u64, StoreError> {
    let sql = "SELECT $1 UNION SELECT id FROM decisions WHERE conversation_id = $1 \
               UNION SELECT id FROM messages WHERE conversation_id = $1";
    let ids: Vec<String> = sqlx::query_scalar(sql).bind(conversation).fetch_all(&mut *conn).await?;
    let mut deleted = 0;
    for id in ids {
        let query = sqlx::query("DELETE FROM idempotency WHERE body LIKE $1").bind(format!("%{id}%"));
        deleted += query.execute(&mut *conn).await?.rows_affected();
    }
    Ok(deleted)
}

/// Empties the texts in the records of decisions. The records are edited as JSON, so that one that a later program wrote keeps
/// its other fields.
async fn erase_decisions(conn: &mut Conn, conversation: &str) -> Result<u64, StoreError> {
    let sql = "SELECT id, record FROM decisions WHERE conversation_id = $1";
    let records: Vec<(String, String)> = sqlx::query_as(sql).bind(conversation).fetch_all(&mut *conn).await?;
    for (id, record) in &records {
        let mut record: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(record).map_err(|error| StoreError::row("decisions", format!("record: {error}")))?;
        for field in ["question", "query", "message"] {
            record.insert(field.to_owned(), "".into());
        }
        sqlx::query("UPDATE decisions SET record = $2 WHERE id = $1").bind(id).bind(json(&record)?).execute(&mut *conn).await?;
    }
    Ok(records.len() as u64)
}

#[cfg(test)]
mod tests;
