//! The `jieda` binary.

fn main() {}
