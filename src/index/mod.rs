//! The derived side of the knowledge base: what is searched.
//!
//! The store is the truth; deleting everything here loses nothing. A [`snapshot::Snapshot`] is one immutable, consistent view
//! of articles, their terms and their vectors, with a tantivy searcher of the same moment; searches take it once and never wait.
//! [`writer::IndexWriter`] makes the next snapshot from single edits, [`generation`] keeps numbered builds on disk and switches
//! between them atomically, and [`embeddings`] remembers every vector by the content that was embedded, so that only new text
//! is ever embedded again.
//!
//! Useful for: candidates and exact scores. Not useful for: probabilities (see `decide`), reading articles (see `store`).

pub mod embeddings;
pub mod entry;
pub mod error;
pub mod fingerprint;
pub mod generation;
mod lexical;
pub mod probes;
pub mod snapshot;
pub mod terms;
pub mod vectors;
pub mod vocabulary;
pub mod writer;
