//! Events on their way to the outside. They are stored with what they tell of, and deleted when they have been delivered: at
//! least once, in the order in which they fall due.

use super::rows::Reader;
use super::sqlite::{Conn, Durability};
use super::{Store, StoreError, cursor};
use crate::domain::ids::{OutboxId, TicketNumber};
use crate::domain::time::Timestamp;

/// One event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id; receivers recognise a repeat by it.
    pub id: OutboxId,
    /// The ticket that it tells of; the payload was made before the number was known.
    pub ticket: TicketNumber,
    /// JSON as text.
    pub payload: String,
    /// How often delivery has failed.
    pub attempts: i64,
    /// How it failed last.
    pub last_error: Option<String>,
    /// When it happened.
    pub created_at: Timestamp,
    /// When delivery is due.
    pub next_at: Timestamp,
}

impl Store {
    /// Events that are due, the longest due first.
    pub async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "SELECT id, ticket, payload, attempts, last_error, created_at, next_at FROM outbox \
                   WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2";
        let rows = sqlx::query(sql).bind(now.0).bind(cursor::clamp(limit)).fetch_all(&self.readers).await?;
        let events = rows.iter().map(|row| Reader::new("outbox", row));
        events
            .map(|row| {
                Ok(OutboxRow {
                    id: row.parsed("id")?,
                    ticket: TicketNumber(row.number("ticket")?),
                    payload: row.text("payload")?,
                    attempts: row.number("attempts")?,
                    last_error: row.optional_text("last_error")?,
                    created_at: row.time("created_at")?,
                    next_at: row.time("next_at")?,
                })
            })
            .collect()
    }

    /// The event has been delivered. Losing this to a power cut only delivers it again.
    pub async fn outbox_done(&self, id: OutboxId) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin(Durability::Answered).await?;
        let query = sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id.to_string());
        let result = query.execute(transaction.conn()?).await.map(drop).map_err(StoreError::from);
        transaction.end(result).await
    }

    /// Delivery failed; the event is due again at `next_at`.
    pub async fn outbox_failed(&self, id: OutboxId, next_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin(Durability::Answered).await?;
        let query = sqlx::query("UPDATE outbox SET attempts = attempts + 1, next_at = $2, last_error = $3 WHERE id = $1")
            .bind(id.to_string())
            .bind(next_at.0)
            .bind(error);
        let result = query.execute(transaction.conn()?).await.map(drop).map_err(StoreError::from);
        transaction.end(result).await
    }
}

/// Puts an event in line, due at once.
pub(super) async fn insert(conn: &mut Conn, ticket: TicketNumber, payload: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO outbox (id, ticket, payload, attempts, created_at, next_at) VALUES ($1, $2, $3, 0, $4, $4)")
        .bind(OutboxId::new().to_string())
        .bind(ticket.0)
        .bind(payload)
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;

    #[tokio::test]
    async fn an_event_waits_until_it_is_delivered() {
        let f = Fixture::new().await;
        let first = f.ticket().await;
        f.clock.advance_ms(10);
        let second = f.ticket().await;
        let now = f.clock.now();
        let due = f.store.outbox_due(now, 10).await.unwrap();
        assert_eq!(due.iter().map(|row| row.ticket).collect::<Vec<_>>(), [first, second]);
        assert_eq!((due[0].payload.as_str(), due[0].attempts, due[0].last_error.clone()), (r#"{"event":"opened"}"#, 0, None));
        assert_eq!(f.store.outbox_due(now.plus_ms(-1), 10).await.unwrap(), due[..1]);
        assert_eq!(f.store.outbox_due(now, 1).await.unwrap(), due[..1]);

        f.store.outbox_failed(due[0].id, now.plus_ms(100), "连接被拒绝").await.unwrap();
        f.store.outbox_done(due[1].id).await.unwrap();
        assert_eq!(f.store.outbox_due(now, 10).await.unwrap(), []);
        let again = f.store.outbox_due(now.plus_ms(100), 10).await.unwrap();
        assert_eq!((again[0].id, again[0].attempts, again[0].last_error.as_deref()), (due[0].id, 1, Some("连接被拒绝")));
    }
}
