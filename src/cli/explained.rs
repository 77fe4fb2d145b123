//! An explained decision as text for a narrow terminal.

use super::columns::{cut, list, padded, right, sentence};
use super::view;
use crate::decide::confidence::told;
use crate::decide::plain::{factor_label, feature_label, rule_label};
use crate::domain::decision::{Factor, FeatureShare};
use crate::domain::locale::Locale;
use crate::domain::score::Probability;
use crate::index::terms::Field;
use crate::retrieve::elsewhere::Nearer;
use crate::retrieve::explain::{CandidateDetail, Part, PassageDetail};
use crate::service::explain::{Explained, Recomputed};

/// Passages and flips shown as text; JSON has more.
const PASSAGES: usize = 3;
const FLIPS: usize = 8;
const TERMS: usize = 8;
/// Columns of the names of features.
const NAMES: usize = 52;

/// How the outcome came about.
pub fn reasons_text(explained: &Explained, locale: Locale) -> String {
    let decision = &explained.decision;
    let mut lines = vec![locale.pick("依据", "reasons").to_owned()];
    lines.extend(sentence(locale.pick("检索文本 ", "query "), 2, &decision.query));
    if let Some(from) = &decision.inherited_from {
        lines.push(format!("{} {from}", locale.pick("承接自", "follows")));
    }
    if let Some(recomputed) = &explained.recomputed {
        lines.extend(tokens(recomputed, locale));
    }
    lines.push(String::new());
    lines.extend(verdict(explained, locale));
    lines.push(String::new());
    lines.extend(features(&decision.features, locale));
    lines.push(String::new());
    lines.extend(scoring(explained, locale));
    lines.push(format!("{} {}", locale.pick("知识库版本", "kb revision"), decision.kb_revision.0));
    let prints = &decision.fingerprints;
    for (name, value) in
        [("model", &prints.model), ("index", &prints.index), ("confidence", &prints.confidence), ("config", &prints.config)]
    {
        let value = if value.is_empty() { "–".to_owned() } else { value.chars().take(16).collect() };
        lines.push(format!("{name} {value}"));
    }
    lines.push(format!("{} {:.1} ms", locale.pick("用时", "took"), decision.latency_ms));
    lines.join("\n") + "\n"
}

fn tokens(recomputed: &Recomputed, locale: Locale) -> Vec<String> {
    let told = &recomputed.explanation;
    let of = |field: Field| {
        let tokens = told.tokens.iter().filter(move |token| token.field == field);
        tokens.map(|token| {
            let (added, unknown) = (if token.synonym { "+" } else { "" }, if token.entries == 0 { "?" } else { "" });
            format!("{added}{} {:.1}{unknown}", token.text, token.idf)
        })
    };
    let mut lines = Vec::new();
    if !recomputed.corrections.is_empty() {
        let right = recomputed.corrections.iter().map(|(was, is)| format!("{was} → {is}"));
        lines.extend(list(locale.pick("改正 ", "put right "), 2, right));
    }
    lines.extend(list(locale.pick("词 ", "words "), 2, of(Field::Word)));
    lines.extend(list(locale.pick("字对 ", "pairs "), 2, of(Field::Bigram)));
    if told.tokens.iter().any(|token| token.entries == 0) {
        lines.push(locale.pick("  （数字是稀有程度；带 ? 的没有文章用过）", "  (numbers: how rare; ?: in no article)").to_owned());
    }
    let fired = told.synonyms.iter().map(|(found, added)| format!("{found} → {added}"));
    if !told.synonyms.is_empty() {
        lines.extend(list(locale.pick("同义词 ", "synonyms "), 2, fired));
    }
    if let Some(Nearer { question, cosine, .. }) = told.elsewhere {
        lines.extend(sentence(locale.pick("别处更像的问题 ", "asked elsewhere "), 2, &format!("{question} ({cosine:.2})")));
    }
    lines
}

fn verdict(explained: &Explained, locale: Locale) -> Vec<String> {
    let Some(grounds) = &explained.decision.grounds else {
        let all = explained.lines.iter().flat_map(|line| sentence("  ", 2, &line.words(locale)));
        return all.collect();
    };
    let label = rule_label(grounds.rule, locale);
    let mut said = format!("{label} ({})", grounds.rule);
    if let Some(topic) = &explained.topic {
        said.push_str(&locale.pick(format!("，话题：{topic}"), format!(", topic {topic}")));
    }
    if let Some(matched) = &explained.matched {
        said.push_str(&locale.pick(format!("，因为“{matched}”"), format!(", because of “{matched}”")));
    }
    let mut lines = sentence(locale.pick("判定 ", "decided by "), 2, &said);
    lines.extend(explained.lines.iter().flat_map(|line| sentence("  ", 2, &line.words(locale))));
    if explained.flips.is_empty() {
        return lines;
    }
    lines.push(if explained.flips_exact {
        locale.pick("只变其中一项，结果就会不同", "any one of these would have changed the outcome").to_owned()
    } else {
        locale.pick("只变其中一项，结果就会不同（按记录估算）", "any one of these would have changed the outcome (estimated)").to_owned()
    });
    let told = explained.flips.iter().take(FLIPS);
    lines.extend(told.flat_map(|flip| sentence("  · ", 4, &flip.words(locale, |id| explained.title(id)))));
    let more = explained.flips.len().saturating_sub(FLIPS);
    if more > 0 {
        lines.push(locale.pick(format!("  另有 {more} 项"), format!("  {more} more")));
    }
    lines
}

fn features(shares: &[FeatureShare], locale: Locale) -> Vec<String> {
    let row = |name: &str, value: &str, log_odds: &str| format!("{}{value:>8}{log_odds:>10}", padded(name, NAMES));
    let (name, value, log_odds) = locale.pick(("特征", "取值", "对数几率"), ("feature", "value", "log-odds"));
    // Chinese heads are twice as wide as their characters.
    let mut lines = vec![format!("{}{}{}", padded(name, NAMES), right(value, 8), right(log_odds, 10))];
    let sum_of = |name: &str, log_odds: f64| {
        row(name, "", &format!("{log_odds:+.2}")) + &format!("  → {:.2}", Probability::from_log_odds(log_odds).get())
    };
    for factor in Factor::ALL {
        // The heaviest first; what bears on nothing is left to JSON.
        let of_factor = || shares.iter().filter(|share| share.factor == *factor);
        let mut shown: Vec<&FeatureShare> = of_factor().filter(|f| f.log_odds.abs() >= 0.005).collect();
        shown.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()).then_with(|| a.name.cmp(&b.name)));
        let rows = shown.iter().map(|f| {
            let name = format!("  {}", feature_label(&f.name, locale));
            row(&name, &format!("{:.3}", f.value), &format!("{:+.2}", f.log_odds))
        });
        if shown.is_empty() {
            continue;
        }
        let label = factor_label(*factor, locale);
        // The correction is no probability by itself.
        lines.push(match factor {
            Factor::Own => label.to_owned(),
            _ => sum_of(label, of_factor().map(|share| share.log_odds).sum()),
        });
        lines.extend(rows);
    }
    if shares.iter().any(|share| share.factor != Factor::Whole) {
        lines.push(sum_of(locale.pick("把握度：两者之积，校正后", "confidence: both together, corrected"), told(shares)));
    }
    lines
}

fn scoring(explained: &Explained, locale: Locale) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(recomputed) = &explained.recomputed else { return lines };
    let head = locale.pick(
        "得分（按现在的文章重算；[ ] 里是字对，+ 是同义词带来的）",
        "scores (computed again from today's articles; [ ]: a pair, +: by a synonym)",
    );
    lines.push(head.to_owned());
    if !recomputed.changed.is_empty() {
        let names = recomputed.changed.iter().map(|name| part_of_the_whole(name, locale).to_owned());
        lines.extend(list(locale.pick("  那以后变了：", "  changed since: "), 4, names));
    }
    for (n, (candidate, contradictions)) in explained.decision.candidates.iter().zip(&explained.contradictions).enumerate() {
        let detail = recomputed.explanation.candidates.iter().find(|detail| detail.article_id == candidate.article_id);
        if n >= crate::service::explain::EXPLAINED {
            break;
        }
        lines.push(format!("{}. {}", n + 1, cut(&candidate.title, 74)));
        for c in contradictions {
            let said = locale.pick(
                format!("对不上：问题说“{}”，文章说“{}”", c.asked, c.found),
                format!("contradicted: the question says “{}”, the article “{}”", c.asked, c.found),
            );
            lines.extend(sentence("   ", 5, &said));
        }
        match detail {
            Some(detail) => lines.extend(of_candidate(detail, locale)),
            None => lines.push(locale.pick("   现在找不到这篇了", "   not found any more").to_owned()),
        }
    }
    lines
}

fn of_candidate(detail: &CandidateDetail, locale: Locale) -> Vec<String> {
    let parts = detail.parts.iter().filter(|part| part.value.abs() >= 0.0005);
    let sum = parts.map(|part| format!("{} {:+.3}", fused_part(part, locale), part.value));
    let mut lines = list(&format!("   {} {:.3} = ", locale.pick("综合分", "fused"), detail.fused), 5, sum);
    if let Some(best) = &detail.best_by_terms {
        let terms = detail.terms.iter().take(TERMS).map(|term| {
            let text = if term.field == Field::Bigram { format!("[{}]", term.text) } else { term.text.clone() };
            format!("{}{text} {:.1} ({:.0}%)", if term.synonym { "+" } else { "" }, term.bm25, term.share * 100.0)
        });
        let more = detail.terms.len().saturating_sub(TERMS);
        let more = (more > 0).then(|| locale.pick(format!("另 {more} 个"), format!("{more} more")));
        lines.extend(list(&format!("   BM25 {:.1} = ", best.bm25), 5, terms.chain(more)));
    }
    lines.extend(detail.passages.iter().take(PASSAGES).map(|passage| of_passage(passage, locale)));
    let more = detail.left_out + detail.passages.len().saturating_sub(PASSAGES);
    if more > 0 {
        lines.push(locale.pick(format!("   另有 {more} 段"), format!("   {more} more passages")));
    }
    lines
}

fn of_passage(passage: &PassageDetail, locale: Locale) -> String {
    let cosine = passage.cosine.map_or("–".to_owned(), |cosine| format!("{cosine:.3}"));
    let kind = padded(view::kind(passage.kind, locale), 8);
    let bm25 = format!("{:.1}", passage.bm25);
    format!("   {kind}cos {cosine:<6} bm25 {bm25:<5} {}", cut(&passage.wording, 45))
}

fn fused_part(part: &Part, locale: Locale) -> &'static str {
    match (part.name, locale) {
        ("semantic", Locale::ZhCn) => "意思",
        ("hubness", Locale::ZhCn) => "处处相近",
        ("bm25", Locale::ZhCn) => "关键词",
        ("terms", Locale::ZhCn) => "用词重合",
        ("whole_answer", Locale::ZhCn) => "答案整体",
        ("head", Locale::ZhCn) => "本库学习",
        ("mismatch", Locale::ZhCn) => "数字型号不符",
        ("negation", Locale::ZhCn) => "说法相反",
        ("exact", Locale::ZhCn) => "一字不差",
        ("semantic", Locale::En) => "meaning",
        ("hubness", Locale::En) => "near everything",
        ("bm25", Locale::En) => "keywords",
        ("terms", Locale::En) => "shared terms",
        ("whole_answer", Locale::En) => "whole answer",
        ("head", Locale::En) => "learned here",
        ("mismatch", Locale::En) => "other number or code",
        ("negation", Locale::En) => "says the opposite",
        ("exact", Locale::En) => "word for word",
        (name, _) => name,
    }
}

/// What a decision was made with, as [`crate::service::replay::Replay::changed`] names it.
fn part_of_the_whole(name: &str, locale: Locale) -> &str {
    match (name, locale) {
        ("kb_revision", Locale::ZhCn) => "知识库",
        ("model", Locale::ZhCn) => "编码模型",
        ("index", Locale::ZhCn) => "索引",
        ("confidence", Locale::ZhCn) => "把握度的校准",
        ("kb_revision", Locale::En) => "articles",
        ("model", Locale::En) => "encoder",
        ("confidence", Locale::En) => "calibration",
        (name, _) => name,
    }
}
