//! Ordinary questions and the sample articles' own words: a rule must not keep an article from those whom it is for.

use std::path::Path;

use super::judged::with;
use super::{BlockedTopics, RuleInput, blocked_topic, chitchat, personal_order, unsafe_input, wants_person};
use crate::kb::{ReadOptions, read_path};

type Rule<'a> = Box<dyn Fn(RuleInput<'_>) -> bool + 'a>;

/// The rules that keep an article from being shown, by name.
fn rules(topics: &BlockedTopics) -> [(&'static str, Rule<'_>); 5] {
    [
        ("unsafe_input", Box::new(unsafe_input)),
        ("wants_person", Box::new(wants_person)),
        ("blocked_topic", Box::new(move |input| blocked_topic(input, topics).is_some())),
        ("personal_order", Box::new(personal_order)),
        ("chitchat", Box::new(|input| chitchat(input).is_some())),
    ]
}

/// Articles of which a title or variant may meet a rule.
const MAY_MEET: &[(&str, &[&str])] = &[
    // They are about reaching a person, and whoever asks for that gets one.
    ("wants_person", &["complaint-reach-human", "complaint-change-agent", "complaint-escalate"]),
    // The shop sends these topics to a person; the articles serve those who ask in advance and the agents.
    (
        "blocked_topic",
        &[
            "account-child-order",
            "account-scam-call",
            "account-stolen",
            "battery-swelling",
            "cb-plug-voltage",
            "complaint-12315",
            "complaint-privacy-leak",
            "complaint-recording",
            "plus-refund",
        ],
    ),
    // Some ask there for their own case. In just these words the article is shown all the same: an exact phrasing comes first.
    (
        "personal_order",
        &[
            "account-stolen",
            "cb-delivery-bonded",
            "complaint-progress",
            "complaint-ticket-time",
            "exchange-ship-time",
            "group-buy-failed",
            "paid-but-unpaid",
            "parcel-lost",
            "points-after-return",
            "points-expire",
            "points-history",
            "points-missing",
            "price-protect-payout",
            "refund-after-return",
            "refund-keep-item",
            "refund-late-shipping",
            "refund-mixed-payment",
            "refund-not-received",
            "refund-price-error",
            "refund-progress",
            "repair-duration",
            "ship-late-compensation",
            "ship-time-presale",
            "signed-not-received",
            "tracking-view",
            "unpaid-order-expire",
        ],
    ),
];

#[test]
fn no_rule_keeps_an_article_from_its_own_words() {
    let topics = BlockedTopics::built_in();
    let rules = rules(&topics);
    let mut faults = Vec::new();
    for locale in ["zh-CN", "en"] {
        let document = read_path(&root().join("kb").join(locale), &ReadOptions::default()).unwrap();
        assert!(document.rows.len() > 100, "{locale}");
        for article in document.rows.iter().map(|row| row.outcome.as_ref().unwrap()) {
            let title = [(true, &article.title)].into_iter();
            for (is_title, text) in title.chain(article.variants.iter().map(|variant| (false, variant))) {
                for (name, rule) in &rules {
                    let known = MAY_MEET.iter().any(|(rule, ids)| rule == name && ids.contains(&article.id.as_str()));
                    // A title is a general question: none asks for one customer's case.
                    if with(text, rule) && (!known || (is_title && *name == "personal_order")) {
                        faults.push(format!("{name} {}: {text}", article.id));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The most in a thousand of the questions with an article that a rule may take for itself.
const MOST_PER_MILLE: [(&str, usize); 4] = [("unsafe_input", 10), ("blocked_topic", 10), ("personal_order", 20), ("chitchat", 0)];

#[test]
fn few_questions_with_an_article_meet_a_rule() {
    let topics = BlockedTopics::built_in();
    let rules = rules(&topics);
    let mut questions = Vec::new();
    for locale in ["zh-CN", "en"] {
        let lines = std::fs::read_to_string(root().join("eval").join(format!("{locale}.jsonl"))).unwrap();
        let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let in_scope = lines.filter(|line| !line["expected"].as_array().unwrap().is_empty());
        questions.extend(in_scope.map(|line| line["question"].as_str().unwrap().to_owned()));
    }
    for (name, most) in MOST_PER_MILLE {
        let (_, rule) = rules.iter().find(|(rule, _)| *rule == name).unwrap();
        let met: Vec<&String> = questions.iter().filter(|question| with(question, rule)).collect();
        println!("{name}: {} of {}: {met:#?}", met.len(), questions.len());
        assert!(met.len() * 1000 <= most * questions.len(), "{name}: {met:#?}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
