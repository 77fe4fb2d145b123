//! Brings a database to the schema that this program knows. The numbered files of `migrations/` are compiled in; each runs
//! once, in a transaction with the row that records it, so that a crash in between repeats it from the start.

use super::StoreError;
use super::sqlite::{Conn, Durability, Writer, has_table};
use crate::domain::time::Timestamp;

/// Number, name and text, in order. A released file is never changed; what it lacks comes in the next one.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first_tables", include_str!("../../migrations/0001_first_tables.sql")),
    (2, "labels", include_str!("../../migrations/0002_labels.sql")),
];

/// The newest schema that this program knows.
pub(super) const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// The schema of a database, 0 for an empty one.
pub(super) async fn version(conn: &mut Conn) -> Result<i64, StoreError> {
    if !has_table(conn, "schema_version").await? {
        return Ok(0);
    }
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM schema_version").fetch_one(conn).await?;
    Ok(version.unwrap_or(0))
}

/// Runs what has not run yet. **Errors**: `Newer` if the database has a schema from the future.
pub(super) async fn migrate(writer: &Writer, now: Timestamp) -> Result<(), StoreError> {
    let mut transaction = writer.begin(Durability::Promised).await?;
    let result = run(transaction.conn()?, now).await;
    transaction.end(result).await
}

async fn run(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    let found = version(conn).await?;
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    if found == 0 {
        sqlx::raw_sql("CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)")
            .execute(&mut *conn)
            .await?;
    }
    for &(version, name, text) in MIGRATIONS.iter().filter(|(version, _, _)| *version > found) {
        sqlx::raw_sql(text).execute(&mut *conn).await?;
        sqlx::query("INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)")
            .bind(version)
            .bind(name)
            .bind(now.0)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_from_one() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|m| m.0).collect();
        assert_eq!(numbers, (1..=KNOWN).collect::<Vec<_>>());
    }
}
