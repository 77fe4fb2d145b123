//! Parameters in the address: the query string as a strict struct, ids in the path.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::App;
use super::error::{ApiError, HttpError};
use crate::domain::ids::{ArticleId, ConversationId, DecisionId, KeyId, LabelId, TicketNumber};
use crate::domain::locale::Locale;
use crate::error::Code;

/// Rows of a page that names no size.
pub const PAGE_DEFAULT: usize = 50;
/// The most rows of a page.
pub const PAGE_MAX: usize = 200;

/// The query string; an unknown or unusable parameter is `parameter_invalid`.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(parameters)) => Ok(Parameters(parameters)),
            Err(rejection) => {
                let problem = std::error::Error::source(&rejection).map_or_else(|| rejection.to_string(), ToString::to_string);
                Err(HttpError::Parameter { problem }.into())
            }
        }
    }
}

/// A page size within its bounds.
pub fn page_size(limit: Option<usize>) -> Result<usize, HttpError> {
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    if (1..=PAGE_MAX).contains(&limit) { Ok(limit) } else { Err(HttpError::parameter("limit", format!("must be 1 to {PAGE_MAX}"))) }
}

/// A name out of a set.
pub fn one_of<T>(name: &str, given: &str, parse: fn(&str) -> Option<T>, names: &[&str]) -> Result<T, HttpError> {
    parse(given).ok_or_else(|| HttpError::parameter(name, format!("{given:?} is none of {}", names.join(", "))))
}

/// A locale from a parameter.
pub fn locale(tag: Option<&str>) -> Result<Option<Locale>, HttpError> {
    tag.map(str::parse).transpose().map_err(|error| HttpError::parameter("locale", error))
}

/// An id in the path. Text that is no id of its kind is answered like an id that nothing has.
pub struct Id<T>(pub T);

/// A kind of id in a path.
pub trait PathId: Sized {
    /// The code when there is no such thing.
    const MISSING: Code;
    /// The kind in a message.
    const KIND: &'static str;
    /// Reads it.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! path_ids {
    ($($type:ty, $missing:ident, $kind:literal;)+) => {
        $(impl PathId for $type {
            const MISSING: Code = Code::$missing;
            const KIND: &'static str = $kind;
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        })+
    };
}

path_ids! {
    ArticleId, ArticleNotFound, "an article id";
    ConversationId, ConversationNotFound, "a conversation id";
    DecisionId, DecisionNotFound, "a decision id";
    KeyId, KeyNotFound, "a key id";
    LabelId, LabelNotFound, "a label id";
}

impl PathId for TicketNumber {
    const MISSING: Code = Code::TicketNotFound;
    const KIND: &'static str = "a ticket number";
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(TicketNumber)
    }
}

impl<T: PathId> FromRequestParts<App> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let text = match Path::<String>::from_request_parts(parts, app).await {
            Ok(Path(text)) => text,
            // Percent-encoding that is no UTF-8.
            Err(_) => parts.uri.path().to_owned(),
        };
        let missing = || HttpError::NoSuchId { code: T::MISSING, kind: T::KIND, given: text.chars().take(80).collect() };
        Ok(Id(T::read(&text).ok_or_else(missing)?))
    }
}
