//! The JSON of the API: plain structs, unknown fields refused, converted by hand from and to the domain's types.

pub mod articles;
pub mod ask;
pub mod conversations;
pub mod decisions;
pub mod explanation;
pub mod fields;
pub mod keys;
pub mod labels;
pub mod search;
pub mod tickets;

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// `cursor` of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}
