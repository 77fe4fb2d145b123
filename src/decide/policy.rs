//! From probabilities and rule hits to a band: numbers in, a verdict out, no state of its own.
//!
//! Order of precedence: misuse, a wish for a person and blocked topics come before everything that was found; chit-chat only
//! applies where no question is left; a question about one customer's own order never gets a general article; only then do the
//! probabilities speak.

use super::rules::ChitchatKind;
pub use crate::domain::decision::Thresholds;
use crate::domain::decision::{Band, CandidateScores, Reason, Rule};
use crate::domain::ids::ArticleId;
use crate::domain::score::Probability;

/// An option less likely than this share of the best one is not offered.
const WORTHWHILE: f64 = 0.04;

/// Cosine from which a phrasing asks what the question asks, in other words at most …
const SAME: f32 = 0.9;
/// … and the lead of the first candidate's below which neither is the nearer one.
const INDISTINCT: f32 = 0.03;

/// The most options of a clarify.
pub const CLARIFY_MAX: usize = 5;

/// What the rules saw in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleHits {
    /// An attempt at misuse.
    pub unsafe_input: bool,
    /// A wish for a person.
    pub wants_person: bool,
    /// A topic that always goes to a person.
    pub blocked_topic: bool,
    /// A question about the customer's own order or account.
    pub personal_order: bool,
    /// No question, only this.
    pub chitchat: Option<ChitchatKind>,
    /// All options of the last clarify are rejected.
    pub rejects_options: bool,
}

/// One candidate as the policy sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The article.
    pub id: ArticleId,
    /// Probability that it answers the question.
    pub probability: Probability,
    /// Whether the question is one of its phrasings, courtesies and particles aside.
    pub exact: bool,
    /// Whether the best passage contradicts a number, code or negation of the question.
    pub contradicted: bool,
    /// Whether it asks what the first candidate asks ([`asks_the_same`]) and is answered otherwise. Articles whose titles are twins are told
    /// apart by small things that probabilities learned where there were none.
    pub twin: bool,
}

/// Everything a verdict depends on.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// What the rules saw.
    pub rules: RuleHits,
    /// Best first.
    pub candidates: &'a [Judged],
    /// Whether the encoder did not take part.
    pub degraded: bool,
    /// Whether the same question was answered just before.
    pub repeated: bool,
    /// Options shown in the last clarify, if the last reply was one.
    pub offered: &'a [ArticleId],
    /// The lines.
    pub thresholds: Thresholds,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What the customer gets.
    pub band: Band,
    /// Why.
    pub reason: Reason,
    /// The confidence reported: 0 where a rule forbids an article.
    pub confidence: Probability,
    /// The article shown.
    pub article: Option<ArticleId>,
    /// The articles offered.
    pub clarify: Vec<ArticleId>,
    /// What decided.
    pub rule: Rule,
}

impl Verdict {
    fn ruled(band: Band, reason: Reason, rule: Rule) -> Self {
        Verdict { band, reason, confidence: Probability::ZERO, article: None, clarify: Vec::new(), rule }
    }
}

/// Decides.
pub fn decide(situation: &Situation<'_>) -> Verdict {
    if let Some(verdict) = by_rules(situation) {
        return verdict;
    }
    let Some(best) = situation.candidates.first() else {
        let reason = if situation.degraded { Reason::Degraded } else { Reason::OutOfScope };
        return Verdict::ruled(Band::Handoff, reason, Rule::NothingFound);
    };
    let confidence = best.probability;
    let lines = &situation.thresholds;
    let alone = best.exact && situation.candidates.get(1).is_none_or(|second| !second.exact);
    // What is asked in an article's own words needs no probability.
    let reaches = confidence.get() >= lines.answer;
    let sure = (reaches || alone) && !best.contradicted;
    if sure && situation.repeated {
        return Verdict { confidence, ..Verdict::ruled(Band::Handoff, Reason::RepeatedQuestion, Rule::AskedAgain) };
    }
    let rival = rival(situation.candidates, lines.rival);
    if sure && (alone || rival.is_none()) {
        let reason = if best.exact { Reason::ExactMatch } else { Reason::Confident };
        return Verdict {
            confidence,
            article: Some(best.id.clone()),
            ..Verdict::ruled(Band::Answer, reason, if reaches { Rule::Sure } else { Rule::WordForWord })
        };
    }
    let options: Vec<&Judged> = situation.candidates.iter().take(CLARIFY_MAX).collect();
    let any_right = any_right(situation.candidates);
    let ids: Vec<ArticleId> = worthwhile(&options);
    // The same again in another order is no new choice; fewer of them are, for who asked on.
    let same = ids.len() == situation.offered.len() && ids.iter().all(|id| situation.offered.contains(id));
    if any_right >= lines.clarify && !same && !ids.is_empty() {
        let reason = if rival.is_some() || sure { Reason::Ambiguous } else { Reason::LowConfidence };
        return Verdict { confidence, clarify: ids, ..Verdict::ruled(Band::Clarify, reason, Rule::AmongFew) };
    }
    let reason = match () {
        () if situation.degraded => Reason::Degraded,
        () if any_right < lines.in_scope => Reason::OutOfScope,
        () if any_right >= lines.clarify => Reason::Ambiguous,
        () => Reason::LowConfidence,
    };
    Verdict { confidence, ..Verdict::ruled(Band::Handoff, reason, Rule::Unlikely) }
}

fn by_rules(situation: &Situation<'_>) -> Option<Verdict> {
    let rules = &situation.rules;
    if rules.unsafe_input {
        return Some(Verdict::ruled(Band::Handoff, Reason::UnsafeInput, Rule::Misuse));
    }
    if rules.wants_person {
        return Some(Verdict::ruled(Band::Handoff, Reason::CustomerRequest, Rule::WantsPerson));
    }
    if rules.blocked_topic {
        return Some(Verdict::ruled(Band::Handoff, Reason::BlockedTopic, Rule::BlockedTopic));
    }
    if rules.rejects_options && !situation.offered.is_empty() {
        return Some(Verdict::ruled(Band::Handoff, Reason::Ambiguous, Rule::OptionsRejected));
    }
    let exact = situation.candidates.first().is_some_and(|best| best.exact);
    if let Some(kind) = rules.chitchat
        && !exact
    {
        return Some(Verdict::ruled(Band::Chitchat, kind.reason(), Rule::SmallTalk));
    }
    if rules.personal_order && !exact {
        return Some(Verdict::ruled(Band::Handoff, Reason::PersonalOrder, Rule::OwnOrder));
    }
    None
}

/// The probability that one of the options of a clarify is right ([`super::confidence::Chances::few`]).
pub fn any_right(candidates: &[Judged]) -> f64 {
    candidates.iter().take(CLARIFY_MAX).map(|c| c.probability.get()).sum()
}

/// The candidate that forbids a blind answer: the second, if it is likely enough, or else a twin of the first.
pub fn rival(candidates: &[Judged], line: f64) -> Option<&Judged> {
    let best = candidates.first()?;
    let likely = candidates.get(1).filter(|second| second.probability.get() >= best.probability.get() * line);
    likely.or_else(|| candidates.iter().take(CLARIFY_MAX).find(|candidate| candidate.twin))
}

/// Whether a candidate is as near to the question as the first, and both so near that they ask what it asks.
pub fn asks_the_same(first: &CandidateScores, other: &CandidateScores) -> bool {
    first.cosine.zip(other.cosine).is_some_and(|(first, other)| other >= SAME && first - other < INDISTINCT)
}

/// Options that are not hopeless against the best one.
fn worthwhile(options: &[&Judged]) -> Vec<ArticleId> {
    let best = options.first().map_or(0.0, |c| c.probability.get());
    options.iter().filter(|c| c.twin || c.probability.get() >= best * WORTHWHILE).map(|c| c.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Thresholds = Thresholds { answer: 0.7, clarify: 0.4, in_scope: 0.15, rival: 0.6 };

    fn judged(list: &[(&str, f64)]) -> Vec<Judged> {
        list.iter()
            .map(|(id, p)| Judged {
                id: id.parse().unwrap(),
                probability: Probability::new(*p).unwrap(),
                exact: false,
                contradicted: false,
                twin: false,
            })
            .collect()
    }

    fn verdict<'a>(candidates: &'a [Judged], change: impl FnOnce(&mut Situation<'a>)) -> (Band, Reason) {
        let mut situation =
            Situation { rules: RuleHits::default(), candidates, degraded: false, repeated: false, offered: &[], thresholds: LINES };
        change(&mut situation);
        let verdict = decide(&situation);
        assert_eq!(verdict.article.is_some(), verdict.band == Band::Answer);
        assert_eq!(verdict.clarify.is_empty(), verdict.band != Band::Clarify);
        (verdict.band, verdict.reason)
    }

    #[test]
    fn probabilities_choose_the_band() {
        type Case<'a> = (&'a [(&'a str, f64)], (Band, Reason));
        let cases: [Case<'_>; 6] = [
            (&[("a", 0.9), ("b", 0.05)], (Band::Answer, Reason::Confident)),
            (&[("a", 0.5), ("b", 0.05)], (Band::Clarify, Reason::LowConfidence)),
            (&[("a", 0.3), ("b", 0.28)], (Band::Clarify, Reason::Ambiguous)),
            (&[("a", 0.2), ("b", 0.05)], (Band::Handoff, Reason::LowConfidence)),
            (&[("a", 0.05), ("b", 0.01)], (Band::Handoff, Reason::OutOfScope)),
            (&[], (Band::Handoff, Reason::OutOfScope)),
        ];
        for (candidates, want) in cases {
            assert_eq!(verdict(&judged(candidates), |_| ()), want, "{candidates:?}");
        }
    }

    #[test]
    fn two_close_candidates_are_never_answered_blindly() {
        let lines = Thresholds { answer: 0.4, ..LINES };
        assert_eq!(verdict(&judged(&[("a", 0.5), ("b", 0.45)]), |s| s.thresholds = lines).0, Band::Clarify);
        assert_eq!(verdict(&judged(&[("a", 0.5), ("b", 0.05)]), |s| s.thresholds = lines).0, Band::Answer);
    }

    #[test]
    fn rules_come_first_and_forbid_articles() {
        let sure = judged(&[("a", 0.99)]);
        assert_eq!(verdict(&sure, |s| s.rules.wants_person = true), (Band::Handoff, Reason::CustomerRequest));
        assert_eq!(verdict(&sure, |s| s.rules.blocked_topic = true), (Band::Handoff, Reason::BlockedTopic));
        assert_eq!(verdict(&sure, |s| s.rules.unsafe_input = true), (Band::Handoff, Reason::UnsafeInput));
        assert_eq!(verdict(&sure, |s| s.rules.personal_order = true), (Band::Handoff, Reason::PersonalOrder));
        assert_eq!(verdict(&sure, |s| s.rules.chitchat = Some(ChitchatKind::Thanks)), (Band::Chitchat, Reason::Thanks));
        assert_eq!(verdict(&sure, |s| s.repeated = true), (Band::Handoff, Reason::RepeatedQuestion));
    }

    #[test]
    fn the_same_options_are_not_offered_twice_and_a_rejection_goes_to_a_person() {
        let offered = ["a".parse().unwrap(), "b".parse().unwrap()];
        let unsure = judged(&[("a", 0.3), ("b", 0.28)]);
        assert_eq!(verdict(&unsure, |s| s.offered = &offered).0, Band::Handoff);
        let turned = judged(&[("b", 0.3), ("a", 0.28)]);
        assert_eq!(verdict(&turned, |s| s.offered = &offered).0, Band::Handoff);
        let fewer = judged(&[("b", 0.5), ("c", 0.001)]);
        assert_eq!(verdict(&fewer, |s| s.offered = &offered).0, Band::Clarify);
        let another = judged(&[("b", 0.3), ("c", 0.28)]);
        assert_eq!(verdict(&another, |s| s.offered = &offered).0, Band::Clarify);
        assert_eq!(
            verdict(&unsure, |s| {
                s.rules.rejects_options = true;
                s.offered = &offered;
            }),
            (Band::Handoff, Reason::Ambiguous)
        );
    }

    #[test]
    fn an_articles_own_words_are_answered_whatever_the_line() {
        let closed = Thresholds { answer: 1.0, ..LINES };
        let mut candidates = judged(&[("a", 0.6), ("b", 0.5)]);
        assert_eq!(verdict(&candidates, |s| s.thresholds = closed).0, Band::Clarify);
        candidates[0].exact = true;
        assert_eq!(verdict(&candidates, |s| s.thresholds = closed), (Band::Answer, Reason::ExactMatch));
        candidates[1].exact = true;
        assert_eq!(verdict(&candidates, |s| s.thresholds = closed).0, Band::Clarify);
    }

    #[test]
    fn twins_are_offered_both_unless_one_is_asked_word_for_word() {
        let mut candidates = judged(&[("a", 0.98), ("b", 0.01), ("c", 0.001)]);
        candidates[1].twin = true;
        assert_eq!(verdict(&candidates, |_| ()), (Band::Clarify, Reason::Ambiguous));
        let situation = Situation {
            rules: RuleHits::default(),
            candidates: &candidates,
            degraded: false,
            repeated: false,
            offered: &[],
            thresholds: LINES,
        };
        assert_eq!(decide(&situation).clarify, ["a", "b"].map(|id| id.parse().unwrap()));
        candidates[0].exact = true;
        assert_eq!(verdict(&candidates, |_| ()), (Band::Answer, Reason::ExactMatch));
        let scores = |cosine| CandidateScores { cosine, ..CandidateScores::default() };
        for (first, other, want) in [
            (Some(0.97), Some(0.95), true),
            (Some(0.93), Some(0.95), true),
            (Some(0.97), Some(0.93), false),
            (Some(0.9), Some(0.89), false),
            (None, None, false),
        ] {
            assert_eq!(asks_the_same(&scores(first), &scores(other)), want, "{first:?} {other:?}");
        }
    }

    #[test]
    fn a_contradicted_number_is_offered_not_answered() {
        let mut candidates = judged(&[("a", 0.9), ("b", 0.05)]);
        candidates[0].contradicted = true;
        assert_eq!(verdict(&candidates, |_| ()).0, Band::Clarify);
    }
}
