//! Plain types and rules. No input or output, no clock of its own but [`time::Clock`], no serde: the edges own their wire types.

pub mod article;
pub mod conversation;
pub mod decision;
pub mod feedback;
pub mod ids;
pub mod label;
pub mod locale;
pub mod passage;
pub mod score;
pub mod ticket;
pub mod time;
pub mod wording;
