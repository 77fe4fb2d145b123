//! Which rule takes a question before the confidence is asked, as in the service.
//!
//! The figures of an evaluation are those of the confidence alone: a set may well ask what a rule hands to a person. But a question
//! that a rule takes never reaches the articles, however well they answer it, and that has to be said.

use crate::decide::policy::{Situation, Thresholds, decide};
use crate::decide::rules::BlockedTopics;
use crate::domain::decision::Rule;
use crate::retrieve::judge::Judgement;
use crate::service::reading::rule_hits;
use crate::text::normalize::{clean, fold};
use crate::text::redact::redact;

/// The rules that can take a question by itself, in the order of the policy.
pub const TAKING: [Rule; 5] = [Rule::Misuse, Rule::WantsPerson, Rule::BlockedTopic, Rule::SmallTalk, Rule::OwnOrder];

/// Lines that nothing passes: only what comes before them is of interest.
const NO_LINE: Thresholds = Thresholds { answer: 2.0, clarify: 2.0, in_scope: 2.0, rival: 1.0 };

/// The rule that takes a question; `None` where the confidence decides. The first message of a conversation is meant.
pub fn taken_by(question: &str, judgement: &Judgement, blocked: &BlockedTopics) -> Option<Rule> {
    let text = clean(question);
    let rules = rule_hits(&text, &redact(&text).masked, &fold(&text), blocked);
    let candidates = judgement.judged();
    // The policy has the last word: small talk and own orders give way to an article that is asked in its very words.
    let situation =
        Situation { rules, candidates: &candidates, degraded: judgement.degraded, repeated: false, offered: &[], thresholds: NO_LINE };
    Some(decide(&situation).rule).filter(|rule| TAKING.contains(rule))
}
