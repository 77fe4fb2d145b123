//! Handing over to people: what an agent gets to see ([`context`]), by when somebody should reply ([`clock`]), and who outside
//! is told ([`outbox`] through a [`notifier`]).
//!
//! A hand-off is stored with its ticket in one transaction, the event for the outside with it. Everything here either prepares
//! that transaction or works off what it left; nothing here keeps a customer waiting.

pub mod clock;
pub mod context;
pub mod notifier;
pub mod outbox;
mod signature;
pub mod webhook;

#[cfg(test)]
mod tests;
