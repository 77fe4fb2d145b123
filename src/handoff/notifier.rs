//! Who is told about a hand-off.

use futures::future::BoxFuture;
use serde_json::{Map, Value};

use crate::domain::ids::{OutboxId, TicketNumber};
use crate::domain::time::Timestamp;
use crate::store::OutboxRow;

/// An event as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id: the same at every attempt.
    pub id: OutboxId,
    /// The ticket that it tells of.
    pub ticket: TicketNumber,
    /// Its name, `handoff.created`.
    pub name: String,
    /// A JSON object as text: the event's name, `id` and `ticket`, then what was frozen with it.
    pub body: String,
}

impl Event {
    /// Puts id and ticket number into what was stored.
    ///
    /// **Errors** if what was stored is no JSON object, which would be a mistake of ours.
    pub fn of(row: &OutboxRow) -> Result<Event, serde_json::Error> {
        let stored: Map<String, Value> = serde_json::from_str(&row.payload)?;
        let name = stored.get("event").and_then(Value::as_str).unwrap_or("unknown").to_owned();
        let mut body = Map::new();
        body.insert("event".into(), name.clone().into());
        body.insert("id".into(), row.id.to_string().into());
        body.insert("ticket".into(), row.ticket.0.into());
        body.extend(stored.into_iter().filter(|(key, _)| key != "event"));
        Ok(Event { id: row.id, ticket: row.ticket, name, body: Value::Object(body).to_string() })
    }
}

/// Why an event was not taken. Kept with the event and logged; no caller waits for it.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The receiver answered something else than success.
    #[error("the receiver answered {status}")]
    Refused {
        /// Its status.
        status: u16,
    },
    /// The receiver did not answer in time.
    #[error("the receiver did not answer within {seconds} s")]
    TimedOut {
        /// How long it was waited for.
        seconds: f64,
    },
    /// The receiver could not be reached, or broke off.
    #[error("the receiver cannot be reached")]
    Unreachable {
        /// What the client said, without the address: it may hold a secret.
        #[source]
        source: reqwest::Error,
    },
}

/// Tells somebody outside.
pub trait Notifier: Send + Sync {
    /// Tells of `event` once. `Ok` means that the receiver has it; after an error the caller tries again later. The receiver may
    /// hear of an event twice, under the same id.
    fn notify<'a>(&'a self, event: &'a Event, now: Timestamp) -> BoxFuture<'a, Result<(), NotifyError>>;
}

/// Tells the log, for shops whose agents look into the console.
#[derive(Debug, Default)]
pub struct LogNotifier;

impl Notifier for LogNotifier {
    fn notify<'a>(&'a self, event: &'a Event, _: Timestamp) -> BoxFuture<'a, Result<(), NotifyError>> {
        tracing::info!(event = event.name, id = %event.id, ticket = event.ticket.0, "a customer waits for a person");
        Box::pin(std::future::ready(Ok(())))
    }
}
