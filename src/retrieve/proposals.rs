//! Synonyms proposed to the editor.
//!
//! The phrasings of one article ask the same thing in other words. Two words that stand in different phrasings of an article, that
//! the encoder finds alike, and that no sentence of the knowledge base uses beside each other, are likely to mean the same to this
//! shop's customers. No sign is enough by itself: a sofa and a wardrobe are alike to the encoder, and an article's phrasings have
//! many words apart. A log of questions adds words that no article has, beside those of the phrasing that comes nearest.
//!
//! Nothing is applied: the editor takes what is right. The same articles and log give the same proposals.

mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cpu;
use crate::decide::rules::are_opposites;
use crate::domain::article::{Article, ArticleStatus};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::error::Failure;
use crate::index::vectors::Vector;
use crate::text::normalize::{bare, fold};
use crate::text::segment::Segmenter;
use crate::text::sentences::sentences;
use crate::text::synonyms::Synonyms;
use words::{may_be_synonyms, names_something};

/// Cosine of two words below which they are not looked at.
const ALIKE: f32 = 0.78;
/// Score below which a pair is not proposed: on the sample shop most pairs below are related and not the same.
const LEAST: f64 = 0.84;
/// Added for each doubling of the articles (or questions) that show a pair.
const SUPPORT: f64 = 0.02;
/// Added for phrasings that have all else in common, by their share of it.
const SHARED: f64 = 0.05;
/// Taken off for each sentence that has both words: one would do.
const TOGETHER: f64 = 0.02;
/// A word in more than this share of the articles tells nothing apart …
const COMMON: f64 = 0.2;
/// … unless these are few.
const FEW: f64 = 20.0;
/// Cosine with its nearest phrasing from which a logged question is taken to ask the same.
const SAME_QUESTION: f32 = 0.7;
/// Examples kept with a proposal.
const EXAMPLES: usize = 3;

/// What proposals are made from.
pub struct Ground<'a> {
    /// The articles; those that are not published are left out.
    pub articles: &'a [Article],
    /// Cuts their text.
    pub segmenter: &'a Segmenter,
    /// What the editor has already.
    pub known: &'a Synonyms,
    /// The vector of a folded text, alone.
    pub encode: &'a (dyn Fn(&str) -> Result<Arc<Vector>, Failure> + Sync),
    /// Questions of the past; may be empty.
    pub log: &'a [String],
}

/// Two words that seem to mean the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The words, folded, the one in more articles first.
    pub words: [String; 2],
    /// How likely they are, for comparing: the cosine with what [`Example`]s add.
    pub score: f64,
    /// Cosine of the words by themselves.
    pub cosine: f32,
    /// Articles whose phrasings show the pair.
    pub articles: usize,
    /// Logged questions that do.
    pub questions: usize,
    /// Where the pair was seen, first where the phrasings have most in common.
    pub examples: Vec<Example>,
}

/// Two phrasings with a word of the pair each.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The article they belong to.
    pub article: ArticleId,
    /// Its version.
    pub locale: Locale,
    /// As they are written; with [`Example::logged`] the first is a question of the log.
    pub phrasings: [String; 2],
    /// Whether the first phrasing comes from the log.
    pub logged: bool,
}

/// Proposes pairs, best first, ties by the words.
///
/// **Cost**: the encoder once for each word that names something in a phrasing, and with a log for each phrasing and question.
/// **Errors**: those of the encoder.
pub fn propose(ground: &Ground<'_>) -> Result<Vec<Proposal>, Failure> {
    let read = Read::of(ground);
    let asked: Vec<Phrasing> = ground.log.iter().map(|question| Phrasing::of(question, ground.segmenter)).collect();
    let mut seen: BTreeMap<Pair<'_>, Vec<Sight>> = BTreeMap::new();
    for (number, version) in read.versions.iter().enumerate() {
        // Of an article's phrasings the two that have most in common stand for it.
        let mut best: BTreeMap<Pair<'_>, Sight> = BTreeMap::new();
        for (n, first) in version.phrasings.iter().enumerate() {
            for (m, second) in version.phrasings.iter().enumerate().skip(n + 1) {
                for (pair, shared) in read.pairs(first, second) {
                    let sight = best.entry(pair).or_insert(Sight { version: number, first: n, second: m, logged: false, shared });
                    if shared > sight.shared {
                        *sight = Sight { first: n, second: m, shared, ..*sight };
                    }
                }
            }
        }
        best.into_iter().for_each(|(pair, sight)| seen.entry(pair).or_default().push(sight));
    }
    for Near { question: first, version, phrasing: second } in nearest(&asked, &read, ground)? {
        let unknown = |word: &str| !read.frequency.contains_key(word);
        for (pair, shared) in read.pairs(&asked[first], &read.versions[version].phrasings[second]) {
            if unknown(pair.0) || unknown(pair.1) {
                seen.entry(pair).or_default().push(Sight { version, first, second, logged: true, shared });
            }
        }
    }
    let words: Vec<&str> = seen.keys().flat_map(|pair| [pair.0, pair.1]).collect::<BTreeSet<_>>().into_iter().collect();
    let vectors = cpu::parallel_map(&words, |word| (ground.encode)(word), |_| ()).into_iter().collect::<Result<Vec<_>, _>>()?;
    let vectors: BTreeMap<&str, Arc<Vector>> = words.into_iter().zip(vectors).collect();
    let known = |a: &str, b: &str| ground.known.expand(a).iter().any(|(_, added)| added == b);
    let mut proposals: Vec<Proposal> = seen
        .into_iter()
        .filter_map(|((a, b), sights)| {
            let cosine = vectors[a].cosine(&vectors[b]);
            (cosine >= ALIKE && !known(a, b) && !known(b, a) && !are_opposites(a, b)).then(|| read.proposal([a, b], cosine, sights, &asked))
        })
        .filter(|proposal| proposal.score >= LEAST)
        .collect();
    proposals.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.words.cmp(&b.words)));
    Ok(proposals)
}

/// Two words in the order of the alphabet.
type Pair<'a> = (&'a str, &'a str);

/// Where a pair was seen: in two phrasings of a version or, if logged, in a question and a phrasing.
#[derive(Clone, Copy)]
struct Sight {
    version: usize,
    first: usize,
    second: usize,
    logged: bool,
    shared: f64,
}

/// A title, a variant or a question.
struct Phrasing {
    written: String,
    folded: String,
    words: BTreeSet<String>,
}

impl Phrasing {
    fn of(text: &str, segmenter: &Segmenter) -> Self {
        let folded = bare(&fold(text)).to_owned();
        Phrasing {
            words: segmenter.cut(&folded).into_iter().collect(),
            written: text.split_whitespace().collect::<Vec<_>>().join(" "),
            folded,
        }
    }
}

/// An article in one locale.
struct Version<'a> {
    article: &'a Article,
    phrasings: Vec<Phrasing>,
}

/// The articles, cut.
struct Read<'a> {
    versions: Vec<Version<'a>>,
    /// In how many articles' phrasings or answers a word stands.
    frequency: BTreeMap<String, usize>,
    /// For each word, the phrasings and sentences of answers that have it, ascending.
    sentences: BTreeMap<String, Vec<u32>>,
}

impl<'a> Read<'a> {
    fn of(ground: &Ground<'a>) -> Self {
        let mut read = Read { versions: Vec::new(), frequency: BTreeMap::new(), sentences: BTreeMap::new() };
        let mut number = 0;
        for article in ground.articles.iter().filter(|article| article.status == ArticleStatus::Published) {
            let phrasings: Vec<Phrasing> = article.phrasings().map(|text| Phrasing::of(text, ground.segmenter)).collect();
            let answer: Vec<BTreeSet<String>> =
                sentences(&article.answer).iter().map(|sentence| ground.segmenter.cut(&fold(sentence)).into_iter().collect()).collect();
            let mut all: BTreeSet<&String> = BTreeSet::new();
            for words in phrasings.iter().map(|phrasing| &phrasing.words).chain(&answer) {
                for word in words {
                    read.sentences.entry(word.clone()).or_default().push(number);
                }
                all.extend(words);
                number += 1;
            }
            all.into_iter().for_each(|word| *read.frequency.entry(word.clone()).or_default() += 1);
            read.versions.push(Version { article, phrasings });
        }
        read
    }

    fn idf(&self, word: &str) -> f64 {
        let (all, having) = (self.versions.len() as f64, self.frequency.get(word).copied().unwrap_or(0) as f64);
        (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
    }

    /// The pairs of words that two phrasings have apart, with the share of the other words' idf weight that both have.
    fn pairs<'p>(&self, first: &'p Phrasing, second: &'p Phrasing) -> Vec<(Pair<'p>, f64)> {
        let common: f64 = first.words.intersection(&second.words).map(|word| self.idf(word)).sum();
        let apart: f64 = first.words.symmetric_difference(&second.words).map(|word| self.idf(word)).sum();
        let most = (COMMON * self.versions.len() as f64).max(FEW);
        let telling = |word: &&String| names_something(word) && self.frequency.get(*word).is_none_or(|having| *having as f64 <= most);
        let mut pairs = Vec::new();
        for a in first.words.difference(&second.words).filter(telling) {
            for b in second.words.difference(&first.words).filter(telling).filter(|b| may_be_synonyms(a, b)) {
                let rest = (apart - self.idf(a) - self.idf(b)).max(0.0);
                let shared = if common > 0.0 { common / (common + rest) } else { 0.0 };
                pairs.push((if a < b { (a.as_str(), b.as_str()) } else { (b.as_str(), a.as_str()) }, shared));
            }
        }
        pairs
    }

    /// In how many phrasings and sentences both words stand.
    fn together(&self, a: &str, b: &str) -> usize {
        let of = |word: &str| self.sentences.get(word).map_or(&[][..], Vec::as_slice);
        of(a).iter().filter(|number| of(b).binary_search(number).is_ok()).count()
    }

    fn proposal(&self, mut words: [&str; 2], cosine: f32, mut sights: Vec<Sight>, asked: &[Phrasing]) -> Proposal {
        // Sights are in the order of the articles and the log.
        sights.sort_by(|a, b| b.shared.total_cmp(&a.shared));
        let questions = sights.iter().filter(|sight| sight.logged).count();
        let shown = sights.iter().filter(|sight| !sight.logged).map(|sight| &self.versions[sight.version].article.id);
        let articles = shown.collect::<BTreeSet<_>>().len();
        let support = SUPPORT * ((articles + questions) as f64).log2();
        let shared = SHARED * sights.first().map_or(0.0, |best| best.shared);
        let score = f64::from(cosine) + support + shared - TOGETHER * self.together(words[0], words[1]) as f64;
        words.sort_by_key(|word| (std::cmp::Reverse(self.frequency.get(*word).copied().unwrap_or(0)), *word));
        let examples = sights.iter().take(EXAMPLES).map(|sight| {
            let version = &self.versions[sight.version];
            let first = if sight.logged { &asked[sight.first] } else { &version.phrasings[sight.first] };
            let phrasings = [first, &version.phrasings[sight.second]].map(|phrasing| phrasing.written.clone());
            Example { article: version.article.id.clone(), locale: version.article.locale, phrasings, logged: sight.logged }
        });
        Proposal { words: words.map(str::to_owned), score, cosine, articles, questions, examples: examples.collect() }
    }
}

/// A logged question, and the version and phrasing that come nearest to it, all by number.
struct Near {
    question: usize,
    version: usize,
    phrasing: usize,
}

/// What is nearest to each logged question that seems to be asked already.
fn nearest(asked: &[Phrasing], read: &Read<'_>, ground: &Ground<'_>) -> Result<Vec<Near>, Failure> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let encoded = |texts: Vec<&str>| -> Result<Vec<Arc<Vector>>, Failure> {
        cpu::parallel_map(&texts, |text| (ground.encode)(text), |_| ()).into_iter().collect()
    };
    let numbered = read.versions.iter().enumerate();
    let places = numbered.flat_map(|(v, version)| version.phrasings.iter().enumerate().map(move |(p, phrasing)| (v, p, phrasing)));
    let places: Vec<(usize, usize, &Phrasing)> = places.collect();
    let vectors = encoded(places.iter().map(|(.., phrasing)| phrasing.folded.as_str()).collect())?;
    let questions = encoded(asked.iter().map(|question| question.folded.as_str()).collect())?;
    let found = questions.iter().enumerate().filter_map(|(question, vector)| {
        let cosines = places.iter().zip(&vectors).map(|(place, other)| (place, vector.cosine(other)));
        // Of equal ones the first.
        let ((version, phrasing, _), cosine) = cosines.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        (cosine >= SAME_QUESTION).then_some(Near { question, version: *version, phrasing: *phrasing })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests;
