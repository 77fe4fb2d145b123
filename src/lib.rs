//! Jieda (解答): answers shop customers' questions from a knowledge base, says how sure it is, and hands what it is not sure of
//! to a person together with everything it found.
//!
//! Read the modules in this order; each imports only modules above its own layer's line in ARCHITECTURE.md:
//!
//! 1. [`domain`]: the words — article, passage, candidate, decision, ticket — and [`error`], the one table of codes.
//! 2. [`config`]: what can be configured, and [`observe`]: the log and the figures.
//! 3. [`embed`]: text to vectors.

pub mod config;
pub mod domain;
pub mod embed;
pub mod error;
pub mod observe;
