//! `GET /v1/decisions/{id}`.

use axum::extract::State;

use crate::domain::ids::DecisionId;
use crate::http::App;
use crate::http::error::ApiError;
use crate::http::parameters::Id;
use crate::http::wire::decisions::Decision;

/// Explain a decision
///
/// What decided, how far each line was and what would have flipped it; candidates with raw scores, what made up the confidence, and
/// what it was made with. Tokens, terms and passages are computed again from the articles as they are now.
#[utoipa::path(get, path = "/v1/decisions/{id}", tag = "Agents", params(("id" = String, Path, description = "The decision")), responses(
    (status = 200, description = "The decision", body = Decision),
    (status = 404, description = "`decision_not_found`"),
))]
pub async fn read(State(app): State<App>, Id(id): Id<DecisionId>) -> Result<axum::Json<Decision>, ApiError> {
    Ok(axum::Json(Decision::new(app.service().explained(id).await?)))
}
