//! What the operator sees: the log on standard error ([`log`]) and the figures at `/metrics` ([`metrics`]).

mod labelled;
pub mod log;
pub mod metrics;

pub use metrics::Metrics;
