//! What an import or a check has to say, row by row.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::error::CliError;
use crate::cli::output::Manner;
use crate::domain::locale::Locale;
use crate::kb::{Notice, Plan, PlanItem, Verdict};

/// A plan and what was done with it.
pub struct Summary<'a> {
    /// The rows and their verdicts.
    pub plan: &'a Plan,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Where the refused rows were written to.
    pub refused_file: Option<&'a Path>,
}

/// The verdicts in the order of the report.
const VERDICTS: [Verdict; 4] = [Verdict::Created, Verdict::Updated, Verdict::Unchanged, Verdict::Refused];

/// Prints it.
pub fn show(summary: &Summary<'_>, manner: Manner) -> Result<(), CliError> {
    manner.show(|| value(summary, manner.locale), || text(summary, manner.locale))
}

/// Prints what a check of `articles` sound ones found.
pub fn findings(plan: &Plan, articles: usize, manner: Manner) -> Result<(), CliError> {
    let locale = manner.locale;
    manner.show(
        || {
            json!({
                "articles": articles,
                "refused": plan.refused.len(),
                "notices": plan.notices.iter().map(|notice| notice_value(notice, locale)).collect::<Vec<_>>(),
                "items": plan.items.iter().map(|item| item_value(item, locale)).collect::<Vec<_>>(),
            })
        },
        || {
            let mut lines = details(plan, locale);
            let refused = plan.refused.len();
            lines.push(
                locale
                    .pick(format!("{articles} 篇可以导入，{refused} 篇不能"), format!("fit for an import: {articles}, not fit: {refused}")),
            );
            lines.join("\n") + "\n"
        },
    )
}

fn notice_value(notice: &Notice, locale: Locale) -> Value {
    json!({ "code": notice.code, "place": notice.place.as_ref().map(ToString::to_string), "message": notice.message.pick(locale) })
}

fn item_value(item: &PlanItem, locale: Locale) -> Value {
    let refusal = item
        .refusal
        .as_ref()
        .map(|refusal| json!({ "code": refusal.code, "message": refusal.message.pick(locale), "hint": refusal.hint.pick(locale) }));
    json!({
        "file": item.place.file,
        "line": item.place.line,
        "column": item.place.column,
        "id": item.id.as_ref().map(|id| id.as_str()),
        "locale": item.locale.map(Locale::tag),
        "verdict": item.verdict.name(),
        "refusal": refusal,
        "warnings": item.warnings.iter().map(|warning| notice_value(warning, locale)).collect::<Vec<_>>(),
    })
}

fn value(summary: &Summary<'_>, locale: Locale) -> Value {
    let plan = summary.plan;
    let mut object = serde_json::Map::new();
    object.insert("dry_run".to_owned(), summary.dry_run.into());
    for verdict in VERDICTS {
        object.insert(verdict.name().to_owned(), plan.count(verdict).into());
    }
    object.insert("refused_file".to_owned(), summary.refused_file.map(|path| path.display().to_string()).into());
    object.insert("notices".to_owned(), plan.notices.iter().map(|notice| notice_value(notice, locale)).collect());
    object.insert("items".to_owned(), plan.items.iter().map(|item| item_value(item, locale)).collect());
    Value::Object(object)
}

fn text(summary: &Summary<'_>, locale: Locale) -> String {
    let plan = summary.plan;
    let mut lines = details(plan, locale);
    let counts: Vec<String> = VERDICTS.iter().map(|verdict| format!("{} {}", name(*verdict, locale), plan.count(*verdict))).collect();
    lines.push(counts.join(locale.pick("，", ", ")));
    if summary.dry_run {
        lines.push(locale.pick("只是预演，没有改动。", "Dry run: nothing was changed.").to_owned());
    }
    if let Some(path) = summary.refused_file {
        let path = path.display();
        lines.push(locale.pick(
            format!("未收下的行已写入 {path}，改好后可再导入。"),
            format!("The refused rows are in {path}: correct them and import it."),
        ));
    }
    lines.join("\n") + "\n"
}

/// Notices and rows, as lines.
fn details(plan: &Plan, locale: Locale) -> Vec<String> {
    let mut lines = Vec::new();
    for notice in &plan.notices {
        let place = notice.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        lines.push(format!("{} {place}{}", locale.pick("提醒", "note"), notice.message.pick(locale)));
    }
    for item in &plan.items {
        lines.extend(row(item, locale));
    }
    lines
}

/// A row: its verdict, then what is wrong with it. Unchanged rows without a warning are only counted.
fn row(item: &PlanItem, locale: Locale) -> Vec<String> {
    if item.verdict == Verdict::Unchanged && item.warnings.is_empty() {
        return Vec::new();
    }
    let id = item.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let mut lines = vec![format!("{}{id}  {}", name(item.verdict, locale), item.place)];
    if let Some(refusal) = &item.refusal {
        lines.push(format!("  {} [{}]", refusal.message.pick(locale), refusal.code));
        lines.push(format!("  {}{}", locale.pick("→ ", "-> "), refusal.hint.pick(locale)));
    }
    lines.extend(item.warnings.iter().map(|warning| format!("  {} {}", locale.pick("提醒", "note"), warning.message.pick(locale))));
    lines
}

fn name(verdict: Verdict, locale: Locale) -> &'static str {
    match (verdict, locale) {
        (Verdict::Created, Locale::ZhCn) => "新建",
        (Verdict::Updated, Locale::ZhCn) => "更新",
        (Verdict::Unchanged, Locale::ZhCn) => "未变",
        (Verdict::Refused, Locale::ZhCn) => "未收",
        (verdict, Locale::En) => verdict.name(),
    }
}
