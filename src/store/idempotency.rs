//! Idempotency keys: the same request again gets the same answer, the same key with another body is refused.
//!
//! A request that is being worked on holds a lease. If the process dies in between, the key is free again when the lease is
//! over; the request is then done again, so what it does should itself recognise a repeat where that matters (messages do, by
//! their ids).

use super::cursor::hex;
use super::rows::Reader;
use super::sqlite::{Conn, Durability};
use super::{Store, StoreError};
use crate::domain::time::Timestamp;

/// How long a request may be worked on before another may take its place.
const LEASE_MS: i64 = 60_000;
/// How long an answer is kept.
pub(super) const KEPT_MS: i64 = 24 * 3_600_000;

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyState {
    /// Nothing: it is this caller's to do, and to end with [`Store::finish_idempotent`] or [`Store::abandon_idempotent`].
    New,
    /// It has been answered.
    Done {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The key was used for another body.
    Conflict,
    /// Somebody is at it.
    InFlight,
}

impl Store {
    /// Looks a request up and, if it is new, reserves its key. `scope` keeps keys of different callers and routes apart.
    pub async fn idempotent(&self, scope: &str, key: &str, body_hash: [u8; 32]) -> Result<IdempotencyState, StoreError> {
        // A reservation promises nothing yet; the answer does.
        let mut transaction = self.writer.begin(Durability::Answered).await?;
        let result = reserve(transaction.conn()?, scope, key, &body_hash, self.now()).await;
        transaction.end(result).await
    }

    /// Keeps the answer of a request that was new.
    pub async fn finish_idempotent(&self, scope: &str, key: &str, status: u16, body: &str) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let query = sqlx::query("UPDATE idempotency SET status = $3, body = $4 WHERE scope = $1 AND key = $2 AND status IS NULL")
            .bind(scope)
            .bind(key)
            .bind(i64::from(status))
            .bind(body);
        let result = query.execute(transaction.conn()?).await.map(drop).map_err(StoreError::from);
        transaction.end(result).await
    }

    /// Frees the key of a request that was new and failed without doing anything.
    pub async fn abandon_idempotent(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin(Durability::Answered).await?;
        let query = sqlx::query("DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND status IS NULL").bind(scope).bind(key);
        let result = query.execute(transaction.conn()?).await.map(drop).map_err(StoreError::from);
        transaction.end(result).await
    }
}

async fn reserve(conn: &mut Conn, scope: &str, key: &str, body_hash: &[u8; 32], now: Timestamp) -> Result<IdempotencyState, StoreError> {
    let hash = hex(body_hash);
    let sql = "SELECT body_hash, status, body, started_at FROM idempotency WHERE scope = $1 AND key = $2";
    if let Some(row) = sqlx::query(sql).bind(scope).bind(key).fetch_optional(&mut *conn).await? {
        let row = Reader::new("idempotency", &row);
        let status = row.optional_number("status")?;
        let age = now.since_ms(row.time("started_at")?);
        let over = age >= if status.is_some() { KEPT_MS } else { LEASE_MS };
        if !over && row.text("body_hash")? != hash {
            return Ok(IdempotencyState::Conflict);
        }
        match status {
            _ if over => {}
            None => return Ok(IdempotencyState::InFlight),
            Some(status) => {
                let status = u16::try_from(status).map_err(|_| StoreError::row("idempotency", format!("status: {status}")))?;
                return Ok(IdempotencyState::Done { status, body: row.text("body")? });
            }
        }
    }
    sqlx::query(
        "INSERT INTO idempotency (scope, key, body_hash, started_at) VALUES ($1, $2, $3, $4) ON CONFLICT (scope, key) \
         DO UPDATE SET body_hash = excluded.body_hash, status = NULL, body = NULL, started_at = excluded.started_at",
    )
    .bind(scope)
    .bind(key)
    .bind(hash)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(IdempotencyState::New)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;
    use super::IdempotencyState::{Conflict, Done, InFlight, New};
    use super::*;

    #[tokio::test]
    async fn a_key_stands_for_one_request_of_one_scope() {
        let f = Fixture::new().await;
        let ask = async |scope: &str, body: u8| f.store.idempotent(scope, "键-1", [body; 32]).await.unwrap();
        assert_eq!(ask("a", 1).await, New);
        assert_eq!(ask("a", 1).await, InFlight);
        assert_eq!(ask("a", 2).await, Conflict);
        assert_eq!(ask("b", 2).await, New, "another scope");
        f.store.finish_idempotent("a", "键-1", 201, "{\"好\":1}").await.unwrap();
        assert_eq!(ask("a", 1).await, Done { status: 201, body: "{\"好\":1}".into() });
        assert_eq!(ask("a", 2).await, Conflict);
        f.store.finish_idempotent("a", "键-1", 500, "late").await.unwrap();
        f.store.abandon_idempotent("a", "键-1").await.unwrap();
        assert_eq!(ask("a", 1).await, Done { status: 201, body: "{\"好\":1}".into() }, "an answer stays");

        f.store.abandon_idempotent("b", "键-1").await.unwrap();
        assert_eq!(ask("b", 3).await, New);
    }

    #[tokio::test]
    async fn leases_and_answers_end() {
        let f = Fixture::new().await;
        let ask = async |body: u8| f.store.idempotent("a", "k", [body; 32]).await.unwrap();
        assert_eq!(ask(1).await, New);
        f.clock.advance_ms(LEASE_MS - 1);
        assert_eq!(ask(1).await, InFlight);
        f.clock.advance_ms(1);
        assert_eq!(ask(1).await, New, "whoever had it has died");
        f.store.finish_idempotent("a", "k", 200, "{}").await.unwrap();
        f.clock.advance_ms(KEPT_MS - 1);
        assert_eq!(ask(2).await, Conflict);
        f.clock.advance_ms(1);
        assert_eq!(ask(2).await, New);
    }

    #[tokio::test]
    async fn of_many_at_once_one_is_new() {
        let f = Fixture::new().await;
        let all = futures::future::join_all((0..20).map(|_| f.store.idempotent("a", "k", [1; 32]))).await;
        assert_eq!(all.into_iter().filter(|state| matches!(state, Ok(New))).count(), 1);
    }
}
