//! Events on their way to the outside. They are stored with what they tell of, and deleted when they have been delivered: at
//! least once, within a conversation one after the other, else in the order in which they fall due.

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

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxState {
    /// How many events.
    pub pending: usize,
    /// How many of them have failed before.
    pub failed: usize,
    /// When the next one is due; it may be due already. Events behind another one of their conversation do not count.
    pub next_at: Option<Timestamp>,
}

/// Whether no older event of the same conversation waits.
macro_rules! is_first {
    () => {
        "NOT EXISTS (SELECT 1 FROM outbox earlier JOIN tickets one ON one.number = earlier.ticket \
         JOIN tickets other ON other.conversation_id = one.conversation_id \
         WHERE other.number = outbox.ticket AND earlier.id < outbox.id)"
    };
}

impl Store {
    /// Events that are due, the longest due first; of each conversation only the oldest, so that one that failed holds up those
    /// behind it.
    pub async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = concat!(
            "SELECT id, ticket, payload, attempts, last_error, created_at, next_at FROM outbox WHERE next_at <= $1 AND ",
            is_first!(),
            " ORDER BY next_at, id LIMIT $2"
        );
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

    /// What waits at the moment.
    pub async fn outbox_state(&self) -> Result<OutboxState, StoreError> {
        let sql = concat!(
            "SELECT COUNT(*) AS pending, COUNT(CASE WHEN attempts > 0 THEN 1 END) AS failed, MIN(CASE WHEN ",
            is_first!(),
            " THEN next_at END) AS next_at FROM outbox"
        );
        let row = sqlx::query(sql).fetch_one(&self.readers).await?;
        let row = Reader::new("outbox", &row);
        let count = |column| Ok::<_, StoreError>(usize::try_from(row.number(column)?).unwrap_or(0));
        Ok(OutboxState { pending: count("pending")?, failed: count("failed")?, next_at: row.optional_time("next_at")? })
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
    use super::super::tests::{Fixture, hand_off};
    use super::*;

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

    #[tokio::test]
    async fn a_failed_event_holds_up_its_own_conversation_only() {
        let f = Fixture::new().await;
        assert_eq!(f.store.outbox_state().await.unwrap(), OutboxState::default());
        let now = f.clock.now();
        let mut of_one = Vec::new();
        let conversation = f.conversation().await;
        for _ in 0..2 {
            let message = f.say(conversation, "我要人工").await;
            let ticket = f.store.record_ask(hand_off(conversation, message.id)).await.unwrap().ticket.unwrap();
            f.store.close_ticket(ticket, "小青", "", now).await.unwrap();
            of_one.push(ticket);
        }
        let other = f.ticket().await;
        let store = &f.store;
        let due = |at| async move { store.outbox_due(at, 10).await.unwrap() };
        let first = due(now).await;
        assert_eq!(first.iter().map(|row| row.ticket).collect::<Vec<_>>(), [of_one[0], other]);

        f.store.outbox_failed(first[0].id, now.plus_ms(500), "HTTP 500").await.unwrap();
        f.store.outbox_done(first[1].id).await.unwrap();
        assert_eq!(due(now).await, []);
        let state = OutboxState { pending: 2, failed: 1, next_at: Some(now.plus_ms(500)) };
        assert_eq!(f.store.outbox_state().await.unwrap(), state);

        f.store.outbox_done(first[0].id).await.unwrap();
        assert_eq!(due(now).await.iter().map(|row| row.ticket).collect::<Vec<_>>(), [of_one[1]]);
    }
}
