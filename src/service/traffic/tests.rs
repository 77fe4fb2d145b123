//! What people told of decisions, and what is made of it.

use super::*;
use crate::domain::decision::{Band, Candidate, CandidateScores, Fingerprints, Grounds, Thresholds};
use crate::domain::ids::{ConversationId, FeedbackId, KbRevision, MessageId};
use crate::domain::locale::Locale;
use crate::domain::passage::PassageKind;
use crate::domain::score::Probability;

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn id(text: &str) -> ArticleId {
    text.parse().unwrap()
}

/// A decision whose first candidate is `first`.
fn decision(first: &str, shown: Option<&str>) -> Decision {
    let candidate = Candidate {
        article_id: id(first),
        title: "退款多久到账".to_owned(),
        locale: Locale::ZhCn,
        matched_kind: PassageKind::Title,
        matched_text: "退款多久到账".to_owned(),
        probability: Probability::ZERO,
        scores: CandidateScores::default(),
        exact: false,
    };
    Decision {
        id: DecisionId::new(),
        conversation_id: ConversationId::new(),
        message_id: MessageId::new(),
        question: "钱呢".to_owned(),
        query: "钱呢".to_owned(),
        locale: Locale::ZhCn,
        channel: "web".to_owned(),
        band: Band::Handoff,
        reason: Reason::LowConfidence,
        confidence: Probability::ZERO,
        answer_threshold: 0.9,
        message: String::new(),
        article_id: shown.map(id),
        clarify: Vec::new(),
        candidates: vec![candidate],
        features: Vec::new(),
        grounds: None,
        inherited_from: None,
        kb_revision: KbRevision(1),
        fingerprints: Fingerprints::default(),
        degraded: false,
        ticket: None,
        at: NOW,
        latency_ms: 1.0,
    }
}

fn judged(decision: &Decision, kind: FeedbackKind, article: Option<&str>, days_ago: i64) -> (Feedback, Decision) {
    let at = NOW.plus_ms(-days_ago * DAY_MS);
    let article_id = article.map(id);
    (Feedback { id: FeedbackId::new(), decision_id: decision.id, kind, article_id, comment: String::new(), at }, decision.clone())
}

fn one(kind: FeedbackKind, article: Option<&str>, shown: Option<&str>) -> Option<(Verdict, f64)> {
    let (feedback, decision) = judged(&decision("refund", shown), kind, article, 0);
    verdict(&feedback, &decision)
}

#[test]
fn each_kind_says_what_it_can() {
    use FeedbackKind::*;
    let expected = |article: &str| Verdict::Expected(vec![id(article)]);
    assert_eq!(one(Helpful, None, Some("refund")), Some((expected("refund"), 0.5)));
    assert_eq!(one(NotHelpful, None, Some("refund")), Some((Verdict::Wrong(id("refund")), 0.5)));
    assert_eq!(one(Helpful, None, None), None, "nothing was shown");
    assert_eq!(one(Picked, Some("invoice"), None), Some((expected("invoice"), 0.7)));
    assert_eq!(one(Picked, None, None), None);
    assert_eq!(one(SuggestionAccepted, None, None), Some((expected("refund"), 1.0)), "the first candidate was suggested");
    assert_eq!(one(SuggestionEdited, Some("invoice"), None), Some((expected("invoice"), 0.7)));
    assert_eq!(one(SuggestionIgnored, None, None), Some((Verdict::Wrong(id("refund")), 0.3)));
}

#[test]
fn only_questions_that_the_confidence_decided_by_themselves_count() {
    let alone = decision("refund", None);
    assert!(asked_alone(&alone));
    let erased = Decision { query: String::new(), ..alone.clone() };
    let by_rule = Decision { reason: Reason::CustomerRequest, ..alone.clone() };
    let follow_up = Decision { query: "退款多久到账 钱呢".to_owned(), inherited_from: Some(id("refund")), ..alone.clone() };
    assert!(asked_alone(&Decision { query: "coupon".to_owned(), question: "cupon".to_owned(), ..alone.clone() }));
    let lines = Thresholds { answer: 0.9, clarify: 0.5, in_scope: 0.3, rival: 0.6 };
    let grounds = Grounds { rule: Rule::OptionPicked, lines, repeated: false, offered: Vec::new() };
    let picked = Decision { reason: Reason::Confident, grounds: Some(grounds), ..alone.clone() };
    for other in [erased, by_rule, follow_up, picked] {
        assert!(!asked_alone(&other), "{other:?}");
        assert!(told_of(vec![judged(&other, FeedbackKind::SuggestionAccepted, None, 0)], NOW).is_empty());
    }
}

#[test]
fn a_verdict_on_another_article_says_nothing_of_the_first() {
    let ids = ["refund", "invoice", "fee"].map(id);
    let known: BTreeSet<&ArticleId> = ids.iter().collect();
    let of = |verdict: Verdict, best: &str| verdict.of(&id(best), &known);
    assert_eq!(of(Verdict::Wrong(id("refund")), "refund"), Some(false));
    assert_eq!(of(Verdict::Wrong(id("refund")), "invoice"), None);
    assert_eq!(of(Verdict::Expected(vec![id("refund"), id("fee")]), "fee"), Some(true));
    assert_eq!(of(Verdict::Expected(vec![id("gone"), id("fee")]), "refund"), Some(false));
    assert_eq!(of(Verdict::Expected(vec![id("gone")]), "fee"), None, "its article is gone");
    assert_eq!(of(Verdict::Expected(Vec::new()), "fee"), Some(false));
}

#[test]
fn what_was_told_fades_by_whole_days() {
    assert_eq!(fading(NOW, NOW), 1.0);
    assert_eq!(fading(NOW.plus_ms(5), NOW), 1.0, "a clock that was set back");
    assert_eq!(fading(NOW.plus_ms(1 - DAY_MS), NOW), 1.0);
    assert!((fading(NOW.plus_ms(-180 * DAY_MS), NOW) - 0.5).abs() < 1e-12);
    assert!((fading(NOW.plus_ms(-360 * DAY_MS - 5), NOW) - 0.25).abs() < 1e-12);
}

#[test]
fn the_weightiest_judgement_of_a_decision_counts() {
    use FeedbackKind::*;
    let (one, other) = (decision("refund", Some("refund")), Decision { query: "运费".to_owned(), ..decision("fee", Some("fee")) });
    let judgements = vec![
        judged(&one, NotHelpful, None, 1),
        judged(&one, SuggestionAccepted, Some("invoice"), 0),
        judged(&one, Helpful, None, 0),
        judged(&other, NotHelpful, None, 0),
        judged(&other, Helpful, None, 0),
    ];
    let told = told_of(judgements, NOW);
    let of = |query: &str| &told.iter().find(|told| told.query == query).unwrap().said[..];
    assert!(told.len() == 2 && told.iter().all(|told| !told.firm));
    assert_eq!(of("钱呢"), [(Verdict::Expected(vec![id("invoice")]), 1.0)]);
    assert_eq!(of("运费"), [(Verdict::Expected(vec![id("fee")]), 0.5)], "of equals the latest");
}

#[test]
fn however_many_rate_one_question_it_is_one() {
    use FeedbackKind::*;
    let rated = |n: usize| judged(&decision("refund", Some("refund")), if n.is_multiple_of(4) { Helpful } else { NotHelpful }, None, 0);
    let told = told_of((0..100).map(rated).collect(), NOW);
    let ids = ["refund", "fee"].map(id);
    let known: BTreeSet<&ArticleId> = ids.iter().collect();
    assert_eq!(told.len(), 1);
    let outcome = told[0].outcome(2.0, &ids[0], &known).unwrap();
    assert!((outcome.right - 0.25).abs() < 1e-9 && outcome.weight == 1.0 && !outcome.firm, "{outcome:?}");
    // Found first, the other article is not the helpful one; those who found the first unhelpful said nothing of it.
    let other = told[0].outcome(2.0, &ids[1], &known).unwrap();
    assert_eq!((other.right, other.weight), (0.0, 1.0));
    let single = told_of(vec![rated(1)], NOW);
    assert_eq!(single[0].outcome(2.0, &ids[0], &known).map(|o| (o.right, o.weight)), Some((0.0, 0.5)));
    assert_eq!(single[0].outcome(2.0, &ids[1], &known), None);
}

#[test]
fn a_label_counts_instead_of_what_was_rated_also_where_words_were_put_right() {
    let rated = |query: &str| {
        let decision = Decision { query: query.to_owned(), ..decision("refund", Some("refund")) };
        judged(&decision, FeedbackKind::NotHelpful, None, 0)
    };
    let hearsay = told_of(vec![rated("运费 多少"), rated("运费多少"), rated("怎么换货")], NOW);
    assert_eq!(hearsay.len(), 2, "one question however it is punctuated: {hearsay:?}");
    let label = Told { query: "运肥多少".to_owned(), said: vec![(Verdict::Expected(Vec::new()), 1.0)], firm: true };
    let heard = Heard { log: Vec::new(), labelled: vec![label], hearsay };
    let told = heard.told(|text| phrasing_key(&text.replace("运肥", "运费")));
    assert_eq!(told.iter().map(|told| told.query.as_str()).collect::<Vec<_>>(), ["运肥多少", "怎么换货"]);
}
