//! What can be wrong with a request, and how any failure becomes the one error shape of the API:
//! `{"error": {"code", "message", "hint", "request_id"}}`.
//!
//! A handler returns [`ApiError`]. Turned into a response it carries a [`Refusal`] instead of a body; the outermost layer
//! ([`super::envelope`]) writes the body, because only there the request's id and the reader's language are known.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::locale::Locale;
use crate::error::{Code, Coded, Failure, Fault, chain};
use crate::service::keys::Role;

/// A request that cannot be served as it is.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The body is no JSON, or not in UTF-8.
    #[error("the body is not JSON: {problem}")]
    NotJson {
        /// What and where.
        problem: String,
    },
    /// The body's upload stopped or took too long.
    #[error("the body did not arrive whole")]
    BodyCutOff,
    /// A field is unknown, missing, of the wrong type or out of range.
    #[error("{problem}")]
    Body {
        /// Which and why.
        problem: String,
    },
    /// The body is larger than the limit.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// A parameter or header is unusable.
    #[error("{problem}")]
    Parameter {
        /// Which and why.
        problem: String,
    },
    /// An id in the path is none, so nothing has it.
    #[error("{given:?} is not {kind}")]
    NoSuchId {
        /// The code of a missing thing of this kind.
        code: Code,
        /// The kind, with its article.
        kind: &'static str,
        /// What was given, cut.
        given: String,
    },
    /// No key was sent.
    #[error("no key was sent")]
    NoKey,
    /// The key is unknown or revoked.
    #[error("the key is unknown or revoked")]
    UnknownKey,
    /// The key's role may not do this.
    #[error("a key with the role {role} may not do this, {} may", .allowed.iter().map(|r| r.name()).collect::<Vec<_>>().join(", "))]
    Role {
        /// The key's role.
        role: Role,
        /// Who may.
        allowed: &'static [Role],
    },
    /// The visitor token is missing.
    #[error("this conversation opens with its visitor token only")]
    NoVisitorToken,
    /// No such address.
    #[error("there is nothing at {path}")]
    NoRoute {
        /// The path, cut.
        path: String,
    },
    /// The address exists, not for this method.
    #[error("{method} is not allowed here")]
    Method {
        /// The method.
        method: String,
    },
    /// `If-Match` is missing.
    #[error("If-Match is missing")]
    NoPrecondition,
    /// `If-Match` names no present revision.
    #[error("the article has revision {revision} now, If-Match names another")]
    Stale {
        /// The present revision.
        revision: i64,
    },
    /// The idempotency key stands for another body.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The first request with this idempotency key is being worked on.
    #[error("the first request with this Idempotency-Key is still being worked on")]
    KeyInFlight,
    /// Too many requests with one key or from one address.
    #[error("too many requests {whose}")]
    TooMany {
        /// Whose: `with this key`, `from this address`.
        whose: &'static str,
        /// When the next one is accepted.
        retry_after_s: u64,
    },
    /// The service cannot answer questions at present.
    #[error("the service cannot answer at present")]
    NotReady,
    /// A handler panicked.
    #[error("an unexpected error")]
    Panicked,
}

impl HttpError {
    /// A parameter or header called `name` that is unusable because of `why`.
    pub fn parameter(name: &str, why: impl std::fmt::Display) -> Self {
        HttpError::Parameter { problem: format!("{name}: {why}") }
    }

    /// A field called `name` that is unusable because of `why`.
    pub fn field(name: &str, why: impl std::fmt::Display) -> Self {
        HttpError::Body { problem: format!("{name}: {why}") }
    }
}

impl Coded for HttpError {
    fn code(&self) -> Code {
        match self {
            HttpError::NotJson { .. } | HttpError::BodyCutOff => Code::BodyNotJson,
            HttpError::Body { .. } => Code::BodyInvalid,
            HttpError::TooLarge { .. } => Code::BodyTooLarge,
            HttpError::Parameter { .. } => Code::ParameterInvalid,
            HttpError::NoSuchId { code, .. } => *code,
            HttpError::NoKey | HttpError::UnknownKey => Code::Unauthorized,
            HttpError::Role { .. } | HttpError::NoVisitorToken => Code::Forbidden,
            HttpError::NoRoute { .. } => Code::NotFound,
            HttpError::Method { .. } => Code::MethodNotAllowed,
            HttpError::NoPrecondition => Code::PreconditionRequired,
            HttpError::Stale { .. } => Code::PreconditionFailed,
            HttpError::KeyReused | HttpError::KeyInFlight => Code::IdempotencyConflict,
            HttpError::TooMany { .. } => Code::TooManyRequests,
            HttpError::NotReady => Code::NotReady,
            HttpError::Panicked => Code::Internal,
        }
    }

    fn hint(&self, locale: Locale) -> String {
        let own = match self {
            HttpError::NoVisitorToken => Some(locale.pick(
                "请在 X-Visitor-Token 头里带上创建会话时返回的 visitor_token。",
                "Send the visitor_token that beginning the conversation returned, in X-Visitor-Token.",
            )),
            HttpError::KeyInFlight => {
                Some(locale.pick("请按 Retry-After 稍候，再原样重发。", "Wait for the seconds in Retry-After and send the same again."))
            }
            HttpError::BodyCutOff => Some(locale.pick("请完整发送请求体后重试。", "Send the whole body and try again.")),
            HttpError::NotReady => {
                Some(locale.pick("请看日志，恢复后会自动就绪。", "See the log; it becomes ready by itself once mended."))
            }
            _ => None,
        };
        own.unwrap_or_else(|| self.code().hint(locale)).to_owned()
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            HttpError::TooMany { retry_after_s, .. } => Some(*retry_after_s),
            HttpError::KeyInFlight | HttpError::NotReady => Some(1),
            _ => None,
        }
    }
}

/// Any failure, as handlers return it.
#[derive(Debug)]
pub struct ApiError(Failure);

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        ApiError(failure)
    }
}

impl<E: Coded> From<E> for ApiError {
    fn from(error: E) -> Self {
        ApiError(error.into())
    }
}

/// What is left of a failure when it leaves the handlers: no cause, no secret.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The row of the table.
    pub code: Code,
    message: String,
    hint_zh: String,
    hint_en: String,
}

impl Refusal {
    /// The body.
    pub fn body(&self, request_id: &str, locale: Locale) -> String {
        let hint = locale.pick(&self.hint_zh, &self.hint_en);
        let error = serde_json::json!({"code": self.code.name(), "message": self.message, "hint": hint, "request_id": request_id});
        serde_json::json!({ "error": error }).to_string()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let error = self.0.get();
        let code = error.code();
        // The only place that sees the whole chain: a caller's fault is the caller's to know, everything else is ours to read.
        match code.fault() {
            Fault::Caller => tracing::debug!(code = code.name(), "refused"),
            Fault::Environment => tracing::warn!(code = code.name(), error = %chain(error), "a request could not be served"),
            Fault::Bug => tracing::error!(code = code.name(), error = %chain(error), "a request failed"),
        }
        let mut headers = HeaderMap::new();
        if let Some(seconds) = error.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if code == Code::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"jieda\""));
        }
        let refusal = Refusal { code, message: error.to_string(), hint_zh: error.hint(Locale::ZhCn), hint_en: error.hint(Locale::En) };
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, headers).into_response();
        response.extensions_mut().insert(refusal);
        response
    }
}
