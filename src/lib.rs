//! Jieda (解答): answers shop customers' questions from a knowledge base, says how sure it is, and hands what it is not sure of
//! to a person together with everything it found.
//!
//! Read the modules in this order; each imports only from layers below its own (ARCHITECTURE.md):
//!
//! 1. [`domain`]: the words — article, passage, candidate, decision, ticket — and [`error`], the one table of codes.
//! 2. [`text`]: cleaning, folding, segmenting, splitting, masking of personal data; pure. Beside it [`config`], [`cpu`] (threads
//!    that compute) and [`observe`] (log and figures).
//! 3. [`store`]: the truth, in SQLite; [`kb`]: articles from files and back.
//! 4. [`embed`]: sentence vectors; [`index`]: what is searched, derived from the store.
//! 5. [`decide`]: rules, confidence and the choice of a band.
//! 6. [`retrieve`]: from a question to ranked candidates; [`handoff`]: what a person gets, by when, and who is told.
//! 7. [`service`]: the use cases; `service::ask` is one question end to end.
//! 8. [`http`] and [`cli`]: the two ways in; [`eval`]: how good all of this is on labelled questions.

pub mod cli;
pub mod config;
pub mod cpu;
pub mod decide;
pub mod domain;
pub mod embed;
pub mod error;
pub mod eval;
pub mod handoff;
pub mod http;
pub mod index;
pub mod kb;
pub mod observe;
pub mod retrieve;
pub mod service;
pub mod store;
pub mod text;
