//! The rules of the code base that a compiler does not know: which module may use which, where a library may be named, how long
//! a file may be. ARCHITECTURE.md says why.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::root;

/// The modules by layer, lowest first. A module imports from lower layers only, never from its own; the lowest two stand under
/// everything and may use each other.
const LAYERS: [&[&str]; 8] = [
    &["domain", "error"],
    &["text", "config", "cpu", "observe"],
    &["kb", "embed", "index", "store", "decide"],
    &["retrieve", "handoff"],
    &["service"],
    &["http", "eval", "web"],
    &["cli"],
    &["main"],
];

/// Libraries and the modules that may name them.
const CONFINED: [(&[&str], &[&str]); 6] = [
    (&["axum", "tower", "tower_http"], &["http", "web"]),
    (&["sqlx"], &["store"]),
    (&["tantivy"], &["index"]),
    (&["candle_core", "candle_nn", "candle_transformers", "tokenizers"], &["embed"]),
    (&["clap", "anyhow"], &["cli", "main"]),
    (&["reqwest"], &["handoff", "embed"]),
];

/// Lines of a file, tests left out.
const MAX_LINES: usize = 600;

/// Where `unsafe` may stand.
const UNSAFE_IN: &str = "src/embed/kernels";

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The top module of a path such as `src/store/rows.rs`.
fn module_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The text up to its `mod tests { … }`, comments blanked out; offsets and lines stay what they were.
fn code_of(text: &str) -> String {
    let end = Regex::new(r"#\[cfg\(test\)\]\s*mod tests \{").unwrap().find(text).map_or(text.len(), |tests| tests.start());
    let lines = text[..end].split_inclusive('\n').map(|line| match line.trim_start().starts_with("//") {
        true => line.chars().map(|c| if c == '\n' { c } else { ' ' }).collect(),
        false => line.to_owned(),
    });
    lines.collect()
}

fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// The top modules named by `crate::…`, `jieda::…` and the braces behind them, with their lines.
fn imports(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for start in Regex::new(r"\b(crate|jieda)::").unwrap().find_iter(code) {
        let rest = &code[start.end()..];
        let line = line_at(code, start.start());
        if rest.starts_with('{') {
            found.extend(group_heads(rest).into_iter().map(|name| (name, line)));
        } else {
            found.push((rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(), line));
        }
    }
    found
}

/// The first names of the entries of a brace group: `a`, `b` of `{a::{x, y}, b::z}`.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut at_head, mut heads) = (0usize, false, Vec::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            _ => {}
        }
        match c {
            '{' | ',' if depth == 1 => {
                heads.push(String::new());
                at_head = true;
            }
            c if at_head && (c.is_alphanumeric() || c == '_') => heads.last_mut().unwrap().push(c),
            c if c.is_whitespace() => {}
            _ => at_head = false,
        }
    }
    heads.into_iter().filter(|head| !head.is_empty()).collect()
}

/// What is wrong with one source file, each as `path:line: rule`.
fn problems(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut report = |line: usize, rule: String| problems.push(format!("{path}:{line}: {rule}"));
    if !text.starts_with("//!") {
        report(1, "a file begins with a `//!` paragraph that says what it is for".into());
    }
    if is_test_file(path) || !path.starts_with("src/") {
        return problems;
    }

    let code = code_of(text);
    let unsafe_code = Regex::new(r"\bunsafe\s+(fn|impl|trait|extern)\b|\bunsafe\s*\{|allow\(unsafe_code\)").unwrap();
    if !path.starts_with(UNSAFE_IN) {
        for found in unsafe_code.find_iter(&code) {
            report(line_at(&code, found.start()), format!("unsafe code stands in {UNSAFE_IN} only"));
        }
    }
    let lines = code.lines().count();
    if lines > MAX_LINES {
        report(lines, format!("a file has at most {MAX_LINES} lines without its tests; split it by noun"));
    }
    let module = module_of(path);
    if module == "lib" {
        return problems;
    }
    let Some(layer) = layer_of(module) else {
        report(1, format!("module `{module}` has no layer: give it one in tests/it/layers.rs and ARCHITECTURE.md"));
        return problems;
    };
    for (name, line) in imports(&code) {
        let Some(other) = layer_of(&name) else { continue };
        if name != module && (other > layer || other == layer && layer > 0) {
            let how = if other == layer { "its sibling" } else { "the higher" };
            report(line, format!("`{module}` imports {how} `{name}`: imports go down only"));
        }
    }
    for (libraries, modules) in CONFINED {
        let names = Regex::new(&format!(r"\b({})(::|;| as )", libraries.join("|"))).unwrap();
        for found in names.captures_iter(&code).filter(|_| !modules.contains(&module)) {
            // `crate::text::tokenizers::…` would be a module of ours.
            let start = found.get(0).unwrap().start();
            if !code[..start].ends_with("::") {
                report(line_at(&code, start), format!("`{}` is named in {} only", &found[1], modules.join(" and ")));
            }
        }
    }
    if module == "domain" {
        for found in Regex::new(r"\bserde\b|\b(De)?[Ss]erialize\b").unwrap().find_iter(&code) {
            report(line_at(&code, found.start()), "domain types know no serde: the edge owns its wire types".into());
        }
    }
    problems
}

/// Every file below `dir` whose name ends in one of `endings`, sorted.
fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if endings.iter().any(|ending| path.to_str().is_some_and(|path| path.ends_with(ending))) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

#[test]
fn the_sources_keep_the_rules() {
    let mut found = Vec::new();
    let mut read = 0;
    for folder in ["src", "tests", "benches"].map(|folder| root().join(folder)).into_iter().filter(|folder| folder.is_dir()) {
        for path in files(&folder, &[".rs"]) {
            found.extend(problems(&relative(&path), &fs::read_to_string(&path).unwrap()));
            read += 1;
        }
    }
    assert!(read > 10, "only {read} files were found");
    assert!(found.is_empty(), "{} problems\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_file_names_a_place_on_somebody_s_machine() {
    // Put together here, so that this file is not the one that is found.
    let places = ["home", "work", "Users", "tmp/wt"].map(|place| format!("/{place}/"));
    let mut found = Vec::new();
    let folders = ["src", "tests", "benches", "scripts", "docs", ".ci", "migrations", "models"];
    let mut paths: Vec<PathBuf> = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    for folder in folders.map(|folder| root().join(folder)).into_iter().filter(|folder| folder.is_dir()) {
        paths.extend(files(&folder, &[""]));
    }
    for path in paths {
        // What is not text, the weights for example, names no place that somebody reads.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if path.file_name().is_some_and(|name| name == ".git" || name == "tokenizer.json") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(place.as_str())) {
                found.push(format!("{}:{}: names a place on somebody's machine", relative(&path), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_rule_finds_its_offender() {
    let head = "//! Text.\n";
    for (path, code, want) in [
        (
            "src/store/rows.rs",
            "use crate::service::ask;",
            "src/store/rows.rs:2: `store` imports the higher `service`: imports go down only",
        ),
        ("src/store.rs", "use crate::{domain::ids, index::{a, b}};", "`store` imports its sibling `index`"),
        (
            "src/text/a.rs",
            "\nuse crate::{\n    domain::ids,\n    config::Config,\n};",
            "src/text/a.rs:3: `text` imports its sibling `config`",
        ),
        ("src/domain/a.rs", "fn f() { crate::text::fold() }", "`domain` imports the higher `text`"),
        ("src/retrieve/a.rs", "use crate::handoff::clock;", "`retrieve` imports its sibling `handoff`"),
        ("src/eval/a.rs", "use axum::Router;", "`axum` is named in http and web only"),
        ("src/service/a.rs", "fn f() -> sqlx::Result<()> {}", "`sqlx` is named in store only"),
        ("src/retrieve/a.rs", "use tantivy::Term;", "`tantivy` is named in index only"),
        ("src/index/a.rs", "use candle_core::Tensor;", "`candle_core` is named in embed only"),
        ("src/http/a.rs", "use anyhow as oops;", "`anyhow` is named in cli and main only"),
        ("src/domain/a.rs", "#[derive(Serialize)]\nstruct A;", "src/domain/a.rs:2: domain types know no serde"),
        ("src/embed/a.rs", "// 注释\nfn f() { unsafe { g() } }", "src/embed/a.rs:3: unsafe code stands in src/embed/kernels only"),
        ("src/toys/a.rs", "", "module `toys` has no layer"),
    ] {
        let found = problems(path, &format!("{head}{code}\n"));
        assert!(found.len() == 1 && found[0].contains(want), "{path} {code:?}: {found:?}");
    }
    let long = format!("{head}{}", "fn f() {}\n".repeat(MAX_LINES));
    assert_eq!(problems("src/text/a.rs", &long), ["src/text/a.rs:601: a file has at most 600 lines without its tests; split it by noun"]);
    assert!(problems("src/text/a.rs", "fn f() {}\n")[0].starts_with("src/text/a.rs:1: a file begins with"));
}

#[test]
fn what_is_allowed_is_not_reported() {
    let head = "//! Text with crate::service and unsafe { }.\n";
    for (path, code) in [
        ("src/service/a.rs", "use crate::{domain::ids, store::Store, handoff::{self, clock}};\nuse super::ask;"),
        ("src/retrieve/a.rs", "use crate::{decide, embed, index};"),
        ("src/error.rs", "use crate::domain::locale::Locale;"),
        ("src/domain/a.rs", "/// See crate::store and serde.\nuse crate::error::Code;"),
        ("src/embed/kernels/a.rs", "unsafe fn f() {}"),
        ("src/main.rs", "use jieda::cli;\nuse clap::Parser;"),
        ("src/store/a.rs", "use sqlx::Row;\n#[cfg(test)]\nmod tests {\n    use crate::service;\n}"),
        ("src/store/tests.rs", "use crate::service;"),
        ("src/text/a.rs", "use super::tokenizers::Word;\nuse crate::text::tokenizers::Word;"),
    ] {
        assert_eq!(problems(path, &format!("{head}{code}\n")), [""; 0], "{path} {code:?}");
    }
}
