//! What every command works with: the configuration, the clock, and how to speak.

use super::checked::Invocation;
use super::error::CliError;
use super::output::Manner;
use crate::config::{Config, Environment, LogFormat};
use crate::domain::time::Clock;
use crate::error::Failure;
use crate::observe::log;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All is well: 0.
    Done,
    /// The answer is no: rows were refused, a check failed. 1.
    Negative,
    /// Cut short on demand: 2.
    Cut,
}

impl Status {
    /// The exit status.
    pub const fn code(self) -> u8 {
        match self {
            Status::Done => 0,
            Status::Negative => 1,
            Status::Cut => 2,
        }
    }
}

/// Which defaults a command starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defaults {
    /// The sample shop's.
    Demo,
    /// A server's.
    Server,
    /// A short command's: it logs warnings only.
    Command,
}

/// The surroundings of a command.
pub struct Session {
    /// In which form and language to speak.
    pub manner: Manner,
    /// The configuration.
    pub config: Config,
    /// The time.
    pub clock: Clock,
}

impl Session {
    /// Reads the configuration and opens the log.
    pub fn open(invocation: &Invocation, defaults: Defaults) -> Result<Self, Failure> {
        let base = match defaults {
            Defaults::Demo => Config::demo(),
            Defaults::Server => Config::default(),
            Defaults::Command => {
                let mut config = Config::default();
                config.log.filter = "warn".to_owned();
                config
            }
        };
        let config = base.with(invocation.config_file.as_deref(), &Environment::process(), invocation.overrides.clone())?;
        match config.log.format {
            LogFormat::Text => log::open_text(&config.log.filter)?,
            LogFormat::Json => log::open_json(&config.log.filter)?,
        }
        Ok(Session { manner: invocation.manner, config, clock: Clock::System })
    }

    /// Runs a step that computes or waits for the disk, off the async threads.
    pub async fn blocking<T: Send + 'static>(&self, step: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
        match tokio::task::spawn_blocking(step).await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(%error, "a step was lost");
                Err(CliError::Lost.into())
            }
        }
    }
}
