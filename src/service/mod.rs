//! The use cases. Everything the edges (`http`, `cli`) do goes through here: they translate, this decides and stores.
//!
//! [`Service::open`] brings the parts together: store, encoder, index, rules, what the articles teach. A part that is missing is told and
//! worked around where that is safe: without a usable encoder the service runs on keywords alone and says so in every answer.

pub mod adapting;
pub mod answering;
pub mod articles;
pub mod ask;
pub mod background;
mod choosing;
pub mod conversations;
pub mod events;
pub mod explain;
pub mod feedback;
mod finish;
#[cfg(test)]
mod fixture;
pub mod health;
pub mod indexing;
pub mod keys;
pub mod labels;
pub mod lexicon;
mod lines;
pub mod prepare;
pub mod reading;
pub mod replay;
pub mod search;
mod settled;
#[cfg(test)]
mod tests;
pub mod tickets;
pub mod traffic;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, Semaphore};

use crate::config::Config;
use crate::cpu::{self, CpuPool};
use crate::domain::time::Clock;
use crate::embed::Embedder;
use crate::error::Failure;
use crate::observe::metrics::Metrics;
use crate::store::Store;
use adapting::{Adapting, Sources, Targets};
use events::Events;
use indexing::{Indexing, Parts, Progress};
use lexicon::{FileProblem, Lexicon};

/// Jobs of explanations and replays that may wait for a computing thread; a question or search has two at most, one of them given up.
const QUEUE: usize = 1024;

/// What a service is opened with.
pub struct Opening {
    /// The configuration.
    pub config: Config,
    /// The data directory; its lock is held by the caller.
    pub data_dir: PathBuf,
    /// The time.
    pub clock: Clock,
    /// The encoder, or why there is none.
    pub embedder: Result<Arc<dyn Embedder>, Failure>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Hears about the embedding of a first build.
    pub progress: Progress,
}

/// The running service. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    /// Hashed once: every decision records it.
    pub(crate) config_fingerprint: String,
    pub(crate) data_dir: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) store: Arc<Store>,
    pub(crate) indexing: Indexing,
    pub(crate) lexicon: ArcSwap<Lexicon>,
    /// Editor's files that are not in force as they are.
    pub(crate) file_problems: ArcSwap<Vec<FileProblem>>,
    pub(crate) adapting: Adapting,
    pub(crate) cpu: CpuPool,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) searches: Semaphore,
    pub(crate) events: Events,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) model_problem: Option<String>,
    /// Wakes the delivery of hand-offs to the outside.
    pub(crate) handoffs: Arc<Notify>,
}

impl Service {
    /// Opens the store, brings the index to its revision and starts what runs beside the requests.
    pub async fn open(opening: Opening) -> Result<Self, Failure> {
        let Opening { config, data_dir, clock, embedder, metrics, progress } = opening;
        let store = Arc::new(Store::open(&data_dir.join("jieda.db"), clock.clone()).await?);
        let lexicon = Lexicon::load(&data_dir)?;
        let (embedder, model_problem) = match embedder {
            Ok(embedder) => (Some(embedder), None),
            Err(failure) => {
                tracing::error!(error = %crate::error::chain(failure.get()), "no encoder: answering from keywords alone");
                (None, Some(failure.to_string()))
            }
        };
        let parts = Parts { embedder, segmenter: lexicon.segmenter.clone() };
        let indexing = Indexing::open(&data_dir.join("index"), store.clone(), clock.clone(), parts, progress).await?;
        let threads = if config.limits.cpu_threads == 0 { cpu::threads() } else { config.limits.cpu_threads };
        // With room for whoever has a permit: a full queue must not refuse a question whose message is stored already.
        let searches = (config.limits.asks_in_flight / search::SHARE).max(search::LEAST);
        let cpu = CpuPool::start(threads, QUEUE + 2 * (config.limits.asks_in_flight + searches)).map_err(health::StartError::Threads)?;
        let targets = Targets { usual: config.answers.target_precision, others: config.answers.further_targets() };
        let sources = Sources { dir: data_dir.join("adaptation"), indexing: indexing.clone(), store: store.clone(), clock: clock.clone() };
        let adapting = Adapting::open(sources, metrics.clone(), targets).await?;
        let (opened_at, left_out) = (clock.now(), lexicon.left_out.clone());
        let left_out = left_out.into_iter().map(|error| FileProblem { error, since: opened_at });
        let inner = Inner {
            permits: Arc::new(Semaphore::new(config.limits.asks_in_flight)),
            searches: Semaphore::new(searches),
            file_problems: ArcSwap::from_pointee(left_out.collect()),
            lexicon: ArcSwap::from_pointee(lexicon),
            events: Events::new(),
            config_fingerprint: config.fingerprint(),
            config,
            data_dir,
            clock,
            store,
            indexing,
            adapting,
            cpu,
            metrics,
            model_problem,
            handoffs: Arc::new(Notify::new()),
        };
        let service = Service { inner: Arc::new(inner) };
        service.warm_up().await?;
        service.show_index();
        Ok(service)
    }

    /// One question end to end, so that the first customer does not pay for cold caches.
    async fn warm_up(&self) -> Result<(), Failure> {
        self.search(search::SearchRequest { query: "你好，退款多久到账".to_owned(), limit: 1, locale: None, channel: None }).await.map(drop)
    }

    /// Waits until what is served now has been learned from: after an edit that takes a pause and the learning. Nobody has to
    /// wait; questions are answered with what was learned before.
    pub async fn adapted(&self) {
        self.inner.adapting.settled(&self.inner.indexing).await;
    }

    /// Puts the index's state into the figures.
    pub(crate) fn show_index(&self) {
        let served = self.inner.indexing.served();
        self.inner.metrics.index(served.snapshot.revision().0, served.generation, served.snapshot.len());
    }

    /// The store, for the command line's own reports.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The figures.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.inner.metrics
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// What consoles and widgets listen to.
    pub fn events(&self) -> &Events {
        &self.inner.events
    }

    /// Ends streams and closes the store; everything acknowledged is durable.
    pub async fn close(&self) {
        self.inner.events.close();
        self.inner.store.close().await;
    }
}
