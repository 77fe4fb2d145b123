//! One immutable, consistent view of everything that can be found.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use imbl::shared_ptr::DefaultSharedPtr;
use sha2::{Digest, Sha256};
use tantivy::Searcher;

use super::entry::{Entry, EntryKey};
use super::error::IndexError;
use super::lexical;
use super::probes::Probes;
use super::terms::{QueryTerms, TermStats};
use super::vectors::Vector;
use super::vocabulary::Vocabulary;
use crate::domain::ids::{ArticleId, KbRevision};
use crate::domain::time::Timestamp;
use crate::text::segment::Segmenter;

/// A persistent map with a fixed hash: the same content in the same order in every process.
pub(super) type Map<K, V> = imbl::GenericHashMap<K, V, BuildHasherDefault<DefaultHasher>, DefaultSharedPtr>;

/// Which entries a search may return.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// The moment of the question.
    pub now: Timestamp,
    /// The channel of the question; `None` sees every channel.
    pub channel: Option<&'a str>,
}

/// An entry found by one of the two searches.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The entry.
    pub entry: Arc<Entry>,
    /// The search's own score; ranks only.
    pub score: f32,
}

/// A view of one moment. Cheap to clone.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) revision: KbRevision,
    pub(super) entries: imbl::OrdMap<EntryKey, Arc<Entry>>,
    pub(super) by_number: Map<u64, Arc<Entry>>,
    pub(super) by_phrasing: Map<String, imbl::OrdSet<ArticleId>>,
    pub(super) by_plain_phrasing: Map<String, imbl::OrdSet<ArticleId>>,
    pub(super) stats: TermStats,
    pub(super) vocabulary: Vocabulary,
    pub(super) searcher: Searcher,
    pub(super) segmenter: Arc<Segmenter>,
}

impl Snapshot {
    /// The state of the knowledge base that it shows.
    pub fn revision(&self) -> KbRevision {
        self.revision
    }

    /// Every entry, by key.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// How many entries there are (articles times locales).
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The versions of an article, by locale.
    pub fn versions(&self, id: &ArticleId) -> Vec<Arc<Entry>> {
        crate::domain::locale::Locale::ALL
            .iter()
            .filter_map(|locale| self.entries.get(&EntryKey { id: id.clone(), locale: *locale }).cloned())
            .collect()
    }

    /// Term statistics.
    pub fn stats(&self) -> &TermStats {
        &self.stats
    }

    /// The segmenter that built it: questions are cut the same way.
    pub fn segmenter(&self) -> &Arc<Segmenter> {
        &self.segmenter
    }

    /// The words that its entries use.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Live articles with a title or variant of this key ([`crate::text::normalize::phrasing_key`]), ascending.
    pub fn exact(&self, key: &str, live: Live<'_>) -> Vec<ArticleId> {
        self.live_of(self.by_phrasing.get(key), live)
    }

    /// The same of a [`crate::text::normalize::plain_key`].
    pub fn plainly(&self, key: &str, live: Live<'_>) -> Vec<ArticleId> {
        self.live_of(self.by_plain_phrasing.get(key), live)
    }

    /// Whether any article, live or not, has a title or variant of this key.
    pub fn has_phrasing(&self, key: &str) -> bool {
        self.by_phrasing.contains_key(key)
    }

    fn live_of(&self, ids: Option<&imbl::OrdSet<ArticleId>>, live: Live<'_>) -> Vec<ArticleId> {
        let ids = ids.cloned().unwrap_or_default();
        ids.into_iter().filter(|id| self.versions(id).iter().any(|entry| entry.article.is_live(live.now, live.channel))).collect()
    }

    /// The `limit` live entries with the best passage by cosine to each query, best first, ties by key.
    ///
    /// **Cost**: one byte product per number of every vector and query; the vectors pass the caches once for all queries, and their
    /// numbers are widened once for four.
    pub fn dense(&self, queries: &[&Vector], limit: usize, live: Live<'_>) -> Vec<Vec<Hit>> {
        let probes = Probes::of(queries);
        let mut products = vec![0; queries.len()];
        let mut best = vec![f32::NEG_INFINITY; queries.len()];
        let mut scored: Vec<Vec<(f32, &Arc<Entry>)>> = vec![Vec::with_capacity(self.entries.len()); queries.len()];
        for entry in self.entries.values().filter(|entry| entry.article.is_live(live.now, live.channel)) {
            best.fill(f32::NEG_INFINITY);
            for vector in entry.passages.iter().filter_map(|passage| passage.vector.as_deref()) {
                probes.products(vector, &mut products);
                for ((best, product), query) in best.iter_mut().zip(&products).zip(queries) {
                    *best = best.max(*product as f32 * vector.scale() * query.scale());
                }
            }
            for (scored, best) in scored.iter_mut().zip(&best).filter(|(_, best)| best.is_finite()) {
                scored.push((*best, entry));
            }
        }
        scored.into_iter().zip(queries).map(|(scored, query)| nearest(scored, query, limit)).collect()
    }

    /// The `limit` live entries that share terms with the question, best passage first by tantivy's score.
    pub fn lexical(&self, query: &QueryTerms, limit: usize, live: Live<'_>) -> Result<Vec<Hit>, IndexError> {
        // Several passages of one entry may match, and entries out of their validity are skipped: ask for more than needed.
        let found = lexical::search(&self.searcher, query, limit.saturating_mul(6).max(200))?;
        let mut seen = std::collections::HashSet::new();
        let mut hits: Vec<Hit> = Vec::with_capacity(limit);
        for hit in found {
            let Some(entry) = self.by_number.get(&hit.entry) else { continue };
            if entry.article.is_live(live.now, live.channel) && seen.insert(hit.entry) {
                hits.push(Hit { entry: entry.clone(), score: hit.score });
                if hits.len() == limit {
                    break;
                }
            }
        }
        Ok(hits)
    }
}

/// The `limit` nearest of entries scored in 8 bits.
fn nearest(mut scored: Vec<(f32, &Arc<Entry>)>, query: &Vector, limit: usize) -> Vec<Hit> {
    // Keys are looked at only where scores are equal: this runs over every entry for every question.
    let order = |a: &(f32, &Arc<Entry>), b: &(f32, &Arc<Entry>)| {
        let (left, right) = (&a.1.article, &b.1.article);
        b.0.total_cmp(&a.0).then_with(|| (&left.id, left.locale).cmp(&(&right.id, right.locale)))
    };
    // The scan in 8 bits may swap close neighbours: the cut is made with room, the order is made exactly.
    let pool = limit.saturating_mul(2);
    if scored.len() > pool && pool > 0 {
        scored.select_nth_unstable_by(pool - 1, order);
        scored.truncate(pool);
    }
    for (score, entry) in &mut scored {
        let exact = entry.passages.iter().filter_map(|p| p.vector.as_deref()).map(|v| v.cosine(query)).max_by(f32::total_cmp);
        *score = exact.unwrap_or(*score);
    }
    scored.sort_by(order);
    scored.truncate(limit);
    scored.into_iter().map(|(score, entry)| Hit { entry: entry.clone(), score }).collect()
}

/// Number of an entry key, for deletion from the lexical index.
pub(super) fn key_number(key: &EntryKey) -> u64 {
    stable_number(&[key.id.as_str().as_bytes(), key.locale.tag().as_bytes()])
}

/// Number of one version of an entry: the same after a restart, another after an edit.
pub(super) fn entry_number(entry: &Entry) -> u64 {
    stable_number(&[&key_number(&entry.key()).to_le_bytes(), &entry.revision.to_le_bytes()])
}

/// 64 bits of a SHA-256: these numbers are stored, so they may not change with the toolchain.
fn stable_number(parts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
