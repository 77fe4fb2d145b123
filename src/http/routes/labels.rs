//! `/v1/labels`: questions whose right articles the editor names.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::ids::LabelId;
use crate::http::App;
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::parameters::{Id, Parameters, page_size};
use crate::http::wire::List;
use crate::http::wire::labels::{GiveLabels, GivenLabels, Label};

/// Which labels are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// Rows, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// List labelled questions
///
/// Newest first.
#[utoipa::path(get, path = "/v1/labels", tag = "Editors", params(PageParameters), responses(
    (status = 200, description = "A page", body = List<Label>),
    (status = 422, description = "`parameter_invalid`"),
))]
pub async fn list(State(app): State<App>, Parameters(parameters): Parameters<PageParameters>) -> Result<axum::Json<List<Label>>, ApiError> {
    let page = app.service().labels(parameters.cursor.as_deref(), page_size(parameters.limit)?).await?;
    Ok(axum::Json(List { items: page.items.into_iter().map(Label::new).collect(), next: page.next }))
}

/// Label questions
///
/// Up to 500, all or none. A question that was labelled before, in whatever case, width or punctuation, keeps its id and takes the
/// new articles and date. At most 10,000 are kept.
#[utoipa::path(post, path = "/v1/labels", tag = "Editors", request_body = GiveLabels, responses(
    (status = 201, description = "Kept", body = GivenLabels),
    (status = 404, description = "`article_not_found`: expected articles that do not exist, by name"),
    (status = 409, description = "`labels_full`, `idempotency_conflict`"),
    (status = 422, description = "`body_invalid`, `question_empty`, `question_too_long`"),
))]
pub async fn give(State(app): State<App>, Json(body): Json<GiveLabels>) -> Result<impl IntoResponse, ApiError> {
    let report = app.service().give_labels(body.read()?).await?;
    Ok((StatusCode::CREATED, axum::Json(GivenLabels::new(report))))
}

/// Delete a labelled question
#[utoipa::path(delete, path = "/v1/labels/{id}", tag = "Editors", params(("id" = String, Path, description = "The label")), responses(
    (status = 200, description = "Deleted; as it was", body = Label),
    (status = 404, description = "`label_not_found`"),
))]
pub async fn delete(State(app): State<App>, Id(id): Id<LabelId>) -> Result<axum::Json<Label>, ApiError> {
    Ok(axum::Json(Label::new(app.service().delete_label(id).await?)))
}
