//! Request bodies: read within limits, parsed with named errors, and drained when an answer comes early.
//!
//! An answer that is sent while the client still uploads is lost: closing a connection with unread bytes resets it. So every
//! request's body is lent to the handlers ([`lend`]) and comes back when they are done; what is left of it is read and thrown
//! away, within bounds, before the answer goes out.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::App;
use super::error::{ApiError, HttpError};

/// How long a body within the limit may take to arrive.
const READ_FOR: Duration = Duration::from_secs(30);
/// How much of an unwanted body is thrown away before the connection is closed.
const DRAIN_BYTES: usize = 64 << 20;
/// For how long it is thrown away.
const DRAIN_FOR: Duration = Duration::from_secs(30);

/// A body that goes back to its lender when it is dropped.
struct Lent {
    stream: Option<BodyDataStream>,
    /// Whether anything was asked of it: only then has a client that waits for `100 Continue` begun to send.
    begun: bool,
    ended: bool,
    lender: Option<oneshot::Sender<Returned>>,
}

struct Returned {
    stream: BodyDataStream,
    begun: bool,
}

impl Stream for Lent {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.begun = true;
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        let next = stream.poll_next_unpin(cx);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.ended = true;
        }
        next
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (false, Some(stream), Some(lender)) = (self.ended, self.stream.take(), self.lender.take()) {
            // A lender that is gone has no use for it.
            drop(lender.send(Returned { stream, begun: self.begun }));
        }
    }
}

/// Lends the body to the handlers and throws away what they leave of it.
pub async fn lend(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let waits = parts.headers.get(header::EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    let (lender, returned) = oneshot::channel();
    let lent = Lent { stream: Some(body.into_data_stream()), begun: false, ended: false, lender: Some(lender) };
    let response = next.run(Request::from_parts(parts, Body::from_stream(lent))).await;
    if let Ok(Returned { stream, begun }) = { returned }.try_recv()
        && (begun || !waits)
    {
        drain(stream).await;
    }
    response
}

async fn drain(mut stream: BodyDataStream) {
    let all = async {
        let mut bytes = 0;
        while let Some(Ok(chunk)) = stream.next().await {
            bytes += chunk.len();
            if bytes > DRAIN_BYTES {
                return;
            }
        }
    };
    if timeout(DRAIN_FOR, all).await.is_err() {
        tracing::debug!("gave up on the rest of a body");
    }
}

/// Reads a body of at most `limit` bytes. One that is announced to be larger is not begun.
///
/// **Errors**: `TooLarge`; `BodyCutOff` if it stops or takes longer than half a minute.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Vec<u8>, HttpError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > limit) {
        return Err(HttpError::TooLarge { limit });
    }
    let mut stream = body.into_data_stream();
    let all = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| HttpError::BodyCutOff)?;
            if bytes.len() + chunk.len() > limit {
                return Err(HttpError::TooLarge { limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    timeout(READ_FOR, all).await.unwrap_or(Err(HttpError::BodyCutOff))
}

/// A JSON body. The content type is not looked at; an empty body counts as `{}`.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, app.limits().body_bytes).await?;
        Ok(Json(parse(if bytes.is_empty() { b"{}" } else { &bytes })?))
    }
}

/// Parses a body. Whether it is no JSON at all or the wrong JSON are two errors.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, HttpError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| HttpError::NotJson { problem: format!("byte {} is not UTF-8", error.valid_up_to() + 1) })?;
    // Some editors and shells begin every file with a byte-order mark.
    let mut json = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if !inner.is_data() {
            return HttpError::NotJson { problem: inner.to_string() };
        }
        HttpError::Body { problem: if path == "." { inner.to_string() } else { format!("{path}: {inner}") } }
    })?;
    json.end().map_err(|error| HttpError::NotJson { problem: error.to_string() })?;
    // Structs may be read from arrays as well, field by field; nobody means that.
    if !text.trim_start().starts_with('{') {
        return Err(HttpError::Body { problem: "the body must be a JSON object".to_owned() });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::error::Coded;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        variants: Vec<String>,
    }

    #[test]
    fn every_fault_of_a_body_is_named_and_placed() {
        for (body, code, says) in [
            (&b"{\"variants\": [\"\xff\"]}"[..], "body_not_json", "byte 16 is not UTF-8"),
            (b"{\"variants\": [\"", "body_not_json", "EOF"),
            (b"{\"variants\": [\"\0\"]}", "body_not_json", "control character"),
            ("{\"variants\": [“退款”]}".as_bytes(), "body_not_json", "column"),
            (b"{} {}", "body_not_json", "trailing"),
            (b"{\"varaints\": []}", "body_invalid", "unknown field `varaints`"),
            (b"{\"variants\": [\"a\", 5]}", "body_invalid", "variants[1]"),
            (b"[]", "body_invalid", "object"),
            (b" [[]]", "body_invalid", "object"),
        ] {
            let error = parse::<Sample>(body).unwrap_err();
            assert_eq!(error.code().name(), code, "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
        assert_eq!(parse::<Sample>("{\"variants\": [\"退货\"]}".as_bytes()).unwrap().variants, ["退货"]);
    }

    #[tokio::test]
    async fn bodies_are_read_up_to_their_limit() {
        let chunks = |sizes: &[usize]| {
            Body::from_stream(futures::stream::iter(sizes.iter().map(|n| Ok::<_, Error>(vec![b'a'; *n])).collect::<Vec<_>>()))
        };
        let none = HeaderMap::new();
        assert_eq!(read(&none, chunks(&[600, 424]), 1024).await.unwrap().len(), 1024);
        assert!(matches!(read(&none, chunks(&[600, 425]), 1024).await, Err(HttpError::TooLarge { limit: 1024 })));
        let announced = HeaderMap::from_iter([(header::CONTENT_LENGTH, 1025.into())]);
        assert!(matches!(read(&announced, chunks(&[1]), 1024).await, Err(HttpError::TooLarge { .. })));
        let broken = Body::from_stream(futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]));
        assert!(matches!(read(&none, broken, 1024).await, Err(HttpError::BodyCutOff)));
    }
}
