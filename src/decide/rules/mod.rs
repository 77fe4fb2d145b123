//! Rules that look at nothing but the customer's message: who is wanted, what is none of the bot's business, and what is no
//! question at all. Pure functions; the patterns are compiled once.
//!
//! Each rule is judged on labelled messages in `eval/rules`, written apart from this code. Rules are made of word classes and
//! of contexts, never of whole test sentences. In `decide::policy` a wish for a person comes first, small talk last.

mod blocked;
mod chitchat;
mod evidence;
mod follow_up;
#[cfg(test)]
mod judged;
mod library;
mod opposites;
mod options;
mod person;
mod personal_order;
mod takes_back;
#[cfg(test)]
mod tests;
mod tokens;
mod unhelped;
mod unsafe_input;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

pub use person::{refuses_person, wants_person, without_refusals};

use crate::domain::wording::Wording;
use crate::error::{Code, Coded};
pub use blocked::{BlockedTopics, blocked_topic};
pub use chitchat::{ChitchatKind, chitchat};
pub use evidence::evidence;
pub use follow_up::is_follow_up;
pub use library::{ChitchatLibrary, FixedText};
pub use opposites::are_opposites;
pub use options::{Picked, picks_options, rejects_options};
pub use personal_order::personal_order;
pub use takes_back::takes_back;
pub use tokens::{Contradiction, Mismatch, SpecificTokens, TokenKind};
pub use unhelped::says_unhelped;
pub use unsafe_input::unsafe_input;

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct RuleInput<'a> {
    /// The message as `text::normalize::clean` leaves it.
    pub text: &'a str,
    /// The message as `text::normalize::fold` leaves it.
    pub folded: &'a str,
}

/// A rule file of the shop that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFileError {
    /// Not TOML, or not of the form that the file's own comments describe.
    #[error("{file} cannot be read: {}", problem.en)]
    Form {
        /// The file's name.
        file: &'static str,
        /// What is wrong, with the line.
        problem: Wording,
    },
    /// A text or list that must be there is missing or empty.
    #[error("{file} lacks {}", missing.en)]
    Missing {
        /// The file's name.
        file: &'static str,
        /// What is missing.
        missing: Wording,
    },
    /// A pattern of a topic that cannot be used.
    #[error("{file}: topic {topic:?} has an unusable pattern {pattern:?}: {}", problem.en)]
    Pattern {
        /// The file's name.
        file: &'static str,
        /// The topic.
        topic: String,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: Wording,
    },
}

impl RuleFileError {
    /// What is wrong and where, without the file's name and without its patterns.
    pub fn told(&self) -> Wording {
        match self {
            RuleFileError::Form { problem, .. } => problem.clone(),
            RuleFileError::Missing { missing, .. } => Wording::new(format!("缺少{}", missing.zh), format!("lacks {}", missing.en)),
            RuleFileError::Pattern { topic, problem, .. } => Wording::new(
                format!("话题 {topic} 有一个模式不能用：{}", problem.zh),
                format!("topic {topic} has an unusable pattern: {}", problem.en),
            ),
        }
    }
}

impl Coded for RuleFileError {
    fn code(&self) -> Code {
        Code::FileFormat
    }
}

/// Compiles one of this program's own patterns, written over several lines: white space and `#` comments in it mean nothing.
fn pattern(source: &str) -> Regex {
    RegexBuilder::new(&ascii_words(source))
        .ignore_whitespace(true)
        .dfa_size_limit(DFA_BYTES)
        .build()
        .expect("the patterns of the rules are fixed and tested")
}

/// Compiles several at once, to know whether any matches.
fn patterns<S: AsRef<str>>(sources: impl IntoIterator<Item = S>) -> RegexSet {
    RegexSetBuilder::new(sources.into_iter().map(|source| ascii_words(source.as_ref())))
        .ignore_whitespace(true)
        .dfa_size_limit(DFA_BYTES)
        .build()
        .expect("the patterns of the rules are fixed and tested")
}

/// Room for the states of a pattern: with the default of 2 MB the large ones forget and rebuild them on every message.
const DFA_BYTES: usize = 16 << 20;

/// Word boundaries by ASCII letters alone: `ok谢谢` has one, and the fast automaton, which knows no others, serves.
fn ascii_words(source: &str) -> String {
    source.replace(r"\b", r"(?-u:\b)")
}

/// The clauses of a folded message: cut at punctuation that ends a thought.
fn clauses(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split([',', '。', '!', '?', ';', '\n', '~', '、', '(', ')', '【', '】', '[', ']', '…', '"'])
        .flat_map(|clause| clause.split(". "))
        .map(|clause| clause.trim_matches(|c: char| c.is_whitespace() || (!c.is_alphanumeric() && c != '\'')))
        .filter(|clause| !clause.is_empty())
}
