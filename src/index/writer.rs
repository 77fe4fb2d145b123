//! Makes the next snapshot from edits.

use std::sync::Arc;

use super::entry::{Entry, EntryKey};
use super::error::IndexError;
use super::lexical::Lexical;
use super::snapshot::{Map, Snapshot, entry_number, key_number};
use super::terms::TermStats;
use super::vocabulary::Vocabulary;
use crate::domain::article::ArticleStatus;
use crate::domain::ids::{ArticleId, KbRevision};
use crate::text::segment::Segmenter;

/// A change of one entry.
#[derive(Debug, Clone)]
pub enum Edit {
    /// The entry as it is now; an unpublished one is taken out.
    Put(Arc<Entry>),
    /// The entry is gone.
    Remove(EntryKey),
}

impl Edit {
    fn key(&self) -> EntryKey {
        match self {
            Edit::Put(entry) => entry.key(),
            Edit::Remove(key) => key.clone(),
        }
    }
}

/// The one writer of an index. Readers hold snapshots and are never waited for.
pub struct IndexWriter {
    lexical: Lexical,
    current: Snapshot,
}

impl IndexWriter {
    /// An empty index in memory, for evaluation and tests.
    pub fn in_memory(segmenter: Arc<Segmenter>) -> Result<Self, IndexError> {
        Ok(Self::over(Lexical::in_memory()?, segmenter, KbRevision(0)))
    }

    pub(super) fn over(lexical: Lexical, segmenter: Arc<Segmenter>, revision: KbRevision) -> Self {
        let searcher = lexical.searcher();
        let current = Snapshot {
            revision,
            entries: imbl::OrdMap::new(),
            by_number: Map::default(),
            by_phrasing: Map::default(),
            by_plain_phrasing: Map::default(),
            stats: TermStats::default(),
            vocabulary: Vocabulary::default(),
            searcher,
            segmenter,
        };
        IndexWriter { lexical, current }
    }

    /// Entries that the lexical index on disk already holds: fills the memory side after opening.
    pub(super) fn adopt(&mut self, entries: impl IntoIterator<Item = Arc<Entry>>) {
        for entry in entries.into_iter().filter(|entry| entry.article.status == ArticleStatus::Published) {
            insert(&mut self.current, entry);
        }
    }

    /// How many passages the lexical index holds and how many the memory side expects: they differ only if one is damaged.
    pub(super) fn passage_counts(&self) -> (u64, u64) {
        (self.current.searcher.num_docs(), self.current.entries.values().map(|entry| entry.passages.len() as u64).sum())
    }

    /// The state of the knowledge base that was last committed.
    pub fn revision(&self) -> KbRevision {
        self.current.revision
    }

    /// The current view.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.current.clone())
    }

    /// Applies `edits` as one step and makes them durable; the result shows them all. On failure the index is as before.
    ///
    /// **Cost**: one commit of tantivy (a few synced files) whatever the number of edits: batch what waits.
    pub fn apply(&mut self, edits: &[Edit], revision: KbRevision) -> Result<Arc<Snapshot>, IndexError> {
        let mut next = self.current.clone();
        let staged = self.stage(edits, &mut next);
        let searcher = match staged {
            Ok(()) => self.lexical.commit(&revision.0.to_string())?,
            Err(error) => {
                self.lexical.rollback()?;
                return Err(error);
            }
        };
        next.searcher = searcher;
        next.revision = revision;
        self.current = next;
        Ok(self.snapshot())
    }

    fn stage(&mut self, edits: &[Edit], next: &mut Snapshot) -> Result<(), IndexError> {
        for edit in edits {
            let key = edit.key();
            remove(next, &key);
            self.lexical.remove(key_number(&key));
            if let Edit::Put(entry) = edit
                && entry.article.status == ArticleStatus::Published
            {
                self.lexical.add(key_number(&key), entry_number(entry), entry, &next.segmenter)?;
                insert(next, entry.clone());
            }
        }
        Ok(())
    }
}

fn insert(view: &mut Snapshot, entry: Arc<Entry>) {
    view.stats.count(entry.passages.iter().map(|p| (p.passage.kind, &p.terms)), 1);
    view.vocabulary.count(&entry.words, 1);
    for (map, keys) in [(&mut view.by_phrasing, &entry.phrasing_keys), (&mut view.by_plain_phrasing, &entry.plain_keys)] {
        for key in keys {
            map.entry(key.clone()).or_default().insert(entry.article.id.clone());
        }
    }
    view.by_number.insert(entry_number(&entry), entry.clone());
    view.entries.insert(entry.key(), entry);
}

fn remove(view: &mut Snapshot, key: &EntryKey) {
    let Some(entry) = view.entries.remove(key) else { return };
    view.by_number.remove(&entry_number(&entry));
    view.stats.count(entry.passages.iter().map(|p| (p.passage.kind, &p.terms)), -1);
    view.vocabulary.count(&entry.words, -1);
    // Another locale of the same article may share the phrasing.
    let others: Vec<Arc<Entry>> = view.versions(&key.id);
    let kept = |keys: fn(&Entry) -> &[String]| others.iter().flat_map(|other| keys(other).to_vec()).collect::<Vec<String>>();
    forget(&mut view.by_phrasing, &entry.phrasing_keys, &kept(|entry| &entry.phrasing_keys), &key.id);
    forget(&mut view.by_plain_phrasing, &entry.plain_keys, &kept(|entry| &entry.plain_keys), &key.id);
}

/// Takes an article out from under the keys that it has no more.
fn forget(map: &mut Map<String, imbl::OrdSet<ArticleId>>, gone: &[String], kept: &[String], article: &ArticleId) {
    for key in gone.iter().filter(|key| !kept.contains(key)) {
        let empty = map.get_mut(key).is_some_and(|ids| {
            ids.remove(article);
            ids.is_empty()
        });
        if empty {
            map.remove(key);
        }
    }
}
