//! The editor's synonyms. They widen a query and never touch the index, so that a change needs no rebuild.

use sha2::{Digest, Sha256};

use super::normalize::{fold, is_han};
use crate::domain::wording::Wording;
use crate::error::{Code, Coded};

/// A line of the synonyms file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("synonyms line {line}: {}: {text:?}", problem.en)]
pub struct SynonymError {
    /// Line of the file, from 1.
    pub line: usize,
    /// The line itself, cut to 80 characters.
    pub text: String,
    /// What is wrong with it.
    pub problem: Wording,
}

impl SynonymError {
    /// What is wrong and where, without the line itself.
    pub fn told(&self) -> Wording {
        self.problem.at_line(self.line)
    }
}

impl Coded for SynonymError {
    fn code(&self) -> Code {
        Code::FileFormat
    }
}

/// What a word found in a question adds to it.
#[derive(Debug, Clone)]
struct Rule {
    found: String,
    added: Vec<String>,
}

/// Groups of equal words (`退钱, 退款, 返现`) and one-way rules (`旧词 => 新词`).
#[derive(Debug, Clone)]
pub struct Synonyms {
    /// In the order of the file.
    rules: Vec<Rule>,
    fingerprint: String,
}

impl Synonyms {
    /// No synonyms.
    pub fn empty() -> Self {
        Synonyms::of(Vec::new())
    }

    /// Reads a file: per line either words that mean the same, parted by commas, or `words => words`; `#` begins a comment.
    ///
    /// **Errors**: a line with a single word, without words on one side of its arrow, or with two arrows; the error names it.
    pub fn parse(text: &str) -> Result<Self, SynonymError> {
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let wrong =
                |zh: &str, en: &str| SynonymError { line: index + 1, text: line.chars().take(80).collect(), problem: Wording::new(zh, en) };
            let content = line.trim_start_matches('\u{feff}').split('#').next().unwrap_or("").trim();
            if content.is_empty() {
                continue;
            }
            let sides: Vec<Vec<String>> = content.split("=>").map(words).collect();
            match &sides[..] {
                [group] if group.len() >= 2 => rules.extend(
                    group
                        .iter()
                        .map(|found| Rule { found: found.clone(), added: group.iter().filter(|word| *word != found).cloned().collect() }),
                ),
                [_] => return Err(wrong("一组要有两个不同的词", "a group needs two different words")),
                [from, to] if !from.is_empty() && !to.is_empty() => {
                    rules.extend(from.iter().map(|found| Rule { found: found.clone(), added: to.clone() }));
                }
                [_, _] => return Err(wrong("=> 两边都要有词", "both sides of => need a word")),
                _ => return Err(wrong("一行最多一个 =>", "one => at most")),
            }
        }
        Ok(Synonyms::of(rules))
    }

    fn of(rules: Vec<Rule>) -> Self {
        let mut hash = Sha256::new();
        for rule in &rules {
            hash.update(&rule.found);
            for word in &rule.added {
                hash.update([0]);
                hash.update(word);
            }
            hash.update([1]);
        }
        let fingerprint = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Synonyms { rules, fingerprint }
    }

    /// Identifies the rules: equal fingerprints, equal expansions.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What the words found in folded text add, as `(found, added)` in the order of the file, each added word once and none that
    /// the text contains already. Added words are folded and may be phrases: they are segmented like the query.
    pub fn expand(&self, folded: &str) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for rule in self.rules.iter().filter(|rule| contains_word(folded, &rule.found)) {
            for word in &rule.added {
                if !contains_word(folded, word) && !pairs.iter().any(|(_, added)| added == word) {
                    pairs.push((rule.found.clone(), word.clone()));
                }
            }
        }
        pairs
    }
}

fn words(side: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in side.split([',', '，', '、']).map(fold).filter(|word| word.chars().any(char::is_alphanumeric)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Whether a word stands in a text; Latin words and numbers only as a whole.
fn contains_word(text: &str, word: &str) -> bool {
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_han(c));
    let joins = |a: Option<char>, b: Option<char>| latin(a) && latin(b);
    text.match_indices(word).any(|(at, _)| {
        let end = at + word.len();
        !joins(text[..at].chars().next_back(), word.chars().next()) && !joins(word.chars().next_back(), text[end..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(rules: &str, text: &str) -> Vec<String> {
        Synonyms::parse(rules).unwrap().expand(&fold(text)).into_iter().map(|(_, added)| added).collect()
    }

    #[test]
    fn groups_work_both_ways_and_arrows_one() {
        let rules = "退钱, 退款，返现 # 钱\n\n专票 => 增值税专用发票\nPS5, Play Station 5\n";
        assert_eq!(added(rules, "怎么退錢"), ["退款", "返现"]);
        assert_eq!(added(rules, "返现和退款"), ["退钱"]);
        assert_eq!(added(rules, "开专票"), ["增值税专用发票"]);
        assert!(added(rules, "开增值税专用发票").is_empty());
        assert_eq!(added(rules, "ＰＳ５有货吗"), ["play station 5"]);
        assert!(added(rules, "ps50").is_empty());
        assert_eq!(Synonyms::parse(rules).unwrap().expand("退钱")[0].0, "退钱");
        assert!(Synonyms::empty().expand("退钱").is_empty());
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, line) in [("退钱", 1), ("# c\na,b\nx =>", 3), ("=> x", 1), ("a=>b=>c", 1), ("退款, 退 款", 1)] {
            assert_eq!(Synonyms::parse(text).unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn the_fingerprint_follows_the_rules() {
        let print = |text: &str| Synonyms::parse(text).unwrap().fingerprint().to_owned();
        assert_eq!(print("a,b # x"), print("# y\nＡ，b"));
        assert_ne!(print("a,b"), print("a=>b"));
        assert_ne!(print("a,b"), Synonyms::empty().fingerprint());
    }
}
