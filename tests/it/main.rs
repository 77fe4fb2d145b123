//! Tests of the whole from outside, one binary: linking it is dearer than running it. They read the tree, and drive the real
//! executable in folders of their own.

mod cli_disk;
mod cli_help;
mod cli_kb;
mod cli_models;
mod cli_serve;
mod facts;
mod image;
mod layers;
mod program;

/// The repository's root.
fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
