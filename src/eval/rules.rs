//! Which rule takes a question before the confidence is asked, as in the service.
//!
//! The figures of an evaluation are those of the confidence alone: a set may well ask what a rule hands to a person. But a question
//! that a rule takes never reaches the articles, however well they answer it, and that has to be said.

use crate::decide::policy::{RuleHits, Situation, Thresholds, decide};
use crate::decide::rules::{self, BlockedTopics, RuleInput};
use crate::domain::decision::Rule;
use crate::retrieve::judge::Judgement;
use crate::text::normalize::{clean, fold};
use crate::text::redact::{FindingKind, redact};

/// The rules that can take a question by itself, in the order of the policy; named as in `eval/rules` and `decide::rules`.
pub const NAMES: [&str; 5] = ["unsafe_input", "wants_person", "blocked_topic", "chitchat", "personal_order"];

/// Lines that nothing passes: only what comes before them is of interest.
const NO_LINE: Thresholds = Thresholds { answer: 2.0, clarify: 2.0, in_scope: 2.0, rival: 1.0 };

/// The name of the rule that takes a question; `None` where the confidence decides. The first message of a conversation is meant.
pub fn taken_by(question: &str, judgement: &Judgement, blocked: &BlockedTopics) -> Option<&'static str> {
    let (candidates, rules) = (judgement.judged(), hits(question, blocked));
    // The policy has the last word: small talk and own orders give way to an article that is asked in its very words.
    let situation =
        Situation { rules, candidates: &candidates, degraded: judgement.degraded, repeated: false, offered: &[], thresholds: NO_LINE };
    match decide(&situation).rule {
        Rule::Misuse => Some(NAMES[0]),
        Rule::WantsPerson => Some(NAMES[1]),
        Rule::BlockedTopic => Some(NAMES[2]),
        Rule::SmallTalk => Some(NAMES[3]),
        Rule::OwnOrder => Some(NAMES[4]),
        _ => None,
    }
}

/// What the rules see, each in the form of the message that the service shows it (`service::reading`).
fn hits(question: &str, blocked: &BlockedTopics) -> RuleHits {
    let text = clean(question);
    let folded = fold(&text);
    let input = RuleInput { text: &text, folded: &folded };
    let plain = without_numbers(&redact(&text).masked);
    let topic = rules::blocked_topic(RuleInput { text: &plain, folded: &fold(&plain) }, blocked);
    RuleHits {
        unsafe_input: rules::unsafe_input(input),
        wants_person: rules::wants_person(input),
        blocked_topic: topic.is_some(),
        personal_order: rules::personal_order(input),
        chitchat: rules::chitchat(input),
        // There are no options yet.
        rejects_options: false,
    }
}

/// A masked text without placeholders and without runs of six digits and more: neither names a topic, and a long number may hold
/// that of a hotline by chance.
fn without_numbers(masked: &str) -> String {
    const LONG: usize = 6;
    let text = FindingKind::ALL.iter().fold(masked.to_owned(), |text, kind| text.replace(kind.placeholder(), " "));
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let (run, after) = from.split_at(from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len()));
        kept.push_str(before);
        kept.push_str(if run.len() < LONG { run } else { " " });
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_sees_what_the_service_shows_it() {
        let blocked = BlockedTopics::built_in();
        let hits = |text: &str| hits(text, &blocked);
        assert!(hits("转人工").wants_person && hits("我的快递到哪了").personal_order && hits("谢谢").chitchat.is_some());
        assert!(hits("我已经打12315投诉了").blocked_topic && hits("宝宝吃坏肚子了").blocked_topic);
        assert!(!hits("订单号20240518123456到哪了").blocked_topic && !hits("12345678").blocked_topic);
        assert_eq!(hits("退款多久到账"), RuleHits::default());
        assert_eq!(without_numbers("a 12315 b 123456 c1234567d9"), "a 12315 b   c d9");
    }
}
