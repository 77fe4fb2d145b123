//! The outermost layer: every request gets an id, one log line and its figures; every answer the id, safe headers and, if it is a
//! refusal, the error's body.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use super::App;
use super::error::{ApiError, HttpError, Refusal};
use crate::domain::locale::Locale;

/// The header of a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a client.
const ID_MAX: usize = 64;

/// Set where a handler has set nothing else. Answers are data: no page may frame, sniff or keep them.
const SAFE: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Wraps a request from its first byte to its answer's head.
pub async fn wrap(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", |path| app.template(path.as_str()));
    let locale = reader(request.headers()).unwrap_or(app.service().config().shop.default_locale);
    let span = tracing::info_span!("request", request_id = id, method = %method, route, key = tracing::field::Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    let code = response.extensions().get::<Refusal>().map(|refusal| refusal.code.name());
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let body = refusal.body(&id, locale);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.body_mut() = Body::from(body);
    }
    let headers = response.headers_mut();
    for (name, value) in SAFE {
        headers.entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status().as_u16(), started.elapsed());
    app.service().metrics().http(method.as_str(), route, status, took);
    let ms = took.as_secs_f64() * 1e3;
    span.in_scope(|| {
        if matches!(route, "/healthz" | "/readyz" | "/metrics") {
            tracing::debug!(status, code, ms, "answered");
        } else {
            tracing::info!(status, code, ms, "answered");
        }
    });
    response
}

/// The client's id if it is short and plain, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let plain = |id: &&str| (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(plain);
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// The language of hints: the first one of `Accept-Language` that we speak.
fn reader(headers: &HeaderMap) -> Option<Locale> {
    let languages = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    languages.split(',').find_map(|language| language.split(';').next()?.parse().ok())
}

/// What becomes of a handler that panicked; the panic itself was logged where it happened.
pub fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(what = what.unwrap_or_default(), "a handler panicked");
    ApiError::from(HttpError::Panicked).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken_over() {
        let long = "a".repeat(65);
        for (given, taken) in
            [("abc-1_2.3", true), ("", false), (long.as_str(), false), ("a b", false), ("a\"b", false), ("<script>", false)]
        {
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(given).unwrap())]);
            assert_eq!(request_id(&headers) == given, taken, "{given}");
        }
        let unreadable = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_bytes("退款".as_bytes()).unwrap())]);
        assert_eq!(request_id(&unreadable).len(), 36);
    }

    #[test]
    fn hints_are_in_the_first_language_we_speak() {
        for (accepts, want) in
            [("zh-TW,en;q=0.5", Some(Locale::ZhCn)), ("fr-FR, en-GB;q=0.8, zh;q=0.1", Some(Locale::En)), ("fr", None), ("*", None)]
        {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accepts))]);
            assert_eq!(reader(&headers), want, "{accepts}");
        }
    }
}
