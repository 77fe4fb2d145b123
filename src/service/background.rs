//! What runs beside the requests: re-reading the editor's files, deleting what has passed its time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Service;
use super::indexing::{Parts, blocking};
use super::lexicon::Lexicon;
use crate::error::{Failure, chain};
use crate::handoff::notifier::{LogNotifier, Notifier};
use crate::handoff::outbox::{self, Dispatch};
use crate::handoff::webhook::Webhook;
use crate::store::Retention;

/// How often the editor's files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often passed data is deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

impl Service {
    /// Tells the outside of hand-offs, until `stop`: the webhook if one is configured, else the log.
    pub async fn run_outbox(self, stop: CancellationToken) -> Result<(), Failure> {
        let handoff = &self.inner.config.handoff;
        let notifier: Box<dyn Notifier> = match &handoff.webhook_url {
            Some(url) => Box::new(Webhook::new(url, handoff.webhook_secret.clone(), Duration::from_secs(handoff.webhook_timeout_s))?),
            None => Box::new(LogNotifier),
        };
        let dispatch = Dispatch {
            store: &self.inner.store,
            notifier: &*notifier,
            clock: &self.inner.clock,
            metrics: &self.inner.metrics,
            wake: &self.inner.handoffs,
        };
        outbox::run(dispatch, stop).await;
        Ok(())
    }

    /// Looks after the editor's files and passed data, until `stop`.
    pub async fn run_background(self, stop: CancellationToken) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        let mut last_problem = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => {
                    let problem = self.reload_lexicon().await.err().map(|failure| chain(failure.get()));
                    // A broken file is told once, not every two seconds.
                    if problem != last_problem && let Some(problem) = &problem {
                        tracing::warn!(problem, "an editor's file cannot be used: the present state stays in force");
                    }
                    last_problem = problem;
                }
                _ = sweep.tick() => self.sweep().await,
            }
        }
    }

    /// Takes over changed files. A changed dictionary rebuilds the index beside the served one.
    pub async fn reload_lexicon(&self) -> Result<bool, Failure> {
        let (present, dir) = (self.inner.lexicon.load_full(), self.inner.data_dir.clone());
        let Some(lexicon) = blocking(move || Lexicon::reload(&present, &dir)).await? else { return Ok(false) };
        let served = self.inner.indexing.served();
        if lexicon.segmenter.fingerprint() != served.parts.segmenter.fingerprint() {
            tracing::info!("the dictionary has changed: rebuilding the index beside the served one");
            let parts = Parts { embedder: served.parts.embedder.clone(), segmenter: lexicon.segmenter.clone() };
            self.inner.indexing.rebuild(parts, Box::new(|_, _| ())).await?;
            self.show_index();
        }
        self.inner.lexicon.store(std::sync::Arc::new(lexicon));
        tracing::info!("the editor's files are in force");
        Ok(true)
    }

    async fn sweep(&self) {
        let privacy = &self.inner.config.privacy;
        let retention = Retention { originals_days: privacy.originals_days, decisions_days: Some(privacy.decisions_days) };
        match self.inner.store.sweep(self.inner.clock.now(), retention).await {
            Ok(report) => tracing::info!(?report, "deleted what has passed its time"),
            Err(error) => tracing::error!(error = %chain(&error), "cannot delete what has passed its time"),
        }
    }
}
