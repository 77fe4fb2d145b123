//! A question, prepared for searching.

use super::spelling::corrected;
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::index::entry::{Entry, EntryPassage};
use crate::index::snapshot::Snapshot;
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
    /// Key for a match but for courtesies and particles, where no article has the other.
    pub plain_key: Option<String>,
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
        let key = phrasing_key(text);
        Query {
            plain_key: (!snapshot.has_phrasing(&key)).then(|| plain_key(text)),
            key,
            language: language(text),
            terms: QueryTerms::of(snapshot.segmenter(), &folded, &added),
            synonyms: fired,
            vector: None,
            without: None,
            folded,
        }
    }

    /// Whether it is one of an article's phrasings, word for word or but for courtesies and particles.
    pub fn is_phrasing_of(&self, entry: &Entry) -> bool {
        entry.phrasing_keys.contains(&self.key) || self.plain_key.as_ref().is_some_and(|key| entry.plain_keys.contains(key))
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
