//! Fetching a model from the hub, into `<data-dir>/models/NAME`.
//!
//! The files are gathered in a directory aside, named after the model and its revision, so that a pull that was broken off
//! goes on where it stopped; only when all are there and checked is the directory renamed into place. Hashes that the manifest
//! does not know yet are recorded in the model's lock file and hold from then on.
//!
//! The hub's client does not resume, and it does not say whether a server honoured a range. So a resumed file asks for the
//! last bytes it already has once more: if they come back the same, the rest fits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use hf_hub::repository::{HFRepository, RepoTypeModel};
use hf_hub::{HFClient, HFError};
use tokio::io::AsyncWriteExt;

use super::EmbedError;
use super::directory::sha256_of_file;
use super::manifest::{LOCK_NAME, Lock, ModelEntry, Source};
use super::registry::{Registry, sync_dir, write_atomically};

/// Bytes asked for twice when a file is resumed.
const OVERLAP: u64 = 4096;

/// How to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullOptions {
    /// The hub's address; `$HF_ENDPOINT` or the public hub by default.
    pub endpoint: Option<String>,
    /// Tries per file that bring nothing new before the pull gives up. Default 4.
    pub attempts: u32,
    /// Pause before the first retry; doubled for each further one. Default 1 s.
    pub retry_delay: Duration,
    /// Silence of the server that counts as a broken connection. Default 60 s.
    pub idle_timeout: Duration,
}

impl Default for PullOptions {
    fn default() -> Self {
        PullOptions { endpoint: None, attempts: 4, retry_delay: Duration::from_secs(1), idle_timeout: Duration::from_secs(60) }
    }
}

/// How far a pull has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullProgress<'a> {
    /// The file being fetched.
    pub file: &'a str,
    /// Its position among the model's files, from 1.
    pub file_number: usize,
    /// How many files there are.
    pub files: usize,
    /// Bytes of it that are here.
    pub done_bytes: u64,
    /// Its size, if the server said.
    pub total_bytes: Option<u64>,
}

/// Hears about progress.
pub type OnProgress<'a> = &'a mut (dyn FnMut(PullProgress<'_>) + Send);

/// Fetches a model of the manifest and returns its directory. Pulling a model that is there fetches it anew and replaces it.
///
/// **Errors** `ModelUnknown`; `NotDownloadable` for the bundled model; `DownloadFailed` with the file and the reason;
/// `ChecksumMismatch`, after which the file is fetched anew by the next pull; `FileAccess` (a full disk).
pub async fn pull(registry: &Registry, name: &str, options: &PullOptions, progress: OnProgress<'_>) -> Result<PathBuf, EmbedError> {
    let entry = registry.manifest().find(name).ok_or_else(|| EmbedError::ModelUnknown { name: name.to_owned() })?;
    if entry.source == Source::Bundled {
        return Err(EmbedError::NotDownloadable { name: name.to_owned() });
    }
    let root = registry.pull_root();
    let installed = root.join(name);
    let aside = root.join(".pull").join(format!("{}@{}", name.replace('/', "--"), entry.revision.replace('/', "--")));

    // A hash once recorded for this revision holds for every later pull of it.
    let mut expected = entry.checksums();
    if let Some(lock) = Lock::read(&installed)?.filter(|lock| lock.revision == entry.revision) {
        for (path, hash) in lock.files {
            expected.entry(path).or_insert(hash);
        }
    }

    let fetcher = Fetcher::new(entry, options)?;
    let mut hashes = BTreeMap::new();
    for (n, file) in entry.files.iter().enumerate() {
        let path = aside.join(&file.path);
        let mut report = |done_bytes, total_bytes| {
            let (file_number, files) = (n + 1, entry.files.len());
            progress(PullProgress { file: &file.path, file_number, files, done_bytes, total_bytes });
        };
        if !path.is_file() {
            fetcher.fetch(&file.path, &path, &mut report).await?;
        }
        let found = sha256_of_file(&path)?;
        if let Some(expected) = expected.get(&file.path).filter(|expected| **expected != found) {
            remove_file(&path)?;
            return Err(EmbedError::ChecksumMismatch { path, expected: expected.clone(), found });
        }
        hashes.insert(file.path.clone(), found);
    }
    let lock = Lock { revision: entry.revision.clone(), files: hashes };
    let text =
        toml::to_string(&lock).map_err(|error| EmbedError::ManifestInvalid { path: aside.join(LOCK_NAME), problem: error.to_string() })?;
    write_atomically(&aside, LOCK_NAME, text.as_bytes())?;
    install(&aside, &installed)?;
    Ok(installed)
}

/// One model at one server.
struct Fetcher<'a> {
    entry: &'a ModelEntry,
    options: &'a PullOptions,
    endpoint: String,
    repository: HFRepository<RepoTypeModel>,
}

/// Why one try ended.
enum Stop {
    /// Trying again cannot help.
    Final(EmbedError),
    /// Trying again may help.
    Retry { reason: String, source: Option<HFError> },
    /// The server sent other bytes than asked for: fetch the whole file.
    RangeIgnored,
}

impl<'a> Fetcher<'a> {
    fn new(entry: &'a ModelEntry, options: &'a PullOptions) -> Result<Self, EmbedError> {
        let mut builder = HFClient::builder()
            .user_agent(concat!("jieda/", env!("CARGO_PKG_VERSION")))
            .cache_enabled(false)
            // Retries are ours, because only we know what is already here.
            .retry_max_attempts(0);
        if let Some(endpoint) = &options.endpoint {
            builder = builder.endpoint(endpoint);
        }
        let client = builder.build().map_err(|source| EmbedError::DownloadFailed {
            name: entry.name.clone(),
            file: "any file".to_owned(),
            endpoint: options.endpoint.clone().unwrap_or_else(|| "the hub".to_owned()),
            reason: reason(&source),
            source: Some(Box::new(source)),
        })?;
        let (owner, repository) = hf_hub::split_id(&entry.name);
        Ok(Fetcher { entry, options, endpoint: client.endpoint().to_owned(), repository: client.model(owner, repository) })
    }

    fn failed(&self, file: &str, reason: String, source: Option<HFError>) -> EmbedError {
        EmbedError::DownloadFailed {
            name: self.entry.name.clone(),
            file: file.to_owned(),
            endpoint: self.endpoint.clone(),
            reason,
            source: source.map(|source| Box::new(source) as _),
        }
    }

    /// Fetches `file` to `path`, by way of `path.part`, which a later call goes on with.
    async fn fetch(&self, file: &str, path: &Path, report: &mut (dyn FnMut(u64, Option<u64>) + Send)) -> Result<(), EmbedError> {
        let part = PathBuf::from(format!("{}.part", path.display()));
        if let Some(dir) = path.parent() {
            tokio::fs::create_dir_all(dir).await.map_err(|source| EmbedError::writing(dir, source))?;
        }
        let mut tries = 0;
        let mut delay = self.options.retry_delay;
        loop {
            let before = length(&part).await?;
            match self.try_once(file, &part, before, report).await {
                Ok(()) => break,
                Err(Stop::Final(error)) => return Err(error),
                Err(Stop::RangeIgnored) => {
                    tries += 1;
                    remove_file(&part)?;
                }
                Err(Stop::Retry { reason, source }) => {
                    if length(&part).await? > before {
                        tries = 0;
                        delay = self.options.retry_delay;
                    }
                    tries += 1;
                    if tries >= self.options.attempts {
                        return Err(self.failed(file, reason, source));
                    }
                    tokio::time::sleep(delay).await;
                    delay *= 2;
                }
            }
        }
        tokio::fs::rename(&part, path).await.map_err(|source| EmbedError::writing(path, source))
    }

    /// One connection: appends to `part`, which has `have` bytes, until the file is whole.
    async fn try_once(&self, file: &str, part: &Path, have: u64, report: &mut (dyn FnMut(u64, Option<u64>) + Send)) -> Result<(), Stop> {
        let writing = |source| Stop::Final(EmbedError::writing(part, source));
        let (total, mut stream) = self.open(file, None).await?;
        report(have, total);
        let mut overlap = Vec::new();
        match total {
            Some(total) if have == total && total > 0 => return Ok(()),
            Some(total) if have > 0 && have < total => {
                let from = have.saturating_sub(OVERLAP);
                overlap = tail(part, from).map_err(|source| Stop::Final(EmbedError::reading(part, source)))?;
                stream = self.open(file, Some(from..total)).await?.1;
            }
            _ if have > 0 => return Err(Stop::RangeIgnored),
            _ => {}
        }
        let mut out = tokio::fs::OpenOptions::new().create(true).append(true).open(part).await.map_err(writing)?;
        let mut done = have;
        loop {
            let chunk = match tokio::time::timeout(self.options.idle_timeout, stream.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
                ended => {
                    out.sync_all().await.map_err(writing)?;
                    return Err(match ended {
                        Ok(Some(Err(error))) => Stop::Retry { reason: reason(&error), source: Some(error) },
                        _ => self.silent(),
                    });
                }
            };
            let known = chunk.len().min(overlap.len());
            if chunk[..known] != overlap[..known] {
                return Err(Stop::RangeIgnored);
            }
            overlap.drain(..known);
            out.write_all(&chunk[known..]).await.map_err(writing)?;
            done += (chunk.len() - known) as u64;
            report(done, total);
        }
        out.sync_all().await.map_err(writing)?;
        match total {
            Some(total) if done > total => Err(Stop::RangeIgnored),
            Some(total) if done < total => {
                Err(Stop::Retry { reason: format!("the connection ended after {done} of {total} bytes"), source: None })
            }
            _ => Ok(()),
        }
    }

    async fn open(&self, file: &str, range: Option<std::ops::Range<u64>>) -> Result<(Option<u64>, ByteStream), Stop> {
        let request = self.repository.download_file_stream().filename(file).revision(self.entry.revision.as_str()).maybe_range(range);
        match tokio::time::timeout(self.options.idle_timeout, request.send()).await {
            Ok(Ok((total, stream))) => Ok((total, stream.map(|chunk| chunk.map(|bytes| bytes.to_vec())).boxed())),
            Ok(Err(error)) if is_final(&error) => Err(Stop::Final(self.failed(file, reason(&error), Some(error)))),
            Ok(Err(error)) => Err(Stop::Retry { reason: reason(&error), source: Some(error) }),
            Err(_) => Err(self.silent()),
        }
    }

    fn silent(&self) -> Stop {
        Stop::Retry { reason: format!("the server was silent for {} s", self.options.idle_timeout.as_secs_f32()), source: None }
    }
}

type ByteStream = BoxStream<'static, Result<Vec<u8>, HFError>>;

/// Whether the server's answer will be the same next time.
fn is_final(error: &HFError) -> bool {
    matches!(
        error,
        HFError::EntryNotFound { .. }
            | HFError::RepoNotFound { .. }
            | HFError::RevisionNotFound { .. }
            | HFError::AuthRequired { .. }
            | HFError::Forbidden { .. }
            | HFError::InvalidParameter(_)
            | HFError::Url(_)
    )
}

/// The error in one clause for a person who wants to know whether it is the network.
fn reason(error: &HFError) -> String {
    match error {
        HFError::Request { source, .. } if source.is_connect() => "no connection to the server".to_owned(),
        HFError::Request { source, .. } if source.is_timeout() => "the server did not answer in time".to_owned(),
        HFError::Request { .. } => "the connection broke".to_owned(),
        HFError::EntryNotFound { .. } => "the server has no such file (404)".to_owned(),
        other => other.to_string(),
    }
}

async fn length(path: &Path) -> Result<u64, EmbedError> {
    match tokio::fs::metadata(path).await {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(EmbedError::reading(path, error)),
    }
}

/// The bytes of `path` from `from` to its end.
fn tail(path: &Path, from: u64) -> std::io::Result<Vec<u8>> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn remove_file(path: &Path) -> Result<(), EmbedError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(EmbedError::writing(path, error)),
        _ => Ok(()),
    }
}

/// Puts the finished directory in its place; an older one steps aside first and is removed last.
fn install(aside: &Path, installed: &Path) -> Result<(), EmbedError> {
    let writing = |source| EmbedError::writing(installed, source);
    let parent = installed.parent().unwrap_or(installed);
    std::fs::create_dir_all(parent).map_err(writing)?;
    let old = PathBuf::from(format!("{}.old", aside.display()));
    if old.exists() {
        std::fs::remove_dir_all(&old).map_err(writing)?;
    }
    if installed.exists() {
        std::fs::rename(installed, &old).map_err(writing)?;
    }
    std::fs::rename(aside, installed).map_err(writing)?;
    sync_dir(parent).map_err(writing)?;
    if old.exists() {
        std::fs::remove_dir_all(&old).map_err(writing)?;
    }
    Ok(())
}
