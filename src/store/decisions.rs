//! Reading decisions. They are written by [`super::ask`], once per customer's message, and never changed but by erasure.

use sqlx::QueryBuilder;

use super::cursor;
use super::rows::Reader;
use super::sqlite::{Conn, Database, Row};
use super::{Store, StoreError};
use crate::domain::decision::{Decision, Reason};
use crate::domain::ids::{ConversationId, DecisionId};

pub(super) mod record;

impl Store {
    /// One decision.
    pub async fn decision(&self, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        find(&mut *self.readers.acquire().await?, id).await
    }

    /// The conversation's last `n` decisions, newest first.
    pub async fn last_decisions(&self, conversation: ConversationId, n: usize) -> Result<Vec<Decision>, StoreError> {
        let sql = "SELECT record FROM decisions WHERE conversation_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(conversation.to_string()).bind(cursor::clamp(n)).fetch_all(&self.readers).await?;
        rows.iter().map(decision_of).collect()
    }

    /// The newest `limit` decisions that the confidence made, newest first.
    pub async fn recent_decisions_by_confidence(&self, limit: u32) -> Result<Vec<Decision>, StoreError> {
        let mut query = QueryBuilder::<Database>::new("SELECT record FROM decisions WHERE reason IN (");
        let mut reasons = query.separated(", ");
        for reason in Reason::BY_CONFIDENCE {
            reasons.push_bind(reason.name());
        }
        query.push(") ORDER BY at DESC, id DESC LIMIT ").push_bind(i64::from(limit));
        read_many(query.build().fetch_all(&self.readers).await?, decision_of).await
    }
}

/// One decision, as the transaction sees it.
pub(super) async fn find(conn: &mut Conn, id: DecisionId) -> Result<Option<Decision>, StoreError> {
    let sql = "SELECT record FROM decisions WHERE id = $1";
    sqlx::query(sql).bind(id.to_string()).fetch_optional(conn).await?.as_ref().map(decision_of).transpose()
}

/// Stores a decision. A second one about the same message is refused by the table.
pub(super) async fn insert(conn: &mut Conn, decision: &Decision) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO decisions \
         (id, conversation_id, message_id, band, reason, confidence, article_id, ticket, kb_revision, degraded, at, record) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(decision.id.to_string())
    .bind(decision.conversation_id.to_string())
    .bind(decision.message_id.to_string())
    .bind(decision.band.name())
    .bind(decision.reason.name())
    .bind(decision.confidence.get())
    .bind(decision.article_id.as_ref().map(|id| id.as_str()))
    .bind(decision.ticket.map(|ticket| ticket.0))
    .bind(decision.kb_revision.0)
    .bind(i64::from(decision.degraded))
    .bind(decision.at.0)
    .bind(record::write(decision)?)
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads many rows with records, giving way to others now and then: a record takes tens of microseconds.
pub(super) async fn read_many<T>(rows: Vec<Row>, read: impl Fn(&Row) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    let mut all = Vec::with_capacity(rows.len());
    for (n, row) in rows.iter().enumerate() {
        if n % 50 == 49 {
            tokio::task::yield_now().await;
        }
        all.push(read(row)?);
    }
    Ok(all)
}

pub(super) fn decision_of(row: &Row) -> Result<Decision, StoreError> {
    record::read(&Reader::new("decisions", row).text("record")?)
}

#[cfg(test)]
mod tests {
    use super::super::AskRecord;
    use super::super::tests::{Fixture, decision};
    use super::*;
    use crate::domain::decision::Band;

    #[tokio::test]
    async fn decisions_are_read_newest_first() {
        let f = Fixture::new().await;
        let conversation = f.conversation().await;
        let start = f.clock.now();
        let mut ids = Vec::new();
        for n in 0..6 {
            let message = f.say(conversation, &format!("问题 {n}")).await;
            let mut decision = decision(conversation, message.id);
            // Two by two at the same moment: the id decides.
            decision.at = start.plus_ms(n / 2);
            if n % 2 == 1 {
                (decision.band, decision.reason) = (Band::Chitchat, Reason::Thanks);
            }
            ids.insert(0, decision.id);
            f.store.record_ask(AskRecord::new(decision)).await.unwrap();
        }
        assert_eq!(f.store.decision(ids[0]).await.unwrap().unwrap().id, ids[0]);
        assert_eq!(f.store.decision(DecisionId::new()).await.unwrap(), None);
        let of = |decisions: &[Decision]| decisions.iter().map(|d| d.id).collect::<Vec<_>>();
        assert_eq!(of(&f.store.last_decisions(conversation, 3).await.unwrap()), ids[..3]);

        // Three thanked, three asked: only questions are read again.
        assert_eq!(of(&f.store.recent_decisions_by_confidence(99).await.unwrap()), [ids[1], ids[3], ids[5]]);
        assert_eq!(of(&f.store.recent_decisions_by_confidence(2).await.unwrap()), [ids[1], ids[3]]);
    }
}
