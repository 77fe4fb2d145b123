//! What is printed where: data on standard output, everything else on standard error.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};

use serde_json::{Value, json};

use super::error::CliError;
use crate::domain::locale::Locale;
use crate::error::{Failure, chain};

/// The form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON value.
    Json,
}

impl Format {
    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Format::Text),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// In which form and language to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// The form of results and errors.
    pub format: Format,
    /// The language of messages.
    pub locale: Locale,
}

impl Manner {
    /// What can be seen before the command line is understood, so that help and the complaint about it come in the right form.
    pub fn guess(arguments: &[OsString], variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let words: Vec<&str> = arguments.iter().map_while(|word| word.to_str()).take_while(|word| *word != "--").collect();
        let value = |flag: &str| {
            words.iter().enumerate().rev().find_map(|(at, word)| match word.strip_prefix(flag)? {
                "" => words.get(at + 1).copied(),
                rest => rest.strip_prefix('='),
            })
        };
        Manner {
            format: value("--format").and_then(Format::parse).unwrap_or_default(),
            locale: value("--lang").and_then(|tag| tag.parse().ok()).unwrap_or_else(|| locale_of_environment(variable)),
        }
    }

    /// The text of this language.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        self.locale.pick(zh, en)
    }

    /// Whether results are JSON.
    pub fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Prints the result: `value` or `text`, as asked for.
    pub fn show(self, value: impl FnOnce() -> Value, text: impl FnOnce() -> String) -> Result<(), CliError> {
        if self.is_json() { print(&format!("{:#}\n", value())) } else { print(&text()) }
    }

    /// Tells the person at the terminal something that is no result.
    pub fn tell(self, zh: &str, en: &str) {
        // Standard error may be closed; there is nobody to tell then.
        let _ = writeln!(std::io::stderr().lock(), "{}", self.pick(zh, en));
    }
}

/// Everything but Chinese is answered in English, as the locale `C` is.
fn locale_of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Locale {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    set.and_then(|value| value.to_str()?.parse().ok()).unwrap_or(Locale::En)
}

/// Writes to standard output. Whoever closed it has read enough: that is no failure.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|source| CliError::Output { source }),
    }
}

/// Prints a failure on standard error.
pub fn report(failure: &Failure, manner: Manner) {
    let error = failure.get();
    let (code, message, hint) = (error.code(), error.message(manner.locale), error.hint(manner.locale));
    let text = if manner.is_json() {
        let error = json!({ "code": code.name(), "message": message, "hint": hint, "request_id": null });
        format!("{}\n", json!({ "error": error }))
    } else {
        let causes = error.source().map(|source| format!("{}{}\n", manner.pick("原因：", "cause: "), chain(source))).unwrap_or_default();
        format!("error[{code}]: {message}\n{causes}{}{hint}\n", manner.pick("提示：", "hint: "))
    };
    // Standard error may be closed; the exit status still tells.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_comes_from_the_flag_then_the_first_variable_that_is_set() {
        let guess = |line: &str, variables: &[(&str, &str)]| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
            Manner::guess(&words, variable)
        };
        for (line, variables, want) in [
            ("jieda", &[][..], Locale::En),
            ("jieda", &[("LANG", "zh_CN.UTF-8")], Locale::ZhCn),
            ("jieda", &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C.UTF-8")], Locale::En),
            ("jieda", &[("LC_ALL", ""), ("LC_MESSAGES", "zh_TW"), ("LANG", "en_US")], Locale::ZhCn),
            ("jieda --lang zh kb", &[("LANG", "en_US")], Locale::ZhCn),
            ("jieda kb --lang=en", &[("LANG", "zh_CN")], Locale::En),
            ("jieda ask -- --lang=en", &[("LANG", "zh_CN")], Locale::ZhCn),
            ("jieda --lang fr", &[("LANG", "zh_CN")], Locale::ZhCn),
        ] {
            assert_eq!(guess(line, variables).locale, want, "{line} {variables:?}");
        }
        assert_eq!(guess("jieda ask x --format json", &[]).format, Format::Json);
        assert_eq!(guess("jieda ask x --format=yaml", &[]).format, Format::Text);
    }
}
