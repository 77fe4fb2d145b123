//! Works off the outbox: events that were stored with their hand-off and are due to be told outside.
//!
//! An event leaves the outbox when its receiver has taken it, so it is told at least once, and once only unless the process dies
//! between the receiver's answer and the note of it. Within a conversation events keep their order. A failed event is tried
//! again after 1, 2, 4 … seconds, at most an hour; after three days it is given up with an error in the log. The ticket itself
//! is not touched by any of this.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::notifier::{Event, Notifier};
use crate::domain::ids::OutboxId;
use crate::domain::time::{Clock, Timestamp};
use crate::error::{Coded, chain};
use crate::observe::metrics::{Delivery, Metrics};
use crate::store::{OutboxRow, Store, StoreError};

/// The first wait after a failure, in milliseconds.
const FIRST_WAIT_MS: i64 = 1000;
/// The longest wait between two attempts.
const LONGEST_WAIT_MS: i64 = 3_600_000;
/// How long an event is tried for.
const GIVE_UP_AFTER_MS: i64 = 3 * 24 * 3_600_000;
/// Events read at a time.
const BATCH: usize = 50;
/// The wait after the store has failed.
const STORE_WAIT: Duration = Duration::from_secs(5);
/// What a running attempt still gets when the process ends.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another attempt at this moment.
    Retry(Timestamp),
    /// Nothing: it has been tried for too long.
    GiveUp,
}

/// What follows when the event has failed at `now` after `earlier` failures. The wait doubles and is lengthened by up to a
/// quarter, by a share that depends on the id alone, so that events which failed together do not return together.
pub fn after_failure(id: OutboxId, created_at: Timestamp, earlier: i64, now: Timestamp) -> Next {
    if now.since_ms(created_at) >= GIVE_UP_AFTER_MS {
        return Next::GiveUp;
    }
    let doubled = FIRST_WAIT_MS << earlier.clamp(0, 12);
    let share = i64::from(id.as_bytes()[15]);
    Next::Retry(now.plus_ms((doubled + doubled * share / 1024).min(LONGEST_WAIT_MS)))
}

/// What the loop works with.
#[derive(Clone, Copy)]
pub struct Dispatch<'a> {
    /// Where events wait.
    pub store: &'a Store,
    /// Who is told.
    pub notifier: &'a dyn Notifier,
    /// The time.
    pub clock: &'a Clock,
    /// Counts attempts and what waits.
    pub metrics: &'a Metrics,
    /// Rung when an event has been stored.
    pub wake: &'a Notify,
}

/// Delivers what is due, then sleeps until the next event is due or `wake` is rung; ends soon after `stop`. A running attempt
/// gets five more seconds; what it was about waits in the store for the next start.
pub async fn run(dispatch: Dispatch<'_>, stop: CancellationToken) {
    let mut told = BTreeSet::new();
    while !stop.is_cancelled() {
        let wait = match deliver_due(dispatch, &mut told, &stop).await {
            Ok(next_at) => next_at.map(|at| Duration::from_millis(at.since_ms(dispatch.clock.now()).max(0).cast_unsigned())),
            Err(error) => {
                dispatch.metrics.store_error(error.code());
                tracing::error!(error = %chain(&error), "the outbox cannot be worked off for now");
                Some(STORE_WAIT)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = dispatch.wake.notified() => {}
            () = sleep_or_forever(wait) => {}
        }
    }
}

async fn sleep_or_forever(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// Delivers everything that is due and says when something is due again. `told` keeps what a receiver has taken but the store
/// could not note, so that a full disk does not tell it again every few seconds.
async fn deliver_due(
    dispatch: Dispatch<'_>,
    told: &mut BTreeSet<OutboxId>,
    stop: &CancellationToken,
) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let due = dispatch.store.outbox_due(dispatch.clock.now(), BATCH).await?;
        for row in &due {
            if stop.is_cancelled() {
                return Ok(None);
            }
            deliver(dispatch, row, told, stop).await?;
        }
        if due.is_empty() {
            let state = dispatch.store.outbox_state().await?;
            dispatch.metrics.outbox(state.pending, state.failed);
            return Ok(state.next_at);
        }
    }
}

async fn deliver(
    dispatch: Dispatch<'_>,
    row: &OutboxRow,
    told: &mut BTreeSet<OutboxId>,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    if !told.contains(&row.id) {
        let event = match Event::of(row) {
            Ok(event) => event,
            Err(error) => return give_up(dispatch, row, &chain(&error)).await,
        };
        let outcome = tokio::select! {
            outcome = dispatch.notifier.notify(&event, dispatch.clock.now()) => outcome,
            () = grace_after(stop) => return Ok(()),
        };
        if let Err(error) = outcome {
            return failed(dispatch, row, &chain(&error)).await;
        }
        dispatch.metrics.delivery(Delivery::Delivered);
        told.insert(row.id);
    }
    dispatch.store.outbox_done(row.id).await?;
    told.remove(&row.id);
    Ok(())
}

async fn failed(dispatch: Dispatch<'_>, row: &OutboxRow, problem: &str) -> Result<(), StoreError> {
    let now = dispatch.clock.now();
    match after_failure(row.id, row.created_at, row.attempts, now) {
        Next::Retry(at) => {
            dispatch.metrics.delivery(Delivery::Failed);
            tracing::warn!(id = %row.id, ticket = row.ticket.0, attempts = row.attempts + 1, next_at = %at, problem, "an event was not taken");
            dispatch.store.outbox_failed(row.id, at, problem).await
        }
        Next::GiveUp => give_up(dispatch, row, problem).await,
    }
}

async fn give_up(dispatch: Dispatch<'_>, row: &OutboxRow, problem: &str) -> Result<(), StoreError> {
    dispatch.metrics.delivery(Delivery::GivenUp);
    tracing::error!(id = %row.id, ticket = row.ticket.0, attempts = row.attempts + 1, problem, "an event is given up");
    dispatch.store.outbox_done(row.id).await
}

async fn grace_after(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(STOP_GRACE).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_for_three_days() {
        let (id, born) = (OutboxId::new(), Timestamp(0));
        let mut now = born;
        let mut last_wait = 0;
        for attempt in 0.. {
            let Next::Retry(at) = after_failure(id, born, attempt, now) else { break };
            let wait = at.since_ms(now);
            let doubled = (1000 << attempt.min(12)).min(LONGEST_WAIT_MS);
            assert!(wait >= doubled && wait <= (doubled + doubled / 4).min(LONGEST_WAIT_MS), "{attempt}: {wait}");
            assert!(wait >= last_wait && after_failure(id, born, attempt, now) == Next::Retry(at), "{attempt}: {wait}");
            (now, last_wait) = (at, wait);
        }
        assert!((GIVE_UP_AFTER_MS..GIVE_UP_AFTER_MS + LONGEST_WAIT_MS).contains(&now.0), "given up after {} ms", now.0);
    }

    #[test]
    fn events_that_failed_together_return_apart() {
        let waits: BTreeSet<_> =
            (0..64).map(|_| after_failure(OutboxId::new(), Timestamp(0), 10, Timestamp(0))).map(|next| format!("{next:?}")).collect();
        assert!(waits.len() > 32, "{}", waits.len());
    }

    #[test]
    fn odd_counts_overflow_nothing() {
        for earlier in [i64::MIN, -1, 63, 64, i64::MAX] {
            assert!(matches!(after_failure(OutboxId::new(), Timestamp(0), earlier, Timestamp(0)), Next::Retry(_)));
        }
    }
}
