//! Where computing happens: never on the async threads.
//!
//! [`CpuPool`] is a fixed number of named threads with a bounded queue. A job whose caller has gone is skipped; a full queue is
//! refused at once, so that a burst meets a clear answer instead of a growing delay. `spawn_blocking` has no useful bound.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Code, Coded};

type Job = Box<dyn FnOnce() + Send>;

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CpuError {
    /// The queue is full.
    #[error("too many questions wait already")]
    Full,
    /// The job panicked or the pool is shutting down.
    #[error("the computation did not finish")]
    Lost,
}

impl Coded for CpuError {
    fn code(&self) -> Code {
        match self {
            CpuError::Full => Code::Overloaded,
            CpuError::Lost => Code::Internal,
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        (*self == CpuError::Full).then_some(1)
    }
}

/// Threads for computing.
#[derive(Clone)]
pub struct CpuPool {
    queue: SyncSender<Job>,
}

impl CpuPool {
    /// Starts `threads` threads; at most `queue` jobs wait for them.
    pub fn start(threads: usize, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel::<Job>(queue.max(1));
        let receiver = Arc::new(Mutex::new(receiver));
        for n in 0..threads.max(1) {
            let receiver = receiver.clone();
            std::thread::Builder::new().name(format!("cpu-{n}")).spawn(move || work(&receiver))?;
        }
        Ok(CpuPool { queue: sender })
    }

    /// Runs `job` on a thread of the pool and waits for it without blocking. Dropping the future before the job starts skips it.
    pub async fn run<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> Result<R, CpuError> {
        let (reply, result) = oneshot::channel();
        let span = tracing::Span::current();
        let job: Job = Box::new(move || {
            if !reply.is_closed() {
                let answer = span.in_scope(job);
                // The caller may have gone meanwhile; then nobody wants the answer.
                let _ = reply.send(answer);
            }
        });
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => CpuError::Full,
            TrySendError::Disconnected(_) => CpuError::Lost,
        })?;
        result.await.map_err(|_| CpuError::Lost)
    }
}

fn work(receiver: &Mutex<Receiver<Job>>) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A panic must not take a thread out of the pool; the caller learns of it by the dropped reply.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("a computation panicked");
        }
    }
}

/// Threads worth using for a long computation.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// `f` of every item, on all cores, in the order of the items. `done` hears after each one how many are done.
pub fn parallel_map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync, done: impl Fn(usize) + Sync) -> Vec<R> {
    let (next, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads().min(items.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    let result = f(item);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                    done(finished.fetch_add(1, Ordering::Relaxed) + 1);
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_panic_costs_no_thread() {
        let pool = CpuPool::start(1, 1).unwrap();
        assert_eq!(pool.run(|| 2 + 2).await, Ok(4));
        assert_eq!(pool.run(|| -> i32 { panic!("on purpose") }).await, Err(CpuError::Lost));
        assert_eq!(pool.run(|| 7).await, Ok(7));
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        let slow = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(move || {
                    let _ = started.send(());
                    let _ = gate.recv();
                })
                .await
            }
        });
        running.await.unwrap();
        let mut waiting = Box::pin(pool.run(|| 1));
        assert!(futures::poll!(&mut waiting).is_pending());
        assert_eq!(pool.run(|| 2).await, Err(CpuError::Full));
        release.send(()).unwrap();
        assert_eq!(slow.await.unwrap(), Ok(()));
        assert_eq!(waiting.await, Ok(1));
    }

    #[test]
    fn results_keep_their_order() {
        let items: Vec<u64> = (0..1000).collect();
        assert_eq!(parallel_map(&items, |n| n * n, |_| ()), items.iter().map(|n| n * n).collect::<Vec<_>>());
    }
}
