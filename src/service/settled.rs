//! What the conversation makes of a verdict: the policy sees one question and its candidates, not what went before and who owns it.

use super::answering::Answering;
use super::choosing::{Choice, probability_of};
use super::reading::{is_topic_word, is_unfinished, is_unsure};
use crate::decide::policy::Verdict;
use crate::decide::rules::ChitchatKind;
use crate::domain::conversation::Owner;
use crate::domain::decision::{Band, Decision, Reason, Rule};
use crate::domain::ids::ArticleId;
use crate::domain::score::Probability;

/// Articles offered for a topic without a question, and for a follow-up that finds what was just shown.
const OPTIONS: usize = 4;

/// The question's place in its conversation.
pub(super) struct Turn<'a> {
    /// The message, folded.
    pub folded: &'a str,
    /// The last decisions, the newest first.
    pub earlier: &'a [Decision],
    /// The decision that the message may follow up on.
    pub followed: Option<&'a Decision>,
    /// The list that the message may answer.
    pub list: Option<&'a Decision>,
    /// What it makes of that.
    pub choice: &'a Choice,
    /// Whether it says that the answer just given did not help.
    pub unhelped: bool,
    /// Whether it takes back the wish for a person, so that there is nothing to answer.
    pub taken_back: bool,
    /// What was offered last.
    pub offered: &'a [ArticleId],
    /// Who owns the conversation.
    pub owner: Owner,
}

/// The verdict that stands.
pub(super) fn settled(verdict: Verdict, turn: &Turn<'_>, answering: &Answering) -> Verdict {
    if turn.taken_back {
        let reason = ChitchatKind::Filler.reason();
        return Verdict { band: Band::Chitchat, ..ruled(reason, Rule::TakenBack) };
    }
    let verdict = match turn.choice.picked.first() {
        Some(id) => picked(id, turn.list),
        None => unsettled(verdict, turn, answering),
    };
    owned(verdict, turn.owner, turn.earlier.first().map(|decision| decision.reason))
}

fn picked(id: &ArticleId, from: Option<&Decision>) -> Verdict {
    Verdict {
        band: Band::Answer,
        reason: Reason::Confident,
        confidence: from.map_or(Probability::ZERO, |decision| probability_of(decision, id)),
        article: Some(id.clone()),
        clarify: Vec::new(),
        rule: Rule::OptionPicked,
    }
}

fn unsettled(verdict: Verdict, turn: &Turn<'_>, answering: &Answering) -> Verdict {
    // Asked again once: whoever is not understood twice gets what the message itself gets.
    let last = turn.earlier.first().filter(|last| last.band == Band::Clarify && last.rule() != Some(Rule::OptionUnclear));
    if let Some(list) = last.filter(|_| turn.choice.unclear) {
        let (clarify, rule) = (list.clarify.clone(), Rule::OptionUnclear);
        return Verdict { band: Band::Clarify, reason: Reason::Ambiguous, confidence: Probability::ZERO, article: None, clarify, rule };
    }
    if turn.unhelped && !matches!(verdict.rule, Rule::Misuse | Rule::WantsPerson | Rule::BlockedTopic) {
        return ruled(Reason::RepeatedQuestion, Rule::Unhelped);
    }
    if let Some(options) = found_again(&verdict, turn, answering) {
        return Verdict {
            band: Band::Clarify,
            reason: Reason::Ambiguous,
            article: None,
            clarify: options,
            rule: Rule::FoundAgain,
            ..verdict
        };
    }
    if verdict.band != Band::Handoff || !is_unsure(verdict.reason) {
        return verdict;
    }
    let overlap = answering.main.found.candidates.first().map_or(0.0, |c| c.overlap);
    if is_topic_word(turn.folded, overlap) && turn.offered.is_empty() {
        let options = answering.main.found.candidates.iter().take(OPTIONS).map(|c| c.id.clone()).collect();
        return Verdict { band: Band::Clarify, reason: Reason::Ambiguous, clarify: options, rule: Rule::TopicAlone, ..verdict };
    }
    if is_unfinished(turn.folded) && !turn.earlier.iter().take(2).any(|decision| decision.reason == Reason::Fragment) {
        return Verdict {
            band: Band::Chitchat,
            reason: Reason::Fragment,
            confidence: Probability::ZERO,
            rule: Rule::Unfinished,
            ..verdict
        };
    }
    verdict
}

/// The options where a follow-up, read together with the question before, finds the article that was just shown: the question before
/// found that by itself, and whoever asks on asks for something else as a rule (“韩国呢” after what delivery to Hong Kong costs). What the
/// follow-up finds by itself comes first.
fn found_again(verdict: &Verdict, turn: &Turn<'_>, answering: &Answering) -> Option<Vec<ArticleId>> {
    let alone = answering.alone.as_ref()?;
    let before = just_shown(turn.followed?)?;
    if verdict.band != Band::Answer || verdict.article.as_ref() != Some(before) {
        return None;
    }
    let by_itself = alone.found.candidates.iter().filter(|c| c.id != *before).take(OPTIONS / 2);
    let together = answering.main.found.candidates.iter();
    let mut options: Vec<ArticleId> = Vec::new();
    for candidate in by_itself.chain(together) {
        if !options.contains(&candidate.id) && options.len() < OPTIONS {
            options.push(candidate.id.clone());
        }
    }
    Some(options)
}

/// The article that the customer has before them: a follow-up that found it again leaves it there.
fn just_shown(decision: &Decision) -> Option<&ArticleId> {
    decision.article_id.as_ref().or(decision.inherited_from.as_ref().filter(|_| decision.rule() == Some(Rule::FoundAgain)))
}

fn ruled(reason: Reason, rule: Rule) -> Verdict {
    Verdict { band: Band::Handoff, reason, confidence: Probability::ZERO, article: None, clarify: Vec::new(), rule }
}

/// What the owner of the conversation leaves of a verdict; `before`: the reason of the decision before.
fn owned(verdict: Verdict, owner: Owner, before: Option<Reason>) -> Verdict {
    match owner {
        Owner::Bot => verdict,
        Owner::Agent => ruled(Reason::AgentOwned, Rule::PersonOwns),
        Owner::WaitingSilent => {
            // What began the silence goes on: who touched a topic for people has asked for none.
            let blocked = [Some(verdict.reason), before].contains(&Some(Reason::BlockedTopic));
            ruled(if blocked { Reason::BlockedTopic } else { Reason::CustomerRequest }, Rule::PersonAskedFor)
        }
        Owner::Waiting if verdict.band == Band::Clarify => {
            Verdict { band: Band::Handoff, clarify: Vec::new(), rule: Rule::PersonAwaited, ..verdict }
        }
        Owner::Waiting => verdict,
    }
}
