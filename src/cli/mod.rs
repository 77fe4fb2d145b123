//! The command line: words in, one use case, data on standard output and everything else on standard error.
//!
//! Arguments come in two stages: as typed ([`args`]), then checked ([`checked`]). Each command has a file; `texts.rs` has the help in
//! Chinese. Exit status: 0 all is well, 1 the answer is no (a row was refused, a check failed), 2 an error.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::ErrorKind;

mod args;
mod ask;
mod backup;
mod checked;
mod columns;
mod data;
mod decisions;
mod error;
mod eval;
mod explained;
mod health;
mod help;
mod kb;
mod keys;
mod labels;
mod models;
mod opening;
mod output;
mod privacy;
mod progress;
mod sample;
mod serve;
mod session;
mod signals;
mod texts;
mod usage;
mod view;
mod waiting;

use args::Args;
use checked::{Command, Invocation};
use error::CliError;
use output::Manner;
use session::{Defaults, Session, Status};

use crate::domain::wording::Wording;
use crate::error::Failure;

/// Runs the program with its arguments, the program's own name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let manner = Manner::guess(&arguments, |name| std::env::var_os(name));
    let parsed = help::command(manner.locale).try_get_matches_from(&arguments).and_then(|matches| Args::from_arg_matches(&matches));
    let result = match parsed {
        Ok(args) => Invocation::check(args, manner).map_err(Failure::from).and_then(run),
        Err(error) => {
            let path = usage::path(&arguments);
            match (error.kind(), usage::failure(&error, &path.join(" "))) {
                (_, Some(failure)) => Err(failure.into()),
                (ErrorKind::DisplayVersion, None) => show_version().map_err(Failure::from),
                (_, None) => show_help(&path, manner).map_err(Failure::from),
            }
        }
    };
    match result {
        Ok(status) => ExitCode::from(status.code()),
        Err(failure) => {
            output::report(&failure, manner);
            ExitCode::from(failure.code().exit())
        }
    }
}

fn run(invocation: Invocation) -> Result<Status, Failure> {
    let manner = invocation.manner;
    match &invocation.command {
        Command::Help { path } => return Ok(show_help(path, manner)?),
        Command::Health { url } => return Ok(runtime()?.block_on(health::run(url.clone(), manner))?),
        _ => {}
    }
    let defaults = match invocation.command {
        Command::Demo => Defaults::Demo,
        Command::Serve => Defaults::Server,
        _ => Defaults::Command,
    };
    let session = Session::open(&invocation, defaults)?;
    let runtime = runtime()?;
    let result = runtime.block_on(dispatch(invocation.command, &session));
    // A computation that nobody waits for any longer must not hold up the end.
    runtime.shutdown_background();
    result
}

async fn dispatch(command: Command, session: &Session) -> Result<Status, Failure> {
    match command {
        Command::Demo => serve::run(serve::Kind::Demo, session).await,
        Command::Serve => serve::run(serve::Kind::Serve, session).await,
        Command::Ask { question, explain, kb } => ask::run(question, explain, kb, session).await,
        Command::Import(import) => kb::import::run(import, session).await,
        Command::Export { path, form } => kb::export::run(path, form, session).await,
        Command::Lint { path, encoding } => kb::lint::run(path, encoding, session).await,
        Command::Synonyms(proposing) => kb::synonyms::run(proposing, session).await,
        Command::LabelsImport { file } => labels::import(file, session).await,
        Command::LabelsList => labels::list(session).await,
        Command::LabelsDelete { ids } => labels::delete(ids, session).await,
        Command::ModelsList => models::list(session),
        Command::ModelsVerify { name } => models::verify(name, session).await,
        Command::ModelsUse { name } => models::choose(&name, session),
        Command::ModelsPull { name } => models::fetch(&name, session).await,
        Command::EvalRun { evaluation, out } => eval::run(evaluation, out, session).await,
        Command::EvalRuns => eval::list(session),
        Command::EvalCompare { before, after, common } => eval::compare(before, after, common, session).await,
        Command::EvalBaseline { record, tolerance } => eval::baseline(record, tolerance, session).await,
        Command::EvalGate(gate) => eval::gate(gate, session).await,
        Command::EvalPairs { file } => eval::pairs(file, session).await,
        Command::EvalReport { record, out, locale } => eval::report(record, out, locale, session).await,
        Command::EvalFit { sets } => eval::fit_to(sets, session).await,
        Command::DecisionsShow { id } => decisions::show(id, session).await,
        Command::DecisionsReplay { id } => decisions::replay(id, session).await,
        Command::KeysCreate { role, name } => keys::create(role, name, session).await,
        Command::KeysList => keys::list(session).await,
        Command::KeysRevoke { id } => keys::revoke(id, session).await,
        Command::Backup { to } => backup::backup(to, session).await,
        Command::Restore { from } => backup::restore(from, session).await,
        Command::Erase { visitor, yes } => privacy::erase(visitor, yes, session).await,
        Command::Health { url } => Ok(health::run(url, session.manner).await?),
        Command::Help { path } => Ok(show_help(&path, session.manner)?),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Runtime::new().map_err(|source| CliError::System { what: "threads", source })
}

fn show_version() -> Result<Status, CliError> {
    output::print(concat!("jieda ", env!("CARGO_PKG_VERSION"), "\n"))?;
    Ok(Status::Done)
}

fn show_help(path: &[String], manner: Manner) -> Result<Status, CliError> {
    let Some(text) = help::of(path, manner.locale) else {
        let name = error::short(&path.join(" "));
        let message = Wording::new(format!("未知的命令 {name}"), format!("unknown command {name}"));
        return Err(CliError::Usage { message, help: "jieda help".to_owned() });
    };
    output::print(&text)?;
    Ok(Status::Done)
}
