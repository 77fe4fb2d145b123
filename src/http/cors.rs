//! Pages of other origins. Only configured origins may read answers; every other page's browser is told nothing and refuses.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "accept-language, authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-request-id, x-visitor-token",
);
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static("etag, idempotency-replayed, location, retry-after, x-request-id");
/// Seconds for which a browser may remember a preflight.
const REMEMBER_S: HeaderValue = HeaderValue::from_static("600");

/// Answers preflights of configured origins and marks every answer to them as readable.
pub async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let allowed = &app.service().config().server.allowed_origins;
    if allowed.is_empty() {
        return next.run(request).await;
    }
    let origin =
        request.headers().get(header::ORIGIN).filter(|origin| allowed.iter().any(|a| a.as_str().as_bytes() == origin.as_bytes())).cloned();
    let preflight = request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if origin.is_some() && preflight {
        let headers = HeaderMap::from_iter([
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, REMEMBER_S),
        ]);
        (StatusCode::NO_CONTENT, headers).into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    }
    response
}
