//! How good retrieval and decisions are on labelled questions.

pub mod fit;
pub mod knowledge;
pub mod metrics;
pub mod pairs;
pub mod questions;
pub mod record;
pub mod report;
pub mod run;
