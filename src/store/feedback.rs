//! What customers and agents said of decisions: the labels of a later calibration.

use super::rows::Reader;
use super::sqlite::{Conn, Durability, Row};
use super::{Store, StoreError, decisions};
use crate::domain::decision::Decision;
use crate::domain::feedback::{Feedback, FeedbackKind};

impl Store {
    /// Stores a judgement and returns it as it is kept: the same judgement of the same decision (and article) again takes the place of
    /// the first, whose id it keeps.
    ///
    /// **Errors**: `DecisionNotFound`.
    pub async fn add_feedback(&self, feedback: &Feedback) -> Result<Feedback, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = add(transaction.conn()?, feedback).await;
        transaction.end(result).await
    }

    /// The judgements of a decision, oldest first: tests look at what was stored, the program reads judgements with their decisions.
    #[cfg(test)]
    pub(crate) async fn feedback_of(&self, decision: crate::domain::ids::DecisionId) -> Result<Vec<Feedback>, StoreError> {
        let sql = "SELECT id, decision_id, kind, article_id, comment, at FROM feedback WHERE decision_id = $1 ORDER BY at, id";
        let rows = sqlx::query(sql).bind(decision.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(feedback).collect()
    }

    /// The newest `limit` judgements with the decisions that they are of, oldest first.
    pub async fn recent_judgements(&self, limit: u32) -> Result<Vec<(Feedback, Decision)>, StoreError> {
        let sql = "SELECT f.id, f.decision_id, f.kind, f.article_id, f.comment, f.at, d.record \
                   FROM feedback f JOIN decisions d ON d.id = f.decision_id ORDER BY f.at DESC, f.id DESC LIMIT $1";
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.readers).await?;
        let mut judgements = decisions::read_many(rows, |row| Ok((feedback(row)?, decisions::decision_of(row)?))).await?;
        judgements.reverse();
        Ok(judgements)
    }
}

fn feedback(row: &Row) -> Result<Feedback, StoreError> {
    let row = Reader::new("feedback", row);
    let names_an_article = !row.text("article_id")?.is_empty();
    Ok(Feedback {
        id: row.parsed("id")?,
        decision_id: row.parsed("decision_id")?,
        kind: row.named("kind", FeedbackKind::parse)?,
        article_id: if names_an_article { Some(row.parsed("article_id")?) } else { None },
        comment: row.text("comment")?,
        at: row.time("at")?,
    })
}

/// Stores a judgement within a transaction.
pub(super) async fn add(conn: &mut Conn, feedback: &Feedback) -> Result<Feedback, StoreError> {
    if decisions::find(conn, feedback.decision_id).await?.is_none() {
        return Err(StoreError::DecisionNotFound { id: feedback.decision_id });
    }
    let row = sqlx::query(
        "INSERT INTO feedback (id, decision_id, kind, article_id, comment, at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (decision_id, kind, article_id) DO UPDATE SET comment = excluded.comment, at = excluded.at RETURNING id",
    )
    .bind(feedback.id.to_string())
    .bind(feedback.decision_id.to_string())
    .bind(feedback.kind.name())
    .bind(feedback.article_id.as_ref().map_or("", |id| id.as_str()))
    .bind(&feedback.comment)
    .bind(feedback.at.0)
    .fetch_one(conn)
    .await?;
    Ok(Feedback { id: Reader::new("feedback", &row).parsed("id")?, ..feedback.clone() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;
    use super::*;
    use crate::domain::ids::{DecisionId, FeedbackId};

    #[tokio::test]
    async fn a_repeat_replaces_and_an_unknown_decision_is_refused() {
        let f = Fixture::new().await;
        let conversation = f.conversation().await;
        let message = f.say(conversation, "怎么退货").await;
        let decision_id = f.answer(&message, conversation).await.decision.id;
        let judged = |kind, article: Option<&str>, comment: &str| Feedback {
            id: FeedbackId::new(),
            decision_id,
            kind,
            article_id: article.map(|id| id.parse().unwrap()),
            comment: comment.into(),
            at: f.clock.now(),
        };
        let first = judged(FeedbackKind::NotHelpful, None, "没用");
        f.store.add_feedback(&first).await.unwrap();
        f.clock.advance_ms(1);
        let again = judged(FeedbackKind::NotHelpful, None, "还是没用");
        assert_eq!(f.store.add_feedback(&again).await.unwrap().id, first.id);
        f.clock.advance_ms(1);
        let picked = [judged(FeedbackKind::Picked, Some("a"), ""), judged(FeedbackKind::Picked, Some("b"), "")];
        for feedback in &picked {
            f.store.add_feedback(feedback).await.unwrap();
        }
        let stored = f.store.feedback_of(decision_id).await.unwrap();
        assert_eq!(stored, [Feedback { id: first.id, ..again }, picked[0].clone(), picked[1].clone()]);
        let recent = f.store.recent_judgements(2).await.unwrap();
        assert_eq!(recent.iter().map(|(feedback, _)| feedback).collect::<Vec<_>>(), [&picked[0], &picked[1]]);
        assert!(recent.iter().all(|(_, decision)| decision.id == decision_id));

        let unknown = Feedback { decision_id: DecisionId::new(), ..first };
        assert!(matches!(f.store.add_feedback(&unknown).await, Err(StoreError::DecisionNotFound { .. })));
    }
}
