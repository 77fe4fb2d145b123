//! A decision explained: what decided, by how much, and what would have flipped it.
//!
//! What cannot be found out again is in the record: features with their shares, lines, what decided, candidates with raw scores.
//! Tokens, terms and passages are computed from the articles as they are now, and what has changed since is named. Nothing is
//! computed before somebody asks, and nothing is told that the record does not hold: its question is masked.

use super::Service;
use super::answering::Answering;
use super::reading::{self, is_unsure, rule_hits};
use super::replay::Replay;
use crate::decide::confidence::{BIAS, Calibration, FEATURES, Features, OWN_SLOPE, told, uncorrected};
use crate::decide::flips::{self, Case, Flip, Line, LineName, Refigured};
use crate::decide::policy::{self, Judged, RuleHits, Situation, Verdict};
use crate::decide::rules::{self, BlockedTopics, Contradiction, RuleInput, SpecificTokens};
use crate::domain::decision::{Band, Candidate, Decision, Factor, FeatureShare, Grounds, Rule};
use crate::domain::ids::{ArticleId, DecisionId};
use crate::domain::score::Probability;
use crate::error::Failure;
use crate::retrieve::explain::{Explanation, explain};
use crate::retrieve::spelling::corrected;
use crate::text::normalize::{fold, language};

/// Candidates that are explained passage by passage.
pub const EXPLAINED: usize = 5;

/// Difference of a probability below which two ways to compute it agree.
const AGREES: f64 = 1e-6;

/// A decision with everything that explains it.
#[derive(Debug, Clone)]
pub struct Explained {
    /// As it is stored.
    pub decision: Decision,
    /// The part of the message that the deciding rule fired at.
    pub matched: Option<String>,
    /// The topic for people that the message touched, if that decided.
    pub topic: Option<String>,
    /// Per candidate, in the record's order: the tokens of the question that its best passage contradicts.
    pub contradictions: Vec<Vec<Contradiction>>,
    /// The lines that the decision lay between.
    pub lines: Vec<Line>,
    /// What would have flipped it.
    pub flips: Vec<Flip>,
    /// Whether the flips are those of the very calibration and candidates that it was made with; else they are estimated from the
    /// record.
    pub flips_exact: bool,
    /// What was computed again; `None` where the index was not asked, or the question has been erased.
    pub recomputed: Option<Recomputed>,
}

/// What the index of today says about the stored query.
#[derive(Debug, Clone)]
pub struct Recomputed {
    /// What differs in what the decision was made with, as [`Replay::changed`] names it.
    pub changed: Vec<&'static str>,
    /// Whether candidates and confidence come out equal to the last bit.
    pub same: bool,
    /// Words of the question that were put right: as they were, as they are.
    pub corrections: Vec<(String, String)>,
    /// Tokens, synonyms, terms and passages.
    pub explanation: Explanation,
}

impl Explained {
    /// The title of a candidate as it was shown; the id of an article that is none.
    pub fn title(&self, id: &ArticleId) -> String {
        let candidate = self.decision.candidates.iter().find(|candidate| candidate.article_id == *id);
        candidate.map_or_else(|| id.to_string(), |candidate| candidate.title.clone())
    }
}

impl Service {
    /// A stored decision, explained.
    ///
    /// **Errors**: an unknown decision; a store or index that fails. **Cost**: a search, and some milliseconds of computing.
    pub async fn explained(&self, id: DecisionId) -> Result<Explained, Failure> {
        self.explain(self.decision(id).await?).await
    }

    /// Explains a decision with what is served now.
    pub async fn explain(&self, decision: Decision) -> Result<Explained, Failure> {
        if decision.query.is_empty() {
            return Ok(from_record(decision, &self.inner.lexicon.load().blocked));
        }
        let served = self.inner.indexing.served();
        let own = reading::searchable(&decision.question);
        let answering = self.answering_again_in(served.clone(), &decision.query, &own, Some(decision.channel.clone())).await?;
        let service = self.clone();
        let explained = self.inner.cpu.run(move || {
            let ids: Vec<ArticleId> = decision.candidates.iter().take(EXPLAINED).map(|c| c.article_id.clone()).collect();
            let explanation = explain(&answering.main, &served.snapshot, &answering.adaptation.ground, &ids);
            let corrections = corrected(&fold(&own), &served.snapshot).words;
            service.explained_with(decision, &answering, corrections, explanation)
        });
        Ok(explained.await?)
    }

    fn explained_with(
        &self,
        decision: Decision,
        answering: &Answering,
        corrections: Vec<(String, String)>,
        explanation: Explanation,
    ) -> Explained {
        let Replay { stored, changed, same, .. } = self.compared(decision, answering);
        let adaptation = &answering.adaptation;
        let calibration = (stored.fingerprints.confidence == adaptation.fingerprint).then(|| adaptation.confidence.of(stored.degraded));
        let levels = answering.main.levels();
        let known = Known { calibration, levels: same.then_some(&levels[..]) };
        let explained = explained(stored, &self.inner.lexicon.load().blocked, known);
        Explained { recomputed: Some(Recomputed { changed, same, corrections, explanation }), ..explained }
    }
}

/// Explains a decision from its record alone, where there is no index to ask.
pub fn from_record(decision: Decision, blocked: &BlockedTopics) -> Explained {
    explained(decision, blocked, Known { calibration: None, levels: None })
}

/// What is still there of what a decision was made with.
#[derive(Clone, Copy)]
struct Known<'a> {
    calibration: Option<&'a Calibration>,
    /// What the candidates' probabilities followed from.
    levels: Option<&'a [f64]>,
}

fn explained(decision: Decision, blocked: &BlockedTopics, known: Known<'_>) -> Explained {
    let contradictions: Vec<Vec<Contradiction>> = contradictions(&decision);
    let twin = |candidate: &Candidate| {
        let first = decision.candidates.first().filter(|first| first.article_id != candidate.article_id);
        first.is_some_and(|first| policy::asks_the_same(&first.scores, &candidate.scores))
    };
    let judged: Vec<Judged> = decision
        .candidates
        .iter()
        .zip(&contradictions)
        .map(|(candidate, contradictions)| Judged {
            id: candidate.article_id.clone(),
            probability: candidate.probability,
            exact: candidate.exact,
            contradicted: !contradictions.is_empty(),
            twin: twin(candidate),
        })
        .collect();
    let mut explained = Explained {
        decision,
        matched: None,
        topic: None,
        contradictions,
        lines: Vec::new(),
        flips: Vec::new(),
        flips_exact: false,
        recomputed: None,
    };
    let decision = &explained.decision;
    let Some(grounds) = &decision.grounds else {
        // The first release kept no more than this.
        let best = judged.first().map(|best| best.probability.get());
        explained.lines.extend(best.map(|value| Line { name: LineName::Answer, value, line: decision.answer_threshold }));
        return explained;
    };
    explained.lines = flips::lines(&judged, &grounds.lines);
    explained.matched = rules::evidence(&decision.question, |part| fires(grounds.rule, part, blocked));
    if grounds.rule == Rule::BlockedTopic {
        explained.topic = reading::blocked_topic(&decision.question, blocked).map(str::to_owned);
    }
    // The record has no answers: whether those that ask the same are answered alike, and so are no rivals, shows in what was decided.
    let alike: Vec<Judged> = judged.iter().map(|judged| Judged { twin: false, ..judged.clone() }).collect();
    if let Some(situation) = [&judged, &alike].into_iter().find_map(|judged| situation(decision, grounds, judged, blocked)) {
        let matched = explained.matched.clone();
        (explained.flips, explained.flips_exact) = flips_of(situation, (grounds, matched), &explained, known);
    }
    explained
}

/// The tokens of the question that each candidate's best passage contradicts. An exact match contradicts nothing.
fn contradictions(decision: &Decision) -> Vec<Vec<Contradiction>> {
    let asked = SpecificTokens::of(&decision.query);
    let of = |c: &Candidate| {
        let passage = SpecificTokens::of_passage(c.matched_kind, &fold(&c.matched_text), &fold(&c.title));
        SpecificTokens::contradictions(&asked, &passage, language(&decision.query))
    };
    decision.candidates.iter().map(|c| if c.exact { Vec::new() } else { of(c) }).collect()
}

/// Whether a part of the message alone makes a rule fire.
fn fires(rule: Rule, part: &str, blocked: &BlockedTopics) -> bool {
    let folded = fold(part);
    let input = RuleInput { text: part, folded: &folded };
    match rule {
        Rule::Misuse => rules::unsafe_input(input),
        Rule::WantsPerson => rules::wants_person(input),
        Rule::BlockedTopic => reading::blocked_topic(part, blocked).is_some(),
        Rule::OptionsRejected => rules::rejects_options(input),
        Rule::OwnOrder => rules::personal_order(input),
        _ => false,
    }
}

/// What the policy saw, put together again; `None` if it would not decide as it did (rules or words have changed since).
fn situation<'a>(decision: &'a Decision, grounds: &'a Grounds, judged: &'a [Judged], blocked: &BlockedTopics) -> Option<Situation<'a>> {
    let folded = fold(&decision.question);
    let read = rule_hits(&decision.question, &decision.question, &folded, blocked);
    let in_context = decision.inherited_from.is_some() && rules::is_follow_up(RuleInput { text: &decision.question, folded: &folded });
    let rules = RuleHits { chitchat: read.chitchat.filter(|_| !in_context), personal_order: read.personal_order && !in_context, ..read };
    let alone = RuleHits {
        unsafe_input: grounds.rule == Rule::Misuse,
        wants_person: grounds.rule == Rule::WantsPerson,
        blocked_topic: grounds.rule == Rule::BlockedTopic,
        personal_order: grounds.rule == Rule::OwnOrder,
        chitchat: rules::ChitchatKind::ALL.iter().copied().find(|kind| grounds.rule == Rule::SmallTalk && kind.reason() == decision.reason),
        rejects_options: grounds.rule == Rule::OptionsRejected,
    };
    // The masked question may not say all that the message said: then the rule that decided is the only one known.
    [rules, alone].into_iter().find_map(|rules| {
        let situation = Situation {
            rules,
            candidates: judged,
            degraded: decision.degraded,
            repeated: grounds.repeated,
            offered: &grounds.offered,
            thresholds: grounds.lines,
        };
        let verdict = policy::decide(&situation);
        let fits = match grounds.rule {
            Rule::TopicAlone | Rule::Unfinished => verdict.band == Band::Handoff && is_unsure(verdict.reason),
            Rule::FoundAgain => verdict.band == Band::Answer,
            Rule::PersonAwaited => verdict.band == Band::Clarify,
            Rule::OptionPicked | Rule::OptionUnclear | Rule::TakenBack | Rule::Unhelped | Rule::PersonAskedFor | Rule::PersonOwns => true,
            rule => verdict.rule == rule,
        };
        fits.then_some(situation)
    })
}

/// What the conversation made of a verdict when the rule decided.
fn overruled(rule: Rule, verdict: &Verdict) -> Band {
    match (rule, verdict.band) {
        (Rule::PersonAwaited, Band::Clarify) => Band::Handoff,
        (Rule::FoundAgain, Band::Answer) => Band::Clarify,
        (Rule::TopicAlone, Band::Handoff) if is_unsure(verdict.reason) => Band::Clarify,
        (Rule::Unfinished, Band::Handoff) if is_unsure(verdict.reason) => Band::Chitchat,
        (_, band) => band,
    }
}

fn flips_of(
    situation: Situation<'_>,
    (grounds, matched): (&Grounds, Option<String>),
    explained: &Explained,
    known: Known<'_>,
) -> (Vec<Flip>, bool) {
    let decision = &explained.decision;
    let features = values_of(&decision.features);
    let calibration = known.calibration.filter(|_| features.iter().all(|(name, _)| place(name).is_some()));
    let best = situation.candidates.first().map_or(Probability::ZERO, |best| best.probability);
    let levels = calibration.zip(known.levels);
    // Where the scores are known, from what the confidence makes of the features; else the others move with the best one.
    let of = |calibration: &Calibration, values: &[f64]| calibration.chances(&in_order(&features, values));
    let by_calibration = |values: &[f64]| match levels {
        Some((calibration, levels)) => Some(calibration.spread(of(calibration, values), levels)),
        None => Some(moved(situation.candidates, of(calibration?, values).first)),
    };
    let by_shares = |values: &[f64]| Some(moved(situation.candidates, from_shares(&decision.features, &features, values)?));
    let adds_up = (Probability::from_log_odds(told(&decision.features)).get() - best.get()).abs() < AGREES;
    let refigured: Option<&Refigured<'_>> = match calibration {
        Some(_) => Some(&by_calibration),
        None if adds_up => Some(&by_shares),
        None => None,
    };
    let values: Vec<f64> = features.iter().map(|(_, value)| *value).collect();
    let spread = |confidence: Probability| match levels {
        Some((calibration, levels)) => calibration.spread(of(calibration, &values).moved(confidence), levels),
        None => moved(situation.candidates, confidence),
    };
    let case = Case {
        situation: situation.clone(),
        rule: (grounds.rule, matched),
        contradictions: explained.contradictions.first().map_or(&[], Vec::as_slice),
        features: &features,
        refigured,
        spread: &spread,
        overrule: &|verdict| overruled(grounds.rule, verdict),
    };
    (flips::flips(&case), levels.is_some())
}

/// The features of a record with their values, each once though it bears on both factors.
fn values_of(shares: &[FeatureShare]) -> Vec<(String, f64)> {
    let mut features: Vec<(String, f64)> = Vec::new();
    for share in shares.iter().filter(|share| share.factor != Factor::Own && share.name != BIAS) {
        if !features.iter().any(|(name, _)| *name == share.name) {
            features.push((share.name.clone(), share.value));
        }
    }
    features
}

/// Where a feature stands among those of today.
fn place(name: &str) -> Option<usize> {
    FEATURES.iter().position(|feature| feature.name == name)
}

/// The features of today from `values` of those of a record, which are all known; 0 for those that took no part.
fn in_order(features: &[(String, f64)], values: &[f64]) -> Features {
    let mut all = Features([0.0; FEATURES.len()]);
    for ((name, _), value) in features.iter().zip(values) {
        if let Some(at) = place(name) {
            all.0[at] = *value;
        }
    }
    all
}

/// The confidence of other values, as far as the shares tell: a feature whose value was 0 does not tell its weight.
fn from_shares(shares: &[FeatureShare], features: &[(String, f64)], values: &[f64]) -> Option<Probability> {
    let mut moved = shares.to_vec();
    for ((name, before), value) in features.iter().zip(values).filter(|((_, before), value)| before != *value) {
        if *before == 0.0 {
            return None;
        }
        moved.iter_mut().filter(|share| share.name == *name).for_each(|share| share.log_odds *= value / before);
    }
    // The stretch goes by the log-odds of both factors, which moved.
    let product = uncorrected(&moved);
    for share in moved.iter_mut().filter(|share| share.factor == Factor::Own && share.name == OWN_SLOPE) {
        share.log_odds = (share.value - 1.0) * product;
    }
    Some(Probability::from_log_odds(told(&moved)))
}

/// The probabilities with another best one, as far as the record tells: the others keep their proportions, fall both where the
/// best is unlikely and where it is sure, and never take more than it leaves.
fn moved(candidates: &[Judged], confidence: Probability) -> Vec<Probability> {
    let room = |p: f64| p.min(1.0 - p).max(0.0);
    let before = candidates.first().map_or(0.0, |best| room(best.probability.get()));
    let others: f64 = candidates.iter().skip(1).map(|c| c.probability.get()).sum();
    let most = if others > 0.0 { (1.0 - confidence.get()) / others } else { 0.0 };
    let scale = if before > 0.0 { (room(confidence.get()) / before).min(most) } else { 0.0 };
    let other = |c: &Judged| Probability::new((c.probability.get() * scale).min(confidence.get())).unwrap_or(Probability::ZERO);
    std::iter::once(confidence).chain(candidates.iter().skip(1).map(other)).take(candidates.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::confidence::{Chances, Confidence, Scale};

    fn judged(probabilities: &[Probability]) -> Vec<Judged> {
        let one = |(n, probability): (usize, &Probability)| Judged {
            id: format!("a{n}").parse().unwrap(),
            probability: *probability,
            exact: false,
            contradicted: false,
            twin: false,
        };
        probabilities.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_shares_alone_give_the_confidence_of_values_whose_weight_they_tell() {
        let calibration = Confidence::prior().unwrap().full.rescaled(Scale { slope: 0.7, offset: 0.4 });
        let mut features = Features([0.0; FEATURES.len()]);
        features.0[0] = 0.7;
        features.0[4] = 0.5;
        let shares = calibration.shares(&features, false);
        let known = values_of(&shares);
        assert_eq!(in_order(&known, &known.iter().map(|(_, value)| *value).collect::<Vec<_>>()), features);
        let at = |name: &str| known.iter().position(|(known, _)| known == name).unwrap();
        let mut values: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
        values[at("evidence")] = 0.8;
        let told = from_shares(&shares, &known, &values).unwrap();
        assert!((told.get() - calibration.confidence(&in_order(&known, &values)).get()).abs() < 1e-12);
        // What was 0 said nothing of its weight.
        values[at("evidence_middle")] = 0.2;
        assert_eq!(from_shares(&shares, &known, &values), None);
    }

    #[test]
    fn moved_probabilities_stay_in_order_and_below_one() {
        let calibration = Confidence::prior().unwrap().full;
        let levels = [0.8, 0.79, 0.7, 0.2];
        for before in [0.05, 0.3, 0.6, 0.9] {
            let before = Probability::new(before).unwrap();
            let few = Probability::new(before.get() * 0.7 + 0.3).unwrap();
            let candidates = judged(&calibration.spread(Chances { first: before, few }, &levels));
            for after in [0.0, 0.01, 0.4, 0.75, 0.99, 1.0] {
                let after = Probability::new(after).unwrap();
                let moved = moved(&candidates, after);
                assert_eq!((moved.len(), moved[0]), (4, after));
                assert!(moved.windows(2).all(|pair| pair[0].get() >= pair[1].get()), "{moved:?}");
                assert!(moved.iter().map(|p| p.get()).sum::<f64>() <= 1.0 + 1e-9, "{moved:?}");
            }
            let same = moved(&candidates, candidates[0].probability);
            assert!(same.iter().zip(&candidates).all(|(a, b)| (a.get() - b.probability.get()).abs() < 1e-12));
        }
        assert!(moved(&[], Probability::ZERO).is_empty());
    }
}
