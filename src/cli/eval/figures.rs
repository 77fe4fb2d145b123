//! The figures of an evaluation, as JSON and for people.

use serde_json::{Map, Value, json};

use super::visible;
use crate::domain::locale::Locale;
use crate::eval::metrics::{Figure, Measured, Report};
use crate::eval::notes;
use crate::eval::record::{Denied, Lines, Record};

/// Figures that are shown of a slice; JSON has all of them.
const OF_SLICE: [Figure; 6] =
    [Figure::HitAt1, Figure::AurocOutOfScope, Figure::Ece, Figure::Coverage, Figure::Precision, Figure::OutOfScopeRejected];

/// A run and its figures as JSON.
pub fn value(record: &Record, report: &Report) -> Value {
    let mut object = Map::new();
    object.insert("articles".to_owned(), record.knowledge.count.into());
    object.extend(measured_value(&report.all, &record.lines));
    object.insert("mode".to_owned(), record.mode.as_str().into());
    object.insert("model".to_owned(), record.model.as_ref().map(|model| model.name.as_str()).into());
    object.insert("calibration".to_owned(), json!(record.calibration));
    object.insert("lines".to_owned(), json!(record.lines));
    object.insert("taken_by_rules".to_owned(), json!(notes::taken_by_rules(record)));
    object.insert("held_back".to_owned(), json!(notes::held_back(record)));
    object.insert("notes".to_owned(), json!(notes::of_questions(record)));
    let slices = report.slices.iter().map(|(name, measured)| (name.clone(), Value::Object(measured_value(measured, &record.lines))));
    object.insert("slices".to_owned(), Value::Object(slices.collect()));
    Value::Object(object)
}

fn measured_value(measured: &Measured, lines: &Lines) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("questions".to_owned(), measured.questions.into());
    object.insert("in_scope".to_owned(), measured.in_scope.into());
    object.insert("out_of_scope".to_owned(), measured.out_of_scope.into());
    object.insert("answered".to_owned(), measured.answered.into());
    object.extend(grouped(|figure| json!(measured.figures.get(figure))));
    if let Some(Value::Object(decision)) = object.get_mut("decision") {
        decision.insert("target_precision".to_owned(), json!(lines.target_precision));
        decision.insert("threshold".to_owned(), json!(lines.answer));
        decision.insert("promise_kept".to_owned(), json!(measured.promise_kept));
    }
    let intervals = grouped(|figure| json!(measured.intervals.get(figure).map(|(low, high)| [low, high])));
    object.insert("intervals".to_owned(), Value::Object(intervals));
    object
}

/// A value per figure, by group and name.
pub fn grouped(value: impl Fn(Figure) -> Value) -> Map<String, Value> {
    let mut groups = Map::new();
    for figure in Figure::ALL {
        let (group, name) = figure.names();
        if let Value::Object(group) = groups.entry(group).or_insert_with(|| json!({})) {
            group.insert(name.to_owned(), value(figure));
        }
    }
    groups
}

/// A run and its figures for people.
pub fn text(record: &Record, report: &Report, locale: Locale) -> String {
    let Record { knowledge, model, mode, calibration, lines, .. } = record;
    let model = model.as_ref().map_or(String::new(), |model| format!(" · {}", model.name));
    let share = format!("{:.2}", calibration.out_of_scope_share);
    let from = match (calibration.share_from.as_str(), locale) {
        ("log", Locale::ZhCn) => "取自日志",
        ("log", Locale::En) => "from the log",
        (_, Locale::ZhCn) => "假定",
        (_, Locale::En) => "assumed",
    };
    let mut text = locale.pick(
        format!("文章 {}，{mode}{model}\n校准 {}，范围外占比 {share}（{from}）\n", knowledge.count, calibration.kind),
        format!("articles {}, {mode}{model}\ncalibration {}, share out of scope {share} ({from})\n", knowledge.count, calibration.kind),
    );
    for note in calibration.notes.iter().chain(&notes::of_questions(record)) {
        text.push_str(&format!("{}{}\n", locale.pick("提醒：", "note: "), visible(note.text(locale))));
    }
    text.push_str(&counts(&report.all, locale));
    text.push('\n');
    text.push_str(&table(&report.all, &Figure::ALL, locale));
    text.push_str(&promise(&report.all, lines, locale));
    for (name, measured) in &report.slices {
        // Of a slice that lies on one side of the scope these say nothing: they follow from the side.
        let (mixed, in_scope) = (measured.in_scope > 0 && measured.out_of_scope > 0, measured.in_scope > 0);
        let shown: Vec<Figure> = OF_SLICE
            .into_iter()
            .filter(|figure| match figure {
                Figure::Ece => mixed,
                Figure::Precision => in_scope,
                _ => true,
            })
            .collect();
        text.push_str(&format!("\n[{}] {}{}", visible(name), counts(measured, locale), table(measured, &shown, locale)));
        if in_scope && !measured.promise_kept {
            text.push_str(&promise(measured, lines, locale));
        }
    }
    text
}

fn counts(measured: &Measured, locale: Locale) -> String {
    let Measured { questions, in_scope, out_of_scope, .. } = measured;
    locale.pick(
        format!("问题 {questions}（范围内 {in_scope}，范围外 {out_of_scope}）\n"),
        format!("questions {questions} (in scope {in_scope}, out of scope {out_of_scope})\n"),
    )
}

/// A line for each figure that means something here: the figure, its interval, its name.
fn table(measured: &Measured, shown: &[Figure], locale: Locale) -> String {
    let mut text = String::new();
    for figure in shown {
        let Some(value) = measured.figures.get(*figure) else { continue };
        // An interval without width is no certainty: the questions are too few or too alike for resamples to vary.
        let interval = measured.intervals.get(*figure).filter(|(low, high)| low < high);
        let interval = interval.map_or(String::new(), |(low, high)| format!("{low:.4}–{high:.4}"));
        text.push_str(&format!("{value:>8.4}  {interval:<13}  {}\n", name(*figure, locale)));
    }
    text
}

/// What a figure is called for people.
pub fn name(figure: Figure, locale: Locale) -> &'static str {
    let (zh, en) = match figure {
        Figure::HitAt1 => ("hit@1", "hit@1"),
        Figure::HitAt3 => ("hit@3", "hit@3"),
        Figure::HitAt5 => ("hit@5", "hit@5"),
        Figure::MrrAt10 => ("mrr@10", "mrr@10"),
        Figure::NdcgAt10 => ("ndcg@10", "ndcg@10"),
        Figure::AurocOutOfScope => ("auroc，范围内对范围外", "auroc, in scope against out of scope"),
        Figure::Aurc => ("aurc，风险–覆盖曲线下面积", "aurc, area under the risk–coverage curve"),
        Figure::Ece => ("ece，校准误差", "ece, calibration error"),
        Figure::Brier => ("brier", "brier"),
        Figure::Coverage => ("覆盖率：范围内问题中作答的", "coverage: in-scope questions answered"),
        Figure::Precision => ("精确率：作答的问题中答对的", "precision: answered questions that are right"),
        Figure::InScopeRight => ("范围内答对的", "in-scope questions answered rightly"),
        Figure::InScopeWrong => ("范围内答错的", "in-scope questions answered wrongly"),
        Figure::OutOfScopeRejected => ("范围外不作答的", "out-of-scope questions not answered"),
        Figure::Mcc => ("mcc，在最准线上", "mcc, at the most accurate line"),
        Figure::Accuracy => ("正确率，在最准线上", "accuracy, at the most accurate line"),
    };
    locale.pick(zh, en)
}

/// Whether the target is met, in words.
fn promise(measured: &Measured, lines: &Lines, locale: Locale) -> String {
    let target = lines.target_precision;
    let Some(answer) = lines.answer else {
        let missing = lines.labels_missing.map_or(String::new(), |count| {
            locale.pick(format!("，还缺约 {count} 个标注好的问题"), format!("; about {count} labelled questions are missing"))
        });
        let (zh, en) = match lines.denied() {
            Some(Denied::ByLabels(labels)) => (
                format!("{labels} 个标注好的问题表明没有哪条线能达到，不作答"),
                format!("{labels} labelled questions show that no line reaches it, nothing is answered"),
            ),
            Some(Denied::ByOwnPhrasings) => (
                format!("知识库自身的问法表明没有哪条线能达到，不作答{missing}"),
                format!("the knowledge base's own phrasings show that no line reaches it, nothing is answered{missing}"),
            ),
            None => (
                format!("证据不足，不作承诺，也不作答{missing}"),
                format!("too little evidence for a promise, nothing is answered{missing}"),
            ),
        };
        return locale.pick(format!("目标精确率 {target}：{zh}\n"), format!("target precision {target}: {en}\n"));
    };
    let verdict = match (measured.figures.get(Figure::Precision), measured.promise_kept) {
        (None, _) => locale.pick("没有作答，也就没有承诺", "nothing was answered, so nothing was promised"),
        (Some(_), _) if measured.too_few_answers() => locale.pick("作答的太少，无从判断", "too few answers to tell"),
        (Some(_), true) => locale.pick("守住了", "kept"),
        (Some(_), false) => locale.pick("没有守住", "NOT kept"),
    };
    locale.pick(
        format!("目标精确率 {target}（把握度 {answer:.4} 起作答）：{verdict}\n"),
        format!("target precision {target} (answers from confidence {answer:.4} on): {verdict}\n"),
    )
}
