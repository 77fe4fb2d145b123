//! Tests of the whole from outside, one binary: linking it is dearer than running it. They read the tree, and drive the real
//! executable in folders of their own.

mod cli_disk;
mod cli_eval;
mod cli_help;
mod cli_kb;
mod cli_labels;
mod cli_models;
mod cli_report;
mod cli_serve;
mod explanations;
mod facts;
mod http_articles;
mod http_bodies;
mod http_contract;
mod http_conversations;
mod http_idempotency;
mod http_labels;
mod http_limits;
mod http_roles;
mod http_shutdown;
mod image;
mod layers;
mod program;
mod shop;
mod targets;

/// The repository's root.
fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
