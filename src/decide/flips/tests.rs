//! Decisions with two features of known weight: what would have flipped them can be worked out by hand.

use super::*;
use crate::decide::policy::Thresholds;
use crate::decide::rules::TokenKind;

const LINES: Thresholds = Thresholds { answer: 0.75, clarify: 0.4, in_scope: 0.15, rival: 0.6 };

fn judged(list: &[(&str, f64)]) -> Vec<Judged> {
    let one = |(id, p): &(&str, f64)| Judged {
        id: id.parse().unwrap(),
        probability: Probability::new(*p).unwrap(),
        exact: false,
        contradicted: false,
        twin: false,
    };
    list.iter().map(one).collect()
}

fn situation(candidates: &[Judged]) -> Situation<'_> {
    Situation { rules: RuleHits::default(), candidates, degraded: false, repeated: false, offered: &[], thresholds: LINES }
}

type Weighed<'a> = Option<&'a dyn Fn(&[f64]) -> Option<Probability>>;

/// Flips where the second candidate has a tenth of the best one's probability.
fn flips_with(
    situation: Situation<'_>,
    rule: (Rule, Option<&str>),
    features: &[(&str, f64)],
    confidence: Weighed<'_>,
    list: &[Contradiction],
) -> Vec<Flip> {
    let spread = |best: Probability| vec![best, Probability::new(best.get() / 10.0).unwrap()];
    let confidence = confidence.map(|confidence| move |values: &[f64]| confidence(values).map(spread));
    let features: Vec<(String, f64)> = features.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    flips(&Case {
        situation,
        rule: (rule.0, rule.1.map(str::to_owned)),
        contradictions: list,
        features: &features,
        refigured: confidence.as_ref().map(|refigured| refigured as &Refigured<'_>),
        spread: &spread,
        overrule: &|verdict| verdict.band,
    })
}

/// Flips where the confidence is the value of `overlap` itself.
fn flips_of(situation: Situation<'_>, rule: Rule, matched: Option<&str>) -> Vec<Flip> {
    let best = situation.candidates.first().map_or(0.0, |c| c.probability.get());
    let confidence = |values: &[f64]| Probability::new(values[0].clamp(0.0, 1.0)).ok();
    flips_with(situation, (rule, matched), &[("overlap", best), ("from_the_moon", 0.5)], Some(&confidence), &[])
}

fn english(flips: &[Flip]) -> Vec<String> {
    flips.iter().map(|flip| flip.words(Locale::En, |id| format!("<{id}>"))).collect()
}

fn chinese(flips: &[Flip]) -> Vec<String> {
    flips.iter().map(|flip| flip.words(Locale::ZhCn, |id| format!("<{id}>"))).collect()
}

#[test]
fn the_nearest_values_of_confidence_and_features_are_found() {
    let flips = flips_of(situation(&judged(&[("a", 0.7), ("b", 0.07)])), Rule::AmongFew, None);
    // The clarify line counts both candidates: 1.1 times the confidence.
    assert_eq!(
        chinese(&flips),
        [
            "把握度再高 0.05（到 0.75），就会直接回答",
            "把握度若低 0.34（到 0.36），就会转人工",
            "若“问题用词在文章里的比例”是 0.750 而不是 0.700，其余不变，就会直接回答",
            "若“问题用词在文章里的比例”是 0.363 而不是 0.700，其余不变，就会转人工",
        ]
    );
    assert_eq!(english(&flips)[0], "with 0.05 more confidence (0.75), it would have been answered");
    assert_eq!(
        english(&flips)[3],
        "with “share of the question's terms found” at 0.363 instead of 0.700 and all else equal, it would have gone to a person"
    );
    let sure = flips_of(situation(&judged(&[("a", 0.9), ("b", 0.09)])), Rule::Sure, None);
    assert_eq!(sure[0], Flip { cause: Cause::Confidence { from: 0.9, to: 0.749 }, band: Band::Clarify });
}

#[test]
fn without_weights_the_features_are_silent_and_the_confidence_is_not() {
    let flips = flips_with(situation(&judged(&[("a", 0.7), ("b", 0.07)])), (Rule::AmongFew, None), &[("overlap", 0.7)], None, &[]);
    assert_eq!(flips.len(), 2);
    assert!(flips.iter().all(|flip| matches!(flip.cause, Cause::Confidence { .. })));
}

#[test]
fn a_rule_is_told_with_what_it_fired_at() {
    let candidates = judged(&[("a", 0.9), ("b", 0.09)]);
    let rules = RuleHits { wants_person: true, ..RuleHits::default() };
    let person = flips_of(Situation { rules, ..situation(&candidates) }, Rule::WantsPerson, Some("转人工"));
    assert_eq!(chinese(&person), ["若“转人工”没有触发规则（顾客要找人工），就会直接回答"]);
    let again = flips_of(Situation { repeated: true, ..situation(&candidates) }, Rule::AskedAgain, None);
    assert_eq!(english(&again)[0], "but for “the same question was answered just before”, it would have been answered");
    let owned = flips_of(situation(&candidates), Rule::PersonOwns, None);
    assert_eq!(chinese(&owned), ["若不是因为“人工正在接待”，就会直接回答"]);
}

#[test]
fn vetoes_are_told_with_what_they_rest_on() {
    let mut candidates = judged(&[("a", 0.9), ("b", 0.09)]);
    candidates[0].contradicted = true;
    let seven = Contradiction { kind: TokenKind::Number, asked: "7天".into(), found: "15天".into() };
    let features = [("overlap", 0.9), ("number_or_code_contradicted", 1.0)];
    let confidence = |values: &[f64]| Probability::new(values[0]).ok();
    let told = chinese(&flips_with(situation(&candidates), (Rule::AmongFew, None), &features, Some(&confidence), &[seven]));
    assert_eq!(told[0], "若问题里没有“7天”（文章说的是“15天”），就会直接回答");
    // No confidence would have helped, and the contradiction is told once.
    assert!(told.len() > 1 && told[1..].iter().all(|text| text.ends_with("就会转人工")), "{told:?}");

    let candidates = judged(&[("a", 0.5), ("b", 0.4)]);
    let thresholds = Thresholds { answer: 0.45, ..LINES };
    let close = flips_of(Situation { thresholds, ..situation(&candidates) }, Rule::AmongFew, None);
    assert_eq!(english(&close)[0], "had “<b>” been less likely (probability 0.40, below 0.30 needed), it would have been answered");
    let offered = ["a".parse().unwrap(), "b".parse().unwrap()];
    let twice = flips_of(Situation { offered: &offered, ..situation(&candidates) }, Rule::Unlikely, None);
    assert!(chinese(&twice).contains(&"若上一次回复没有给出同样的选项，就会请顾客从几篇里选".to_owned()), "{twice:?}");
}

#[test]
fn a_hinge_moves_with_its_measure_and_a_band_narrower_than_a_step_is_seen() {
    let candidates = judged(&[("a", 0.3)]);
    let thresholds = Thresholds { clarify: 0.749, ..LINES };
    // Only what exceeds 0.12 counts.
    let confidence = |values: &[f64]| Probability::new(0.3 + values[1] * 3.0).ok();
    let features = [("evidence", 0.05), ("evidence_high", 0.0)];
    let found = flips_with(Situation { thresholds, ..situation(&candidates) }, (Rule::Unlikely, None), &features, Some(&confidence), &[]);
    let of_evidence = |flip: &Flip| match flip.cause {
        Cause::Feature { name: "evidence", to, .. } => Some((to, flip.band)),
        _ => None,
    };
    let found: Vec<(f64, Band)> = found.iter().filter_map(of_evidence).collect();
    assert_eq!(found.first().map(|(_, band)| *band), Some(Band::Clarify), "{found:?}");
    assert!((found[0].0 - 0.2697).abs() < 0.001, "{found:?}");
}

#[test]
fn lines_say_how_far() {
    let lines = lines(&judged(&[("a", 0.71), ("b", 0.05)]), &LINES);
    let words: Vec<String> = lines.iter().map(|line| line.words(Locale::ZhCn)).collect();
    assert_eq!(
        words,
        [
            "把握度 0.71，回答线 0.75，还差 0.04",
            "前几篇里有答案的概率 0.76，澄清线 0.40，高出 0.36",
            "前几篇里有答案的概率 0.76，范围线 0.15，高出 0.61",
            "第二名与第一名的概率之比 0.07，并列线 0.60，低 0.53",
        ]
    );
    assert_eq!(lines[0].words(Locale::En), "confidence 0.71, answer line 0.75, 0.04 below");
    assert!(super::lines(&[], &LINES).is_empty());
}
