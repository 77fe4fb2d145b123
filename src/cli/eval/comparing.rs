//! `jieda eval compare`: what changed from one run to another.

use serde_json::{Map, Value, json};

use super::{figures, kept, visible};
use crate::cli::session::{Session, Status};
use crate::domain::locale::Locale;
use crate::error::Failure;
use crate::eval::compare::{self, Changes, Comparison, Difference, Flip, Made, McNemar, differences, told};
use crate::eval::metrics::Figure;
use crate::eval::record::Record;

/// Flipped questions shown each way; JSON has all of them.
const FLIPS: usize = 20;
/// Figures that are shown of a slice; JSON has all of them.
const OF_SLICE: [Figure; 4] = [Figure::HitAt1, Figure::AurocOutOfScope, Figure::Coverage, Figure::Precision];

/// Compares two runs.
pub async fn compare(before: String, after: String, common: bool, session: &Session) -> Result<Status, Failure> {
    let records = (kept::find(&before, session)?, kept::find(&after, session)?);
    let (records, comparison) = session
        .blocking(move || {
            let comparison = compare::compare(&records.0, &records.1, common)?;
            Ok((records, comparison))
        })
        .await?;
    session
        .manner
        .show(|| value(&records.0, &records.1, &comparison), || text(&records.0, &records.1, &comparison, session.manner.locale))?;
    Ok(Status::Done)
}

fn value(before: &Record, after: &Record, comparison: &Comparison) -> Value {
    let mut object = Map::new();
    object.insert("before".to_owned(), head(before));
    object.insert("after".to_owned(), head(after));
    object.insert("differs".to_owned(), differences(before, after).iter().map(difference_value).collect());
    object.insert("only_before".to_owned(), comparison.only_before.into());
    object.insert("only_after".to_owned(), comparison.only_after.into());
    object.extend(changes_value(&comparison.all));
    let slices = comparison.slices.iter().map(|(name, changes)| (name.clone(), Value::Object(changes_value(changes))));
    object.insert("slices".to_owned(), Value::Object(slices.collect()));
    object.insert("flipped".to_owned(), comparison.flips.iter().map(flip_value).collect());
    Value::Object(object)
}

fn head(record: &Record) -> Value {
    json!({
        "made_at": record.made_at,
        "program": record.program,
        "knowledge": record.knowledge,
        "questions": record.questions,
        "model": record.model,
        "mode": record.mode,
        "calibration": record.calibration,
        "lines": record.lines,
        "configuration": record.configuration,
    })
}

fn difference_value(difference: &Difference) -> Value {
    json!({ "what": difference.what.name(), "before": difference.before, "after": difference.after })
}

fn changes_value(changes: &Changes) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("questions".to_owned(), changes.questions.into());
    object.extend(figures::grouped(|figure| {
        changes.figures.get(figure).map_or(Value::Null, |change| {
            json!({
                "before": change.before,
                "after": change.after,
                "difference": change.difference(),
                "interval": change.interval.map(|(low, high)| [low, high]),
            })
        })
    }));
    let test = |test: &McNemar| json!({ "lost": test.lost, "won": test.won, "p": test.p });
    object.insert("mcnemar".to_owned(), json!({ "right_first": test(&changes.right_first), "decided": test(&changes.decided) }));
    object
}

fn flip_value(flip: &Flip) -> Value {
    let side = |side: &(Option<String>, f64)| json!({ "first": side.0, "confidence": side.1 });
    let how = |better: Option<bool>| better.map(|better| if better { "won" } else { "lost" });
    json!({
        "line": flip.line,
        "question": flip.question,
        "slice": flip.slice,
        "expected": flip.expected,
        "right_first": how(flip.first),
        "decided": how(flip.decided),
        "before": side(&flip.before),
        "after": side(&flip.after),
    })
}

fn text(before: &Record, after: &Record, comparison: &Comparison, locale: Locale) -> String {
    let mut text = String::new();
    for (name, record) in [(locale.pick("之前", "before"), before), (locale.pick("之后", "after"), after)] {
        let model = record.model.as_ref().map_or(String::new(), |model| format!(" · {}", model.name));
        let (at, knowledge) = (visible(&record.made_at), visible(&record.knowledge.name));
        text.push_str(&format!("{name}  {at}  {knowledge} · {}{model} · {}\n", record.mode, record.calibration.kind));
    }
    for Difference { what, before, after } in differences(before, after) {
        let (what, before, after) = (made(what, locale), visible(&before), visible(&after));
        text.push_str(&locale.pick(format!("不同  {what}：{before} → {after}\n"), format!("differs  {what}: {before} → {after}\n")));
    }
    let (questions, left) = (comparison.all.questions, comparison.only_before + comparison.only_after);
    text.push_str(&locale.pick(format!("问题 {questions}"), format!("questions {questions}")));
    if left > 0 {
        text.push_str(&locale.pick(format!("，另有 {left} 个只问过一次，未比较"), format!(", {left} asked once only are left out")));
    }
    text.push_str("\n\n");
    text.push_str(&changes_text(&comparison.all, &Figure::ALL, locale));
    text.push_str(locale.pick("* 区间不含 0\n", "* the interval leaves 0 out\n"));
    if questions < compare::LEAST {
        let least = compare::LEAST;
        text.push_str(&locale.pick(
            format!("不足 {least} 个问题，看不出差别是否偶然\n"),
            format!("fewer than {least} questions: no difference can be told from chance\n"),
        ));
    }
    for (name, changes) in &comparison.slices {
        text.push_str(&format!(
            "\n[{}] {}\n",
            visible(name),
            locale.pick(format!("问题 {}", changes.questions), format!("questions {}", changes.questions))
        ));
        text.push_str(&changes_text(changes, &OF_SLICE, locale));
    }
    let (worse, better): (Vec<&Flip>, Vec<&Flip>) = comparison.flips.iter().partition(|flip| flip.is_worse());
    text.push_str(&flips_text(locale.pick("变差的问题", "questions that got worse"), &worse, locale));
    text.push_str(&flips_text(locale.pick("变好的问题", "questions that got better"), &better, locale));
    text
}

/// What a run is made with, for people.
fn made(what: Made, locale: Locale) -> &'static str {
    let (zh, en) = match what {
        Made::TargetPrecision => ("目标精确率", "target precision"),
        Made::Line => ("作答线（把握度）", "answered from confidence"),
        Made::Articles => ("文章", "articles"),
        Made::Model => ("编码模型", "encoder"),
        Made::Mode => ("检索方式", "mode"),
        Made::Calibration => ("校准", "calibration"),
        Made::Configuration => ("配置、词典、同义词", "configuration, dictionary, synonyms"),
    };
    locale.pick(zh, en)
}

fn changes_text(changes: &Changes, shown: &[Figure], locale: Locale) -> String {
    let mut text = String::new();
    for (figure, change) in told(changes).filter(|(figure, _)| shown.contains(figure)) {
        // Where a figure moved, an interval without width is no certainty.
        let interval = change.interval.filter(|(low, high)| low < high || change.difference() == 0.0);
        let interval = interval.map_or(String::new(), |(low, high)| format!("{low:+.4} … {high:+.4}"));
        let mark = if changes.is_certain(&change) { "*" } else { " " };
        text.push_str(&format!(
            "{:>8.4} → {:.4}  {:+.4}{mark} {interval:<17}  {}\n",
            change.before,
            change.after,
            change.difference(),
            figures::name(figure, locale)
        ));
    }
    for (name, test) in [
        (locale.pick("首位正确", "right first"), &changes.right_first),
        (locale.pick("决定正确（在最准线上）", "decided rightly, at the most accurate line"), &changes.decided),
    ] {
        let (lost, won) = (test.lost, test.won);
        let p = if test.p < 0.0001 { "< 0.0001".to_owned() } else { format!("= {:.4}", test.p) };
        if lost + won > 0 {
            text.push_str(&locale.pick(
                format!("{name}：{lost} 个变错，{won} 个变对，McNemar p {p}\n"),
                format!("{name}: {lost} lost, {won} won, McNemar p {p}\n"),
            ));
        }
    }
    text
}

fn flips_text(title: &str, flips: &[&Flip], locale: Locale) -> String {
    if flips.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title} ({})\n", flips.len());
    for flip in flips.iter().take(FLIPS) {
        let none = locale.pick("无", "none");
        let expected = if flip.expected.is_empty() { none.to_owned() } else { visible(&flip.expected.join(" | ")) };
        let side = |side: &(Option<String>, f64)| format!("{} {:.2}", visible(side.0.as_deref().unwrap_or(none)), side.1);
        let slice = flip.slice.as_ref().map_or(String::new(), |slice| format!("  [{}]", visible(slice)));
        text.push_str(&format!("{}: {}{slice}\n", flip.line, visible(&flip.question)));
        text.push_str(&format!("    {} → {}  ({}{expected})\n", side(&flip.before), side(&flip.after), locale.pick("应为 ", "right: ")));
    }
    if flips.len() > FLIPS {
        let more = flips.len() - FLIPS;
        text.push_str(&locale.pick(format!("… 另有 {more} 个，见 --format json\n"), format!("… {more} more, with --format json\n")));
    }
    text
}
