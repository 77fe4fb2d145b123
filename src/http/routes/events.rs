//! `GET /v1/conversations/{id}/events`: new messages as they are stored, as server-sent events.
//!
//! The stream is read from the store; what happens in the process only wakes it. So nothing is lost or doubled however slow the
//! reader is, and a reader that comes back says what it has seen in `Last-Event-ID`.

use std::convert::Infallible;
use std::time::Duration;

use async_stream::stream;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::IntoResponse;
use axum::response::sse::{self, KeepAlive, Sse};
use futures::Stream;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use crate::domain::ids::ConversationId;
use crate::error::chain;
use crate::http::App;
use crate::http::access::{Key, VisitorToken, token_for};
use crate::http::error::{ApiError, HttpError};
use crate::http::parameters::{Id, Parameters};
use crate::http::wire::conversations::Message;
use crate::service::events::Event;

/// Sent through silence, so that neither side takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Messages read from the store at a time.
const BATCH: usize = 100;
/// How long a reader waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);

/// Where a stream begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListenParameters {
    /// Messages after this `seq`; from the first one if absent. `Last-Event-ID` wins.
    pub after: Option<i64>,
    /// The visitor token, where headers cannot be set.
    pub visitor_token: Option<String>,
}

/// Listen to a conversation
///
/// One event `message` per message, its `seq` as the event's id and the message as JSON. The stream ends when the service stops.
#[utoipa::path(get, path = "/v1/conversations/{id}/events", tag = "Customers", params(
    ("id" = String, Path, description = "The conversation"), ListenParameters,
    ("x-visitor-token" = Option<String>, Header, description = "The visitor token"),
    ("last-event-id" = Option<String>, Header, description = "The `seq` of the last message seen"),
), responses(
    (status = 200, description = "Events", content_type = "text/event-stream", body = String),
    (status = 404, description = "`conversation_not_found`"),
    (status = 422, description = "`parameter_invalid`"),
))]
pub async fn listen(
    State(app): State<App>,
    Key(caller): Key,
    Id(id): Id<ConversationId>,
    VisitorToken(header): VisitorToken,
    headers: HeaderMap,
    Parameters(parameters): Parameters<ListenParameters>,
) -> Result<impl IntoResponse, ApiError> {
    let after = last_seen(&headers)?.or(parameters.after).unwrap_or(0);
    let token = token_for(&caller, header, parameters.visitor_token)?;
    // Before the first reading, so that nothing falls in between.
    let receiver = app.service().events().listen();
    app.service().open_conversation(id, token.as_deref()).await?;
    let keep_alive = KeepAlive::new().interval(HEARTBEAT);
    // Proxies that buffer would hold messages back.
    let headers = [(header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))];
    Ok((headers, Sse::new(messages(app, id, after, receiver)).keep_alive(keep_alive)))
}

fn last_seen(headers: &HeaderMap) -> Result<Option<i64>, HttpError> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let seq = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    seq.map(Some).ok_or_else(|| HttpError::parameter("Last-Event-ID", "must be the id of an event of this stream"))
}

fn messages(
    app: App,
    id: ConversationId,
    mut after: i64,
    mut receiver: Receiver<Event>,
) -> impl Stream<Item = Result<sse::Event, Infallible>> + Send {
    stream! {
        yield Ok(sse::Event::default().retry(COME_BACK).comment("listening"));
        loop {
            let batch = match app.service().messages_after(id, after, BATCH).await {
                Ok(batch) => batch,
                Err(failure) => {
                    // The reader comes back by itself and continues where it was.
                    tracing::warn!(error = %chain(failure.get()), "a stream of messages ends early");
                    return;
                }
            };
            let full = batch.len() == BATCH;
            for message in batch {
                after = message.seq;
                yield Ok(event(Message::new(message)));
            }
            if !full && !more(&app, id, after, &mut receiver).await {
                return;
            }
        }
    }
}

fn event(message: Message) -> sse::Event {
    let event = sse::Event::default().event("message").id(message.seq.to_string());
    event.json_data(&message).unwrap_or_else(|error| {
        tracing::error!(%error, "a message cannot be written as JSON");
        sse::Event::default().comment("a message is left out")
    })
}

/// Waits until there may be something after `after`; `false` if the service stops.
async fn more(app: &App, id: ConversationId, after: i64, receiver: &mut Receiver<Event>) -> bool {
    loop {
        let event = tokio::select! {
            () = app.stopping().cancelled() => return false,
            event = receiver.recv() => event,
        };
        match event {
            Ok(Event::Message { conversation, message }) if conversation == id && message.seq > after => return true,
            Ok(Event::Message { .. } | Event::Ticket { .. }) => {}
            // What was missed stands in the store.
            Err(RecvError::Lagged(_)) => return true,
            Ok(Event::Stopping) | Err(RecvError::Closed) => return false,
        }
    }
}
