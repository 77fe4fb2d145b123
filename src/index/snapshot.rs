//! One immutable, consistent view of everything that can be found.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use imbl::shared_ptr::DefaultSharedPtr;
use sha2::{Digest, Sha256};
use tantivy::Searcher;

use super::entry::{Entry, EntryKey};
use super::error::IndexError;
use super::lexical::{self, LexicalHit};
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

    /// Articles with a title or variant of this key ([`crate::text::normalize::phrasing_key`]) in a live version, ascending.
    pub fn exact(&self, key: &str, live: Live<'_>) -> Vec<ArticleId> {
        self.live_of(&self.by_phrasing, key, live, |entry| &entry.phrasing_keys)
    }

    /// The same of a [`crate::text::normalize::plain_key`].
    pub fn plainly(&self, key: &str, live: Live<'_>) -> Vec<ArticleId> {
        self.live_of(&self.by_plain_phrasing, key, live, |entry| &entry.plain_keys)
    }

    fn live_of(
        &self,
        map: &Map<String, imbl::OrdSet<ArticleId>>,
        key: &str,
        live: Live<'_>,
        keys: impl Fn(&Entry) -> &[String],
    ) -> Vec<ArticleId> {
        let ids = map.get(key).cloned().unwrap_or_default();
        // An article is in the map by any of its versions: the one that has the key must be the live one.
        let is_live = |entry: &Arc<Entry>| entry.article.is_live(live.now, live.channel) && keys(entry).iter().any(|own| own == key);
        ids.into_iter().filter(|id| self.versions(id).iter().any(is_live)).collect()
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

    /// The `limit` live entries that share terms with the question, best passage first by tantivy's score; fewer only if no more do.
    ///
    /// **Cost**: one tantivy query; where many passages an entry match, or many entries that are not live, one more for each doubling.
    pub fn lexical(&self, query: &QueryTerms, limit: usize, live: Live<'_>) -> Result<Vec<Hit>, IndexError> {
        // Several passages of one entry may match, and entries out of their validity are skipped: ask for more than needed.
        let mut passages = limit.saturating_mul(6).max(200);
        loop {
            let found = lexical::search(&self.searcher, query, passages)?;
            let hits = self.live_entries(&found, limit, live);
            if hits.len() == limit || found.len() < passages {
                return Ok(hits);
            }
            passages = passages.saturating_mul(2);
        }
    }

    /// The first `limit` live entries of passages that were found.
    fn live_entries(&self, found: &[LexicalHit], limit: usize, live: Live<'_>) -> Vec<Hit> {
        let mut seen = std::collections::HashSet::new();
        let entries = found.iter().filter_map(|hit| Some((self.by_number.get(&hit.entry)?, hit)));
        let alive = entries.filter(|(entry, hit)| entry.article.is_live(live.now, live.channel) && seen.insert(hit.entry));
        alive.take(limit).map(|(entry, hit)| Hit { entry: entry.clone(), score: hit.score }).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::article::Article;
    use crate::domain::locale::Locale;
    use crate::index::entry::passages;
    use crate::index::writer::{Edit, IndexWriter};

    const NOW: Live<'_> = Live { now: Timestamp(1_000), channel: None };

    fn snapshot(articles: Vec<Article>) -> Arc<Snapshot> {
        let segmenter = Arc::new(Segmenter::new(&[]));
        let entry = |article: Article| {
            let list = passages(&article);
            let vectors = list.iter().map(|_| None).collect();
            Edit::Put(Arc::new(Entry::new(Arc::new(article), 1, list, vectors, &segmenter).unwrap()))
        };
        let edits: Vec<Edit> = articles.into_iter().map(entry).collect();
        IndexWriter::in_memory(segmenter.clone()).unwrap().apply(&edits, KbRevision(1)).unwrap()
    }

    fn article(id: &str, title: &str) -> Article {
        Article::new(id.parse().unwrap(), Locale::ZhCn, title, id)
    }

    fn by_terms(snapshot: &Snapshot, query: &QueryTerms, limit: usize) -> Vec<String> {
        snapshot.lexical(query, limit, NOW).unwrap().iter().map(|hit| hit.entry.article.id.to_string()).collect()
    }

    #[test]
    fn entries_by_terms_are_found_behind_expired_ones_and_behind_many_passages_of_one() {
        // 420 expired articles and 500 variants of one article are nearer to the question than five more articles.
        let mut articles: Vec<Article> = (0..420).map(|n| article(&format!("old-{n}"), "退款多久到账")).collect();
        articles.iter_mut().for_each(|article| article.valid_until = Some(Timestamp(1_000)));
        let mut wordy = article("wordy", "退款多久到账");
        wordy.variants = (0..500).map(|n| format!("退款多久到账 {n}")).collect();
        articles.push(wordy);
        articles.extend((0..5).map(|n| article(&format!("other-{n}"), "买了很多件商品一起寄回去以后退款")));
        let snapshot = snapshot(articles);
        let query = QueryTerms::of(snapshot.segmenter(), "退款多久到账", &[]);
        let mut found = by_terms(&snapshot, &query, 60);
        assert_eq!(found.remove(0), "wordy");
        found.sort_unstable();
        assert_eq!(found, ["other-0", "other-1", "other-2", "other-3", "other-4"]);
        assert_eq!(by_terms(&snapshot, &query, 1), ["wordy"]);
    }

    #[test]
    fn where_the_first_passages_suffice_no_others_are_looked_at() {
        let articles = (0..400).map(|n| article(&format!("a-{n:03}"), &format!("退款{}", "多久".repeat(n % 7)))).collect();
        let snapshot = snapshot(articles);
        let query = QueryTerms::of(snapshot.segmenter(), "退款多久", &[]);
        let first = lexical::search(&snapshot.searcher, &query, 360).unwrap();
        let hits = snapshot.lexical(&query, 60, NOW).unwrap();
        assert_eq!(hits.len(), 60);
        for (hit, first) in hits.iter().zip(&first) {
            assert_eq!((entry_number(&hit.entry), hit.score.to_bits()), (first.entry, first.score.to_bits()));
        }
    }

    #[test]
    fn a_phrasing_is_that_of_the_version_that_is_live() {
        let mut expired = article("refund", "退款多久到账");
        expired.valid_until = Some(Timestamp(1_000));
        let english = Article::new("refund".parse().unwrap(), Locale::En, "How long does a refund take", "Three days.");
        let snapshot = snapshot(vec![expired, english]);
        let key = crate::text::normalize::phrasing_key;
        assert_eq!(snapshot.exact(&key("退款多久到账"), NOW), []);
        assert_eq!(snapshot.exact(&key("退款多久到账"), Live { now: Timestamp(999), ..NOW }), ["refund".parse().unwrap()]);
        assert_eq!(snapshot.exact(&key("how long does a refund take"), NOW), ["refund".parse().unwrap()]);
    }
}
