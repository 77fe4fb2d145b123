//! Keeps what was learned from the knowledge base at its state.
//!
//! One task waits for a new view of the index, then for a pause in the edits, and learns from scratch on a thread beside the
//! requests: a burst of edits is learned from once, and the same articles always teach the same. Until it is done, what was
//! learned before goes on serving; only what was learned with another encoder is never used. A file in the data directory lets a
//! restart answer at once; losing it costs learning again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::health::StartError;
use super::indexing::{Indexing, Served, blocking};
use crate::cpu::CpuError;
use crate::domain::ids::KbRevision;
use crate::domain::time::{Clock, Timestamp};
use crate::error::{Failure, chain};
use crate::index::snapshot::Live;
use crate::observe::metrics::Metrics;
use crate::retrieve::adaptation::{Adaptation, file};
use crate::retrieve::small_talk::SmallTalk;

/// Edits that follow each other within this time are learned from together.
const PAUSE: Duration = Duration::from_millis(500);
/// However many edits follow each other: after this time they are learned from.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was learned, and when.
#[derive(Debug, Clone)]
pub struct Adapted {
    /// What.
    pub adaptation: Arc<Adaptation>,
    /// When.
    pub at: Timestamp,
}

/// The precisions that are asked for.
#[derive(Debug, Clone)]
pub struct Targets {
    /// Where no channel and no category asks for another.
    pub usual: f64,
    /// Those that channels and categories ask for.
    pub others: Vec<f64>,
}

/// A view of the index: revision and fingerprint.
type View = (KbRevision, String);

fn view(served: &Served) -> View {
    (served.snapshot.revision(), served.fingerprint.clone())
}

/// What is learned, and the task that keeps it. Dropped, the task ends.
pub struct Adapting {
    current: Arc<ArcSwap<Adapted>>,
    prior: Arc<Adaptation>,
    /// The view that was looked at last.
    seen: watch::Receiver<Option<View>>,
    _task: DropGuard,
}

impl Adapting {
    /// Takes what is stored under `dir` for the encoder in use. If there is nothing, learns before it returns; if the articles
    /// have changed since, learns beside the requests.
    ///
    /// **Cost**: reading a few megabytes, or see `Head::learn`.
    pub async fn open(dir: PathBuf, indexing: Indexing, clock: Clock, metrics: Arc<Metrics>, targets: Targets) -> Result<Self, Failure> {
        let changes = indexing.changes();
        let mut prior = Adaptation::prior(Arc::new(SmallTalk::unencoded()))?;
        // Nothing learned with this encoder: nothing is answered until it is.
        prior.close();
        let prior = Arc::new(prior);
        let served = indexing.served();
        let stored = stored(&dir, &served, &targets).await?;
        let known = stored.is_some();
        let adapted = stored.unwrap_or_else(|| Adapted { adaptation: prior.clone(), at: clock.now() });
        let (see, seen) = watch::channel(None);
        let current = Arc::new(ArcSwap::from_pointee(adapted));
        let keeper = Keeper { dir, indexing, clock, metrics, current: current.clone(), see, targets };
        keeper.metrics.adapted(keeper.current.load().at, None);
        if !known {
            keeper.bring_up_to_date().await;
        }
        let stop = CancellationToken::new();
        let task = stop.clone().drop_guard();
        tokio::spawn(keep(keeper, changes, stop, known));
        Ok(Adapting { current, prior, seen, _task: task })
    }

    /// What was learned last.
    pub fn current(&self) -> Arc<Adapted> {
        self.current.load_full()
    }

    /// What answers a question on this view: what was learned last, unless with another encoder.
    pub fn of(&self, served: &Served) -> Arc<Adaptation> {
        let current = self.current.load();
        if current.adaptation.model == served.parts.model() { current.adaptation.clone() } else { self.prior.clone() }
    }

    /// Waits until the view served now has been learned from.
    pub async fn settled(&self, indexing: &Indexing) {
        let mut seen = self.seen.clone();
        let wanted = |seen: &Option<View>| seen.as_ref() == Some(&view(&indexing.served()));
        // The task only ends with the service.
        let _ = seen.wait_for(wanted).await;
    }
}

/// What is stored for the encoder in use. Whatever cannot be read is told and counts as nothing.
async fn stored(dir: &std::path::Path, served: &Served, targets: &Targets) -> Result<Option<Adapted>, Failure> {
    let path = file::path(dir, served.parts.model());
    let read = blocking(move || Ok(file::read(&path))).await?;
    let read = read.unwrap_or_else(|error| {
        tracing::warn!(error = %chain(&error), "what was learned from the articles cannot be read: learning it again");
        None
    });
    let own = read.filter(|(adaptation, _)| adaptation.model == served.parts.model());
    Ok(own.map(|(mut adaptation, at)| {
        adaptation.aim_at(targets.usual, &targets.others);
        Adapted { adaptation: Arc::new(adaptation), at }
    }))
}

struct Keeper {
    dir: PathBuf,
    indexing: Indexing,
    clock: Clock,
    metrics: Arc<Metrics>,
    current: Arc<ArcSwap<Adapted>>,
    see: watch::Sender<Option<View>>,
    targets: Targets,
}

/// Learns at every change, and at once if `now`.
async fn keep(keeper: Keeper, mut changes: watch::Receiver<()>, stop: CancellationToken, now: bool) {
    if now {
        keeper.bring_up_to_date().await;
    }
    while next_pause(&mut changes, &stop, PAUSE, PATIENCE).await {
        keeper.bring_up_to_date().await;
    }
}

/// Waits for a change, and then until none has come for `pause`, at most `patience`. False at the end.
async fn next_pause(changes: &mut watch::Receiver<()>, stop: &CancellationToken, pause: Duration, patience: Duration) -> bool {
    tokio::select! {
        () = stop.cancelled() => return false,
        changed = changes.changed() => if changed.is_err() { return false },
    }
    let latest = tokio::time::Instant::now() + patience;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return false,
            () = tokio::time::sleep_until(latest) => return true,
            changed = changes.changed() => if changed.is_err() { return false },
            () = tokio::time::sleep(pause) => return true,
        }
    }
}

impl Keeper {
    /// Learns from the view served now unless that is known already. A failure is told, and what was learned before stays in force.
    async fn bring_up_to_date(&self) {
        let served = self.indexing.served();
        if let Err(failure) = self.learn(&served).await {
            tracing::error!(error = %chain(failure.get()), "nothing could be learned from the articles: the present state stays in force");
        }
        self.see.send_replace(Some(view(&served)));
    }

    async fn learn(&self, served: &Arc<Served>) -> Result<(), Failure> {
        let begun = Instant::now();
        let wanted = on_thread(served, |served| Adaptation::fingerprint_of(&served.snapshot, served.parts.model())).await??;
        if self.current.load().adaptation.fingerprint == wanted {
            return Ok(());
        }
        let (talk, now) = (self.current.load().adaptation.clone(), self.clock.now());
        let mut adaptation = on_thread(served, move |served| learn(served, &talk, now)).await??;
        adaptation.aim_at(self.targets.usual, &self.targets.others);
        let adaptation = Arc::new(adaptation);
        let (at, took) = (self.clock.now(), begun.elapsed());
        let path = file::path(&self.dir, served.parts.model());
        let written = {
            let adaptation = adaptation.clone();
            blocking(move || Ok(file::write(&adaptation, at, &path))).await?
        };
        if let Err(error) = written {
            tracing::warn!(error = %chain(&error), "what was learned is not stored: the next start learns it again");
        }
        tracing::info!(
            entries = served.snapshot.len(),
            revision = served.snapshot.revision().0,
            head = adaptation.head.is_some(),
            fingerprint = &adaptation.fingerprint[..12],
            seconds = took.as_secs_f64(),
            "learned from the articles"
        );
        self.current.store(Arc::new(Adapted { adaptation, at }));
        self.metrics.adapted(at, Some(took));
        Ok(())
    }
}

/// Learns from a view. Small talk that was encoded with the same encoder is not encoded again.
fn learn(served: &Served, before: &Adaptation, now: Timestamp) -> Result<Adaptation, Failure> {
    let small_talk = match &served.parts.embedder {
        Some(embedder) if before.model != embedder.fingerprint() => Arc::new(SmallTalk::encode(&**embedder)?),
        Some(_) => before.ground.small_talk.clone(),
        None => Arc::new(SmallTalk::unencoded()),
    };
    Adaptation::learn(&served.snapshot, served.parts.model(), small_talk, Live { now, channel: None })
}

/// Runs a long computation on a thread of its own: the threads that answer questions stay free, and the process can end without
/// waiting for it.
async fn on_thread<R: Send + 'static>(served: &Arc<Served>, work: impl FnOnce(&Served) -> R + Send + 'static) -> Result<R, Failure> {
    let (reply, result) = oneshot::channel();
    let (served, span) = (served.clone(), tracing::Span::current());
    let spawned = std::thread::Builder::new().name("adapting".to_owned()).spawn(move || {
        // Whoever wanted it may have gone meanwhile.
        let _ = reply.send(span.in_scope(|| work(&served)));
    });
    spawned.map_err(StartError::Threads)?;
    Ok(result.await.map_err(|_| CpuError::Lost)?)
}

#[cfg(test)]
mod tests;
