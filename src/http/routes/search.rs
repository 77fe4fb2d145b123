//! `POST /v1/search` and `POST /v1/suggest`: ranking without a decision.

use axum::extract::State;

use crate::http::App;
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::wire::search::{Found, Hit, Search, Suggest, Suggestion};

/// Search articles
///
/// Ranks articles for a text. Nothing is decided and nothing stored.
#[utoipa::path(post, path = "/v1/search", tag = "Customers", request_body = Search, responses(
    (status = 200, description = "Best first", body = Found<Hit>),
    (status = 422, description = "`question_empty`, `question_too_long`, `body_invalid`"),
))]
pub async fn search(State(app): State<App>, Json(body): Json<Search>) -> Result<axum::Json<Found<Hit>>, ApiError> {
    let reply = app.service().search(body.into_request()?).await?;
    Ok(axum::Json(Found::new(reply, Hit::new)))
}

/// Suggest answers to an agent
///
/// For a text, or for the last question of a conversation or ticket: candidates with their answers.
#[utoipa::path(post, path = "/v1/suggest", tag = "Agents", request_body = Suggest, responses(
    (status = 200, description = "Best first", body = Found<Suggestion>),
    (status = 404, description = "`conversation_not_found`, `ticket_not_found`"),
    (status = 422, description = "`question_empty`, `question_too_long`, `body_invalid`"),
))]
pub async fn suggest(State(app): State<App>, Json(body): Json<Suggest>) -> Result<axum::Json<Found<Suggestion>>, ApiError> {
    let reply = app.service().suggest(body.into_request()?).await?;
    Ok(axum::Json(Found::new(reply, Suggestion::new)))
}
