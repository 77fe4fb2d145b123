//! API keys. The store knows hashes only; who made a secret shows it once.

use super::cursor::hex;
use super::rows::Reader;
use super::sqlite::{Conn, Durability, Row};
use super::{Store, StoreError};
use crate::domain::ids::KeyId;
use crate::domain::time::Timestamp;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// What it may do; the names are the caller's.
    pub role: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Store {
    /// Makes a key known. A secret that is known already keeps its first record, so that a start repeats safely.
    pub async fn create_key(&self, role: &str, name: &str, secret_hash: [u8; 32]) -> Result<KeyRecord, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = create(transaction.conn()?, role, name, &secret_hash, self.now()).await;
        transaction.end(result).await
    }

    /// All keys, revoked ones too, oldest first.
    pub async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let rows =
            sqlx::query("SELECT id, role, name, created_at, revoked_at FROM keys ORDER BY created_at, id").fetch_all(&self.readers).await?;
        rows.iter().map(key_of).collect()
    }

    /// Revokes a key; a key revoked before keeps its time. **Errors**: `KeyNotFound`.
    pub async fn revoke_key(&self, id: KeyId) -> Result<KeyRecord, StoreError> {
        let mut transaction = self.writer.begin(Durability::Promised).await?;
        let result = revoke(transaction.conn()?, id, self.now()).await;
        transaction.end(result).await
    }

    /// The key with this secret, unless it is revoked.
    pub async fn key_by_hash(&self, secret_hash: [u8; 32]) -> Result<Option<KeyRecord>, StoreError> {
        let sql = "SELECT id, role, name, created_at, revoked_at FROM keys WHERE secret_hash = $1 AND revoked_at IS NULL";
        sqlx::query(sql).bind(hex(&secret_hash)).fetch_optional(&self.readers).await?.as_ref().map(key_of).transpose()
    }
}

fn key_of(row: &Row) -> Result<KeyRecord, StoreError> {
    let row = Reader::new("keys", row);
    Ok(KeyRecord {
        id: row.parsed("id")?,
        role: row.text("role")?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
        revoked_at: row.optional_time("revoked_at")?,
    })
}

async fn create(conn: &mut Conn, role: &str, name: &str, secret_hash: &[u8; 32], now: Timestamp) -> Result<KeyRecord, StoreError> {
    let hash = hex(secret_hash);
    sqlx::query(
        "INSERT INTO keys (id, role, name, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (secret_hash) DO NOTHING",
    )
    .bind(KeyId::new().to_string())
    .bind(role)
    .bind(name)
    .bind(&hash)
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    let sql = "SELECT id, role, name, created_at, revoked_at FROM keys WHERE secret_hash = $1";
    key_of(&sqlx::query(sql).bind(&hash).fetch_one(conn).await?)
}

async fn revoke(conn: &mut Conn, id: KeyId, now: Timestamp) -> Result<KeyRecord, StoreError> {
    let sql = "UPDATE keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING id, role, name, created_at, revoked_at";
    let row = sqlx::query(sql).bind(id.to_string()).bind(now.0).fetch_optional(conn).await?;
    row.as_ref().map(key_of).transpose()?.ok_or(StoreError::KeyNotFound { id })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Fixture;
    use super::*;
    use crate::domain::ids::KeyId;

    #[tokio::test]
    async fn keys_are_made_once_found_by_hash_and_revoked_for_good() {
        let f = Fixture::new().await;
        let agent = f.store.create_key("agent", "前台", [1; 32]).await.unwrap();
        assert_eq!(f.store.create_key("agent", "again", [1; 32]).await.unwrap(), agent, "the same secret is the same key");
        f.clock.advance_ms(5);
        let admin = f.store.create_key("admin", "老板", [2; 32]).await.unwrap();
        assert_eq!(f.store.key_by_hash([1; 32]).await.unwrap(), Some(agent.clone()));
        assert_eq!(f.store.key_by_hash([3; 32]).await.unwrap(), None);

        let revoked = f.store.revoke_key(agent.id).await.unwrap();
        assert_eq!(revoked.revoked_at, Some(f.clock.now()));
        f.clock.advance_ms(5);
        assert_eq!(f.store.revoke_key(agent.id).await.unwrap(), revoked);
        assert_eq!(f.store.key_by_hash([1; 32]).await.unwrap(), None);
        assert_eq!(f.store.keys().await.unwrap(), [revoked, admin]);

        let unknown = KeyId::new();
        assert!(matches!(f.store.revoke_key(unknown).await, Err(StoreError::KeyNotFound { id }) if id == unknown));
    }
}
