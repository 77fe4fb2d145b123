//! The sample articles against their fact sheet: `kb/facts.toml` says what the shop's rules are, and every article has to say
//! the same, in both languages. Each problem is printed with its file, so that an editor can go through the list.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::root;

const LOCALES: [&str; 2] = ["zh-CN", "en"];
const LEAST_ARTICLES: [usize; 2] = [200, 80];
const VARIANTS: std::ops::RangeInclusive<usize> = 5..=8;
/// Characters of an answer, by locale.
const ANSWER_CHARS: [std::ops::RangeInclusive<usize>; 2] = [90..=900, 200..=2200];

/// One fact in both wordings and the articles that state it.
struct Fact {
    wording: [String; 2],
    articles: Vec<String>,
}

struct Sheet {
    facts: BTreeMap<String, Fact>,
    neutral: BTreeSet<String>,
}

/// One article file.
#[derive(Debug, Default)]
struct Sample {
    path: String,
    id: String,
    title: String,
    variants: Vec<String>,
    related: Vec<String>,
    fields: BTreeMap<String, String>,
    answer: String,
}

fn sheet(toml: &str) -> Sheet {
    let table: toml::Table = toml.parse().unwrap();
    let texts =
        |value: &toml::Value| -> Vec<String> { value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect() };
    let facts = table.iter().filter_map(|(name, value)| {
        let fact = value.as_table()?;
        let wording = ["zh", "en"].map(|side| fact[side].as_str().unwrap().to_owned());
        Some((name.clone(), Fact { wording, articles: fact.get("articles").map(texts).unwrap_or_default() }))
    });
    Sheet { facts: facts.collect(), neutral: texts(&table["neutral"]).into_iter().collect() }
}

/// Reads the few forms of front matter that the sample articles use: `key: value`, `[a, b]` and lists of `- item`.
fn sample(path: &str, text: &str) -> Result<Sample, String> {
    let (front, answer) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).ok_or("no front matter")?;
    let mut article = Sample { path: path.to_owned(), answer: answer.trim().to_owned(), ..Sample::default() };
    let mut list = "";
    for line in front.lines() {
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            match list {
                "variants" => article.variants.push(unquoted(item)),
                "related" => article.related.push(unquoted(item)),
                _ => {}
            }
            continue;
        }
        let (key, value) = line.split_once(':').ok_or_else(|| format!("{line:?} is no front matter"))?;
        list = key;
        let items = value.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let items = items.map(|items| items.split(',').map(unquoted).filter(|item| !item.is_empty()).collect::<Vec<_>>());
        match (key, items) {
            ("related", Some(items)) => article.related = items,
            ("variants", Some(items)) => article.variants = items,
            ("id", _) => article.id = unquoted(value),
            ("title", _) => article.title = unquoted(value),
            _ => {}
        }
        article.fields.insert(key.to_owned(), unquoted(value));
    }
    Ok(article)
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace("\\\"", "\"").replace("''", "'"))
}

/// Width, case, spaces and punctuation left out: equal keys are the same question.
fn phrasing_key(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

fn squeezed(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The quantities that a text states. Numbers of lists, addresses of links, the hotline and codes such as `SF123` are none.
fn quantities(text: &str) -> BTreeSet<String> {
    static NONE: LazyLock<[Regex; 4]> = LazyLock::new(|| {
        [r"(?m)^\s*[0-9]+(?:[.)]\s+|、\s*)", r"400-620-8899", r"\]\([^)]*\)", r"[A-Za-z]+-?[0-9]+[A-Za-z0-9-]*"]
            .map(|none| Regex::new(none).unwrap())
    });
    static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"([0-9]),([0-9]{3})").unwrap());
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[0-9]+(?:[.:][0-9]+)*").unwrap());
    let text: String = text.nfkc().collect();
    let text = NONE[..3].iter().fold(text, |text, none| none.replace_all(&text, "").into_owned());
    let text = THOUSANDS.replace_all(&text, "$1$2").into_owned();
    let text = THOUSANDS.replace_all(&text, "$1$2").into_owned();
    let text = NONE[3].replace_all(&text, "");
    NUMBER.find_iter(&text).map(|number| number.as_str().to_owned()).collect()
}

/// What is wrong with an article as such.
fn form_problems(article: &Sample, locale: usize, file_stem: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for key in ["id", "title", "variants", "category", "tags", "locale", "status"] {
        if !article.fields.contains_key(key) {
            problems.push(format!("`{key}` is missing"));
        }
    }
    if article.id != file_stem {
        problems.push(format!("id {:?} is not the file's name", article.id));
    }
    if article.fields.get("locale").is_some_and(|locale_given| locale_given != LOCALES[locale]) {
        problems.push("the locale is not the folder's".to_owned());
    }
    if !VARIANTS.contains(&article.variants.len()) {
        problems.push(format!("{} variants, {VARIANTS:?} are wanted", article.variants.len()));
    }
    let chars = article.answer.chars().count();
    if !ANSWER_CHARS[locale].contains(&chars) {
        problems.push(format!("the answer has {chars} characters, {:?} are wanted", ANSWER_CHARS[locale]));
    }
    problems.into_iter().map(|problem| format!("{}: {problem}", article.path)).collect()
}

/// What the versions of one article say against the sheet and each other.
fn fact_problems(id: &str, versions: &[Option<Sample>; 2], sheet: &Sheet) -> Vec<String> {
    let facts: Vec<(&String, &Fact)> = sheet.facts.iter().filter(|(_, fact)| fact.articles.iter().any(|named| named == id)).collect();
    let carried = [0, 1].map(|side| facts.iter().flat_map(|(_, fact)| quantities(&fact.wording[side])).collect::<BTreeSet<_>>());
    let mut problems = Vec::new();
    let mut stated = Vec::new();
    for (side, article) in versions.iter().enumerate().filter_map(|(side, article)| Some((side, article.as_ref()?))) {
        let text = format!("{}\n{}", article.title, article.answer);
        for (name, fact) in &facts {
            if !squeezed(&text).contains(&squeezed(&fact.wording[side])) {
                problems.push(format!("{}: does not state [{name}] = {:?}", article.path, fact.wording[side]));
            }
        }
        let found = quantities(&text);
        for number in found.iter().filter(|n| !carried[0].contains(*n) && !carried[1].contains(*n) && !sheet.neutral.contains(*n)) {
            problems.push(format!("{}: {number} stands in no fact that names the article", article.path));
        }
        // What only one wording writes in figures (三倍, triple) is no difference.
        stated.push(
            found
                .into_iter()
                .filter(|n| carried[0].contains(n) == carried[1].contains(n) && !sheet.neutral.contains(n))
                .collect::<BTreeSet<_>>(),
        );
    }
    if let [zh, en] = &stated[..]
        && zh != en
    {
        problems.push(format!("{id}: the translations state different quantities: {zh:?} and {en:?}"));
    }
    problems
}

#[test]
fn the_articles_state_the_facts() {
    let kb = root().join("kb");
    let sheet = sheet(&fs::read_to_string(kb.join("facts.toml")).unwrap());
    let mut problems = Vec::new();
    let mut articles: BTreeMap<String, [Option<Sample>; 2]> = BTreeMap::new();
    let mut counts = [0; 2];
    for (side, locale) in LOCALES.iter().enumerate() {
        for path in markdown_files(&kb.join(locale)) {
            let shown = path.strip_prefix(root()).unwrap().display().to_string();
            match sample(&shown, &fs::read_to_string(&path).unwrap()) {
                Err(problem) => problems.push(format!("{shown}: {problem}")),
                Ok(article) => {
                    problems.extend(form_problems(&article, side, path.file_stem().unwrap().to_str().unwrap()));
                    counts[side] += 1;
                    let before = articles.entry(article.id.clone()).or_default()[side].replace(article);
                    problems.extend(before.map(|before| format!("{shown}: the same id as {}", before.path)));
                }
            }
        }
    }

    let mut phrasings: BTreeMap<String, &str> = BTreeMap::new();
    for (id, versions) in &articles {
        for article in versions.iter().flatten() {
            for phrasing in [&article.title].into_iter().chain(&article.variants) {
                let owner = phrasings.entry(phrasing_key(phrasing)).or_insert(id);
                if owner != id {
                    problems.push(format!("{}: {phrasing:?} is a phrasing of {owner} too", article.path));
                }
            }
            problems.extend(
                article
                    .related
                    .iter()
                    .filter(|id| !articles.contains_key(*id))
                    .map(|id| format!("{}: related {id} does not exist", article.path)),
            );
        }
        problems.extend(fact_problems(id, versions, &sheet));
    }
    for (name, fact) in &sheet.facts {
        if fact.articles.is_empty() || !fact.articles.is_sorted_by(|a, b| a < b) {
            problems.push(format!("facts.toml: [{name}] names no articles, or not in order"));
        }
        problems.extend(
            fact.articles
                .iter()
                .filter(|id| !articles.contains_key(*id))
                .map(|id| format!("facts.toml: [{name}] names {id}, which does not exist")),
        );
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
    assert!(counts.iter().zip(LEAST_ARTICLES).all(|(count, least)| *count >= least), "{counts:?} articles, {LEAST_ARTICLES:?} are wanted");
}

fn markdown_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let topics = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut files: Vec<_> = topics.flat_map(|topic| fs::read_dir(topic).unwrap().map(|entry| entry.unwrap().path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    files
}

#[test]
fn quantities_are_found_as_a_reader_sees_them() {
    for (text, want) in [
        ("１、先申请\n2. 等 3 天", &["3"][..]),
        ("满 ¥1,299.50 减 100 元", &["100", "1299.50"]),
        ("9:00–22:00 拨 400-620-8899", &["22:00", "9:00"]),
        ("[第 5 条](/help/618) 见 SF1234567 和 USB3", &["5"]),
        ("a total of 1,234,567 yuan", &["1234567"]),
    ] {
        assert_eq!(quantities(text).into_iter().collect::<Vec<_>>(), want, "{text}");
    }
}

#[test]
fn a_wrong_article_is_found() {
    let sheet = sheet(
        "neutral = [\"618\"]\n[window]\nzh = \"7 天\"\nen = \"7 days\"\narticles = [\"a\"]\n[triple]\nzh = \"赔 3 倍\"\nen = \"triple\"\narticles = [\"a\"]\n",
    );
    let version = |answer: &str| Some(Sample { id: "a".into(), path: "p".into(), answer: answer.into(), ..Sample::default() });
    let check = |zh: &str, en: &str| fact_problems("a", &[version(zh), version(en)], &sheet);
    assert_eq!(check("618 买的，７天内可退，赔 3 倍", "Within 7 days, triple"), [""; 0]);
    assert_eq!(
        check("赔 3 倍", "Within 7 days, triple"),
        ["p: does not state [window] = \"7 天\"", "a: the translations state different quantities: {} and {\"7\"}",]
    );
    let found = check("7 天，赔 3 倍", "7 days, triple, 15 more");
    assert_eq!(found[0], "p: 15 stands in no fact that names the article");
    let article = sample("p", "---\nid: a\ntitle: \"问：退\"\nvariants:\n  - 退\nrelated: [b, c]\n---\n答\n").unwrap();
    assert_eq!((article.title.as_str(), article.variants.len(), article.related.len()), ("问：退", 1, 2));
    assert_eq!(form_problems(&article, 0, "b").len(), 7);
}
