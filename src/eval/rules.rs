//! What the service does with a question beside the confidence: a rule takes it first, or its answer is held back.
//!
//! The figures of an evaluation are those of the confidence alone: a set may well ask what a rule hands to a person. But a question
//! that a rule takes never reaches the articles, however well they answer it, and one whose answer is held back gets a choice at most.
//! That has to be said.

use crate::decide::plain;
use crate::decide::policy::{Judged, RuleHits, Situation, Thresholds, decide, rival};
use crate::decide::rules::BlockedTopics;
use crate::domain::decision::{Band, Rule};
use crate::domain::locale::Locale;
use crate::retrieve::judge::Judgement;
use crate::service::reading::rule_hits;
use crate::text::normalize::{clean, fold};
use crate::text::redact::redact;

/// The rules that can take a question by itself, in the order of the policy.
pub const TAKING: [Rule; 5] = [Rule::Misuse, Rule::WantsPerson, Rule::BlockedTopic, Rule::SmallTalk, Rule::OwnOrder];

/// Lines that nothing passes: only what comes before them is of interest.
const NO_LINE: Thresholds = Thresholds { answer: 2.0, clarify: 2.0, in_scope: 2.0, rival: 1.0 };

/// What holds an answer back however sure the confidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The best candidate contradicts a number, a code, a negation or an opposite of the question.
    Contradiction,
    /// Another candidate asks the same and is answered otherwise.
    Twin,
    /// Another candidate is about as likely.
    Rival,
}

impl Held {
    /// All, in the order of notes where they hold back equally many.
    pub const ALL: [Held; 3] = [Held::Contradiction, Held::Twin, Held::Rival];

    /// The name in records, that of the API's `would_flip`.
    pub const fn name(self) -> &'static str {
        match self {
            Held::Contradiction => "contradiction",
            Held::Twin => "twin",
            Held::Rival => "rival",
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Held::Contradiction => ("数字、型号、否定或相反的说法对不上", "a number, a code, a negation or an opposite is contradicted"),
            Held::Twin => ("另有一篇问的是同样的事、答得不同", "another article asks the same and answers otherwise"),
            Held::Rival => ("另有一篇几乎同样可能", "another article is about as likely"),
        }
    }
}

/// What a rule of a record is called in front of people; one that this program does not know by its own name.
pub fn rule_label(name: &str, locale: Locale) -> &str {
    Rule::parse(name).map_or(name, |rule| plain::rule_label(rule, locale))
}

/// What a reason of a record for holding an answer back is called in front of people; one that is not known by its own name.
pub fn held_label(name: &str, locale: Locale) -> &str {
    Held::ALL.into_iter().find(|held| held.name() == name).map_or(name, |held| {
        let (zh, en) = held.words();
        locale.pick(zh, en)
    })
}

/// What decides beside the confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// The rule that takes the question; `None` where the confidence decides.
    pub rule: Option<Rule>,
    /// What holds the answer back, where no rule takes the question.
    pub held: Option<Held>,
}

/// What decides beside the confidence when a question is the first message of a conversation. `line` is the share of the first one's
/// probability from which a second candidate forbids an answer.
pub fn beside(question: &str, judgement: &Judgement, blocked: &BlockedTopics, line: f64) -> Beside {
    let text = clean(question);
    let rules = rule_hits(&text, &redact(&text).masked, &fold(&text), blocked);
    of(rules, &judgement.judged(), judgement.degraded, line)
}

fn of(rules: RuleHits, candidates: &[Judged], degraded: bool, line: f64) -> Beside {
    // The policy has the last word: small talk and own orders give way to an article that is asked in its very words, and so does all
    // that holds an answer back.
    let ruled = |rules, thresholds| decide(&Situation { rules, candidates, degraded, repeated: false, offered: &[], thresholds });
    let rule = Some(ruled(rules, NO_LINE).rule).filter(|rule| TAKING.contains(rule));
    let sure = Thresholds { answer: 0.0, rival: line, ..NO_LINE };
    let answered = ruled(RuleHits::default(), sure).band == Band::Answer;
    let held = candidates.first().filter(|_| rule.is_none() && !answered).and_then(|first| {
        let other = || rival(candidates, line).map(|other| if other.twin { Held::Twin } else { Held::Rival });
        if first.contradicted { Some(Held::Contradiction) } else { other() }
    });
    Beside { rule, held }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::score::Probability;

    #[test]
    fn what_the_policy_holds_back_is_named() {
        let judged = |id: &str, probability| Judged {
            id: id.parse().unwrap(),
            probability: Probability::new(probability).unwrap(),
            exact: false,
            contradicted: false,
            twin: false,
        };
        let clear = || vec![judged("a", 0.9), judged("b", 0.05), judged("c", 0.01)];
        let changed = |change: &dyn Fn(&mut Vec<Judged>)| {
            let mut candidates = clear();
            change(&mut candidates);
            of(RuleHits::default(), &candidates, false, 0.6)
        };
        let held = |change: &dyn Fn(&mut Vec<Judged>)| changed(change).held;
        assert_eq!(changed(&|_| ()), Beside::default());
        assert_eq!(held(&|all| all.clear()), None);
        assert_eq!(held(&|all| all[0].contradicted = true), Some(Held::Contradiction));
        assert_eq!(held(&|all| all[1].contradicted = true), None, "only the first one would be given");
        assert_eq!(held(&|all| all[1].probability = Probability::new(0.6).unwrap()), Some(Held::Rival));
        assert_eq!(held(&|all| all[2].twin = true), Some(Held::Twin));
        // In an article's own words it is answered all the same.
        let asked = |all: &mut Vec<Judged>| (all[0].exact, all[2].twin) = (true, true);
        assert_eq!(held(&asked), None);
        let taken = of(RuleHits { personal_order: true, ..RuleHits::default() }, &[judged("a", 0.9), judged("b", 0.8)], false, 0.6);
        assert_eq!(taken, Beside { rule: Some(Rule::OwnOrder), held: None });
        for name in Held::ALL.map(Held::name).into_iter().chain(TAKING.map(Rule::name)) {
            let label = |locale| if Rule::parse(name).is_some() { rule_label(name, locale) } else { held_label(name, locale) };
            assert!(label(Locale::ZhCn) != name && label(Locale::En) != label(Locale::ZhCn), "{name}");
        }
        assert_eq!((rule_label("of_old", Locale::En), held_label("of_old", Locale::En)), ("of_old", "of_old"));
    }
}
