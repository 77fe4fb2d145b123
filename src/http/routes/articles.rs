//! `/v1/articles`: the knowledge base, with optimistic locking by revision.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::article::{Article as Kept, ArticleStatus};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::http::App;
use crate::http::body::Json;
use crate::http::error::{ApiError, HttpError};
use crate::http::parameters::{self, Id, Parameters, page_size};
use crate::http::wire::List;
use crate::http::wire::articles::{Article, Deleted, Reading, WriteArticle};
use crate::store::{ArticleFilter, Expect, Stored};

/// Which articles are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// Versions in this language.
    pub locale: Option<String>,
    /// `draft`, `published` or `archived`.
    pub status: Option<String>,
    /// In this category or one below it.
    pub category: Option<String>,
    /// With this text in id, title, variants or answer.
    pub text: Option<String>,
    /// Rows, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// List articles
#[utoipa::path(get, path = "/v1/articles", tag = "Editors", params(ListParameters), responses(
    (status = 200, description = "A page", body = List<Article>),
    (status = 422, description = "`parameter_invalid`"),
))]
pub async fn list(
    State(app): State<App>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<axum::Json<List<Article>>, ApiError> {
    let statuses = ["draft", "published", "archived"];
    let status = parameters.status.map(|status| parameters::one_of("status", &status, ArticleStatus::parse, &statuses)).transpose()?;
    let locale = parameters::locale(parameters.locale.as_deref())?;
    let filter = ArticleFilter { locale, status, category: parameters.category, text: parameters.text };
    let page = app.service().articles(&filter, parameters.cursor.as_deref(), page_size(parameters.limit)?).await?;
    Ok(axum::Json(List { items: page.items.into_iter().map(Article::new).collect(), next: page.next }))
}

/// Which version of an article is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionParameters {
    /// The version's language; if absent the shop's, else any there is.
    pub locale: Option<String>,
}

/// Create an article
///
/// It is searchable when the answer comes. A further language of an article is created with the same id.
#[utoipa::path(post, path = "/v1/articles", tag = "Editors", request_body = WriteArticle, responses(
    (status = 201, description = "Created", body = Article, headers(
        ("etag" = String, description = "Its revision"), ("location" = String, description = "Its address"))),
    (status = 409, description = "`already_exists`, `phrasing_taken`, `idempotency_conflict`"),
    (status = 422, description = "`article_invalid`, `body_invalid`"),
))]
pub async fn create(State(app): State<App>, Json(body): Json<WriteArticle>) -> Result<Response, ApiError> {
    let article = body.into_article(None, &reading(&app, app.service().config().shop.default_locale))?;
    let stored = app.service().put_article(article, Expect::Absent).await?;
    let address = format!("/v1/articles/{}?locale={}", escaped(stored.value.id.as_str()), stored.value.locale);
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], versioned(stored)).into_response())
}

/// Read an article
#[utoipa::path(get, path = "/v1/articles/{id}", tag = "Editors", params(
    ("id" = String, Path, description = "The article"), VersionParameters,
    ("if-none-match" = Option<String>, Header, description = "An ETag: 304 if it is still this revision"),
), responses(
    (status = 200, description = "The article", body = Article, headers(("etag" = String, description = "Its revision"))),
    (status = 304, description = "Unchanged"),
    (status = 404, description = "`article_not_found`"),
    (status = 422, description = "`parameter_invalid`"),
))]
pub async fn read(
    State(app): State<App>,
    Id(id): Id<ArticleId>,
    Parameters(parameters): Parameters<VersionParameters>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let stored = app.service().article(&id, parameters::locale(parameters.locale.as_deref())?).await?;
    if headers.get(header::IF_NONE_MATCH).is_some_and(|value| names(value, stored.revision)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag(stored.revision))]).into_response());
    }
    Ok(versioned(stored).into_response())
}

/// Replace an article
///
/// The whole version, as one reads it. The change is searchable when the answer comes.
#[utoipa::path(put, path = "/v1/articles/{id}", tag = "Editors", params(
    ("id" = String, Path, description = "The article"), VersionParameters,
    ("if-match" = String, Header, description = "The ETag that was read, or `*`"),
), request_body = WriteArticle, responses(
    (status = 200, description = "Replaced", body = Article, headers(("etag" = String, description = "Its new revision"))),
    (status = 404, description = "`article_not_found`"),
    (status = 409, description = "`phrasing_taken`"),
    (status = 412, description = "`precondition_failed`: somebody changed it meanwhile"),
    (status = 422, description = "`article_invalid`, `body_invalid`, `parameter_invalid`"),
    (status = 428, description = "`precondition_required`"),
))]
pub async fn replace(
    State(app): State<App>,
    Id(id): Id<ArticleId>,
    Parameters(parameters): Parameters<VersionParameters>,
    headers: HeaderMap,
    Json(body): Json<WriteArticle>,
) -> Result<Response, ApiError> {
    let condition = condition(&headers)?;
    let (asked, sent) = (parameters::locale(parameters.locale.as_deref())?, body.locale()?);
    if let (Some(asked), Some(sent)) = (asked, sent)
        && asked != sent
    {
        return Err(HttpError::field("locale", format!("{sent} is not the locale in the address, {asked}")).into());
    }
    let present = app.service().article(&id, asked.or(sent)).await?;
    let expect = expected(condition, &present)?;
    let article = body.into_article(Some(id), &reading(&app, present.value.locale))?;
    Ok(versioned(app.service().put_article(article, expect).await?).into_response())
}

/// Delete an article
///
/// One version with `locale`, all without. It is not found any more when the answer comes.
#[utoipa::path(delete, path = "/v1/articles/{id}", tag = "Editors", params(
    ("id" = String, Path, description = "The article"), VersionParameters,
    ("if-match" = String, Header, description = "The ETag that was read, or `*`"),
), responses(
    (status = 200, description = "Deleted", body = Deleted),
    (status = 404, description = "`article_not_found`"),
    (status = 412, description = "`precondition_failed`: somebody changed it meanwhile"),
    (status = 422, description = "`parameter_invalid`"),
    (status = 428, description = "`precondition_required`"),
))]
pub async fn delete(
    State(app): State<App>,
    Id(id): Id<ArticleId>,
    Parameters(parameters): Parameters<VersionParameters>,
    headers: HeaderMap,
) -> Result<axum::Json<Deleted>, ApiError> {
    let condition = condition(&headers)?;
    let locale = parameters::locale(parameters.locale.as_deref())?;
    let present = app.service().article(&id, locale).await?;
    let expect = expected(condition, &present)?;
    let deleted = app.service().delete_article(id, locale, expect).await?;
    Ok(axum::Json(Deleted { deleted }))
}

fn reading(app: &App, locale: Locale) -> Reading<'_> {
    Reading { zone: &app.service().config().shop.time_zone, locale }
}

fn versioned(stored: Stored<Kept>) -> ([(header::HeaderName, HeaderValue); 1], axum::Json<Article>) {
    ([(header::ETAG, etag(stored.revision))], axum::Json(Article::new(stored)))
}

fn etag(revision: i64) -> HeaderValue {
    // Digits and quotes are always a header value.
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

fn condition(headers: &HeaderMap) -> Result<&HeaderValue, HttpError> {
    headers.get(header::IF_MATCH).ok_or(HttpError::NoPrecondition)
}

/// Whether a list of ETags has the one of `revision`, or is `*`. Weak tags match nothing: they name no exact state.
fn names(tags: &HeaderValue, revision: i64) -> bool {
    let want = format!("\"{revision}\"");
    tags.to_str().is_ok_and(|tags| tags.split(',').map(str::trim).any(|tag| tag == "*" || tag == want))
}

fn expected(condition: &HeaderValue, present: &Stored<Kept>) -> Result<Expect, HttpError> {
    if condition.as_bytes() == b"*" {
        return Ok(Expect::Any);
    }
    // The store compares again in its transaction.
    if names(condition, present.revision) {
        Ok(Expect::Revision(present.revision))
    } else {
        Err(HttpError::Stale { revision: present.revision })
    }
}

/// An id as one part of a path.
fn escaped(id: &str) -> String {
    let mut path = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strong_tags_of_the_present_revision_match() {
        for (tags, want) in
            [("\"7\"", true), ("*", true), ("\"6\", \"7\"", true), ("W/\"7\"", false), ("7", false), ("\"70\"", false), ("", false)]
        {
            assert_eq!(names(&HeaderValue::from_static(tags), 7), want, "{tags}");
        }
    }

    #[test]
    fn ids_are_escaped_for_addresses() {
        assert_eq!(escaped("退款 a?b"), "%E9%80%80%E6%AC%BE%20a%3Fb");
    }
}
