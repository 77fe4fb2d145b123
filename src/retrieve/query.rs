//! A question, prepared for searching.

use super::spelling::corrected;
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::index::entry::EntryPassage;
use crate::index::snapshot::{Live, Snapshot};
use crate::index::terms::QueryTerms;
use crate::index::vectors::Vector;
use crate::text::normalize::{bare, fold, language, phrasing_key, plain_key};
use crate::text::synonyms::Synonyms;

/// What is searched as if it were not there, when a knowledge base is asked about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Without {
    /// The phrasing of this article that is being asked.
    Itself(ArticleId),
    /// This whole article.
    Article(ArticleId),
}

impl Without {
    /// The article that is asked about.
    pub fn article(&self) -> &ArticleId {
        match self {
            Without::Itself(id) | Without::Article(id) => id,
        }
    }
}

/// A question as both searches see it.
#[derive(Debug, Clone)]
pub struct Query {
    /// The text that is encoded and segmented ([`fold`], [`bare`]).
    pub folded: String,
    /// Key for the exact match.
    pub key: String,
    /// Key for a match but for courtesies and particles, where no live article has the other.
    pub plain_key: String,
    /// The language it is written in.
    pub language: Locale,
    /// Terms, synonyms last.
    pub terms: QueryTerms,
    /// Synonyms that fired: what was found, what was added.
    pub synonyms: Vec<(String, String)>,
    /// Its vector; `None` searches by terms only.
    pub vector: Option<Vector>,
    /// What is left out; `None` for a customer's question.
    pub without: Option<Without>,
}

impl Query {
    /// Prepares what a customer asks: like [`Query::new`], once its mistyped words are put right.
    pub fn asked(text: &str, snapshot: &Snapshot, synonyms: &Synonyms) -> Self {
        let right = corrected(&fold(text), snapshot);
        Query::new(if right.words.is_empty() { text } else { &right.text }, snapshot, synonyms)
    }

    /// Prepares `text` as it is; the vector is set by whoever encodes.
    pub fn new(text: &str, snapshot: &Snapshot, synonyms: &Synonyms) -> Self {
        let folded = bare(&fold(text)).to_owned();
        let fired = synonyms.expand(&folded);
        let added: Vec<String> = fired.iter().map(|(_, added)| added.clone()).collect();
        Query {
            plain_key: plain_key(text),
            key: phrasing_key(text),
            language: language(text),
            terms: QueryTerms::of(snapshot.segmenter(), &folded, &added),
            synonyms: fired,
            vector: None,
            without: None,
            folded,
        }
    }

    /// The live articles of which it is a phrasing, ascending: word for word, or where it is none, but for courtesies and particles.
    /// What cannot be shown, being expired or another channel's, stands in nobody's way.
    pub fn phrasing_of(&self, snapshot: &Snapshot, live: Live<'_>) -> Vec<ArticleId> {
        let articles = snapshot.exact(&self.key, live);
        if articles.is_empty() { snapshot.plainly(&self.plain_key, live) } else { articles }
    }

    /// Whether a passage of the article `id` counts as not there.
    pub fn leaves_out(&self, id: &ArticleId, passage: &EntryPassage) -> bool {
        match &self.without {
            Some(Without::Itself(own)) => own == id && passage.passage.text == self.folded,
            Some(Without::Article(own)) => own == id,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::article::Article;
    use crate::domain::ids::KbRevision;
    use crate::domain::time::Timestamp;
    use crate::index::entry::{Entry, passages};
    use crate::index::writer::{Edit, IndexWriter};
    use crate::text::segment::Segmenter;

    #[test]
    fn a_phrasing_that_cannot_be_shown_does_not_hide_one_but_for_courtesies() {
        let segmenter = Arc::new(Segmenter::new(&[]));
        let mut courteous = Article::new("courteous".parse().unwrap(), Locale::ZhCn, "请问退货的运费谁出呢", "买家。");
        (courteous.valid_until, courteous.channels) = (Some(Timestamp(1_000)), vec!["wechat".to_owned()]);
        let plain = Article::new("plain".parse().unwrap(), Locale::ZhCn, "退货运费谁出", "卖家。");
        let edits = [courteous, plain].map(|article| {
            let list = passages(&article);
            let vectors = list.iter().map(|_| None).collect();
            Edit::Put(Arc::new(Entry::new(Arc::new(article), 1, list, vectors, &segmenter).unwrap()))
        });
        let snapshot = IndexWriter::in_memory(segmenter.clone()).unwrap().apply(&edits, KbRevision(1)).unwrap();
        let of = |text: &str, now: i64, channel: Option<&str>| -> Vec<String> {
            let query = Query::new(text, &snapshot, &Synonyms::empty());
            query.phrasing_of(&snapshot, Live { now: Timestamp(now), channel }).iter().map(ToString::to_string).collect()
        };
        let asked = "请问退货的运费谁出呢？";
        assert_eq!(of(asked, 999, Some("wechat")), ["courteous"]);
        assert_eq!(of(asked, 999, None), ["courteous"]);
        assert_eq!(of(asked, 1_000, None), ["plain"], "expired");
        assert_eq!(of(asked, 999, Some("web")), ["plain"], "another channel's");
        assert_eq!(of("退货运费谁出", 999, Some("wechat")), ["plain"]);
        assert_eq!(of("你好，退货运费谁出", 999, Some("wechat")), ["courteous", "plain"]);
        assert_eq!(of("运费", 999, None), [""; 0]);
    }
}
