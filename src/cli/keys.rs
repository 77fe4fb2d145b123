//! `jieda keys`: who may call the service.

use serde_json::{Value, json};

use super::data;
use super::session::{Session, Status};
use crate::domain::ids::KeyId;
use crate::domain::wording::Wording;
use crate::error::Failure;
use crate::service::keys::{self, Role};
use crate::store::KeyRecord;

/// Makes a key and prints its secret. A new data directory is made for it.
pub async fn create(role: Role, name: String, session: &Session) -> Result<Status, Failure> {
    let claimed = data::claim(&session.config.server.data_dir, Some(way_out()))?;
    let store = claimed.store(&session.clock).await?;
    let made = keys::create(&store, role, &name).await;
    store.close().await;
    let made = made?;
    session.manner.show(
        || {
            let mut value = value(&made.record);
            if let Some(object) = value.as_object_mut() {
                object.insert("key".to_owned(), made.secret.clone().into());
            }
            value
        },
        || format!("{} key: {}\nid: {}\n", role.name(), made.secret, made.record.id),
    )?;
    session.manner.tell("密钥只显示这一次，请妥善保存。", "The key is shown this once: keep it.");
    Ok(Status::Done)
}

/// Lists all keys, also while a server runs.
pub async fn list(session: &Session) -> Result<Status, Failure> {
    let readable = data::read(&session.config.server.data_dir, &session.clock).await?;
    let records = readable.store.keys().await;
    readable.store.close().await;
    let records = records?;
    session.manner.show(
        || json!({ "items": records.iter().map(value).collect::<Vec<_>>() }),
        || {
            let line = |record: &KeyRecord| {
                let state = record.revoked_at.map(|at| format!("  {} {at}", session.manner.pick("已吊销", "revoked"))).unwrap_or_default();
                format!("{}\n  {}  {}  {}{state}\n", record.id, record.role, record.name, record.created_at)
            };
            records.iter().map(line).collect()
        },
    )?;
    Ok(Status::Done)
}

/// Revokes a key.
pub async fn revoke(id: KeyId, session: &Session) -> Result<Status, Failure> {
    let claimed = data::claim_existing(&session.config.server.data_dir, Some(way_out()))?;
    let store = claimed.store(&session.clock).await?;
    let record = store.revoke_key(id).await;
    store.close().await;
    let record = record?;
    session.manner.show(
        || value(&record),
        || session.manner.pick(format!("已吊销 {}（{}）\n", record.id, record.name), format!("revoked {} ({})\n", record.id, record.name)),
    )?;
    Ok(Status::Done)
}

fn way_out() -> Wording {
    Wording::new("请先停止服务再管理密钥。", "Stop the server before you change its keys.")
}

fn value(record: &KeyRecord) -> Value {
    json!({
        "id": record.id.to_string(),
        "role": record.role,
        "name": record.name,
        "created_at": record.created_at.to_string(),
        "revoked_at": record.revoked_at.map(|at| at.to_string()),
    })
}
