//! Keeps what was learned from the knowledge base, and from the shop's traffic, at their state.
//!
//! One task waits for a new view of the index, then for a pause in the edits, and learns from scratch on a thread beside the
//! requests: a burst of edits is learned from once, and the same articles always teach the same. On top of that it asks the traffic
//! again (`traffic.rs`): after each learning, when editors have labelled questions, and every hour. Until it is done, what was
//! learned before goes on serving; only what was learned with another encoder is never used. A file in the data directory lets a
//! restart answer at once; losing it costs learning again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::health::StartError;
use super::indexing::{Indexing, Served, blocking};
use super::traffic::{Heard, Remembered};
use crate::cpu::CpuError;
use crate::decide::labels;
use crate::domain::ids::KbRevision;
use crate::domain::time::{Clock, Timestamp};
use crate::error::{Failure, chain};
use crate::index::snapshot::Live;
use crate::observe::metrics::Metrics;
use crate::retrieve::adaptation::traffic::Traffic;
use crate::retrieve::adaptation::{Adaptation, file};
use crate::retrieve::background::Background;
use crate::retrieve::elsewhere::Elsewhere;
use crate::store::Store;

/// Edits that follow each other within this time are learned from together.
const PAUSE: Duration = Duration::from_millis(500);
/// However many edits follow each other: after this time they are learned from.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the traffic is asked again.
const HEED_EVERY: Duration = Duration::from_secs(3600);

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

/// Where is learned from, and where what was learned is kept.
#[derive(Clone)]
pub struct Sources {
    /// The directory for what was learned.
    pub dir: PathBuf,
    /// The articles.
    pub indexing: Indexing,
    /// The traffic.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Clock,
}

/// What is learned, and the task that keeps it. Dropped, the task ends.
pub struct Adapting {
    current: Arc<ArcSwap<Adapted>>,
    prior: Arc<Adaptation>,
    /// The view that was looked at last.
    seen: watch::Receiver<Option<View>>,
    /// Says that people told something; how often it was said, and how much of it was heard.
    told: watch::Sender<u64>,
    heard: watch::Receiver<u64>,
    _task: DropGuard,
}

/// What the articles taught, and the traffic asked again with it.
#[derive(Clone)]
struct Learned {
    taught: Arc<Adaptation>,
    traffic: Arc<Traffic>,
}

/// What serves, made on a thread that may compute.
async fn in_force(learned: &Learned, targets: &Targets) -> Result<Arc<Adaptation>, Failure> {
    let (learned, targets) = (learned.clone(), targets.clone());
    blocking(move || {
        let mut adaptation = (*learned.taught).clone();
        adaptation.heed(&learned.traffic);
        adaptation.aim_at(targets.usual, &targets.others);
        Ok(Arc::new(adaptation))
    })
    .await
}

impl Adapting {
    /// Takes what is stored for the encoder in use. If there is nothing, learns from the articles before it returns; if they have
    /// changed since, learns beside the requests. The traffic is always asked beside the requests.
    ///
    /// **Cost**: reading a few megabytes, or see `Head::learn`.
    pub async fn open(sources: Sources, metrics: Arc<Metrics>, targets: Targets) -> Result<Self, Failure> {
        let changes = sources.indexing.changes();
        let mut prior = Adaptation::prior(Arc::new(Background::unencoded()))?;
        // Nothing learned with this encoder: nothing is answered until it is.
        prior.close();
        let prior = Arc::new(prior);
        let served = sources.indexing.served();
        let stored = stored(&sources.dir, &served).await?;
        let known = stored.is_some();
        let (learned, at) =
            stored.unwrap_or_else(|| (Learned { taught: prior.clone(), traffic: Arc::new(Traffic::default()) }, sources.clock.now()));
        let adaptation = if known { in_force(&learned, &targets).await? } else { prior.clone() };
        let (see, seen) = watch::channel(None);
        let (told, heard) = (watch::Sender::new(0), watch::Sender::new(0));
        let current = Arc::new(ArcSwap::from_pointee(Adapted { adaptation, at }));
        let mut keeper = Keeper { sources, metrics, current: current.clone(), learned, remembered: Remembered::default(), see, targets };
        keeper.metrics.adapted(at, None);
        if !known {
            keeper.learn_if_changed(&served).await;
        }
        let stop = CancellationToken::new();
        let task = stop.clone().drop_guard();
        let (telling, hear) = (told.subscribe(), heard.clone());
        tokio::spawn(keep(keeper, changes, telling, hear, stop));
        Ok(Adapting { current, prior, seen, told, heard: heard.subscribe(), _task: task })
    }

    /// Says that people told something that should soon count.
    pub fn told(&self) {
        self.told.send_modify(|times| *times += 1);
    }

    /// Waits until everything said so far has been heard.
    pub async fn heard(&self) {
        let (wanted, mut heard) = (*self.told.borrow(), self.heard.clone());
        // The task only ends with the service.
        let _ = heard.wait_for(|times| *times >= wanted).await;
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
async fn stored(dir: &Path, served: &Arc<Served>) -> Result<Option<(Learned, Timestamp)>, Failure> {
    let path = file::path(dir, served.parts.model());
    if !path.exists() {
        return Ok(None);
    }
    let dir = dir.to_owned();
    let read = on_thread(served, move |served| {
        let elsewhere = served.parts.embedder.as_ref().map(|embedder| Elsewhere::open(&**embedder, &dir)).transpose()?;
        Ok::<_, Failure>(file::read(&path, elsewhere.unwrap_or_default()))
    });
    let read = read.await??;
    let read = read.unwrap_or_else(|error| {
        tracing::warn!(error = %chain(&error), "what was learned from the articles cannot be read: learning it again");
        None
    });
    let own = read.filter(|(taught, ..)| taught.model == served.parts.model());
    Ok(own.map(|(taught, traffic, at)| (Learned { taught: Arc::new(taught), traffic: Arc::new(traffic) }, at)))
}

struct Keeper {
    sources: Sources,
    metrics: Arc<Metrics>,
    current: Arc<ArcSwap<Adapted>>,
    learned: Learned,
    remembered: Remembered,
    see: watch::Sender<Option<View>>,
    targets: Targets,
}

/// Learns at every change of the articles and within the hour when one becomes valid or expires, and hears the traffic again after it, when people told something, and every hour.
async fn keep(
    mut keeper: Keeper,
    mut changes: watch::Receiver<()>,
    mut told: watch::Receiver<u64>,
    heard: watch::Sender<u64>,
    stop: CancellationToken,
) {
    loop {
        let times = *told.borrow_and_update();
        let served = keeper.sources.indexing.served();
        keeper.learn_if_changed(&served).await;
        keeper.hear(&served).await;
        keeper.see.send_replace(Some(view(&served)));
        heard.send_replace(times);
        tokio::select! {
            going_on = next_pause(&mut changes, &stop, PAUSE, PATIENCE) => if !going_on { return },
            said = told.changed() => if said.is_err() { return },
            () = tokio::time::sleep(HEED_EVERY) => {}
        }
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
    /// Learns from a view unless that is known already. A failure is told, and what was learned before stays in force.
    async fn learn_if_changed(&mut self, served: &Arc<Served>) {
        if let Err(failure) = self.learn(served).await {
            tracing::error!(error = %chain(failure.get()), "nothing could be learned from the articles: the present state stays in force");
        }
    }

    async fn learn(&mut self, served: &Arc<Served>) -> Result<(), Failure> {
        let begun = Instant::now();
        let (before, now) = (self.learned.taught.clone(), self.sources.clock.now());
        let live = Live { now, channel: None };
        let wanted = on_thread(served, move |served| Adaptation::fingerprint_of(&served.snapshot, served.parts.model(), live)).await??;
        if before.fingerprint == wanted {
            return Ok(());
        }
        let dir = self.sources.dir.clone();
        let taught = on_thread(served, move |served| learn(served, &before, &dir, now)).await??;
        tracing::info!(
            entries = served.snapshot.len(),
            revision = served.snapshot.revision().0,
            head = taught.head.is_some(),
            fingerprint = &taught.fingerprint[..12],
            seconds = begun.elapsed().as_secs_f64(),
            "learned from the articles"
        );
        // Until the traffic has been asked again it counts as it did: an edit changes little of it. Another encoder changes all.
        let same_encoder = self.learned.taught.model == taught.model;
        let traffic = if same_encoder { self.learned.traffic.clone() } else { Arc::new(Traffic::default()) };
        self.put_in_force(Learned { taught: Arc::new(taught), traffic }, served, Some(begun.elapsed())).await
    }

    /// Asks the traffic again with what the articles taught; what it says replaces what it said before.
    async fn hear(&mut self, served: &Arc<Served>) {
        let taught = self.learned.taught.clone();
        if taught.model != served.parts.model() {
            // Nothing could be learned from it.
            return;
        }
        let heard = async {
            let traffic = self.asked_again(served, &taught).await?;
            if traffic == *self.learned.traffic {
                return Ok(());
            }
            self.put_in_force(Learned { taught, traffic: Arc::new(traffic) }, served, None).await
        };
        if let Err::<(), Failure>(failure) = heard.await {
            tracing::error!(error = %chain(failure.get()), "the traffic could not be asked again: the present state stays in force");
        }
    }

    async fn asked_again(&mut self, served: &Arc<Served>, taught: &Arc<Adaptation>) -> Result<Traffic, Failure> {
        let now = self.sources.clock.now();
        let heard = Heard::read(&self.sources.store, now).await?;
        let (taught, mut remembered) = (taught.clone(), std::mem::take(&mut self.remembered));
        let asked = on_thread(served, move |served| {
            let traffic = heard.ask(served, &taught, now, &mut remembered);
            (traffic, remembered)
        });
        let (traffic, remembered) = asked.await?;
        self.remembered = remembered;
        traffic
    }

    /// From now on this serves; `took` is how long learning from the articles took, if it was learned from them.
    async fn put_in_force(&mut self, learned: Learned, served: &Served, took: Option<Duration>) -> Result<(), Failure> {
        let adaptation = in_force(&learned, &self.targets).await?;
        let before = self.current.load_full();
        if took.is_none() && adaptation.fingerprint == before.adaptation.fingerprint {
            // More traffic that changes nothing: only what is told of it does.
            self.learned = learned;
            self.current.store(Arc::new(Adapted { adaptation, at: before.at }));
            return Ok(());
        }
        let at = self.sources.clock.now();
        tell(&adaptation);
        let path = file::path(&self.sources.dir, served.parts.model());
        let stored = learned.clone();
        let written = blocking(move || Ok(file::write(&stored.taught, &stored.traffic, at, &path))).await?;
        if let Err(error) = written {
            tracing::warn!(error = %chain(&error), "what was learned is not stored: the next start learns it again");
        }
        self.learned = learned;
        self.current.store(Arc::new(Adapted { adaptation, at }));
        self.metrics.adapted(at, took);
        Ok(())
    }
}

/// Says what the traffic changed, and that a refit was not taken where it was no better.
fn tell(adaptation: &Adaptation) {
    for degraded in [false, true] {
        let fit = adaptation.labels.of(degraded);
        let (before, after) = fit.loss;
        if fit.taken {
            tracing::info!(degraded, labels = fit.weight, before, after, "refitted the confidence to what people told");
        } else if fit.weight >= labels::LEAST {
            tracing::info!(degraded, labels = fit.weight, before, after, "a refit to what people told is no better and is not taken");
        }
    }
    if adaptation.out_of_scope.from_log {
        tracing::info!(share = adaptation.out_of_scope.share, "learned from the log how many questions nothing answers");
    }
}

/// Learns from a view. A background that was encoded with the same encoder is not encoded again; what takes long is kept in `dir`.
fn learn(served: &Served, before: &Adaptation, dir: &Path, now: Timestamp) -> Result<Adaptation, Failure> {
    let background = match &served.parts.embedder {
        Some(embedder) if before.model != embedder.fingerprint() => Arc::new(Background::open(&**embedder, dir)?),
        Some(_) => before.ground.background.clone(),
        None => Arc::new(Background::unencoded()),
    };
    Adaptation::learn(&served.snapshot, served.parts.model(), background, Live { now, channel: None })
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
