//! The command line, checked: every value has its type, and what is wrong is named with what is allowed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::args::{self, Args};
use super::error::{CliError, short};
use super::output::{Format, Manner};
use crate::config::{LogFormat, Overrides};
use crate::decide::confidence::DEFAULT_TARGET;
use crate::domain::ids::{DecisionId, KeyId, LabelId, VisitorId};
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::eval::calibrated::CalibrationChoice;
use crate::kb::export::Form;
use crate::retrieve::fusion::Mode;
use crate::service::keys::Role;

/// One call of the program.
#[derive(Debug)]
pub struct Invocation {
    /// In which form and language to speak.
    pub manner: Manner,
    /// The configuration file.
    pub config_file: Option<PathBuf>,
    /// What flags set over it.
    pub overrides: Overrides,
    /// What to do.
    pub command: Command,
}

/// What to do.
#[derive(Debug)]
pub enum Command {
    Demo,
    Serve,
    Ask { question: String, explain: bool, kb: Option<PathBuf> },
    Import(Import),
    Export { path: PathBuf, form: Form },
    Lint { path: PathBuf, encoding: Option<String> },
    Synonyms(Proposing),
    LabelsImport { file: PathBuf },
    LabelsList,
    LabelsDelete { ids: Vec<LabelId> },
    ModelsList,
    ModelsVerify { name: Option<String> },
    ModelsUse { name: String },
    ModelsPull { name: String },
    EvalRun { evaluation: Evaluation, out: Option<PathBuf> },
    EvalRuns,
    EvalCompare { before: String, after: String, common: bool },
    EvalBaseline { record: String, tolerance: f64 },
    EvalGate(Gate),
    EvalPairs { file: PathBuf },
    EvalReport { record: String, out: Option<PathBuf>, locale: Option<Locale> },
    EvalFit { sets: Vec<(PathBuf, PathBuf)> },
    DecisionsShow { id: DecisionId },
    DecisionsReplay { id: DecisionId },
    KeysCreate { role: Role, name: String },
    KeysList,
    KeysRevoke { id: KeyId },
    Backup { to: PathBuf },
    Restore { from: PathBuf },
    Erase { visitor: VisitorId, yes: bool },
    Health { url: Url },
    Help { path: Vec<String> },
}

/// `kb import`.
#[derive(Debug)]
pub struct Import {
    pub path: PathBuf,
    pub dry_run: bool,
    pub encoding: Option<String>,
    pub refused: Option<PathBuf>,
}

/// `kb synonyms`.
#[derive(Debug)]
pub struct Proposing {
    pub kb: Option<PathBuf>,
    pub log: Option<PathBuf>,
    pub limit: usize,
}

/// What is evaluated, and how.
#[derive(Debug)]
pub struct Evaluation {
    pub kb: PathBuf,
    pub questions: PathBuf,
    pub mode: Mode,
    pub calibrate: CalibrationChoice,
    pub target_precision: f64,
    pub log: Option<PathBuf>,
    pub labels: Option<PathBuf>,
    pub cache: bool,
}

/// `eval gate`.
#[derive(Debug)]
pub struct Gate {
    pub baseline: PathBuf,
    pub run: GatedRun,
    pub pinned: Option<PathBuf>,
}

/// The run that is held to a baseline.
#[derive(Debug)]
pub enum GatedRun {
    Kept(String),
    Made(Box<Evaluation>),
}

/// How much worse a figure may get by default.
const TOLERANCE: f64 = 0.01;
/// Synonyms that are proposed by default.
const PROPOSALS: usize = 30;

impl Evaluation {
    fn check(kb: PathBuf, questions: PathBuf, how: args::EvalHow) -> Result<Self, CliError> {
        Ok(Evaluation {
            kb,
            questions,
            mode: mode(how.mode.as_deref())?,
            calibrate: match how.calibrate.as_deref() {
                None | Some("self") => CalibrationChoice::Own,
                Some("prior") => CalibrationChoice::Prior,
                Some(file) => CalibrationChoice::File(file.into()),
            },
            target_precision: how.target_precision.as_deref().map_or(Ok(DEFAULT_TARGET), target_precision)?,
            log: how.log,
            labels: how.labels,
            cache: !how.no_cache,
        })
    }
}

/// A plain `http` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Host and port, as they are connected to.
    pub authority: String,
    /// Path and query, with the slash.
    pub path: String,
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let plain = !host.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control()) && !host.contains('@');
        let port = host.rsplit_once(':').filter(|(name, _)| !name.is_empty() && (!host.starts_with('[') || name.ends_with(']')));
        let authority = match port {
            Some((_, port)) => port.parse::<u16>().ok().map(|_| host.to_owned())?,
            None => format!("{host}:80"),
        };
        plain.then(|| Url { authority, path: if path.is_empty() { "/".to_owned() } else { path.to_owned() } })
    }
}

impl Invocation {
    /// Checks what was typed. `guessed` is the manner found before parsing.
    pub fn check(args: Args, guessed: Manner) -> Result<Self, CliError> {
        let Args { global, command } = args;
        if let Some(tag) = &global.lang {
            language("--lang", tag)?;
        }
        if let Some(name) = &global.format {
            Format::parse(name).ok_or_else(|| refused("--format", name, "text 或 json", "text or json"))?;
        }
        let log_format = global
            .log_format
            .as_ref()
            .map(|name| name.parse::<LogFormat>().map_err(|()| refused("--log-format", name, "text 或 json", "text or json")));
        let mut overrides = Overrides {
            data_dir: global.data_dir,
            models_dir: global.models_dir,
            log_filter: global.log_filter,
            log_format: log_format.transpose()?,
            ..Overrides::default()
        };
        let command = Command::check(command, &mut overrides)?;
        Ok(Invocation { manner: guessed, config_file: global.config, overrides, command })
    }
}

impl Command {
    fn check(command: args::Command, overrides: &mut Overrides) -> Result<Self, CliError> {
        Ok(match command {
            args::Command::Demo(serve) => {
                overrides.bind = address(serve.bind.as_deref())?;
                Command::Demo
            }
            args::Command::Serve(serve) => {
                overrides.bind = address(serve.bind.as_deref())?;
                Command::Serve
            }
            args::Command::Ask(args::Ask { question, explain, kb }) => Command::Ask { question, explain, kb },
            args::Command::Kb(args::Kb::Import(args::KbImport { path, dry_run, encoding, refused })) => {
                Command::Import(Import { path, dry_run, encoding, refused })
            }
            args::Command::Kb(args::Kb::Export(export)) => {
                let form = form(export.form.as_deref(), &export.path)?;
                Command::Export { path: export.path, form }
            }
            args::Command::Kb(args::Kb::Lint(lint)) => {
                Command::Lint { path: lint.path.unwrap_or_else(|| PathBuf::from("kb")), encoding: lint.encoding }
            }
            args::Command::Kb(args::Kb::Synonyms(args::KbSynonyms { kb, log, limit })) => {
                Command::Synonyms(Proposing { kb, log, limit: limit.as_deref().map_or(Ok(PROPOSALS), proposals)? })
            }
            args::Command::Labels(args::Labels::Import(import)) => Command::LabelsImport { file: import.file },
            args::Command::Labels(args::Labels::List) => Command::LabelsList,
            args::Command::Labels(args::Labels::Delete(delete)) => {
                Command::LabelsDelete { ids: delete.ids.iter().map(|text| labelled(text)).collect::<Result<_, _>>()? }
            }
            args::Command::Models(args::Models::List) => Command::ModelsList,
            args::Command::Models(args::Models::Verify(verify)) => Command::ModelsVerify { name: verify.name },
            args::Command::Models(args::Models::Use(model)) => Command::ModelsUse { name: model.name },
            args::Command::Models(args::Models::Pull(model)) => Command::ModelsPull { name: model.name },
            args::Command::Eval(args::Eval::Run(run)) => {
                Command::EvalRun { evaluation: Evaluation::check(run.kb, run.questions, run.how)?, out: run.out }
            }
            args::Command::Eval(args::Eval::Runs) => Command::EvalRuns,
            args::Command::Eval(args::Eval::Compare(args::EvalCompare { before, after, common })) => {
                Command::EvalCompare { before, after, common }
            }
            args::Command::Eval(args::Eval::Baseline(baseline)) => {
                let tolerance = baseline.tolerance.as_deref().map_or(Ok(TOLERANCE), tolerance)?;
                Command::EvalBaseline { record: baseline.record, tolerance }
            }
            args::Command::Eval(args::Eval::Gate(gate)) => {
                let run = match (gate.record, gate.kb, gate.questions) {
                    (Some(record), ..) => GatedRun::Kept(record),
                    (None, Some(kb), Some(questions)) => GatedRun::Made(Box::new(Evaluation::check(kb, questions, gate.how)?)),
                    _ => {
                        let message = Wording::new("缺少 --record，或 --kb 和 --questions", "--record is missing, or --kb and --questions");
                        return Err(CliError::Usage { message, help: "jieda help eval gate".to_owned() });
                    }
                };
                Command::EvalGate(Gate { baseline: gate.baseline, run, pinned: gate.pinned })
            }
            args::Command::Eval(args::Eval::Pairs(pairs)) => Command::EvalPairs { file: pairs.file },
            args::Command::Eval(args::Eval::Report(report)) => Command::EvalReport {
                locale: report.locale.as_deref().map(|tag| language("--locale", tag)).transpose()?,
                record: report.record,
                out: report.out,
            },
            args::Command::Eval(args::Eval::Fit(fit)) => {
                Command::EvalFit { sets: fit.sets.iter().map(|text| set(text)).collect::<Result<_, _>>()? }
            }
            args::Command::Decisions(args::Decisions::Show(show)) => Command::DecisionsShow { id: decision(&show.id)? },
            args::Command::Decisions(args::Decisions::Replay(replay)) => Command::DecisionsReplay { id: decision(&replay.id)? },
            args::Command::Keys(args::Keys::Create(create)) => {
                let roles = "widget, agent, editor or admin";
                let role =
                    Role::parse(&create.role).ok_or_else(|| refused("--role", &create.role, "widget、agent、editor 或 admin", roles))?;
                Command::KeysCreate { role, name: label("--name", &create.name, 80)? }
            }
            args::Command::Keys(args::Keys::List) => Command::KeysList,
            args::Command::Keys(args::Keys::Revoke(revoke)) => {
                let id = revoke
                    .id
                    .parse()
                    .map_err(|_| refused("ID", &revoke.id, "`jieda keys list` 显示的编号", "an id that `jieda keys list` shows"))?;
                Command::KeysRevoke { id }
            }
            args::Command::Backup(backup) => Command::Backup { to: backup.to },
            args::Command::Restore(restore) => Command::Restore { from: restore.from },
            args::Command::Privacy(args::Privacy::Erase(erase)) => {
                Command::Erase { visitor: VisitorId(label("--visitor", &erase.visitor, 200)?), yes: erase.yes }
            }
            args::Command::Health(health) => {
                let url = health.url.as_deref().unwrap_or("http://127.0.0.1:8080/readyz");
                let url =
                    Url::parse(url).ok_or_else(|| refused("--url", url, "http:// 开头的地址", "an address that begins with http://"))?;
                Command::Health { url }
            }
            args::Command::Help(help) => Command::Help { path: help.command },
        })
    }
}

fn refused(argument: &'static str, given: &str, zh: &str, en: &str) -> CliError {
    CliError::Argument { argument, given: short(given), allowed: Wording::new(zh, en) }
}

fn language(argument: &'static str, tag: &str) -> Result<Locale, CliError> {
    tag.parse().map_err(|_| refused(argument, tag, "zh-CN 或 en", "zh-CN or en"))
}

fn address(text: Option<&str>) -> Result<Option<SocketAddr>, CliError> {
    let Some(text) = text else { return Ok(None) };
    let address = text
        .parse()
        .map_err(|_| refused("--bind", text, "IP 地址加端口，如 127.0.0.1:8080", "an IP address and a port, as 127.0.0.1:8080"))?;
    Ok(Some(address))
}

fn form(name: Option<&str>, path: &Path) -> Result<Form, CliError> {
    let of = |name: &str| match name {
        "tree" => Some(Form::Tree),
        "csv" => Some(Form::Csv),
        "jsonl" => Some(Form::Jsonl),
        "xlsx" => Some(Form::Xlsx),
        _ => None,
    };
    match name {
        Some(name) => of(name).ok_or_else(|| refused("--form", name, "tree、csv、jsonl 或 xlsx", "tree, csv, jsonl or xlsx")),
        None => {
            let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
            Ok(extension.as_deref().and_then(of).unwrap_or(Form::Tree))
        }
    }
}

fn mode(name: Option<&str>) -> Result<Mode, CliError> {
    match name {
        None | Some("hybrid") => Ok(Mode::Hybrid),
        Some("lexical") => Ok(Mode::Lexical),
        Some("dense") => Ok(Mode::Dense),
        Some(other) => Err(refused("--mode", other, "lexical、dense 或 hybrid", "lexical, dense or hybrid")),
    }
}

/// The target precisions that a configuration takes, so that what is measured can be asked for.
const TARGETS: std::ops::RangeInclusive<f64> = 0.5..=0.999;

fn target_precision(text: &str) -> Result<f64, CliError> {
    text.parse()
        .ok()
        .filter(|target| TARGETS.contains(target))
        .ok_or_else(|| refused("--target-precision", text, "0.5 到 0.999 的数，如 0.95", "a number from 0.5 to 0.999, as 0.95"))
}

fn tolerance(text: &str) -> Result<f64, CliError> {
    let number = text.parse().ok().filter(|tolerance| (0.0..1.0).contains(tolerance));
    number.ok_or_else(|| refused("--tolerance", text, "0 到 1 之间的数，如 0.01", "a number from 0 to below 1, as 0.01"))
}

fn proposals(text: &str) -> Result<usize, CliError> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| refused("--limit", text, "1 到 10000 之间的整数", "a whole number from 1 to 10000"))
}

fn set(text: &str) -> Result<(PathBuf, PathBuf), CliError> {
    let dir = PathBuf::from(text);
    if dir.join("questions.jsonl").is_file() {
        return Ok((dir.join("kb.jsonl"), dir.join("questions.jsonl")));
    }
    let (kb, questions) = text.split_once(',').filter(|(kb, questions)| !kb.is_empty() && !questions.is_empty()).ok_or_else(|| {
        refused(
            "SET",
            text,
            "含 kb.jsonl 和 questions.jsonl 的目录，或用逗号隔开的文章和问题，如 kb,eval/zh-CN.jsonl",
            "a directory with kb.jsonl and questions.jsonl, or articles and questions separated by a comma, as kb,eval/zh-CN.jsonl",
        )
    })?;
    Ok((kb.into(), questions.into()))
}

fn decision(text: &str) -> Result<DecisionId, CliError> {
    text.trim().parse().map_err(|_| refused("ID", text, "`jieda ask` 返回的编号", "an id that `jieda ask` returned"))
}

fn labelled(text: &str) -> Result<LabelId, CliError> {
    text.trim().parse().map_err(|_| refused("ID", text, "`jieda labels list` 显示的编号", "an id that `jieda labels list` shows"))
}

/// A name for people: one line, not empty, not endless.
fn label(argument: &'static str, text: &str, max_bytes: usize) -> Result<String, CliError> {
    let text = text.trim();
    if text.is_empty() || text.len() > max_bytes || text.chars().any(char::is_control) {
        let (zh, en) = (format!("一行文字，不超过 {max_bytes} 字节"), format!("one line of at most {max_bytes} bytes"));
        return Err(refused(argument, text, &zh, &en));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;
    use crate::cli::help;
    use crate::error::Coded;

    fn check(line: &str) -> Result<Invocation, CliError> {
        let matches = help::command(Locale::En).try_get_matches_from(line.split(' ')).unwrap();
        Invocation::check(Args::from_arg_matches(&matches).unwrap(), Manner::default())
    }

    #[test]
    fn values_are_typed_and_flags_stand_anywhere() {
        let demo = check("jieda demo --bind 127.0.0.1:9000 --data-dir d").unwrap();
        assert_eq!(demo.overrides.bind, Some("127.0.0.1:9000".parse().unwrap()));
        assert_eq!(demo.overrides.data_dir, Some(PathBuf::from("d")));
        assert!(matches!(check("jieda kb export out.XLSX").unwrap().command, Command::Export { form: Form::Xlsx, .. }));
        assert!(matches!(check("jieda kb export out").unwrap().command, Command::Export { form: Form::Tree, .. }));
        assert!(matches!(check("jieda kb export out.csv --form jsonl").unwrap().command, Command::Export { form: Form::Jsonl, .. }));
        let Command::EvalRun { evaluation, .. } = check("jieda eval run --kb k --questions q --calibrate c.toml").unwrap().command else {
            panic!("another command")
        };
        assert_eq!((evaluation.mode, evaluation.target_precision, evaluation.cache), (Mode::Hybrid, 0.95, true));
        assert_eq!(evaluation.calibrate, CalibrationChoice::File("c.toml".into()));
    }

    #[test]
    fn wrong_values_are_named_with_what_is_allowed() {
        for (line, en) in [
            ("jieda demo --bind 8080", "--bind does not take \"8080\": use an IP address and a port, as 127.0.0.1:8080"),
            ("jieda keys list --format yaml", "--format does not take \"yaml\": use text or json"),
            ("jieda keys list --lang fr", "--lang does not take \"fr\": use zh-CN or en"),
            ("jieda keys create --role boss --name x", "--role does not take \"boss\": use widget, agent, editor or admin"),
            ("jieda keys create --role admin --name \u{1}", "--name does not take \"\\u{1}\": use one line of at most 80 bytes"),
            ("jieda decisions show 12", "ID does not take \"12\": use an id that `jieda ask` returned"),
            ("jieda labels delete 12", "ID does not take \"12\": use an id that `jieda labels list` shows"),
            (
                "jieda eval fit kb",
                "SET does not take \"kb\": use a directory with kb.jsonl and questions.jsonl, or articles and questions separated by a comma, as kb,eval/zh-CN.jsonl",
            ),
            ("jieda kb export x --form pdf", "--form does not take \"pdf\": use tree, csv, jsonl or xlsx"),
            (
                "jieda eval run --kb k --questions q --target-precision 95",
                "--target-precision does not take \"95\": use a number from 0.5 to 0.999, as 0.95",
            ),
            (
                "jieda eval run --kb k --questions q --target-precision 0.9999",
                "--target-precision does not take \"0.9999\": use a number from 0.5 to 0.999, as 0.95",
            ),
            ("jieda eval baseline r --tolerance -1", "--tolerance does not take \"-1\": use a number from 0 to below 1, as 0.01"),
            ("jieda health --url https://shop", "--url does not take \"https://shop\": use an address that begins with http://"),
        ] {
            let error = check(line).unwrap_err();
            assert_eq!(error.message(Locale::En), en, "{line}");
            assert!(error.message(Locale::ZhCn).contains("不接受"), "{line}");
        }
    }

    #[test]
    fn addresses_have_a_host_and_a_port() {
        let url = |text: &str| Url::parse(text).map(|url| (url.authority, url.path));
        for (text, authority, path) in [
            ("http://127.0.0.1:8080/readyz", "127.0.0.1:8080", "/readyz"),
            ("http://shop", "shop:80", "/"),
            ("http://[::1]:9/x?y=1", "[::1]:9", "/x?y=1"),
            ("http://[::1]", "[::1]:80", "/"),
        ] {
            assert_eq!(url(text), Some((authority.to_owned(), path.to_owned())), "{text}");
        }
        for text in ["ftp://x", "http://", "http:///x", "http://a b", "http://h:port/", "http://u@h/"] {
            assert_eq!(url(text), None, "{text}");
        }
    }
}
