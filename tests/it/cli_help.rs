//! Help, messages and exit statuses.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::Stdio;

use crate::program::{Shop, ran, root};

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|line| line.starts_with("  "));
    list.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn help_is_on_standard_output_in_the_language_of_the_environment() {
    let shop = Shop::new();
    for (variable, words) in [("C.UTF-8", ["Usage:", "Serve the sample shop"]), ("zh_CN.UTF-8", ["用法:", "运行示例商店"])] {
        let ran = ran(shop.command(&["--help"]).env("LC_ALL", variable).output().unwrap());
        assert_eq!((ran.status, ran.err.as_str()), (0, ""));
        for word in words.iter().chain(&[
            "demo",
            "serve",
            "ask",
            "kb",
            "models",
            "eval",
            "decisions",
            "keys",
            "backup",
            "restore",
            "privacy",
            "health",
        ]) {
            assert!(ran.out.contains(word), "{word} is missing in {}", ran.out);
        }
    }
    assert_eq!(shop.ok(&["help", "kb", "import"]).out, shop.ok(&["kb", "import", "--help"]).out);
    assert!(shop.ok(&["--version"]).out.starts_with("jieda "));
}

#[test]
fn mistakes_are_told_on_standard_error_with_status_2() {
    let shop = Shop::new();
    for args in [&["demmo"][..], &[], &["kb", "import"], &["ask", "x", "--bind", "1"], &["demo", "--bind", "here"], &["help", "nothing"]] {
        let ran = shop.run(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("error[usage_invalid]: ") && ran.err.contains("hint: "), "{}", ran.err);
    }
    let zh = shop.run(&["demmo", "--lang", "zh"]);
    assert!(zh.err.contains("未知的命令 demmo") && zh.err.contains("提示："), "{}", zh.err);
    assert_eq!(shop.run(&["--format", "json", "demmo"]).code(), "usage_invalid");
    assert_eq!(shop.run(&["--format", "json", "keys", "list", "--data-dir", "nowhere"]).code(), "file_unreadable");
    shop.write("jieda.toml", "[server]\nprot = 1\n");
    assert_eq!(shop.run(&["--format", "json", "--config", "jieda.toml", "keys", "list"]).code(), "config_invalid");
    assert!(!shop.path("nowhere").exists());
}

#[test]
fn whoever_closes_the_output_has_read_enough() {
    let shop = Shop::new();
    let mut child = shop.command(&["kb", "lint", "kb"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn the_manual_has_every_command_in_both_languages() {
    let shop = Shop::new();
    let mut leaves = BTreeSet::new();
    for command in commands(&shop.ok(&["--help"]).out) {
        let below = commands(&shop.ok(&["help", &command]).out);
        if below.is_empty() {
            leaves.insert(command);
        } else {
            leaves.extend(below.iter().map(|name| format!("{command} {name}")));
        }
    }
    assert!(leaves.contains("demo") && leaves.contains("kb import") && leaves.contains("eval pairs"), "{leaves:?}");
    let manual = std::fs::read_to_string(root().join("docs/CLI.md")).unwrap();
    let (zh, en) = manual.split_once("\n# Command line\n").expect("an English part");
    for part in [zh, en] {
        let headings = part.lines().filter_map(|line| line.strip_prefix("### `jieda ")).filter_map(|line| line.split('`').next());
        let named: BTreeSet<String> = headings.map(str::to_owned).collect();
        assert_eq!(named, leaves);
    }
}
