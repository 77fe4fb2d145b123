//! Labelled questions. A question is known by its folded text: labelled again it keeps its id and takes the new articles and date.
//!
//! Labels name no visitor, so erasure leaves them alone; texts come in masked. Deleting an article leaves the labels that expect it:
//! they say that the question should be answered, and an article that comes back under its id answers it again.

use std::collections::BTreeSet;

use sqlx::QueryBuilder;

use super::rows::{Reader, json};
use super::sqlite::{Conn, Database, Durability, Row};
use super::{Page, Store, StoreError, cursor};
use crate::domain::ids::{ArticleId, LabelId};
use crate::domain::label::Label;

/// What became of labels that were given.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelReport {
    /// The labels as they are stored now, in the order given; a question given twice stands once, where it was given last.
    pub labels: Vec<Label>,
    /// How many of them are new; the others took the place of an earlier one.
    pub added: usize,
    /// How many there are altogether.
    pub total: u64,
}

impl Store {
    /// Stores labels in one transaction, each with its folded question. Of two with the same key the later one counts.
    ///
    /// **Errors**: `LabelsFull` if there would be more than `most`; nothing is stored then.
    pub async fn put_labels(&self, labels: &[(Label, String)], most: u64) -> Result<LabelReport, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = put(transaction.conn()?, labels, most).await;
        transaction.end(result).await
    }

    /// A page of labels, newest first.
    pub async fn labels_page(&self, cursor: Option<&str>, limit: usize) -> Result<Page<Label>, StoreError> {
        let limit = cursor::clamp(limit);
        let mut query = QueryBuilder::<Database>::new("SELECT id, question, expected, at FROM labels WHERE 1 = 1");
        cursor::older(&mut query, cursor)?;
        query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit + 1);
        let rows = query.build().fetch_all(&self.readers).await?;
        let labels = rows.iter().map(label_of).collect::<Result<Vec<_>, _>>()?;
        Ok(cursor::page(labels, limit, |label| [label.at.0.to_string(), label.id.to_string()]))
    }

    /// All labels, oldest first. **Cost**: a few megabytes at most.
    pub async fn all_labels(&self) -> Result<Vec<Label>, StoreError> {
        let rows = sqlx::query("SELECT id, question, expected, at FROM labels ORDER BY at, id").fetch_all(&self.readers).await?;
        rows.iter().map(label_of).collect()
    }

    /// Deletes labels in one transaction and returns them, in the order of `ids`; an id that stands twice counts once.
    ///
    /// **Errors**: `LabelNotFound`; nothing is deleted then.
    pub async fn delete_labels(&self, ids: &[LabelId]) -> Result<Vec<Label>, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = delete(transaction.conn()?, ids).await;
        transaction.end(result).await
    }
}

fn label_of(row: &Row) -> Result<Label, StoreError> {
    let row = Reader::new("labels", row);
    let expected: Vec<String> = row.json("expected")?;
    Ok(Label {
        id: row.parsed("id")?,
        question: row.text("question")?,
        expected: expected
            .iter()
            .map(|id| id.parse())
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::row("labels", format!("expected: {error}")))?,
        at: row.time("at")?,
    })
}

async fn count(conn: &mut Conn) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM labels").fetch_one(conn).await?;
    Ok(count.unsigned_abs())
}

async fn put(conn: &mut Conn, labels: &[(Label, String)], most: u64) -> Result<LabelReport, StoreError> {
    let before = count(conn).await?;
    let mut seen = BTreeSet::new();
    let mut last: Vec<&(Label, String)> = labels.iter().rev().filter(|(_, key)| seen.insert(key)).collect();
    last.reverse();
    let mut stored = Vec::with_capacity(last.len());
    for (label, key) in last {
        let expected: Vec<&str> = label.expected.iter().map(ArticleId::as_str).collect();
        let row = sqlx::query(
            "INSERT INTO labels (id, key, question, expected, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (key) DO UPDATE SET question = excluded.question, expected = excluded.expected, at = excluded.at \
             RETURNING id, question, expected, at",
        )
        .bind(label.id.to_string())
        .bind(key)
        .bind(&label.question)
        .bind(json(&expected)?)
        .bind(label.at.0)
        .fetch_one(&mut *conn)
        .await?;
        stored.push(label_of(&row)?);
    }
    let total = count(conn).await?;
    if total > most {
        return Err(StoreError::LabelsFull { most, would: total });
    }
    Ok(LabelReport { labels: stored, added: usize::try_from(total - before).unwrap_or(usize::MAX), total })
}

async fn delete(conn: &mut Conn, ids: &[LabelId]) -> Result<Vec<Label>, StoreError> {
    let mut seen = BTreeSet::new();
    let mut deleted = Vec::with_capacity(ids.len());
    for id in ids.iter().filter(|id| seen.insert(**id)) {
        let sql = "DELETE FROM labels WHERE id = $1 RETURNING id, question, expected, at";
        let row = sqlx::query(sql).bind(id.to_string()).fetch_optional(&mut *conn).await?;
        deleted.push(label_of(&row.ok_or(StoreError::LabelNotFound { id: *id })?)?);
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;
    use super::*;

    fn label(f: &Fixture, question: &str, expected: &[&str]) -> (Label, String) {
        let label = Label {
            id: LabelId::new(),
            question: question.to_owned(),
            expected: expected.iter().map(|id| id.parse().unwrap()).collect(),
            at: f.clock.now(),
        };
        (label, question.to_lowercase())
    }

    fn questions(labels: &[Label]) -> Vec<&str> {
        labels.iter().map(|label| label.question.as_str()).collect()
    }

    #[tokio::test]
    async fn a_question_labelled_again_keeps_its_id_and_takes_the_rest() {
        let f = Fixture::new().await;
        let [vip, far] = [label(&f, "VIP有运费吗", &["fee", "vip"]), label(&f, "今天天气", &[])];
        let report = f.store.put_labels(&[vip.clone(), far.clone()], 10).await.unwrap();
        assert_eq!(report, LabelReport { labels: vec![vip.0.clone(), far.0.clone()], added: 2, total: 2 });

        f.clock.advance_ms(5);
        let [again, wrong, new] = [label(&f, "vip有运费吗", &["fee"]), label(&f, "在吗", &["fee"]), label(&f, "在吗", &[])];
        let report = f.store.put_labels(&[wrong, again.clone(), new.clone()], 3).await.unwrap();
        let kept = Label { id: vip.0.id, ..again.0 };
        assert_eq!(report, LabelReport { labels: vec![kept.clone(), new.0.clone()], added: 1, total: 3 });
        assert_eq!(f.store.all_labels().await.unwrap(), [far.0, kept, new.0], "by date");
    }

    #[tokio::test]
    async fn one_too_many_stores_nothing_and_one_again_is_none_too_many() {
        let f = Fixture::new().await;
        f.store.put_labels(&[label(&f, "a", &[]), label(&f, "b", &[])], 2).await.unwrap();
        f.clock.advance_ms(5);
        let refused = f.store.put_labels(&[label(&f, "A", &["x"]), label(&f, "c", &[])], 2).await;
        assert!(matches!(refused, Err(StoreError::LabelsFull { most: 2, would: 3 })), "{refused:?}");
        assert_eq!(questions(&f.store.all_labels().await.unwrap()), ["a", "b"]);
        assert_eq!(f.store.put_labels(&[label(&f, "A", &["x"])], 2).await.unwrap().total, 2);
        assert_eq!(questions(&f.store.all_labels().await.unwrap()), ["b", "A"]);
    }

    #[tokio::test]
    async fn pages_are_newest_first_and_deleting_is_all_or_nothing() {
        let f = Fixture::new().await;
        let mut ids = Vec::new();
        for n in 0..5 {
            // Two by two at the same moment: the id decides.
            if n % 2 == 0 {
                f.clock.advance_ms(1);
            }
            let given = label(&f, &format!("问题{n}"), &[]);
            ids.push(given.0.id);
            f.store.put_labels(&[given], 100).await.unwrap();
        }
        let first = f.store.labels_page(None, 3).await.unwrap();
        assert_eq!(questions(&first.items), ["问题4", "问题3", "问题2"]);
        f.clock.advance_ms(1);
        f.store.put_labels(&[label(&f, "后来的", &[])], 100).await.unwrap();
        let second = f.store.labels_page(first.next.as_deref(), 3).await.unwrap();
        assert_eq!((questions(&second.items), second.next), (vec!["问题1", "问题0"], None));
        assert!(matches!(f.store.labels_page(Some("61"), 3).await, Err(StoreError::CursorInvalid)));

        let unknown = LabelId::new();
        let refused = f.store.delete_labels(&[ids[0], unknown]).await;
        assert!(matches!(refused, Err(StoreError::LabelNotFound { id }) if id == unknown));
        let deleted = f.store.delete_labels(&[ids[3], ids[0], ids[3]]).await.unwrap();
        assert_eq!(questions(&deleted), ["问题3", "问题0"]);
        assert_eq!(questions(&f.store.all_labels().await.unwrap()), ["问题1", "问题2", "问题4", "后来的"]);
    }

    #[tokio::test]
    async fn labels_come_back_with_a_backup() {
        let f = Fixture::new().await;
        let given = label(&f, "运费谁出", &["fee"]);
        f.store.put_labels(std::slice::from_ref(&given), 10).await.unwrap();
        let backup = f.dir.path().join("backup");
        f.store.backup(&backup).await.unwrap();
        let data = f.dir.path().join("restored");
        Store::restore(&backup, &data, &f.clock).await.unwrap();
        let restored = Store::open(&data.join(super::super::DATABASE_FILE), f.clock.clone()).await.unwrap();
        assert_eq!(restored.all_labels().await.unwrap(), [given.0]);
    }

    #[tokio::test]
    async fn a_database_of_the_first_schema_gets_the_table() {
        let f = Fixture::new().await;
        let mut transaction = f.store.writer.begin(Durability::Promised).await.unwrap();
        let sql = "DROP TABLE labels; DROP INDEX feedback_by_time; DELETE FROM schema_version WHERE version = 2";
        let result = sqlx::raw_sql(sql).execute(transaction.conn().unwrap()).await.map(drop).map_err(StoreError::from);
        transaction.end(result).await.unwrap();
        f.store.close().await;
        let store = Store::open(&f.path(), f.clock.clone()).await.unwrap();
        store.put_labels(&[label(&f, "运费谁出", &["fee"])], 10).await.unwrap();
        assert_eq!(store.all_labels().await.unwrap().len(), 1);
    }
}
