//! Stand-ins until the rest of the rules is merged.
#![allow(missing_docs)]
use super::{ChitchatKind, RuleFileError, RuleInput};
use crate::domain::locale::Locale;
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mismatch {
    pub number: bool,
    pub code: bool,
    pub negation: bool,
}
pub struct SpecificTokens;
impl SpecificTokens {
    pub fn of(_: &str) -> Self {
        Self
    }
    pub fn mismatch(&self, _: &Self) -> Mismatch {
        Mismatch::default()
    }
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixedText {
    HandoffLowConfidence,
    HandoffOutOfScope,
    HandoffPersonalOrder,
    HandoffCustomerRequest,
    HandoffBlockedTopic,
    HandoffRepeated,
    HandoffDegraded,
    HandoffUnsafe,
    Waiting,
    ClarifyIntro,
    OptionsRejected,
    OtherLanguageNote,
}
pub struct ChitchatLibrary;
impl ChitchatLibrary {
    pub fn builtin() -> Result<Self, RuleFileError> {
        Ok(Self)
    }
    pub fn parse(_: &str) -> Result<Self, RuleFileError> {
        Ok(Self)
    }
    pub fn text(&self, _: FixedText, _: Locale) -> &str {
        "…"
    }
    pub fn reply(&self, _: ChitchatKind, _: Locale, _: u64) -> &str {
        "…"
    }
}
pub struct BlockedTopics;
impl BlockedTopics {
    pub fn builtin() -> Result<Self, RuleFileError> {
        Ok(Self)
    }
    pub fn parse(_: &str) -> Result<Self, RuleFileError> {
        Ok(Self)
    }
}
pub fn blocked_topic<'a>(_: RuleInput<'_>, _: &'a BlockedTopics) -> Option<&'a str> {
    None
}
pub fn is_follow_up(_: RuleInput<'_>) -> bool {
    false
}
