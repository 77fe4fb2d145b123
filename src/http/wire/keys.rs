//! API keys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields;
use crate::store::KeyRecord;

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What it may do.
    #[schema(schema_with = fields::role)]
    pub role: String,
    /// What people call it; an agent's key signs with it.
    pub name: String,
}

/// A key; its secret is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyLine {
    /// Its id.
    pub id: String,
    /// What it may do.
    #[schema(schema_with = fields::role)]
    pub role: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    #[schema(schema_with = fields::moment)]
    pub created_at: String,
    /// When it was revoked.
    #[schema(required)]
    pub revoked_at: Option<String>,
}

impl KeyLine {
    /// Of a key.
    pub fn new(record: KeyRecord) -> Self {
        let KeyRecord { id, role, name, created_at, revoked_at } = record;
        KeyLine { id: id.to_string(), role, name, created_at: fields::time(created_at), revoked_at: fields::optional_time(revoked_at) }
    }
}

/// A new key.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedKey {
    /// What is kept.
    #[serde(flatten)]
    pub line: KeyLine,
    /// The secret, shown this once.
    pub key: String,
}
