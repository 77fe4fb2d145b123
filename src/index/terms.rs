//! Terms and BM25 from our own statistics.
//!
//! tantivy's statistics count deleted documents until a merge and its ties follow document addresses, so that the same question
//! could score differently before and after a merge. Candidates come from tantivy; the score that is kept, shown and used by the
//! confidence is computed here from the statistics of the snapshot: a function of the articles alone.
//!
//! **Source**: Robertson, Zaragoza, “The Probabilistic Relevance Framework: BM25 and Beyond” (2009), with the non-negative idf
//! `ln(1 + (N − df + ½)/(df + ½))`.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::passage::PassageKind;
use crate::text::segment::Segmenter;

/// Term frequency saturation. Phrasings are short: a repeated word says little.
pub const K1: f32 = 1.2;
/// Length normalisation.
pub const B: f32 = 0.5;
/// Weight of a character pair against a word: pairs catch what the dictionary cuts differently, but each character is counted
/// in two pairs.
pub const BIGRAM_WEIGHT: f32 = 0.5;

/// Which field a term belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Words of the segmenter.
    Word,
    /// Pairs of Han characters, Latin words and numbers.
    Bigram,
}

/// A term by its hash, in memory only. 64 bits: for a million terms the chance of any collision is below 10⁻⁷.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TermId(u64);

impl TermId {
    /// The id of `text` in `field`.
    pub fn of(field: Field, text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (field, text).hash(&mut hasher);
        TermId(hasher.finish())
    }
}

/// The terms of one passage with their counts, sorted by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TermBag {
    counts: Box<[(TermId, u16)]>,
    words: u32,
}

impl TermBag {
    /// Counts the terms of folded text.
    pub fn of(segmenter: &Segmenter, folded: &str) -> Self {
        let words = segmenter.words(folded);
        let length = words.len() as u32;
        let mut ids: Vec<TermId> = words.iter().map(|w| TermId::of(Field::Word, w)).collect();
        ids.extend(segmenter.bigrams(folded).iter().map(|b| TermId::of(Field::Bigram, b)));
        ids.sort_unstable();
        let mut counts: Vec<(TermId, u16)> = Vec::with_capacity(ids.len());
        for id in ids {
            match counts.last_mut() {
                Some((last, count)) if *last == id => *count = count.saturating_add(1),
                _ => counts.push((id, 1)),
            }
        }
        TermBag { counts: counts.into_boxed_slice(), words: length }
    }

    /// How often `id` occurs.
    pub fn count(&self, id: TermId) -> u16 {
        self.counts.binary_search_by_key(&id, |c| c.0).map_or(0, |at| self.counts[at].1)
    }

    /// The ids, ascending, each once.
    pub fn ids(&self) -> impl Iterator<Item = TermId> + '_ {
        self.counts.iter().map(|c| c.0)
    }

    /// Length in words.
    pub fn words(&self) -> u32 {
        self.words
    }
}

/// One term of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// Its field.
    pub field: Field,
    /// Its text.
    pub text: String,
    /// Its id.
    pub id: TermId,
    /// Whether a synonym added it.
    pub synonym: bool,
}

/// The terms of a question, each once, in text order; synonyms last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueryTerms(pub Vec<QueryTerm>);

impl QueryTerms {
    /// Segments folded text and adds `synonyms` (folded words).
    pub fn of(segmenter: &Segmenter, folded: &str, synonyms: &[String]) -> Self {
        let mut seen = std::collections::HashSet::new();
        let mut terms = Vec::new();
        let mut add = |field: Field, text: String, synonym: bool| {
            let id = TermId::of(field, &text);
            if seen.insert(id) {
                terms.push(QueryTerm { field, text, id, synonym });
            }
        };
        segmenter.words(folded).into_iter().for_each(|word| add(Field::Word, word, false));
        segmenter.bigrams(folded).into_iter().for_each(|pair| add(Field::Bigram, pair, false));
        for synonym in synonyms {
            segmenter.words(synonym).into_iter().for_each(|word| add(Field::Word, word, true));
        }
        QueryTerms(terms)
    }
}

/// The terms of a question with what they weigh in a snapshot.
#[derive(Debug, Clone)]
pub struct WeighedTerms {
    terms: Vec<WeighedTerm>,
    /// The weight of the question's own terms together.
    all: f32,
    /// Words in a phrasing and in a piece of an answer on average.
    averages: [f32; 2],
}

#[derive(Debug, Clone, Copy)]
struct WeighedTerm {
    id: TermId,
    weight: f32,
    synonym: bool,
}

/// What terms say of a passage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TermScores {
    /// BM25.
    pub bm25: f32,
    /// Share of the question's idf weight (its own terms, synonyms aside) that occurs in the passage, 0 to 1.
    pub overlap: f32,
}

impl WeighedTerms {
    /// The scores of one passage.
    pub fn scores(&self, kind: PassageKind, bag: &TermBag) -> TermScores {
        let norm = norm(bag, self.averages[usize::from(kind == PassageKind::Answer)]);
        let (mut bm25, mut found) = (0.0, 0.0);
        for term in &self.terms {
            let count = bag.count(term.id);
            if count > 0 {
                bm25 += saturated(term.weight, count, norm);
                found += if term.synonym { 0.0 } else { term.weight };
            }
        }
        TermScores { bm25, overlap: if self.all > 0.0 { found / self.all } else { 0.0 } }
    }
}

fn norm(bag: &TermBag, average_words: f32) -> f32 {
    K1 * (1.0 - B + B * bag.words() as f32 / average_words)
}

fn saturated(weight: f32, count: u16, norm: f32) -> f32 {
    let tf = f32::from(count);
    if tf == 0.0 { 0.0 } else { weight * tf * (K1 + 1.0) / (tf + norm) }
}

/// Document frequencies and average lengths over the entries of a snapshot. Cheap to clone: clones share what did not change.
#[derive(Debug, Clone, Default)]
pub struct TermStats {
    document_frequency: imbl::GenericHashMap<TermId, u32, std::hash::BuildHasherDefault<DefaultHasher>, imbl::shared_ptr::DefaultSharedPtr>,
    entries: u32,
    phrasings: (u64, u64),
    answers: (u64, u64),
}

impl TermStats {
    /// Counts an entry in (`sign` +1) or out (−1). `passages` are its passages' kinds and bags.
    pub fn count<'a>(&mut self, passages: impl Iterator<Item = (PassageKind, &'a TermBag)> + Clone, sign: i64) {
        let mut ids: Vec<TermId> = passages.clone().flat_map(|(_, bag)| bag.ids()).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            let now = i64::from(self.document_frequency.get(&id).copied().unwrap_or(0)) + sign;
            if now > 0 {
                self.document_frequency.insert(id, now as u32);
            } else {
                self.document_frequency.remove(&id);
            }
        }
        self.entries = (i64::from(self.entries) + sign).max(0) as u32;
        for (kind, bag) in passages {
            let side = if kind == PassageKind::Answer { &mut self.answers } else { &mut self.phrasings };
            side.0 = (side.0 as i64 + sign).max(0) as u64;
            side.1 = (side.1 as i64 + sign * i64::from(bag.words())).max(0) as u64;
        }
    }

    /// Inverse document frequency, always positive; an unknown term has the highest.
    pub fn idf(&self, id: TermId) -> f32 {
        let n = self.entries as f32;
        let df = self.document_frequency.get(&id).copied().unwrap_or(0) as f32;
        (1.0 + (n - df + 0.5) / (df + 0.5)).ln()
    }

    /// In how many entries the term occurs.
    pub fn document_frequency(&self, id: TermId) -> u32 {
        self.document_frequency.get(&id).copied().unwrap_or(0)
    }

    fn average_words(&self, kind: PassageKind) -> f32 {
        let (count, words) = if kind == PassageKind::Answer { self.answers } else { self.phrasings };
        if count == 0 { 1.0 } else { (words as f32 / count as f32).max(1.0) }
    }

    /// The terms of a question with what they weigh here: looked up once for all passages.
    pub fn weighed(&self, query: &QueryTerms) -> WeighedTerms {
        let weigh = |term: &QueryTerm| WeighedTerm { id: term.id, weight: self.weight(term), synonym: term.synonym };
        WeighedTerms {
            terms: query.0.iter().map(weigh).collect(),
            all: query.0.iter().filter(|term| !term.synonym).fold(0.0, |sum, term| sum + self.weight(term)),
            averages: [PassageKind::Title, PassageKind::Answer].map(|kind| self.average_words(kind)),
        }
    }

    /// What one term adds to the BM25 of a passage, for explanations.
    pub fn bm25_of_term(&self, term: &QueryTerm, kind: PassageKind, bag: &TermBag) -> f32 {
        saturated(self.weight(term), bag.count(term.id), norm(bag, self.average_words(kind)))
    }

    /// What a term weighs: its idf, less for pairs.
    pub fn weight(&self, term: &QueryTerm) -> f32 {
        self.idf(term.id) * if term.field == Field::Word { 1.0 } else { BIGRAM_WEIGHT }
    }
}
