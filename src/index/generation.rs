//! Numbered builds on disk and the atomic switch between them.
//!
//! `index/CURRENT` names the generation that is served and the fingerprint it was made with. A build goes into a new numbered
//! directory, is committed and synced there, and only then does CURRENT change by a rename; a crash at any point leaves either
//! the old or the new generation current. What cannot be opened is set aside under `index/damaged-…`, never deleted unread.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::entry::Entry;
use super::error::IndexError;
use super::lexical::Lexical;
use super::writer::IndexWriter;
use crate::domain::ids::KbRevision;
use crate::domain::time::Timestamp;
use crate::text::segment::Segmenter;

/// The directory of all generations.
pub struct Generations {
    root: PathBuf,
}

/// A generation found on disk that can be served once it has caught up with the store.
pub struct Opened {
    /// Its writer; empty in memory until [`Opened::adopt`].
    writer: IndexWriter,
}

impl Opened {
    /// The state of the knowledge base that it holds.
    pub fn revision(&self) -> KbRevision {
        self.writer.revision()
    }

    /// Fills the memory side with the entries of that state that have not changed since.
    pub fn adopt(mut self, unchanged: impl IntoIterator<Item = Arc<Entry>>) -> IndexWriter {
        self.writer.adopt(unchanged);
        self.writer
    }
}

/// A build that is not served yet. Dropped before it is finished it leaves nothing on the disk.
pub struct Building {
    number: u64,
    /// Its writer.
    pub writer: IndexWriter,
    /// Stands behind the writer, whose files have to be closed first.
    unfinished: Unfinished,
}

/// Removes the directory of a build, until it is finished.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(dir) = self.0.take()
            && let Err(error) = std::fs::remove_dir_all(&dir)
        {
            tracing::warn!(path = %dir.display(), %error, "cannot remove an unfinished build: the next start will");
        }
    }
}

impl Generations {
    /// Opens or makes the directory and removes builds that were never finished.
    pub fn open(root: &Path) -> Result<Self, IndexError> {
        std::fs::create_dir_all(root).map_err(IndexError::io("create", root))?;
        let generations = Generations { root: root.to_owned() };
        let current = generations.current().map(|(number, _)| number);
        for (number, path) in generations.numbered()? {
            if Some(number) != current {
                std::fs::remove_dir_all(&path).map_err(IndexError::io("remove", &path))?;
            }
        }
        Ok(generations)
    }

    /// The current generation, if it was made with `fingerprint` and is whole. Another fingerprint is logged and left to be
    /// replaced; a damaged one is logged and set aside.
    pub fn open_current(&self, fingerprint: &str, segmenter: &Arc<Segmenter>, now: Timestamp) -> Result<Option<Opened>, IndexError> {
        let Some((number, made_with)) = self.current() else { return Ok(None) };
        if made_with != fingerprint {
            tracing::info!(generation = number, "the index was made with another model, dictionary or version: rebuilding it");
            return Ok(None);
        }
        let dir = self.dir(number);
        let opened = Lexical::open(&dir).and_then(|(lexical, payload)| {
            let revision = payload.as_deref().and_then(|text| text.parse().ok());
            let revision = revision
                .ok_or_else(|| IndexError::Damaged { path: dir.clone(), detail: "its last commit names no revision".to_owned() })?;
            Ok(IndexWriter::over(lexical, segmenter.clone(), KbRevision(revision)))
        });
        match opened {
            Ok(writer) => Ok(Some(Opened { writer })),
            Err(error) if error.is_disk_full() => Err(error),
            Err(error) => {
                self.set_aside(&crate::error::chain(&error), now)?;
                Ok(None)
            }
        }
    }

    /// Whether memory and disk hold the same passages; if not, the current generation is set aside.
    pub fn verify(&self, writer: &IndexWriter, now: Timestamp) -> Result<bool, IndexError> {
        let (on_disk, expected) = writer.passage_counts();
        if on_disk == expected {
            return Ok(true);
        }
        self.set_aside(&format!("it holds {on_disk} passages where {expected} are expected"), now)?;
        Ok(false)
    }

    /// Starts a build beside the current generation.
    pub fn start(&self, segmenter: &Arc<Segmenter>) -> Result<Building, IndexError> {
        let newest = self.numbered()?.into_iter().map(|(number, _)| number).max().unwrap_or(0);
        let number = newest.max(self.current().map_or(0, |(number, _)| number)) + 1;
        let dir = self.dir(number);
        std::fs::create_dir_all(&dir).map_err(IndexError::io("create", &dir))?;
        let unfinished = Unfinished(Some(dir.clone()));
        Ok(Building { number, writer: IndexWriter::over(Lexical::create(&dir)?, segmenter.clone(), KbRevision(0)), unfinished })
    }

    /// Makes a committed build the current generation and removes the older ones. Readers of an older one keep it until they
    /// let go: its files stay mapped.
    pub fn finish(&self, mut building: Building, fingerprint: &str) -> Result<IndexWriter, IndexError> {
        let dir = self.dir(building.number);
        sync_dir(&dir)?;
        let temporary = self.root.join("CURRENT.new");
        let mut file = File::create(&temporary).map_err(IndexError::io("create", &temporary))?;
        writeln!(file, "{}\n{fingerprint}", building.number).and_then(|()| file.sync_all()).map_err(IndexError::io("write", &temporary))?;
        let current = self.root.join("CURRENT");
        std::fs::rename(&temporary, &current).map_err(IndexError::io("rename", &current))?;
        // From here on it is the one that the next start opens.
        building.unfinished.0 = None;
        sync_dir(&self.root)?;
        for (number, path) in self.numbered()? {
            if number < building.number
                && let Err(error) = std::fs::remove_dir_all(&path)
            {
                // Not worth failing a finished build for: the next start removes it.
                tracing::warn!(path = %path.display(), %error, "cannot remove an older generation");
            }
        }
        Ok(building.writer)
    }

    /// The number of the current generation; 0 before the first.
    pub fn current_number(&self) -> u64 {
        self.current().map_or(0, |(number, _)| number)
    }

    fn set_aside(&self, why: &str, now: Timestamp) -> Result<(), IndexError> {
        let Some((number, _)) = self.current() else { return Ok(()) };
        let (from, to) = (self.dir(number), self.root.join(format!("damaged-{number}-{}", now.0)));
        tracing::warn!(generation = number, why, set_aside = %to.display(), "the index is damaged: set aside, rebuilding it from the store");
        if from.exists() {
            std::fs::rename(&from, &to).map_err(IndexError::io("set aside", &from))?;
        }
        let current = self.root.join("CURRENT");
        std::fs::remove_file(&current).map_err(IndexError::io("remove", &current))
    }

    fn current(&self) -> Option<(u64, String)> {
        let text = std::fs::read_to_string(self.root.join("CURRENT")).ok()?;
        let mut lines = text.lines();
        Some((lines.next()?.parse().ok()?, lines.next()?.to_owned()))
    }

    fn dir(&self, number: u64) -> PathBuf {
        self.root.join(format!("generation-{number:06}"))
    }

    fn numbered(&self) -> Result<Vec<(u64, PathBuf)>, IndexError> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.root).map_err(IndexError::io("list", &self.root))? {
            let entry = entry.map_err(IndexError::io("list", &self.root))?;
            let number = entry.file_name().to_str().and_then(|name| name.strip_prefix("generation-")?.parse().ok());
            if let Some(number) = number {
                found.push((number, entry.path()));
            }
        }
        found.sort();
        Ok(found)
    }
}

fn sync_dir(dir: &Path) -> Result<(), IndexError> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(IndexError::io("sync", dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_that_is_not_finished_leaves_nothing_and_a_finished_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let segmenter = Arc::new(Segmenter::new(&[]));
        let generations = Generations::open(dir.path()).unwrap();
        let names = || -> Vec<u64> { generations.numbered().unwrap().into_iter().map(|(number, _)| number).collect() };
        generations.finish(generations.start(&segmenter).unwrap(), "made with").unwrap();
        let mut building = generations.start(&segmenter).unwrap();
        building.writer.apply(&[], KbRevision(1)).unwrap();
        assert_eq!(names(), [1, 2]);
        drop(building);
        assert_eq!((names(), generations.current_number()), (vec![1], 1));
        // Nor does one that cannot become the current one.
        std::fs::create_dir(dir.path().join("CURRENT.new")).unwrap();
        assert!(generations.finish(generations.start(&segmenter).unwrap(), "made with").is_err());
        assert_eq!((names(), generations.current_number()), (vec![1], 1));
        std::fs::remove_dir(dir.path().join("CURRENT.new")).unwrap();
        generations.finish(generations.start(&segmenter).unwrap(), "made with").unwrap();
        assert_eq!((names(), generations.current_number()), (vec![2], 2));
    }
}
