//! `POST /v1/feedback`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::domain::feedback::FeedbackKind;
use crate::http::App;
use crate::http::access::{AGENTS, Key};
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::wire::decisions::{Feedback, GiveFeedback};
use crate::http::wire::fields;

/// Judge a decision
#[utoipa::path(post, path = "/v1/feedback", tag = "Customers", request_body = GiveFeedback, responses(
    (status = 201, description = "Kept", body = Feedback),
    (status = 403, description = "`forbidden`: what came of a suggestion is for agents to say"),
    (status = 404, description = "`decision_not_found`"),
))]
pub async fn give(State(app): State<App>, Key(caller): Key, Json(body): Json<GiveFeedback>) -> Result<impl IntoResponse, ApiError> {
    let names: Vec<&str> = FeedbackKind::ALL.iter().map(|kind| kind.name()).collect();
    let kind = fields::one_of("kind", &body.kind, FeedbackKind::parse, &names)?;
    // The widget's key is public: what it says is a customer's word.
    if kind.of_agent() {
        AGENTS.admit(&caller)?;
    }
    let decision = fields::id("decision_id", &body.decision_id)?;
    let article = fields::optional_id("article_id", body.article_id.as_deref())?;
    let feedback = app.service().give_feedback(decision, kind, article, body.comment.as_deref().unwrap_or_default()).await?;
    Ok((StatusCode::CREATED, axum::Json(Feedback::new(feedback))))
}
