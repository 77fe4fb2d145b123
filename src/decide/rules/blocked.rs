//! Topics that always go to a person, as the shop lists them in `kb/blocked.toml`.

use std::collections::BTreeMap;

use regex::{Regex, RegexSet};
use serde::Deserialize;

use super::{RuleFileError, RuleInput};
use crate::text::normalize;

const FILE: &str = "blocked.toml";
const BUILT_IN: &str = include_str!("../../../kb/blocked.toml");

/// What `..` stands for: a gap within one sentence.
const GAP: &str = r"[^。!?;\n]{0,10}?";
/// The same between English words, which are longer.
const GAP_EN: &str = r"[^。!?;\n]{0,32}?";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    topics: BTreeMap<String, TopicForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicForm {
    patterns: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Debug, Clone)]
struct Topic {
    name: String,
    patterns: RegexSet,
    except: Option<Regex>,
}

/// The topics, in the order of their names.
#[derive(Debug, Clone)]
pub struct BlockedTopics {
    topics: Vec<Topic>,
}

impl BlockedTopics {
    /// The topics that come with the program.
    pub fn built_in() -> Self {
        BlockedTopics::parse(BUILT_IN).expect("the built-in topics are tested")
    }

    /// Reads a topic file of the shop; the built-in one describes its form.
    ///
    /// **Errors**: not that form, a topic without patterns, or a pattern with unpaired brackets or nothing to compare.
    ///
    /// Cost: some milliseconds.
    pub fn parse(toml: &str) -> Result<Self, RuleFileError> {
        let form: FileForm =
            toml::from_str(toml).map_err(|error| RuleFileError::Form { file: FILE, problem: error.to_string().trim().to_owned() })?;
        let mut topics = Vec::new();
        for (name, topic) in form.topics {
            if topic.patterns.is_empty() {
                return Err(RuleFileError::Missing { file: FILE, missing: format!("patterns in [topics.{name}]") });
            }
            let translated = |list: &[String]| -> Result<Vec<String>, RuleFileError> {
                list.iter()
                    .map(|pattern| {
                        translate(pattern).map_err(|problem| RuleFileError::Pattern {
                            file: FILE,
                            topic: name.clone(),
                            pattern: pattern.clone(),
                            problem,
                        })
                    })
                    .collect()
            };
            let too_large = |_| RuleFileError::Pattern {
                file: FILE,
                topic: name.clone(),
                pattern: String::from("all together"),
                problem: "the patterns are too large",
            };
            let patterns = RegexSet::new(translated(&topic.patterns)?).map_err(too_large)?;
            let except = match &topic.except[..] {
                [] => None,
                list => Some(Regex::new(&translated(list)?.join("|")).map_err(too_large)?),
            };
            topics.push(Topic { name: name.clone(), patterns, except });
        }
        Ok(BlockedTopics { topics })
    }

    /// The names of the topics.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(|topic| topic.name.as_str())
    }
}

/// The first topic, in the order of their names, that the message touches.
pub fn blocked_topic<'t>(input: RuleInput<'_>, topics: &'t BlockedTopics) -> Option<&'t str> {
    topics.topics.iter().find(|topic| touches(topic, input.folded)).map(|topic| topic.name.as_str())
}

fn touches(topic: &Topic, folded: &str) -> bool {
    if !topic.patterns.is_match(folded) {
        return false;
    }
    match &topic.except {
        Some(except) => topic.patterns.is_match(&except.replace_all(folded, "|")),
        None => true,
    }
}

/// A pattern of the file as a regular expression over folded text.
fn translate(pattern: &str) -> Result<String, &'static str> {
    if !pattern.chars().any(char::is_alphanumeric) {
        return Err("it has no letter or digit");
    }
    let english = !pattern.chars().any(normalize::is_han);
    let mut regex = String::from("(?:");
    let mut depth = 0;
    let mut chars = pattern.chars().peekable();
    // The literal since the last special character: folded as a whole, so that 過敏 and Ａ compare as they should.
    let mut literal = String::new();
    while let Some(c) = chars.next() {
        match c {
            '(' | ')' | '|' | '*' | '^' | '$' => {
                push_literal(&mut regex, &mut literal);
                match c {
                    '(' => {
                        depth += 1;
                        regex.push_str("(?:");
                    }
                    ')' => {
                        depth -= 1;
                        if depth < 0 {
                            return Err("a bracket closes that was not opened");
                        }
                        regex.push(')');
                    }
                    '*' => regex.push_str("[a-z]*"),
                    '^' => regex.push_str(r"(?:^|[。!?;,\n])"),
                    '$' => regex.push_str(r"(?:$|[。!?;,\n])"),
                    _ => regex.push('|'),
                }
            }
            '.' if chars.peek() == Some(&'.') => {
                chars.next();
                push_literal(&mut regex, &mut literal);
                regex.push_str(if english { GAP_EN } else { GAP });
            }
            c => literal.push(c),
        }
    }
    push_literal(&mut regex, &mut literal);
    if depth != 0 {
        return Err("a bracket is not closed");
    }
    regex.push(')');
    if !english {
        return Ok(regex);
    }
    // English words match whole; a sign at either end has no word to be part of.
    let edge = |c: Option<char>| if c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '(' | ')' | '*')) { r"(?-u:\b)" } else { "" };
    Ok(format!("{}{regex}{}", edge(pattern.chars().next()), edge(pattern.chars().next_back())))
}

fn push_literal(regex: &mut String, literal: &mut String) {
    if literal.is_empty() {
        return;
    }
    // Folding trims: the spaces at the ends belong to the pattern.
    let start = &literal[..literal.len() - literal.trim_start().len()];
    let end = if literal.trim().is_empty() { "" } else { &literal[literal.trim_end().len()..] };
    regex.push_str(start);
    regex.push_str(&regex::escape(&normalize::fold(literal)));
    regex.push_str(end);
    literal.clear();
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        let topics = BlockedTopics::built_in();
        judged::hold("blocked_topic", 0.9, |line| line["label"] == true, |input| blocked_topic(input, &topics).is_some());
    }

    fn touched(file: &str, text: &str) -> Option<String> {
        let topics = BlockedTopics::parse(file).unwrap();
        judged::with(text, |input| blocked_topic(input, &topics).map(str::to_owned))
    }

    #[test]
    fn a_shop_writes_plain_phrases() {
        let file = r#"
            [topics.a]
            patterns = ["過敏", "(吃|喝)..吐", "burn*", "^投诉$", "a.b+"]
            except = ["防过敏", "burn calories"]
            [topics.b]
            patterns = ["gold"]
        "#;
        for (text, want) in [
            ("我过敏了", Some("a")),
            ("防過敏枕头", None),
            ("防过敏枕头让我过敏", Some("a")),
            ("吃完全吐了", Some("a")),
            ("吃完。全吐了", None),
            ("it burnt my hand", Some("a")),
            ("sunburn cream", None),
            ("burn calories", None),
            ("好，投诉！", Some("a")),
            ("投诉电话", None),
            ("A.B+", Some("a")),
            ("axb", None),
            ("GOLD?", Some("b")),
            ("golden", None),
        ] {
            assert_eq!(touched(file, text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn faults_are_named() {
        for (file, named) in [
            ("[topics.a]\npatterns = [\"(a\"]", "not closed"),
            ("[topics.a]\npatterns = [\"a)\"]", "not opened"),
            ("[topics.a]\npatterns = [\"..\"]", "no letter"),
            ("[topics.a]\npatterns = []", "patterns in [topics.a]"),
            ("[topics.a]\npattern = [\"a\"]", "line 2"),
            ("topics", "line 1"),
        ] {
            let error = BlockedTopics::parse(file).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
