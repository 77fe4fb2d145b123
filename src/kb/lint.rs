//! What an article must be to be stored: its limits, and the one spelling of its fields.
//!
//! Imports and the HTTP API use the same two steps: [`tidy`], then [`check_article`]. Tidying is idempotent, so an article that
//! was exported comes back equal.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::html;
use super::wording::Refusal;
use crate::domain::article::{ANSWER_MAX_CHARS, Article, PHRASING_MAX_CHARS, VARIANTS_MAX};
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded};
use crate::text::normalize::{clean, phrasing_key};

/// The longest category, tag or channel, in characters.
pub const LABEL_MAX_CHARS: usize = 200;
/// The most tags, related articles or channels of an article.
pub const LABELS_MAX: usize = 100;

/// A field that keeps an article from being stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArticleFault {
    /// A text that must be there is empty.
    #[error("{field} is empty")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// A text is too long; it is never cut.
    #[error("{field} has {chars} characters, the limit is {max}")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its length, in characters.
        chars: usize,
        /// The limit, in characters.
        max: usize,
    },
    /// A list is too long.
    #[error("{field} has {count} entries, the limit is {max}")]
    TooMany {
        /// The field.
        field: &'static str,
        /// Its entries.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A text holds U+FFFD, the mark of bytes that could not be read.
    #[error("{field} holds characters that were lost to a wrong encoding (U+FFFD)")]
    Unreadable {
        /// The field.
        field: &'static str,
    },
    /// The validity ends before it begins.
    #[error("valid_until is not after valid_from")]
    ValidityReversed,
}

impl ArticleFault {
    /// The field that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            ArticleFault::Empty { field }
            | ArticleFault::TooLong { field, .. }
            | ArticleFault::TooMany { field, .. }
            | ArticleFault::Unreadable { field } => field,
            ArticleFault::ValidityReversed => "valid_until",
        }
    }

    /// Stable name of the fault in import reports.
    pub const fn name(&self) -> &'static str {
        match self {
            ArticleFault::Empty { .. } => "field_empty",
            ArticleFault::TooLong { .. } => "field_too_long",
            ArticleFault::TooMany { .. } => "too_many_entries",
            ArticleFault::Unreadable { .. } => "broken_text",
            ArticleFault::ValidityReversed => "validity_reversed",
        }
    }

    /// The fault as the refusal of the row that has it.
    pub fn refusal(&self) -> Refusal {
        let both = |say: &dyn Fn(Locale) -> String| Wording { zh: say(Locale::ZhCn), en: say(Locale::En) };
        Refusal::new(self.name(), both(&|locale| self.message(locale)), both(&|locale| self.hint(locale)))
    }

    /// The message in the reader's language.
    pub fn message(&self, locale: Locale) -> String {
        match (locale, self) {
            (Locale::En, _) => self.to_string(),
            (_, ArticleFault::Empty { field }) => format!("{field} 为空"),
            (_, ArticleFault::TooLong { field, chars, max }) => format!("{field} 有 {chars} 个字符，上限为 {max}"),
            (_, ArticleFault::TooMany { field, count, max }) => format!("{field} 有 {count} 项，上限为 {max}"),
            (_, ArticleFault::Unreadable { field }) => format!("{field} 含有因编码错误而丢失的字符（U+FFFD）"),
            (_, ArticleFault::ValidityReversed) => "valid_until 不晚于 valid_from".to_owned(),
        }
    }
}

impl Coded for ArticleFault {
    fn code(&self) -> Code {
        Code::ArticleInvalid
    }

    fn message(&self, locale: Locale) -> String {
        ArticleFault::message(self, locale)
    }

    fn hint(&self, locale: Locale) -> String {
        let (zh, en) = match self {
            ArticleFault::Empty { .. } => ("请填写该字段。", "Fill in the field."),
            ArticleFault::TooLong { .. } => ("请缩短，或拆成几篇文章。", "Shorten it, or make several articles of it."),
            ArticleFault::TooMany { .. } => ("请删减，或拆成几篇文章。", "Remove some, or make several articles of it."),
            ArticleFault::Unreadable { .. } => (
                "请从原文重新录入这些字符，或用 --encoding 指定正确的编码。",
                "Enter these characters again, or name the right encoding with --encoding.",
            ),
            ArticleFault::ValidityReversed => ("请检查生效与失效时间。", "Check the two dates."),
        };
        locale.pick(zh, en).to_owned()
    }
}

/// Whether an article, [`tidy`] or not, may be stored. Names the first field that is wrong.
pub fn check_article(article: &Article) -> Result<(), ArticleFault> {
    line("title", &article.title, PHRASING_MAX_CHARS)?;
    if article.title.trim().is_empty() {
        return Err(ArticleFault::Empty { field: "title" });
    }
    line("answer", &article.answer, ANSWER_MAX_CHARS)?;
    if article.answer.trim().is_empty() {
        return Err(ArticleFault::Empty { field: "answer" });
    }
    line("category", &article.category, LABEL_MAX_CHARS)?;
    lines("variants", &article.variants, VARIANTS_MAX, PHRASING_MAX_CHARS)?;
    lines("tags", &article.tags, LABELS_MAX, LABEL_MAX_CHARS)?;
    lines("channels", &article.channels, LABELS_MAX, LABEL_MAX_CHARS)?;
    if article.related.len() > LABELS_MAX {
        return Err(ArticleFault::TooMany { field: "related", count: article.related.len(), max: LABELS_MAX });
    }
    match (article.valid_from, article.valid_until) {
        (Some(from), Some(until)) if until <= from => Err(ArticleFault::ValidityReversed),
        _ => Ok(()),
    }
}

fn line(field: &'static str, text: &str, max: usize) -> Result<(), ArticleFault> {
    if text.contains('\u{fffd}') {
        return Err(ArticleFault::Unreadable { field });
    }
    let chars = text.chars().count();
    if chars > max { Err(ArticleFault::TooLong { field, chars, max }) } else { Ok(()) }
}

fn lines(field: &'static str, texts: &[String], most: usize, max: usize) -> Result<(), ArticleFault> {
    if texts.len() > most {
        return Err(ArticleFault::TooMany { field, count: texts.len(), max: most });
    }
    texts.iter().try_for_each(|text| line(field, text, max))
}

/// The article in the one spelling in which it is stored: cleaned texts, titles and labels on one line, an HTML answer as Markdown,
/// no repeated variants or labels, no relation to itself. Idempotent.
pub fn tidy(article: Article) -> Article {
    let title = one_line(&article.title);
    let variants = merge_phrasings(&title, article.variants.iter().map(|variant| one_line(variant))).kept;
    let related = distinct(article.related.into_iter().filter(|id| *id != article.id));
    Article {
        answer: tidy_answer(&article.answer),
        category: tidy_category(&article.category),
        tags: labels(&article.tags),
        channels: labels(&article.channels),
        title,
        variants,
        related,
        ..article
    }
}

/// A text without line breaks, cleaned.
pub(super) fn one_line(text: &str) -> String {
    let text = clean(text);
    let text = if text.contains(['\n', '\t']) { text.replace(['\n', '\t'], " ") } else { text };
    without_noncharacters(text)
}

/// An answer, cleaned, as Markdown.
pub(super) fn tidy_answer(text: &str) -> String {
    html::to_markdown(&without_noncharacters(clean(text)))
}

/// Levels separated by `/`: a full-width slash counts, spaces around it do not, nor do empty levels.
pub(super) fn tidy_category(text: &str) -> String {
    let line = one_line(text);
    let levels: Vec<&str> = line.split(['/', '／']).map(str::trim).filter(|level| !level.is_empty()).collect();
    levels.join("/")
}

/// Labels on one line each, without repeats.
pub(super) fn labels(texts: &[String]) -> Vec<String> {
    distinct(texts.iter().map(|text| one_line(text)).filter(|text| !text.is_empty()))
}

/// Code points that are no characters and that no XML file, so no workbook, can hold.
fn without_noncharacters(mut text: String) -> String {
    if text.contains(['\u{fffe}', '\u{ffff}']) {
        text.retain(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'));
        return text.trim().to_owned();
    }
    text
}

/// Values in their first order, each once.
pub(super) fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

/// Phrasings of one article after merging those that are the same question.
pub(super) struct Merged {
    /// Variants that differ from the title and from each other.
    pub kept: Vec<String>,
    /// Variants that repeat an earlier phrasing, and that phrasing.
    pub repeats: Vec<(String, String)>,
}

/// Merges variants that are equal to the title or to an earlier variant in all but width, script, case, spacing or punctuation.
pub(super) fn merge_phrasings(title: &str, variants: impl Iterator<Item = String>) -> Merged {
    let mut merged = Merged { kept: Vec::new(), repeats: Vec::new() };
    let mut variants = variants.filter(|variant| !variant.is_empty()).peekable();
    if variants.peek().is_none() {
        return merged;
    }
    let mut first = HashMap::from([(phrasing_key(title), title.to_owned())]);
    for variant in variants {
        match first.entry(phrasing_key(&variant)) {
            Entry::Occupied(earlier) => merged.repeats.push((variant, earlier.get().clone())),
            Entry::Vacant(place) => {
                place.insert(variant.clone());
                merged.kept.push(variant);
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_field_and_keep_the_table_row() {
        let good = Article::new("a".parse().unwrap(), Locale::ZhCn, "怎么退", "点退货");
        let check = |change: &dyn Fn(&mut Article)| {
            let mut article = good.clone();
            change(&mut article);
            check_article(&article).map_err(|fault| (fault.name(), fault.field()))
        };
        assert_eq!(check(&|_| ()), Ok(()));
        assert_eq!(check(&|a| a.title = " ".into()), Err(("field_empty", "title")));
        assert_eq!(check(&|a| a.answer = String::new()), Err(("field_empty", "answer")));
        assert_eq!(check(&|a| a.title = "长".repeat(501)), Err(("field_too_long", "title")));
        assert_eq!(check(&|a| a.title = "长".repeat(500)), Ok(()));
        assert_eq!(check(&|a| a.variants = vec!["长".repeat(501)]), Err(("field_too_long", "variants")));
        assert_eq!(check(&|a| a.variants = vec!["x".into(); 501]), Err(("too_many_entries", "variants")));
        assert_eq!(check(&|a| a.tags = vec!["a\u{fffd}".into()]), Err(("broken_text", "tags")));
        let fault = ArticleFault::Empty { field: "title" };
        assert_eq!((fault.code(), fault.message(Locale::ZhCn).as_str()), (Code::ArticleInvalid, "title 为空"));
    }

    #[test]
    fn tidying_gives_the_one_spelling() {
        let mut article = Article::new("a".parse().unwrap(), Locale::ZhCn, " 怎么\n退\u{a0}货 ", "<p>点<b>退货</b></p>");
        article.variants = vec!["怎麼退貨？".into(), "能退吗".into(), "能退嗎!".into(), " ".into()];
        article.category = " 售后 ／ /退货".into();
        article.tags = vec!["退货 ".into(), "退货".into(), String::new()];
        article.related = vec!["b".parse().unwrap(), "a".parse().unwrap(), "b".parse().unwrap()];
        let tidy = tidy(article);
        assert_eq!((tidy.title.as_str(), tidy.answer.as_str(), tidy.category.as_str()), ("怎么 退 货", "点**退货**", "售后/退货"));
        assert_eq!((tidy.variants, tidy.tags, tidy.related.len()), (vec!["能退吗".to_owned()], vec!["退货".to_owned()], 1));
    }
}
