//! Tests of the program as a whole, one binary so that it is linked once. They drive the real executable in folders of their own.

mod cli_disk;
mod cli_help;
mod cli_kb;
mod cli_models;
mod cli_serve;
mod program;
