//! Tests of the whole from outside, one binary: linking it is dearer than running it.

mod facts;
mod image;
mod layers;

/// The repository's root.
fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
