//! The help in both languages: the derived command with its texts and examples put in.

use clap::{Command, CommandFactory};

use super::args::Args;
use super::texts::{EXAMPLES, ZH};
use crate::domain::locale::Locale;

/// Arguments that every command takes.
pub const GLOBAL: &[&str] = &["format", "config", "data_dir", "models_dir", "lang", "log_filter", "log_format", "help", "version"];

/// The command with its help in `locale`.
pub fn command(locale: Locale) -> Command {
    dress(Args::command(), "", locale)
}

/// The help of the command at `path`; `None` if there is none.
pub fn of(path: &[String], locale: Locale) -> Option<String> {
    let mut command = command(locale);
    command.build();
    let mut at = &mut command;
    for name in path {
        at = at.find_subcommand_mut(name)?;
    }
    let text = at.render_help().to_string();
    // The one word of a usage line that clap does not take from us.
    Some(text.trim_end().replace("[OPTIONS]", locale.pick("[选项]", "[OPTIONS]")) + "\n")
}

/// The table's place of an argument.
fn place<'a>(path: &'a str, id: &str) -> (&'a str, String) {
    let path = if GLOBAL.contains(&id) { "*" } else { path };
    (path, format!("{path} {id}"))
}

fn zh(place: &str) -> Option<&'static str> {
    ZH.iter().find(|(known, _)| *known == place).map(|(_, text)| *text)
}

fn dress(command: Command, path: &str, locale: Locale) -> Command {
    let chinese = locale == Locale::ZhCn;
    let template = locale.pick(
        "{about-with-newline}\n用法: {usage}\n\n{all-args}{after-help}",
        "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}",
    );
    let mut command = command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .arg_required_else_help(false)
        .help_template(template)
        .subcommand_value_name(locale.pick("命令", "COMMAND"))
        .subcommand_help_heading(locale.pick("命令", "Commands"))
        .mut_args(|arg| {
            let (path, place) = place(path, arg.get_id().as_str());
            let heading = match (path, arg.is_positional()) {
                ("*", _) => locale.pick("通用选项", "Global options"),
                (_, true) => locale.pick("参数", "Arguments"),
                (_, false) => locale.pick("选项", "Options"),
            };
            let text = if chinese { zh(&place) } else { None };
            let arg = arg.help_heading(heading);
            match text {
                Some(text) => arg.help(text),
                None => arg,
            }
        })
        .mut_subcommands(|sub| {
            let path = below(path, sub.get_name());
            dress(sub, &path, locale)
        });
    if let Some(text) = zh(path).filter(|_| chinese) {
        command = command.about(text);
    }
    let examples = EXAMPLES.iter().find(|(known, _)| *known == path).map_or(&[][..], |(_, examples)| examples);
    if examples.is_empty() {
        return command;
    }
    let mut after = locale.pick("例:", "Examples:").to_owned();
    for example in examples {
        after.push_str(&format!("\n  {}\n      {}", example.line, locale.pick(example.zh, example.en)));
    }
    command.after_help(after)
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of all commands, groups included, without the program's own name.
    fn paths(command: &Command) -> Vec<String> {
        fn walk(command: &Command, path: &str, paths: &mut Vec<String>) {
            for sub in command.get_subcommands() {
                let path = below(path, sub.get_name());
                paths.push(path.clone());
                walk(sub, &path, paths);
            }
        }
        let mut paths = Vec::new();
        walk(command, "", &mut paths);
        paths
    }

    /// Every place that the derived command has: commands and arguments.
    fn places() -> Vec<String> {
        fn walk(command: &Command, path: &str, places: &mut Vec<String>) {
            places.push(path.to_owned());
            places.extend(command.get_arguments().map(|arg| place(path, arg.get_id().as_str()).1));
            for sub in command.get_subcommands() {
                walk(sub, &below(path, sub.get_name()), places);
            }
        }
        let mut places = Vec::new();
        walk(&command(Locale::En), "", &mut places);
        places
    }

    #[test]
    fn every_command_and_argument_has_help_in_both_languages() {
        let places = places();
        for place in &places {
            let text = zh(place).unwrap_or_else(|| panic!("no Chinese help for {place:?}"));
            assert!(text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) || text.contains('、'), "{place}: {text}");
        }
        for (place, _) in ZH {
            assert!(places.iter().any(|known| known == place), "{place:?} is no command or argument");
        }
        let english = command(Locale::En);
        fn about(command: &Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            assert!(command.get_arguments().all(|arg| arg.get_help().is_some()), "{}", command.get_name());
            command.get_subcommands().for_each(about);
        }
        about(&english);
    }

    #[test]
    fn examples_parse_and_belong_to_commands() {
        let paths = paths(&command(Locale::En));
        for (path, examples) in EXAMPLES {
            assert!(path.is_empty() || paths.iter().any(|known| known == path), "{path:?}");
            for example in *examples {
                let words = example.line.replace('"', "");
                let parsed = command(Locale::En).try_get_matches_from(words.split(' '));
                // A question of several words was quoted.
                assert!(parsed.is_ok() || example.line.contains('"'), "{}: {:?}", example.line, parsed.err());
                assert!(path.is_empty() || example.line[6..].starts_with(path), "{}", example.line);
            }
        }
        for path in &paths {
            assert!(EXAMPLES.iter().any(|(known, _)| known == path), "no example for {path:?}");
        }
    }

    #[test]
    fn chinese_help_has_no_english_headings() {
        for path in paths(&command(Locale::ZhCn)).iter().chain([&String::new()]) {
            let words: Vec<String> = path.split_whitespace().map(str::to_owned).collect();
            let text = of(&words, Locale::ZhCn).unwrap();
            for english in ["Usage", "Options", "OPTIONS", "Commands", "Arguments", "Print", "default:", "possible"] {
                assert!(!text.contains(english), "{path}: {english} in\n{text}");
            }
            assert!(text.contains("用法: ") && text.contains("例:"), "{text}");
        }
    }

    #[test]
    fn the_definition_is_sound() {
        command(Locale::ZhCn).debug_assert();
        command(Locale::En).debug_assert();
    }
}
