#!/bin/sh
# Builds the program for the image: optimised across crates, symbols stripped. Takes a few minutes.
set -eu
cd "$(dirname "$0")/../.."
cargo build --locked --profile dist --bin jieda
