//! Vectors remembered by the content that was embedded.
//!
//! A file per encoder: a header, then records of content hash, numbers and checksum. It is appended to, and written anew without the
//! vectors of wordings that are gone when the index is opened. It is a cache: a torn or damaged tail is cut off with a log line and
//! costs only embedding that text again.

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::entry::ContentHash;
use super::error::IndexError;
use super::vectors::Vector;

const MAGIC: &[u8; 8] = b"JIEDAEMB";
const VERSION: u32 = 1;
const HEADER: usize = 16;
/// Vectors are forgotten when one in so many is not needed.
const UNNEEDED_SHARE: usize = 10;
/// Ending of the file that takes the place of the other when it is whole.
const BESIDE: &str = "vectors.new";

/// All vectors of one encoder, in memory and on disk.
pub struct Embeddings {
    vectors: HashMap<ContentHash, Arc<Vector>>,
    dims: usize,
    file: Option<(PathBuf, File)>,
}

impl Embeddings {
    /// Remembers for the life of the process only.
    pub fn in_memory(dims: usize) -> Self {
        Embeddings { vectors: HashMap::new(), dims, file: None }
    }

    /// Opens or makes `dir/<first 16 of model>.vectors`.
    ///
    /// **Errors**: I/O only; what does not check is cut off and logged. **Cost**: reads the whole file, about 1.6 kB a passage.
    pub fn open(dir: &Path, model: &str, dims: usize) -> Result<Self, IndexError> {
        std::fs::create_dir_all(dir).map_err(IndexError::io("create", dir))?;
        let path = dir.join(format!("{}.vectors", model.get(..16).unwrap_or(model)));
        // Left behind by a kill while it was written.
        drop(std::fs::remove_file(path.with_extension(BESIDE)));
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(IndexError::io("open", &path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(IndexError::io("read", &path))?;
        let mut vectors = HashMap::new();
        let header = header(dims);
        let mut good = 0;
        if bytes.starts_with(&header) {
            good = HEADER;
            let size = record_size(dims);
            while let Some(record) = bytes.get(good..good + size) {
                let Some((hash, vector)) = parse_record(record, dims) else { break };
                vectors.insert(hash, Arc::new(vector));
                good += size;
            }
        }
        if good < bytes.len() {
            tracing::warn!(path = %path.display(), cut_bytes = bytes.len() - good, "cutting off a damaged tail of remembered vectors");
        }
        if good < bytes.len() || bytes.is_empty() {
            file.set_len(good as u64).map_err(IndexError::io("truncate", &path))?;
        }
        file.seek(SeekFrom::Start(good as u64)).map_err(IndexError::io("read", &path))?;
        if good == 0 {
            file.write_all(&header).map_err(IndexError::io("write", &path))?;
        }
        Ok(Embeddings { vectors, dims, file: Some((path, file)) })
    }

    /// The vector of a content, if known.
    pub fn get(&self, hash: &ContentHash) -> Option<Arc<Vector>> {
        self.vectors.get(hash).cloned()
    }

    /// Remembers vectors; on a write error (a full disk) they are remembered in memory and the error is returned.
    pub fn add(&mut self, new: Vec<(ContentHash, Vec<f32>)>) -> Result<(), IndexError> {
        let mut bytes = Vec::with_capacity(new.len() * record_size(self.dims));
        for (hash, numbers) in new {
            let vector = Vector::new(&numbers, self.dims)?;
            self.vectors.entry(hash).or_insert_with(|| {
                write_record(&mut bytes, &hash, &vector);
                Arc::new(vector)
            });
        }
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let start = file.stream_position().map_err(IndexError::io("write", path.as_path()))?;
        if let Err(source) = file.write_all(&bytes) {
            // A half-written record would end the file for the next start: take it back.
            let undone = file.set_len(start).and_then(|()| file.seek(SeekFrom::Start(start)));
            if let Err(error) = undone {
                tracing::warn!(path = %path.display(), %error, "cannot take back half-written vectors");
            }
            return Err(IndexError::Io { action: "write", path: path.clone(), source });
        }
        Ok(())
    }

    /// Makes everything written so far durable.
    pub fn sync(&self) -> Result<(), IndexError> {
        match &self.file {
            Some((path, file)) => file.sync_data().map_err(IndexError::io("sync", path.as_path())),
            None => Ok(()),
        }
    }

    /// Forgets vectors that are not `needed`, in memory and on disk, once they are at least a tenth of all: until then the next
    /// wording to come back costs no encoding. A crash leaves the old file or the new one, each whole.
    ///
    /// **Errors**: I/O; the file and what is remembered are as before then. **Cost**: writes and syncs what is kept, 1.6 kB a passage.
    pub fn compact(&mut self, needed: &BTreeSet<ContentHash>) -> Result<(), IndexError> {
        let unneeded = self.vectors.keys().filter(|hash| !needed.contains(*hash)).count();
        if unneeded == 0 || unneeded * UNNEEDED_SHARE < self.vectors.len() {
            return Ok(());
        }
        if let Some((path, file)) = &mut self.file {
            let temporary = path.with_extension(BESIDE);
            let kept = needed.iter().filter_map(|hash| Some((hash, &**self.vectors.get(hash)?)));
            let rewritten = match write_beside(&temporary, self.dims, kept) {
                Ok(file) => file,
                Err(error) => {
                    // On a full disk what was written stands in the way of everything else.
                    drop(std::fs::remove_file(&temporary));
                    return Err(error);
                }
            };
            std::fs::rename(&temporary, path.as_path()).map_err(IndexError::io("rename", path.as_path()))?;
            *file = rewritten;
            if let Some(dir) = path.parent()
                && let Err(error) = File::open(dir).and_then(|dir| dir.sync_all())
            {
                // Whichever of the two files a power cut leaves is whole.
                tracing::warn!(path = %dir.display(), %error, "cannot sync the directory of remembered vectors");
            }
        }
        self.vectors.retain(|hash, _| needed.contains(hash));
        tracing::info!(forgotten = unneeded, kept = self.vectors.len(), "forgot vectors of wordings that are gone");
        Ok(())
    }

    /// How many vectors are known.
    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// Numbers a vector.
    pub fn dims(&self) -> usize {
        self.dims
    }
}

/// A new file with these vectors, on the disk and positioned at its end.
fn write_beside<'a>(path: &Path, dims: usize, vectors: impl Iterator<Item = (&'a ContentHash, &'a Vector)>) -> Result<File, IndexError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path).map_err(IndexError::io("create", path))?;
    let mut writer = BufWriter::new(file);
    let mut record = Vec::with_capacity(record_size(dims));
    let mut write = |bytes: &[u8]| writer.write_all(bytes).map_err(IndexError::io("write", path));
    write(&header(dims))?;
    for (hash, vector) in vectors {
        record.clear();
        write_record(&mut record, hash, vector);
        write(&record)?;
    }
    let file = writer.into_inner().map_err(|error| IndexError::io("write", path)(error.into_error()))?;
    file.sync_all().map_err(IndexError::io("sync", path))?;
    Ok(file)
}

fn header(dims: usize) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..].copy_from_slice(&(dims as u32).to_le_bytes());
    bytes
}

fn record_size(dims: usize) -> usize {
    32 + dims * 4 + 4
}

fn write_record(bytes: &mut Vec<u8>, hash: &ContentHash, vector: &Vector) {
    let start = bytes.len();
    bytes.extend_from_slice(hash);
    vector.exact.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
    let sum = crc32fast::hash(&bytes[start..]);
    bytes.extend_from_slice(&sum.to_le_bytes());
}

fn parse_record(record: &[u8], dims: usize) -> Option<(ContentHash, Vector)> {
    let (body, sum) = record.split_at(record.len() - 4);
    if crc32fast::hash(body) != u32::from_le_bytes(sum.try_into().ok()?) {
        return None;
    }
    let numbers: Vec<f32> = body[32..].chunks_exact(4).filter_map(|b| b.try_into().ok().map(f32::from_le_bytes)).collect();
    Some((body[..32].try_into().ok()?, Vector::new(&numbers, dims).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(dir: &Path) -> PathBuf {
        let mut log = Embeddings::open(dir, "0123456789abcdefff", 4).unwrap();
        log.add(vec![([1; 32], vec![1.0, 0.0, 0.0, 0.0]), ([2; 32], vec![0.0, 1.0, 0.0, 0.0])]).unwrap();
        log.sync().unwrap();
        dir.join("0123456789abcdef.vectors")
    }

    #[test]
    fn vectors_survive_and_a_torn_tail_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        let mut log = Embeddings::open(dir.path(), "0123456789abcdefff", 4).unwrap();
        assert_eq!(log.len(), 1);
        assert!(log.get(&[1; 32]).is_some() && log.get(&[2; 32]).is_none());
        log.add(vec![([3; 32], vec![0.0, 0.0, 1.0, 0.0])]).unwrap();
        drop(log);
        assert_eq!(Embeddings::open(dir.path(), "0123456789abcdefff", 4).unwrap().len(), 2);
    }

    #[test]
    fn a_flipped_bit_or_other_dimensions_drop_what_follows() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[HEADER + 40] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(Embeddings::open(dir.path(), "0123456789abcdefff", 4).unwrap().is_empty());
        filled(dir.path());
        assert!(Embeddings::open(dir.path(), "0123456789abcdefff", 8).unwrap().is_empty());
    }

    #[test]
    fn what_is_not_needed_is_forgotten_on_disk_too_and_appending_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let open = || Embeddings::open(dir.path(), "0123456789abcdefff", 4).unwrap();
        let mut log = open();
        log.compact(&[[1; 32], [2; 32], [9; 32]].into()).unwrap();
        assert_eq!(log.len(), 2, "all are needed");
        log.compact(&[[2; 32]].into()).unwrap();
        assert!(log.len() == 1 && log.get(&[1; 32]).is_none());
        assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, HEADER + record_size(4));
        log.add(vec![([3; 32], vec![0.0, 0.0, 1.0, 0.0])]).unwrap();
        drop(log);
        let log = open();
        assert_eq!(log.len(), 2);
        assert_eq!(log.get(&[2; 32]).unwrap().exact[..], [0.0, 1.0, 0.0, 0.0]);
        assert!(log.get(&[3; 32]).is_some());
    }

    #[test]
    fn few_that_are_not_needed_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Embeddings::open(dir.path(), "0123456789abcdefff", 4).unwrap();
        log.add((0..21).map(|n| ([n; 32], vec![1.0, 0.0, 0.0, 0.0])).collect()).unwrap();
        log.compact(&(2..21).map(|n| [n; 32]).collect()).unwrap();
        assert_eq!(log.len(), 21);
        log.compact(&(3..21).map(|n| [n; 32]).collect()).unwrap();
        assert_eq!(log.len(), 18);
    }

    #[test]
    fn a_rewriting_that_was_killed_or_fails_leaves_the_file_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let before = std::fs::read(&path).unwrap();
        let beside = path.with_extension(BESIDE);
        std::fs::write(&beside, &before[..HEADER + 9]).unwrap();
        let mut log = Embeddings::open(dir.path(), "0123456789abcdefff", 4).unwrap();
        assert!(!beside.exists() && log.len() == 2);
        // A directory in its place cannot be written to.
        std::fs::create_dir(&beside).unwrap();
        assert!(log.compact(&[[2; 32]].into()).is_err());
        assert_eq!((log.len(), std::fs::read(&path).unwrap()), (2, before));
        log.add(vec![([3; 32], vec![0.0, 0.0, 1.0, 0.0])]).unwrap();
        drop(log);
        assert_eq!(Embeddings::open(dir.path(), "0123456789abcdefff", 4).unwrap().len(), 3);
    }
}
