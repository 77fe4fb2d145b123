//! Writes that may be sent again: the same `Idempotency-Key` with the same request gets the first answer, whole.
//!
//! Only answers that did something are kept. A refused or failed request leaves its key free, so that it can be corrected and
//! sent again. The work runs in a task of its own: a client that goes away does not leave a key without an answer.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::App;
use super::access::Key;
use super::body;
use super::error::{ApiError, HttpError};
use crate::error::chain;
use crate::store::IdempotencyState;

/// The request's header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that is given again.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key.
const KEY_MAX: usize = 200;
/// Headers that belong to an answer and are kept with it.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];
/// No answer to a write is larger.
const ANSWER_BYTES: usize = 16 << 20;

/// An answer as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    body: String,
}

/// Looks for the answer of an earlier request with the same key; without one the request is served and its answer kept.
pub async fn once(State(app): State<App>, Key(caller): Key, request: Request, next: Next) -> Result<Response, ApiError> {
    let Some(key) = request.headers().get(KEY) else { return Ok(next.run(request).await) };
    let key = usable(key)?.to_owned();
    let scope = format!("{} {} {}", caller.id, request.method(), request.uri().path());
    let (parts, body) = request.into_parts();
    let bytes = body::read(&parts.headers, body, app.limits().body_bytes).await?;
    let hash = Sha256::new().chain_update(parts.uri.query().unwrap_or("")).chain_update([0]).chain_update(&bytes).finalize().into();
    match app.service().store().idempotent(&scope, &key, hash).await? {
        IdempotencyState::Done { status, body } => Ok(again(status, &body)),
        IdempotencyState::Conflict => Err(HttpError::KeyReused.into()),
        IdempotencyState::InFlight => Err(HttpError::KeyInFlight.into()),
        IdempotencyState::New => {
            let request = Request::from_parts(parts, Body::from(bytes));
            let reserved = Reserved { app, scope, key };
            let work = async move { reserved.serve(request, next).await };
            match tokio::spawn(work.in_current_span()).await {
                Ok(response) => Ok(response),
                Err(_) => Err(HttpError::Panicked.into()),
            }
        }
    }
}

fn usable(key: &HeaderValue) -> Result<&str, HttpError> {
    let text = key.to_str().ok().filter(|text| !text.trim().is_empty() && text.len() <= KEY_MAX);
    text.ok_or_else(|| HttpError::parameter("Idempotency-Key", format!("must be 1 to {KEY_MAX} ASCII characters")))
}

fn again(status: u16, kept: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let Ok(kept) = serde_json::from_str::<Kept>(kept) else {
        // Only this module writes what it reads.
        tracing::error!("a kept answer cannot be read");
        return ApiError::from(HttpError::Panicked).into_response();
    };
    let mut headers: HeaderMap = kept.headers.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?))).collect();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    (status, headers, kept.body).into_response()
}

/// A key that waits for its answer.
struct Reserved {
    app: App,
    scope: String,
    key: String,
}

impl Reserved {
    async fn serve(self, request: Request, next: Next) -> Response {
        // A panic inside is caught here, so that the key is freed.
        let response = match tokio::spawn(next.run(request).in_current_span()).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(%error, "a handler panicked");
                ApiError::from(HttpError::Panicked).into_response()
            }
        };
        if !response.status().is_success() {
            self.free().await;
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(bytes) = to_bytes(body, ANSWER_BYTES).await else {
            self.free().await;
            return ApiError::from(HttpError::Panicked).into_response();
        };
        self.keep(parts.status, &parts.headers, &bytes).await;
        Response::from_parts(parts, Body::from(bytes))
    }

    async fn keep(&self, status: StatusCode, headers: &HeaderMap, body: &Bytes) {
        let headers = KEPT.iter().filter_map(|name| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned()))).collect();
        let kept = Kept { headers, body: String::from_utf8_lossy(body).into_owned() };
        let kept = match serde_json::to_string(&kept) {
            Ok(kept) => kept,
            Err(error) => return tracing::error!(%error, "an answer cannot be kept"),
        };
        // What was asked for is done and told; only a repeat would not be recognised.
        if let Err(error) = self.app.service().store().finish_idempotent(&self.scope, &self.key, status.as_u16(), &kept).await {
            tracing::warn!(error = %chain(&error), "an answer could not be kept under its Idempotency-Key");
        }
    }

    async fn free(&self) {
        if let Err(error) = self.app.service().store().abandon_idempotent(&self.scope, &self.key).await {
            tracing::warn!(error = %chain(&error), "an Idempotency-Key stays reserved until its lease ends");
        }
    }
}
