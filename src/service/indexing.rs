//! Keeps the index at the store's revision.
//!
//! One task owns the index writer. Whoever changes an article asks it to catch up and waits; everything that waits is served by
//! one commit. A rebuild works beside it on a generation of its own from a reading of the store and is handed over when done: the
//! task brings it up to date and switches, so that neither edits nor searches wait for a build.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot, watch};

use super::prepare::Preparer;
use crate::domain::article::Article;
use crate::domain::ids::KbRevision;
use crate::domain::time::Clock;
use crate::embed::Embedder;
use crate::error::{Code, Coded, Failure, chain};
use crate::index::embeddings::Embeddings;
use crate::index::entry::{ContentHash, EntryKey, content_hash, passages};
use crate::index::fingerprint::fingerprint;
use crate::index::generation::{Building, Generations};
use crate::index::snapshot::Snapshot;
use crate::index::writer::{Edit, IndexWriter};
use crate::store::Change;
use crate::store::Store;
use crate::text::segment::Segmenter;

/// Hears how many passages of how many are embedded.
pub type Progress = Box<dyn FnMut(usize, usize) + Send>;

/// A failure of the indexing task, told to everybody who waited for it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct IndexingFailed {
    code: Code,
    message: String,
}

impl IndexingFailed {
    fn of(failure: &Failure) -> Self {
        tracing::error!(error = %chain(failure.get()), "the index cannot follow the store");
        IndexingFailed { code: failure.code(), message: "the change is stored, but the index cannot follow yet".to_owned() }
    }

    fn stopped() -> Self {
        IndexingFailed { code: Code::NotReady, message: "the service is shutting down".to_owned() }
    }
}

impl Coded for IndexingFailed {
    fn code(&self) -> Code {
        self.code
    }
}

/// What an index is made with.
#[derive(Clone)]
pub struct Parts {
    /// The encoder; `None` keeps keywords only.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// The segmenter, the editor's words included.
    pub segmenter: Arc<Segmenter>,
}

impl Parts {
    /// The encoder's fingerprint; empty without one.
    pub fn model(&self) -> &str {
        self.embedder.as_ref().map_or("", |e| e.fingerprint())
    }

    /// The fingerprint of an index made with these parts from the store of this epoch.
    pub fn fingerprint(&self, epoch: &str) -> String {
        fingerprint(&format!("{} store {epoch}", self.model()), self.segmenter.fingerprint())
    }
}

/// A view together with what made it: questions are encoded and cut by the same parts.
pub struct Served {
    /// The view.
    pub snapshot: Arc<Snapshot>,
    /// Its parts.
    pub parts: Parts,
    /// Its fingerprint.
    pub fingerprint: String,
    /// The number of its generation.
    pub generation: u64,
}

/// The view of the moment, and who waits for the next one.
struct Stage {
    served: ArcSwap<Served>,
    changed: watch::Sender<()>,
}

impl Stage {
    fn show(&self, served: Served) {
        self.served.store(Arc::new(served));
        self.changed.send_replace(());
    }
}

type Reply = oneshot::Sender<Result<KbRevision, IndexingFailed>>;

enum Request {
    CatchUp(Reply),
    Switch(Box<Made>, Reply),
}

/// A generation with the parts it was made with.
struct Made {
    building: Building,
    parts: Parts,
    fingerprint: String,
}

/// The served index and the way to change it. Cheap to clone.
#[derive(Clone)]
pub struct Indexing {
    stage: Arc<Stage>,
    requests: mpsc::Sender<Request>,
    embeddings: Arc<Mutex<Embeddings>>,
    generations: Arc<Generations>,
    one_rebuild: Arc<tokio::sync::Mutex<()>>,
    store: Arc<Store>,
}

impl Indexing {
    /// Opens the index under `dir`, or builds it from the store if it is missing, damaged or made with other parts, and starts
    /// the task that keeps it. Returns when the index is at the store's revision.
    ///
    /// **Cost**: reads every article and every remembered vector, and may write the vectors that are still needed anew; a build embeds
    /// what is not remembered.
    pub async fn open(dir: &Path, store: Arc<Store>, clock: Clock, parts: Parts, progress: Progress) -> Result<Self, Failure> {
        let epoch = store.epoch().await?;
        let fingerprint = parts.fingerprint(&epoch);
        let (generations, embeddings, opened) = {
            let (dir, parts, fingerprint, now) = (dir.to_owned(), parts.clone(), fingerprint.clone(), clock.now());
            blocking(move || {
                let model = parts.embedder.as_ref().map_or("none", |e| e.fingerprint()).to_owned();
                let dims = parts.embedder.as_ref().map_or(0, |e| e.dims());
                let embeddings = Embeddings::open(&dir.join("vectors"), &model, dims)?;
                let generations = Generations::open(&dir)?;
                let opened = generations.open_current(&fingerprint, &parts.segmenter, now)?;
                Ok((Arc::new(generations), Arc::new(Mutex::new(embeddings)), opened))
            })
            .await?
        };
        let revision = store.kb_revision().await?;
        let articles: Vec<(Article, i64)> = store.all_articles().await?.into_iter().map(|s| (s.value, s.revision)).collect();
        // An index ahead of the store belongs to another history (an older backup was restored).
        let opened = opened.filter(|opened| opened.revision() <= revision);
        let preparer = Preparer::new(parts.embedder.clone(), parts.segmenter.clone(), embeddings.clone());
        let changes = match &opened {
            Some(opened) => store.changes_since(opened.revision()).await?,
            None => Vec::new(),
        };
        let writer = {
            let (generations, parts, fingerprint, mut progress) = (generations.clone(), parts.clone(), fingerprint.clone(), progress);
            let embeddings = embeddings.clone();
            blocking(move || {
                forget_unused(&embeddings, &articles);
                if let Some(opened) = opened {
                    let held = opened.revision();
                    let unchanged = articles.iter().filter(|(_, changed)| KbRevision(*changed) <= held).cloned().collect();
                    let mut writer = opened.adopt(preparer.entries(unchanged, &mut progress)?);
                    if held < revision {
                        writer.apply(&edits(&preparer, changes, &mut progress)?, revision)?;
                    }
                    if generations.verify(&writer, clock.now())? {
                        return Ok(writer);
                    }
                }
                let building = build(&generations, &parts, &preparer, articles, revision, &mut progress)?;
                Ok(generations.finish(building, &fingerprint)?)
            })
            .await?
        };
        let served = Served { snapshot: writer.snapshot(), parts: parts.clone(), fingerprint, generation: generations.current_number() };
        let (requests, queue) = mpsc::channel(256);
        let indexing = Indexing {
            stage: Arc::new(Stage { served: ArcSwap::from_pointee(served), changed: watch::Sender::new(()) }),
            requests,
            embeddings: embeddings.clone(),
            generations: generations.clone(),
            one_rebuild: Arc::new(tokio::sync::Mutex::new(())),
            store: store.clone(),
        };
        tokio::spawn(keep(Keeper { writer, parts, store, embeddings, generations, stage: indexing.stage.clone() }, queue));
        Ok(indexing)
    }

    /// What is served now.
    pub fn served(&self) -> Arc<Served> {
        self.stage.served.load_full()
    }

    /// Hears of every new view after this call.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.stage.changed.subscribe()
    }

    /// Waits until the index shows everything that was stored before this call.
    pub async fn catch_up(&self) -> Result<KbRevision, IndexingFailed> {
        let (reply, done) = oneshot::channel();
        self.requests.send(Request::CatchUp(reply)).await.map_err(|_| IndexingFailed::stopped())?;
        done.await.map_err(|_| IndexingFailed::stopped())?
    }

    /// Keeps rebuilds waiting for as long as it is held: as if one were going on.
    #[cfg(test)]
    pub(super) async fn hold_rebuilds(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.one_rebuild.clone().lock_owned().await
    }

    /// Builds a new generation with `parts` beside the served one and switches to it. Searches and edits go on meanwhile.
    pub async fn rebuild(&self, parts: Parts, mut progress: Progress) -> Result<KbRevision, Failure> {
        let _one = self.one_rebuild.lock().await;
        let fingerprint = parts.fingerprint(&self.store.epoch().await?);
        let revision = self.store.kb_revision().await?;
        let articles = self.store.all_articles().await?.into_iter().map(|s| (s.value, s.revision)).collect();
        let preparer = Preparer::new(parts.embedder.clone(), parts.segmenter.clone(), self.embeddings.clone());
        let generations = self.generations.clone();
        let made = blocking(move || {
            let building = build(&generations, &parts, &preparer, articles, revision, &mut progress)?;
            Ok(Made { building, parts, fingerprint })
        })
        .await?;
        let (reply, done) = oneshot::channel();
        self.requests.send(Request::Switch(Box::new(made), reply)).await.map_err(|_| IndexingFailed::stopped())?;
        Ok(done.await.map_err(|_| IndexingFailed::stopped())??)
    }
}

/// Forgets the vectors of wordings that no article has any more. Articles that are not published keep theirs: they may be again.
fn forget_unused(embeddings: &Mutex<Embeddings>, articles: &[(Article, i64)]) {
    let mut embeddings = embeddings.lock().unwrap_or_else(PoisonError::into_inner);
    if embeddings.is_empty() {
        return;
    }
    let passages = articles.iter().flat_map(|(article, _)| passages(article));
    let needed: BTreeSet<ContentHash> = passages.map(|passage| content_hash(&passage.text)).collect();
    // They only take room: no reason not to start.
    if let Err(error) = embeddings.compact(&needed) {
        tracing::warn!(error = %chain(&error), "cannot forget the vectors of wordings that are gone");
    }
}

fn build(
    generations: &Generations,
    parts: &Parts,
    preparer: &Preparer,
    articles: Vec<(Article, i64)>,
    revision: KbRevision,
    progress: &mut Progress,
) -> Result<Building, Failure> {
    let edits: Vec<Edit> = preparer.entries(articles, progress)?.into_iter().map(Edit::Put).collect();
    let mut building = generations.start(&parts.segmenter)?;
    building.writer.apply(&edits, revision)?;
    Ok(building)
}

fn edits(preparer: &Preparer, changes: Vec<Change>, progress: &mut dyn FnMut(usize, usize)) -> Result<Vec<Edit>, Failure> {
    let (mut put, mut edits) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Put(stored) => put.push((stored.value, stored.revision)),
            Change::Deleted { id, locale, .. } => edits.push(Edit::Remove(EntryKey { id, locale })),
        }
    }
    edits.extend(preparer.entries(put, progress)?.into_iter().map(Edit::Put));
    Ok(edits)
}

struct Keeper {
    writer: IndexWriter,
    parts: Parts,
    store: Arc<Store>,
    embeddings: Arc<Mutex<Embeddings>>,
    generations: Arc<Generations>,
    stage: Arc<Stage>,
}

async fn keep(mut keeper: Keeper, mut queue: mpsc::Receiver<Request>) {
    while let Some(request) = queue.recv().await {
        let mut waiting = Vec::new();
        let mut switch = None;
        let mut next = Some(request);
        while let Some(request) = next {
            match request {
                Request::CatchUp(reply) => waiting.push(reply),
                Request::Switch(made, reply) => {
                    switch = Some((made, reply));
                    break;
                }
            }
            next = queue.try_recv().ok();
        }
        if !waiting.is_empty() {
            let Some((back, result)) = follow(keeper).await else { return };
            keeper = back;
            waiting.into_iter().for_each(|reply| drop(reply.send(result.clone())));
        }
        if let Some((made, reply)) = switch {
            let Some((back, result)) = switch_to(keeper, *made).await else { return };
            keeper = back;
            drop(reply.send(result));
        }
    }
}

/// Brings the served generation to the store's revision. `None` when the computation was lost: nothing is known of the writer
/// then, and the task ends; what waits is told.
async fn follow(keeper: Keeper) -> Option<(Keeper, Result<KbRevision, IndexingFailed>)> {
    let held = keeper.writer.revision();
    let read = async { Ok::<_, Failure>((keeper.store.kb_revision().await?, keeper.store.changes_since(held).await?)) };
    let (revision, changes) = match read.await {
        Ok(read) => read,
        Err(failure) => return Some((keeper, Err(IndexingFailed::of(&failure)))),
    };
    // Read in this order, the changes may be newer than the revision, never older; those are simply applied again next time.
    let newest = changes.iter().map(|c| KbRevision(c.revision())).max().unwrap_or(revision).max(revision);
    if newest <= held {
        return Some((keeper, Ok(held)));
    }
    let mut keeper = keeper;
    let work = move || {
        let preparer = Preparer::new(keeper.parts.embedder.clone(), keeper.parts.segmenter.clone(), keeper.embeddings.clone());
        let result = edits(&preparer, changes, &mut |_, _| ()).and_then(|edits| Ok(keeper.writer.apply(&edits, newest)?));
        let result = match result {
            Ok(snapshot) => {
                let before = keeper.stage.served.load();
                let (fingerprint, generation) = (before.fingerprint.clone(), before.generation);
                drop(before);
                keeper.stage.show(Served { snapshot, parts: keeper.parts.clone(), fingerprint, generation });
                Ok(newest)
            }
            Err(failure) => Err(IndexingFailed::of(&failure)),
        };
        (keeper, result)
    };
    lost(tokio::task::spawn_blocking(work).await)
}

async fn switch_to(keeper: Keeper, made: Made) -> Option<(Keeper, Result<KbRevision, IndexingFailed>)> {
    let held = made.building.writer.revision();
    let changes = match keeper.store.changes_since(held).await {
        Ok(changes) => changes,
        Err(error) => return Some((keeper, Err(IndexingFailed::of(&Failure::from(error))))),
    };
    let newest = changes.iter().map(|c| KbRevision(c.revision())).max().unwrap_or(held).max(held);
    let mut keeper = keeper;
    let work = move || {
        let Made { mut building, parts, fingerprint } = made;
        let preparer = Preparer::new(parts.embedder.clone(), parts.segmenter.clone(), keeper.embeddings.clone());
        let finished = edits(&preparer, changes, &mut |_, _| ()).and_then(|edits| {
            if !edits.is_empty() {
                building.writer.apply(&edits, newest)?;
            }
            Ok(keeper.generations.finish(building, &fingerprint)?)
        });
        let result = match finished {
            Ok(writer) => {
                let generation = keeper.generations.current_number();
                keeper.stage.show(Served { snapshot: writer.snapshot(), parts: parts.clone(), fingerprint, generation });
                (keeper.writer, keeper.parts) = (writer, parts);
                Ok(newest)
            }
            Err(failure) => Err(IndexingFailed::of(&failure)),
        };
        (keeper, result)
    };
    lost(tokio::task::spawn_blocking(work).await)
}

fn lost<T>(joined: Result<T, tokio::task::JoinError>) -> Option<T> {
    joined.inspect_err(|error| tracing::error!(%error, "the indexing task was lost")).ok()
}

/// Runs a blocking step off the async threads.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            tracing::error!(%error, "a blocking step was lost");
            Err(crate::cpu::CpuError::Lost.into())
        }
    }
}
