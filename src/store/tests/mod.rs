//! What every test of the store starts from, and the tests of the store as a whole.

use std::path::PathBuf;

use super::*;

/// A store in a directory of its own, on a clock that stands still.
pub(super) struct Fixture {
    pub(super) dir: tempfile::TempDir,
    pub(super) clock: Clock,
    pub(super) store: Store,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::fixed(Timestamp(1_790_000_000_000));
        let store = Store::open(&dir.path().join(DATABASE_FILE), clock.clone()).await.unwrap();
        Fixture { dir, clock, store }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join(DATABASE_FILE)
    }
}
