//! Handlers, one file per resource: read the request, call the service, write the answer.

pub mod articles;
pub mod ask;
pub mod conversations;
pub mod decisions;
pub mod events;
pub mod feedback;
pub mod health;
pub mod keys;
pub mod labels;
pub mod search;
pub mod tickets;
