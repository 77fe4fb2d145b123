//! What the shop knows: articles in one or several locales.

use super::ids::ArticleId;
use super::locale::Locale;
use super::time::Timestamp;

/// The longest title or variant, in characters.
pub const PHRASING_MAX_CHARS: usize = 500;
/// The longest answer, in characters.
pub const ANSWER_MAX_CHARS: usize = 20_000;
/// The most variants of an article in one locale.
pub const VARIANTS_MAX: usize = 500;

/// Whether an article may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ArticleStatus {
    /// Being written; never retrieved.
    Draft,
    /// Retrieved while valid.
    #[default]
    Published,
    /// Put away; never retrieved.
    Archived,
}

impl ArticleStatus {
    /// The name in files and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            ArticleStatus::Draft => "draft",
            ArticleStatus::Published => "published",
            ArticleStatus::Archived => "archived",
        }
    }

    /// Reads a wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [ArticleStatus::Draft, ArticleStatus::Published, ArticleStatus::Archived].into_iter().find(|s| s.name() == name)
    }
}

/// One article in one locale. `(id, locale)` is its key; versions of one id are translations of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// The same in every locale.
    pub id: ArticleId,
    /// The language of this version.
    pub locale: Locale,
    /// The question in the editor's words.
    pub title: String,
    /// Other phrasings of the same question (相似问), in the editor's order, no two equal after normalising.
    pub variants: Vec<String>,
    /// The answer, Markdown.
    pub answer: String,
    /// Where it stands in the help centre; may be empty.
    pub category: String,
    /// Free labels.
    pub tags: Vec<String>,
    /// Draft, published or archived.
    pub status: ArticleStatus,
    /// First moment at which it may be retrieved.
    pub valid_from: Option<Timestamp>,
    /// First moment at which it may no longer be retrieved (a bare end date is stored as the end of that day).
    pub valid_until: Option<Timestamp>,
    /// Ids of articles that a reader may want next.
    pub related: Vec<ArticleId>,
    /// Channels it is shown in; empty means all.
    pub channels: Vec<String>,
}

impl Article {
    /// A published article with a title and an answer, all else empty.
    pub fn new(id: ArticleId, locale: Locale, title: impl Into<String>, answer: impl Into<String>) -> Self {
        Article {
            id,
            locale,
            title: title.into(),
            variants: Vec::new(),
            answer: answer.into(),
            category: String::new(),
            tags: Vec::new(),
            status: ArticleStatus::Published,
            valid_from: None,
            valid_until: None,
            related: Vec::new(),
            channels: Vec::new(),
        }
    }

    /// Whether it may be retrieved at `now` on `channel` (`None`: any channel).
    pub fn is_live(&self, now: Timestamp, channel: Option<&str>) -> bool {
        self.status == ArticleStatus::Published
            && self.valid_from.is_none_or(|from| from <= now)
            && self.valid_until.is_none_or(|until| now < until)
            && (self.channels.is_empty() || channel.is_none_or(|channel| self.channels.iter().any(|c| c == channel)))
    }

    /// The title, then the variants.
    pub fn phrasings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.title.as_str()).chain(self.variants.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validity_status_and_channel_decide() {
        let mut article = Article::new("a".parse().unwrap(), Locale::ZhCn, "t", "a");
        assert!(article.is_live(Timestamp(0), Some("web")));
        article.valid_from = Some(Timestamp(10));
        article.valid_until = Some(Timestamp(20));
        assert_eq!([9, 10, 19, 20].map(|t| article.is_live(Timestamp(t), None)), [false, true, true, false]);
        article.channels = vec!["app".into()];
        assert!(
            !article.is_live(Timestamp(15), Some("web"))
                && article.is_live(Timestamp(15), Some("app"))
                && article.is_live(Timestamp(15), None)
        );
        article.status = ArticleStatus::Draft;
        assert!(!article.is_live(Timestamp(15), Some("app")));
    }
}
