//! One article in one locale, ready to be searched.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::error::IndexError;
use super::terms::TermBag;
use super::vectors::Vector;
use crate::domain::article::Article;
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::domain::passage::{Passage, PassageKind};
use crate::text::normalize::{bare, fold, language, phrasing_key, plain_key};
use crate::text::segment::Segmenter;
use crate::text::split::answer_passages;

/// SHA-256 of the text that is embedded.
pub type ContentHash = [u8; 32];

/// Key of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey {
    /// The article.
    pub id: ArticleId,
    /// The version's language.
    pub locale: Locale,
}

/// The passages of an article: the title, the variants, the pieces of the answer, in this order, folded.
///
/// A placeholder of an answer (one that only repeats the article's id, as question sets without answers have) is left out.
pub fn passages(article: &Article) -> Vec<Passage> {
    let mut list = vec![Passage { kind: PassageKind::Title, ordinal: 0, text: bare(&fold(&article.title)).to_owned() }];
    list.extend(article.variants.iter().enumerate().map(|(n, v)| Passage {
        kind: PassageKind::Variant,
        ordinal: n as u32,
        text: bare(&fold(v)).to_owned(),
    }));
    if article.answer.trim() != article.id.as_str() {
        let pieces = answer_passages(&article.answer);
        list.extend(pieces.iter().enumerate().map(|(n, text)| Passage { kind: PassageKind::Answer, ordinal: n as u32, text: fold(text) }));
    }
    list.retain(|passage| !passage.text.is_empty());
    list
}

/// The key of a passage's vector.
pub fn content_hash(text: &str) -> ContentHash {
    Sha256::digest(text.as_bytes()).into()
}

/// A passage with what is searched.
#[derive(Debug, Clone)]
pub struct EntryPassage {
    /// The passage.
    pub passage: Passage,
    /// The first eight bytes of its text's hash: what was learned of it is found by this.
    pub key: u64,
    /// Its terms.
    pub terms: TermBag,
    /// Its vector; `None` when there was no encoder to make it.
    pub vector: Option<Arc<Vector>>,
}

/// An article with everything that is searched.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The article.
    pub article: Arc<Article>,
    /// The store's revision of this version.
    pub revision: i64,
    /// Title, variants, answer pieces.
    pub passages: Box<[EntryPassage]>,
    /// Keys of title and variants, for the exact match.
    pub phrasing_keys: Box<[String]>,
    /// The same without courtesies and particles ([`plain_key`]), for where nothing matches exactly.
    pub plain_keys: Box<[String]>,
    /// Words of its texts that mistyped ones are compared with.
    pub words: Box<[String]>,
    /// What the answer says as a whole: the direction of its pieces together.
    pub answer_centre: Option<Vector>,
    /// Languages that its passages are written in, whatever the version's own, ascending.
    pub languages: Box<[Locale]>,
}

impl Entry {
    /// Segments the passages and pairs them with their vectors (`vectors[n]` belongs to passage `n`).
    pub fn new(
        article: Arc<Article>,
        revision: i64,
        passages: Vec<Passage>,
        vectors: Vec<Option<Arc<Vector>>>,
        segmenter: &Segmenter,
    ) -> Result<Self, IndexError> {
        if passages.len() != vectors.len() {
            return Err(IndexError::Vector { want: passages.len(), got: vectors.len() });
        }
        let phrasing_keys = article.phrasings().map(phrasing_key).collect();
        let words = super::vocabulary::kept(passages.iter().flat_map(|passage| segmenter.cut(&passage.text)));
        let plain_keys = article.phrasings().map(plain_key).collect();
        let pieces = passages.iter().zip(&vectors).filter(|(passage, _)| passage.kind == PassageKind::Answer);
        let answer_centre = Vector::centre(pieces.filter_map(|(_, vector)| vector.as_deref()));
        let mut languages: Vec<Locale> = passages.iter().map(|passage| language(&passage.text)).collect();
        languages.sort_unstable();
        languages.dedup();
        let passages = passages
            .into_iter()
            .zip(vectors)
            .map(|(passage, vector)| EntryPassage {
                key: u64::from_le_bytes(content_hash(&passage.text).as_chunks().0[0]),
                terms: TermBag::of(segmenter, &passage.text),
                passage,
                vector,
            })
            .collect();
        Ok(Entry { article, revision, passages, phrasing_keys, plain_keys, words, answer_centre, languages: languages.into() })
    }

    /// Its key.
    pub fn key(&self) -> EntryKey {
        EntryKey { id: self.article.id.clone(), locale: self.article.locale }
    }
}
