//! The log: one line per event on standard error, as text for people or JSON for collectors. Messages are whole sentences
//! without values; values are fields. Customer text is logged masked or not at all.

use std::io::IsTerminal;

use tracing_subscriber::filter::{EnvFilter, LevelFilter, ParseError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::error::{Code, Coded};

/// Libraries that tell at `info` what only their own authors want to know; a filter that names one of them wins.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn,sqlx=warn,tantivy=warn,tower_http=warn";

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is none.
    #[error("log filter {given:?} is not a level (error, warn, info, debug, trace, off) or a list of module=level")]
    FilterInvalid {
        /// As configured.
        given: String,
        /// What the parser said; it takes a bare word for a module, which we do not.
        #[source]
        source: Option<ParseError>,
    },
    /// A log has been opened before in this process.
    #[error("the log is open already")]
    AlreadyOpen,
}

impl Coded for LogError {
    fn code(&self) -> Code {
        match self {
            LogError::FilterInvalid { .. } => Code::ConfigInvalid,
            LogError::AlreadyOpen => Code::Internal,
        }
    }
}

/// Logs lines for people; coloured if standard error is a terminal and `NO_COLOR` is not set.
pub fn open_text(filter: &str) -> Result<(), LogError> {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    open(filter, fmt::layer().with_writer(std::io::stderr).with_ansi(colour).boxed())
}

/// Logs one JSON object a line.
pub fn open_json(filter: &str) -> Result<(), LogError> {
    open(filter, fmt::layer().with_writer(std::io::stderr).json().flatten_event(true).boxed())
}

fn open(filter: &str, lines: Box<dyn Layer<Registry> + Send + Sync>) -> Result<(), LogError> {
    let filter = parse(filter)?;
    tracing_subscriber::registry().with(lines.with_filter(filter)).try_init().map_err(|_| LogError::AlreadyOpen)
}

fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    let invalid = |source| LogError::FilterInvalid { given: filter.to_owned(), source };
    // An empty part would be read as `error`.
    let bare = |part: &str| part.trim().is_empty() || !part.contains('=') && part.trim().parse::<LevelFilter>().is_err();
    if filter.split(',').any(bare) {
        return Err(invalid(None));
    }
    EnvFilter::try_new(format!("{QUIET},{filter}")).map_err(|source| invalid(Some(source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_or_lists_by_module() {
        for filter in ["info", "off", "warn,jieda::index=debug", "tantivy=debug"] {
            assert!(parse(filter).is_ok(), "{filter}");
        }
        let quiet = parse("info").unwrap().to_string();
        assert!(quiet.contains("tantivy=warn") && quiet.contains("info"), "{quiet}");
        let named = parse("info,tantivy=debug").unwrap().to_string();
        assert!(named.contains("tantivy=debug") && !named.contains("tantivy=warn"), "{named}");

        for filter in ["loud", "", "info,", "jieda=loud", "info,jieda"] {
            let error = parse(filter).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid);
            assert!(error.to_string().starts_with(&format!("log filter {filter:?} is not a level")), "{error}");
        }
    }
}
