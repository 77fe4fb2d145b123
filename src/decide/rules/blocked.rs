//! Topics that always go to a person, as the shop lists them in `kb/blocked.toml`.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::{DFA_BYTES, RuleFileError, RuleInput};
use crate::domain::wording::Wording;
use crate::text::{normalize, unreadable};

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
            toml::from_str(toml).map_err(|error| RuleFileError::Form { file: FILE, problem: unreadable::toml(&error, toml) })?;
        let mut topics = Vec::new();
        for (name, topic) in form.topics {
            if topic.patterns.is_empty() {
                let missing = Wording::new(format!(" [topics.{name}] 里的模式"), format!("patterns in [topics.{name}]"));
                return Err(RuleFileError::Missing { file: FILE, missing });
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
                problem: Wording::new("模式合起来太大", "the patterns are too large"),
            };
            let patterns = RegexSetBuilder::new(translated(&topic.patterns)?).dfa_size_limit(DFA_BYTES).build().map_err(too_large)?;
            let except = match &topic.except[..] {
                [] => None,
                list => Some(RegexBuilder::new(&translated(list)?.join("|")).dfa_size_limit(DFA_BYTES).build().map_err(too_large)?),
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
fn translate(pattern: &str) -> Result<String, Wording> {
    let wrong = |zh: &str, en: &str| Err(Wording::new(zh, en));
    if !pattern.chars().any(char::is_alphanumeric) {
        return wrong("里面没有字母、汉字或数字", "it has no letter or digit");
    }
    let english = !pattern.chars().any(normalize::is_han);
    let chars: Vec<char> = pattern.chars().collect();
    let mut depth = 0;
    for c in &chars {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        if depth < 0 {
            return wrong("有右括号没有对应的左括号", "a bracket closes that was not opened");
        }
    }
    if depth != 0 {
        return wrong("有左括号没有闭合", "a bracket is not closed");
    }
    let mut regex = String::from("(?:");
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '(' => regex.push_str("(?:"),
            c @ (')' | '|') => regex.push(c),
            '*' => regex.push_str("[a-z]*"),
            '^' => regex.push_str(r"(?:^|[。!?;,\n])"),
            '$' => regex.push_str(r"(?:$|[。!?;,\n])"),
            '.' if chars.get(at + 1) == Some(&'.') => {
                at += 1;
                regex.push_str(if english { GAP_EN } else { GAP });
            }
            _ => {
                let rest = &chars[at..];
                let end = (1..rest.len()).find(|n| is_special(rest, *n)).unwrap_or(rest.len());
                push_literal(&mut regex, &chars, at, at + end);
                at += end - 1;
            }
        }
        at += 1;
    }
    regex.push(')');
    Ok(regex)
}

fn is_special(chars: &[char], at: usize) -> bool {
    matches!(chars[at], '(' | ')' | '|' | '*' | '^' | '$') || (chars[at] == '.' && chars.get(at + 1) == Some(&'.'))
}

/// Between words and not within one, where words are of ASCII letters and digits: 12315 is no part of 123150, and 打12315了 holds
/// it all the same.
const WORD_EDGE: &str = r"(?-u:\b)";

/// The characters from `start` to `end` of a pattern, folded as a whole, so that 過敏 and Ａ compare as they should.
fn push_literal(regex: &mut String, chars: &[char], start: usize, end: usize) {
    let literal: String = chars[start..end].iter().collect();
    let folded = normalize::fold(&literal);
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    // Folding trims: the spaces at the ends belong to the pattern.
    let kept = |spaces: &str| if literal.trim().is_empty() { String::new() } else { spaces.to_owned() };
    let before = &literal[..literal.len() - literal.trim_start().len()];
    let after = kept(&literal[literal.trim_end().len()..]);
    let starts_word = before.is_empty() && in_word(folded.chars().next()) && !goes_on_before(chars, start);
    let ends_word = after.is_empty() && in_word(folded.chars().next_back()) && !goes_on_after(chars, end);
    regex.push_str(before);
    regex.push_str(if starts_word { WORD_EDGE } else { "" });
    regex.push_str(&regex::escape(&folded));
    regex.push_str(if ends_word { WORD_EDGE } else { "" });
    regex.push_str(&after);
}

/// Whether what may follow from `at` on can go on a word: an ASCII letter or digit, in an alternative too, or `*`.
fn goes_on_after(chars: &[char], at: usize) -> bool {
    match chars.get(at) {
        None | Some('^' | '$') => false,
        Some('*') => true,
        Some(')') => goes_on_after(chars, at + 1),
        // The alternative ends here; what follows stands behind all of them.
        Some('|') => goes_on_after(chars, group_end(chars, at)),
        Some('(') => alternatives(chars, at).any(|start| goes_on_after(chars, start)),
        Some(_) if is_special(chars, at) => false,
        Some(c) => normalize::fold(&c.to_string()).starts_with(|c: char| c.is_ascii_alphanumeric()),
    }
}

/// The same for what may stand before `at`.
fn goes_on_before(chars: &[char], at: usize) -> bool {
    let mirrored: Vec<char> = chars[..at]
        .iter()
        .rev()
        .map(|c| match c {
            '(' => ')',
            ')' => '(',
            c => *c,
        })
        .collect();
    goes_on_after(&mirrored, 0)
}

/// Where the group that `at` lies in closes, or the end.
fn group_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let closes = chars[at..].iter().position(|c| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth < 0
    });
    closes.map_or(chars.len(), |closes| at + closes)
}

/// Where the alternatives of the group that opens at `open` begin.
fn alternatives(chars: &[char], open: usize) -> impl Iterator<Item = usize> + '_ {
    let mut depth = 0;
    (open..group_end(chars, open + 1)).filter_map(move |at| {
        depth += i32::from(chars[at] == '(') - i32::from(chars[at] == ')');
        (at == open || (depth == 1 && chars[at] == '|')).then_some(at + 1)
    })
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
            patterns = ["過敏", "(吃|喝)..吐", "burn*", "^投诉$", "a.b+", "打(给|)110", "型号9(a|五)", "(rash|cut)..hand"]
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
            ("我打110了", Some("a")),
            ("打１１０", Some("a")),
            ("打1100", None),
            ("型号9A的", Some("a")),
            ("型号9五", Some("a")),
            ("型号9ab", None),
            ("i cut my hand", Some("a")),
            ("a cute hand cream", None),
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
