//! The command line as it is typed. Nothing is checked here beyond its shape: [`super::checked`] turns it into commands.
//!
//! The doc comments are the English help; `texts.rs` has the Chinese one and the examples.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};

/// Answers shop customers' questions from a knowledge base and hands the rest to a person
#[derive(Debug, Parser)]
#[command(name = "jieda", version)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// How results are printed: text or json
    #[arg(long, global = true, value_name = "FORM", display_order = 900)]
    pub format: Option<String>,
    /// The configuration file; without it the defaults hold
    #[arg(long, global = true, value_name = "FILE", display_order = 901)]
    pub config: Option<PathBuf>,
    /// Where everything is kept (default: ./data)
    #[arg(long, global = true, value_name = "DIR", display_order = 902)]
    pub data_dir: Option<PathBuf>,
    /// Where encoders are looked for first
    #[arg(long, global = true, value_name = "DIR", display_order = 903)]
    pub models_dir: Option<PathBuf>,
    /// The language of help and messages: zh-CN or en (default: from LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, global = true, value_name = "LANG", display_order = 904)]
    pub lang: Option<String>,
    /// What is logged on standard error: error, warn, info, debug or levels by module
    #[arg(long, global = true, value_name = "FILTER", display_order = 905)]
    pub log_filter: Option<String>,
    /// The form of the log: text or json
    #[arg(long, global = true, value_name = "FORM", display_order = 906)]
    pub log_format: Option<String>,
    /// Show this help
    #[arg(short, long, global = true, action = ArgAction::Help, display_order = 907)]
    pub help: Option<bool>,
    /// Show the version
    #[arg(short = 'V', long, action = ArgAction::Version, display_order = 908)]
    pub version: Option<bool>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the sample shop: the two-minute try-out
    Demo(Serve),
    /// Serve your own knowledge base
    Serve(Serve),
    /// Ask one question and show what the customer would get
    Ask(Ask),
    /// The knowledge base: import, export, check, propose synonyms
    #[command(subcommand)]
    Kb(Kb),
    /// Labelled questions: import, list, delete
    #[command(subcommand)]
    Labels(Labels),
    /// The encoders: list, check, choose, fetch
    #[command(subcommand)]
    Models(Models),
    /// Measure quality on labelled questions
    #[command(subcommand)]
    Eval(Eval),
    /// Decisions that were made: show, repeat
    #[command(subcommand)]
    Decisions(Decisions),
    /// The API keys: create, list, revoke
    #[command(subcommand)]
    Keys(Keys),
    /// Write a verified backup of the database, also while a server runs
    Backup(Backup),
    /// Put a backup in the place of the database
    Restore(Restore),
    /// What customers may demand of their data
    #[command(subcommand)]
    Privacy(Privacy),
    /// Ask a running server whether it is ready
    Health(Health),
    /// Show the help of a command
    Help(Help),
}

/// `demo` and `serve`.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// The address to listen on (default: 127.0.0.1:8080)
    #[arg(long, value_name = "ADDR:PORT")]
    pub bind: Option<String>,
}

/// `ask`.
#[derive(Debug, clap::Args)]
pub struct Ask {
    /// The question, as a customer would type it
    #[arg(value_name = "QUESTION")]
    pub question: String,
    /// Show how the outcome came about
    #[arg(long)]
    pub explain: bool,
    /// Ask these articles instead of the data directory: a file or a tree
    #[arg(long, value_name = "PATH")]
    pub kb: Option<PathBuf>,
}

/// `kb`.
#[derive(Debug, Subcommand)]
pub enum Kb {
    /// Import articles from a tree of Markdown files, CSV, XLSX or JSONL
    Import(KbImport),
    /// Write all articles to a tree, CSV, JSONL or XLSX
    Export(KbExport),
    /// Check articles without a data directory
    Lint(KbLint),
    /// Propose synonyms for the synonyms file from how articles are asked
    Synonyms(KbSynonyms),
}

/// `kb import`.
#[derive(Debug, clap::Args)]
pub struct KbImport {
    /// The file or directory
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Show the verdicts and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The encoding of text files (utf-8, gbk, big5 …); found by rule if not given
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// Where refused rows are written to be corrected (default: refused-TIME.csv beside PATH)
    #[arg(long, value_name = "FILE")]
    pub refused: Option<PathBuf>,
}

/// `kb export`.
#[derive(Debug, clap::Args)]
pub struct KbExport {
    /// The new file, or the new or empty directory of a tree
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// tree, csv, jsonl or xlsx (default: by the name of PATH)
    #[arg(long, value_name = "FORM")]
    pub form: Option<String>,
}

/// `kb lint`.
#[derive(Debug, clap::Args)]
pub struct KbLint {
    /// The file or directory (default: kb)
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// The encoding of text files (utf-8, gbk, big5 …); found by rule if not given
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
}

/// `kb synonyms`.
#[derive(Debug, clap::Args)]
pub struct KbSynonyms {
    /// The articles: a file or a tree (default: those of the data directory)
    #[arg(long, value_name = "PATH")]
    pub kb: Option<PathBuf>,
    /// Questions of the past, one a line or JSONL: their words that no article has are set beside the nearest phrasing's
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// How many pairs are proposed at most (default: 30)
    #[arg(long, value_name = "N")]
    pub limit: Option<String>,
}

/// `labels`.
#[derive(Debug, Subcommand)]
pub enum Labels {
    /// Import questions with the articles that answer them, from CSV, XLSX or JSONL
    Import(LabelsImport),
    /// List all labelled questions, newest first
    List,
    /// Delete labelled questions
    Delete(LabelsDelete),
}

/// `labels import`.
#[derive(Debug, clap::Args)]
pub struct LabelsImport {
    /// The labelled questions, in the forms of `eval run`
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `labels delete`.
#[derive(Debug, clap::Args)]
pub struct LabelsDelete {
    /// The labels' ids, as `labels list` shows them
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
}

/// `models`.
#[derive(Debug, Subcommand)]
pub enum Models {
    /// List the known encoders and the one in use
    List,
    /// Compare an encoder's files with their checksums
    Verify(ModelsVerify),
    /// Choose the encoder for the next start
    Use(ModelsName),
    /// Fetch an encoder from the hub
    Pull(ModelsName),
}

/// `models verify`.
#[derive(Debug, clap::Args)]
pub struct ModelsVerify {
    /// The encoder (default: the one in use)
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// `models use` and `models pull`.
#[derive(Debug, clap::Args)]
pub struct ModelsName {
    /// The encoder, as `models list` names it
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// `eval`.
#[derive(Debug, Subcommand)]
pub enum Eval {
    /// Ask every question of a set and measure retrieval and decisions
    Run(EvalRun),
    /// List the runs that were kept
    Runs,
    /// Compare two runs of the same questions
    Compare(EvalCompare),
    /// Print the baseline of a run, for `eval gate`
    Baseline(EvalBaseline),
    /// Check that a run does not fall behind a baseline and that pinned questions hold
    Gate(EvalGate),
    /// Measure the encoder on pairs of sentences
    Pairs(EvalPairs),
    /// Write one page about a run: promise, curves, worst misses
    Report(EvalReport),
    /// Fit the confidence and print its calibration file
    Fit(EvalFit),
}

/// `eval run`.
#[derive(Debug, clap::Args)]
pub struct EvalRun {
    /// The articles: a file or a tree
    #[arg(long, value_name = "PATH")]
    pub kb: PathBuf,
    /// The labelled questions: CSV, XLSX or JSONL
    #[arg(long, value_name = "FILE")]
    pub questions: PathBuf,
    #[command(flatten)]
    pub how: EvalHow,
    /// Where the record of the run is written, for comparisons and reports
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How an evaluation is made.
#[derive(Debug, clap::Args)]
pub struct EvalHow {
    /// lexical, dense or hybrid (default: hybrid)
    #[arg(long, value_name = "MODE")]
    pub mode: Option<String>,
    /// What turns scores into probabilities: self, prior or a calibration file (default: self)
    #[arg(long, value_name = "self|prior|FILE")]
    pub calibrate: Option<String>,
    /// The share of answers that must be right (default: 0.95)
    #[arg(long, value_name = "P")]
    pub target_precision: Option<String>,
    /// Unlabelled questions of the past, one a line or JSONL: they tell how many are out of scope
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Labelled questions that teach the confidence, in the forms of --questions; tested ones do not count
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Encode everything again instead of remembering vectors
    #[arg(long)]
    pub no_cache: bool,
}

/// `eval compare`.
#[derive(Debug, clap::Args)]
pub struct EvalCompare {
    /// The earlier run: a record file or a name that `eval runs` lists
    #[arg(value_name = "BEFORE")]
    pub before: String,
    /// The later run
    #[arg(value_name = "AFTER")]
    pub after: String,
    /// Compare the questions that both asked and leave the others out
    #[arg(long)]
    pub common: bool,
}

/// `eval baseline`.
#[derive(Debug, clap::Args)]
pub struct EvalBaseline {
    /// The run: a record file or a name that `eval runs` lists
    #[arg(value_name = "RECORD")]
    pub record: String,
    /// How much worse a figure may get (default: 0.01; in a slice two questions at least)
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub tolerance: Option<String>,
}

/// `eval gate`.
#[derive(Debug, clap::Args)]
pub struct EvalGate {
    /// The baseline, as `eval baseline` printed it
    #[arg(long, value_name = "FILE")]
    pub baseline: PathBuf,
    /// Check this run instead of making one: a record file or a name that `eval runs` lists
    #[arg(long, value_name = "RECORD", conflicts_with_all = ["kb", "questions", "mode", "calibrate", "target_precision", "log", "labels", "no_cache"])]
    pub record: Option<String>,
    /// The articles: a file or a tree
    #[arg(long, value_name = "PATH", required_unless_present = "record")]
    pub kb: Option<PathBuf>,
    /// The labelled questions: CSV, XLSX or JSONL
    #[arg(long, value_name = "FILE", required_unless_present = "record")]
    pub questions: Option<PathBuf>,
    #[command(flatten)]
    pub how: EvalHow,
    /// Questions whose article must come first and be answered; in the forms of labelled questions
    #[arg(long, value_name = "FILE")]
    pub pinned: Option<PathBuf>,
}

/// `eval pairs`.
#[derive(Debug, clap::Args)]
pub struct EvalPairs {
    /// Two sentences and a number a line, separated by tabs
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
}

/// `eval report`.
#[derive(Debug, clap::Args)]
pub struct EvalReport {
    /// The record that `eval run --out` wrote, or the name of a kept run
    #[arg(value_name = "RECORD")]
    pub record: String,
    /// The page (default: the record's name with .html)
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The language of the page: zh-CN or en (default: that of messages)
    #[arg(long, value_name = "LANG")]
    pub locale: Option<String>,
}

/// `eval fit`.
#[derive(Debug, clap::Args)]
pub struct EvalFit {
    /// A directory with kb.jsonl and questions.jsonl, or articles and labelled questions separated by a comma: PATH,FILE
    #[arg(value_name = "SET", required = true)]
    pub sets: Vec<String>,
}

/// `decisions`.
#[derive(Debug, Subcommand)]
pub enum Decisions {
    /// Show a decision with everything it was made of
    Show(DecisionsId),
    /// Search and judge a decision's question again and compare
    Replay(DecisionsId),
}

/// `decisions show` and `decisions replay`.
#[derive(Debug, clap::Args)]
pub struct DecisionsId {
    /// The decision's id, as `ask` returned it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// `keys`.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a key and print its secret, this once
    Create(KeysCreate),
    /// List all keys, without their secrets
    List,
    /// Revoke a key
    Revoke(KeysRevoke),
}

/// `keys create`.
#[derive(Debug, clap::Args)]
pub struct KeysCreate {
    /// What the key may do: widget, agent, editor or admin
    #[arg(long, value_name = "ROLE")]
    pub role: String,
    /// What people call it
    #[arg(long, value_name = "NAME")]
    pub name: String,
}

/// `keys revoke`.
#[derive(Debug, clap::Args)]
pub struct KeysRevoke {
    /// The key's id, as `keys list` shows it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// `backup`.
#[derive(Debug, clap::Args)]
pub struct Backup {
    /// The new directory to write to
    #[arg(value_name = "DIR")]
    pub to: PathBuf,
}

/// `restore`.
#[derive(Debug, clap::Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "DIR")]
    pub from: PathBuf,
}

/// `privacy`.
#[derive(Debug, Subcommand)]
pub enum Privacy {
    /// Take away everything that a visitor said and all that was made of it
    Erase(PrivacyErase),
}

/// `privacy erase`.
#[derive(Debug, clap::Args)]
pub struct PrivacyErase {
    /// The visitor, as the shop named it
    #[arg(long, value_name = "ID")]
    pub visitor: String,
    /// Do not ask for confirmation
    #[arg(long)]
    pub yes: bool,
}

/// `health`.
#[derive(Debug, clap::Args)]
pub struct Health {
    /// What to ask (default: http://127.0.0.1:8080/readyz)
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// `help`.
#[derive(Debug, clap::Args)]
pub struct Help {
    /// The command
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}
