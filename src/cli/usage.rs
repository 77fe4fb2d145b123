//! What clap has to say about the words, in our codes and both languages.

use std::ffi::OsString;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::error::{CliError, short};
use super::help;
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;

/// The path of the command that the words begin with, for its help; empty if they begin with none.
pub fn path(arguments: &[OsString]) -> Vec<String> {
    let root = help::command(Locale::En);
    let (mut at, mut path) = (&root, Vec::new());
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        let Some(sub) = at.find_subcommand(word) else { continue };
        path.push(word.to_owned());
        at = sub;
    }
    path
}

/// The failure that a parse error stands for; `None` if help or version was asked for.
pub fn failure(error: &Error, path: &str) -> Option<CliError> {
    let of = |kind| context(error, kind);
    let argument = of(ContextKind::InvalidArg);
    let wording = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return None,
        ErrorKind::UnknownArgument => {
            let suggested = of(ContextKind::SuggestedArg);
            with_suggestion(Wording::new(format!("未知的参数 {argument}"), format!("unknown argument {argument}")), &suggested)
        }
        ErrorKind::InvalidSubcommand => {
            let (name, suggested) = (short(&of(ContextKind::InvalidSubcommand)), of(ContextKind::SuggestedSubcommand));
            with_suggestion(Wording::new(format!("未知的命令 {name}"), format!("unknown command {name}")), &suggested)
        }
        ErrorKind::MissingRequiredArgument => Wording::new(format!("缺少 {argument}"), format!("{argument} is missing")),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Wording::new("缺少命令", "a command is missing")
        }
        ErrorKind::ArgumentConflict => {
            let other = of(ContextKind::PriorArg);
            Wording::new(format!("{argument} 不能与 {other} 同用，也不能重复"), format!("{argument} does not go with {other}, nor twice"))
        }
        // An argument that takes a value was given none.
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            Wording::new(format!("{argument} 缺少取值"), format!("{argument} lacks its value"))
        }
        ErrorKind::TooManyValues => {
            let value = of(ContextKind::InvalidValue);
            Wording::new(format!("{argument} 不接受取值“{value}”"), format!("{argument} takes no value, {value:?} was given"))
        }
        ErrorKind::InvalidUtf8 => Wording::new("参数不是 UTF-8 文本", "an argument is not UTF-8 text"),
        other => Wording::new(format!("命令不成立（{other}）"), format!("the words make no command ({other})")),
    };
    let help = if path.is_empty() { "jieda help".to_owned() } else { format!("jieda help {path}") };
    Some(CliError::Usage { message: wording, help })
}

fn with_suggestion(wording: Wording, suggested: &str) -> Wording {
    if suggested.is_empty() {
        return wording;
    }
    Wording::new(format!("{}，是不是想用 {suggested}？", wording.zh), format!("{}; did you mean {suggested}?", wording.en))
}

fn context(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => short(one),
        Some(ContextValue::Strings(several)) => several.join(", "),
        Some(ContextValue::StyledStr(one)) => one.to_string(),
        Some(ContextValue::StyledStrs(several)) => several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Coded};

    #[test]
    fn wrong_words_are_named_in_both_languages() {
        for (line, en, zh) in [
            ("jieda", "a command is missing", "缺少命令"),
            ("jieda kb", "a command is missing", "缺少命令"),
            ("jieda demmo", "unknown command demmo; did you mean demo?", "未知的命令 demmo，是不是想用 demo？"),
            ("jieda demo --bnd x", "unknown argument --bnd; did you mean --bind?", "未知的参数 --bnd，是不是想用 --bind？"),
            ("jieda demo --bind", "--bind <ADDR:PORT> lacks its value", "--bind <ADDR:PORT> 缺少取值"),
            ("jieda ask", "<QUESTION> is missing", "缺少 <QUESTION>"),
            ("jieda keys create --role admin", "--name <NAME> is missing", "缺少 --name <NAME>"),
            (
                "jieda ask x --explain --explain",
                "--explain does not go with --explain, nor twice",
                "--explain 不能与 --explain 同用，也不能重复",
            ),
            ("jieda ask x --explain=yes", "--explain takes no value, \"yes\" was given", "--explain 不接受取值“yes”"),
        ] {
            let error = help::command(Locale::En).try_get_matches_from(line.split(' ')).unwrap_err();
            let failure = failure(&error, "").unwrap_or_else(|| panic!("{line}: {:?}", error.kind()));
            assert_eq!(failure.code(), Code::UsageInvalid);
            assert_eq!((failure.message(Locale::En).as_str(), failure.message(Locale::ZhCn).as_str()), (en, zh), "{line}");
        }
        for line in ["jieda --help", "jieda kb import -h", "jieda --version"] {
            let error = help::command(Locale::En).try_get_matches_from(line.split(' ')).unwrap_err();
            assert!(failure(&error, "").is_none(), "{line}");
        }
    }
}
