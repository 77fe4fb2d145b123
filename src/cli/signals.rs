//! SIGTERM and SIGINT, either of which asks the process to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::error::CliError;

/// The signals that end a server.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes them over from now on.
    pub fn listen() -> Result<Self, CliError> {
        let take = |kind| signal(kind).map_err(|source| CliError::System { what: "signals", source });
        Ok(Signals { terminate: take(SignalKind::terminate())?, interrupt: take(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
