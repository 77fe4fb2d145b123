//! What runs beside the requests: re-reading the editor's files, deleting what has passed its time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::Service;
use super::indexing::{Parts, blocking};
use super::lexicon::{FileProblem, LexiconError, Texts};
use crate::error::{Failure, chain};
use crate::handoff::notifier::{LogNotifier, Notifier};
use crate::handoff::outbox::{self, Dispatch};
use crate::handoff::webhook::Webhook;
use crate::store::Retention;

/// How often the editor's files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often passed data is deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// The wait before files that could not be taken over are tried again as they are. Each further wait is twice as long …
const RETRY_FIRST: Duration = Duration::from_secs(10);
/// … up to this: a full disk does not get emptier by builds of the index.
const RETRY_MOST: Duration = Duration::from_secs(600);

/// What a look at the editor's files found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// What is in force.
    Unchanged,
    /// What could not be taken over lately; it is not time yet to try again.
    Waiting,
    /// A change that is in force now.
    InForce,
}

/// Files that could not be taken over, and when to try again. Changed files are tried at once.
#[derive(Debug, Default)]
pub(super) struct Retry(Option<Failed>);

#[derive(Debug)]
struct Failed {
    texts: Texts,
    wait: Duration,
    again: Instant,
}

impl Retry {
    fn may(&self, texts: &Texts, now: Instant) -> bool {
        self.0.as_ref().is_none_or(|failed| failed.texts != *texts || now >= failed.again)
    }

    fn failed(&mut self, texts: Texts, now: Instant) {
        let before = self.0.take().filter(|failed| failed.texts == texts);
        let wait = before.map_or(RETRY_FIRST, |failed| (failed.wait * 2).min(RETRY_MOST));
        self.0 = Some(Failed { texts, wait, again: now + wait });
    }
}

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

    /// Looks after the editor's files and passed data, until `stop`. Nothing of it has been promised to anybody, so it may end
    /// anywhere: a build that is not switched to is removed, what a sweep has not committed is rolled back and deleted next time.
    pub async fn run_background(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.look_after() => {}
        }
    }

    async fn look_after(&self) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        let mut retry = Retry::default();
        loop {
            tokio::select! {
                _ = look.tick() => match self.take_over_files(&mut retry, Instant::now()).await {
                    Ok(Files::Waiting) => {}
                    Ok(Files::Unchanged | Files::InForce) => self.tell_of(Vec::new()),
                    Err(problems) => self.tell_of(problems),
                },
                _ = sweep.tick() => self.sweep().await,
            }
        }
    }

    /// Takes over changed files, all or none. A changed dictionary rebuilds the index beside the served one.
    pub(super) async fn take_over_files(&self, retry: &mut Retry, now: Instant) -> Result<Files, Vec<LexiconError>> {
        let dir = self.inner.data_dir.clone();
        let read = move || {
            let (texts, mut problems) = Texts::read(&dir);
            if !problems.is_empty() {
                problems.extend(texts.problems());
            }
            Ok((texts, problems))
        };
        // A lost step is in the log; the next look is soon.
        let Ok((texts, problems)) = blocking(read).await else { return Ok(Files::Waiting) };
        if !problems.is_empty() {
            // Once all can be read, what is wrong with them is to be told anew.
            *retry = Retry::default();
            return Err(problems);
        }
        if self.inner.lexicon.load().is_of(&texts) {
            *retry = Retry::default();
            return Ok(Files::Unchanged);
        }
        if !retry.may(&texts, now) {
            return Ok(Files::Waiting);
        }
        let taken = self.take_over(texts.clone()).await;
        match &taken {
            Ok(()) => *retry = Retry::default(),
            Err(_) => retry.failed(texts, now),
        }
        taken.map(|()| Files::InForce)
    }

    async fn take_over(&self, texts: Texts) -> Result<(), Vec<LexiconError>> {
        let unbuilt = |failure: Failure| vec![LexiconError::unbuilt(&failure)];
        let present = self.inner.lexicon.load_full();
        let lexicon = blocking(move || Ok(present.changed(texts))).await.map_err(unbuilt)??;
        let served = self.inner.indexing.served();
        if lexicon.segmenter.fingerprint() != served.parts.segmenter.fingerprint() {
            tracing::info!("the dictionary has changed: rebuilding the index beside the served one");
            let parts = Parts { embedder: served.parts.embedder.clone(), segmenter: lexicon.segmenter.clone() };
            self.inner.indexing.rebuild(parts, Box::new(|_, _| ())).await.map_err(unbuilt)?;
            self.show_index();
        }
        self.inner.lexicon.store(Arc::new(lexicon));
        tracing::info!("the editor's files are in force");
        Ok(())
    }

    /// Keeps what is wrong with the files for whoever asks. The log hears of a problem once, not every two seconds.
    pub(super) fn tell_of(&self, problems: Vec<LexiconError>) {
        let (known, now) = (self.inner.file_problems.load_full(), self.inner.clock.now());
        let told = problems.into_iter().map(|error| {
            let before = known.iter().find(|known| known.error.file == error.file);
            if before.is_none_or(|before| before.error != error) {
                tracing::warn!(problem = %error, "an editor's file cannot be used: the present state stays in force");
            }
            FileProblem { error, since: before.map_or(now, |before| before.since) }
        });
        self.inner.file_problems.store(Arc::new(told.collect()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_changed_files_are_tried_at_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("synonyms.txt"), "退钱").unwrap();
        let (broken, other) = (Texts::read(dir.path()).0, Texts::default());
        let (mut retry, mut now) = (Retry::default(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..9 {
            assert!(retry.may(&broken, now));
            retry.failed(broken.clone(), now);
            assert!(retry.may(&other, now) && !retry.may(&broken, now));
            let wait = (1..=1_000).find(|seconds| retry.may(&broken, now + Duration::from_secs(*seconds))).unwrap();
            now += Duration::from_secs(wait);
            waits.push(wait);
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
        retry.failed(other.clone(), now);
        assert!(retry.may(&other, now + RETRY_FIRST), "another state begins anew");
    }
}
