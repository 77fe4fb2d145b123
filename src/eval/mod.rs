//! How good retrieval and decisions are on labelled questions.
//!
//! articles and [`questions`] → [`run`] → [`record`], which is kept ([`runs`]) → [`metrics`], [`compare`], [`gate`].
//! Everything that is told of a run is worked out from its record alone.

pub mod calibrated;
pub mod compare;
pub mod fit;
pub mod gate;
pub mod knowledge;
pub mod metrics;
pub mod notes;
pub mod pairs;
pub mod questions;
pub mod record;
pub mod report;
pub mod rules;
pub mod run;
pub mod runs;
pub mod traffic;
pub mod vectors;
pub mod views;
mod wrong;
