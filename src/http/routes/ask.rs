//! `POST /v1/ask`.

use axum::extract::State;

use crate::http::App;
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::wire::ask::{Answer, Ask};

/// Ask a question
///
/// Answers, offers, hands off or replies to small talk; the decision is stored before the answer comes.
#[utoipa::path(post, path = "/v1/ask", tag = "Customers", request_body = Ask, responses(
    (status = 200, description = "Decided", body = Answer),
    (status = 404, description = "`conversation_not_found`"),
    (status = 422, description = "`question_empty`, `question_too_long`, `body_invalid`"),
))]
pub async fn ask(State(app): State<App>, Json(body): Json<Ask>) -> Result<axum::Json<Answer>, ApiError> {
    let reply = app.service().ask(body.into_request()?).await?;
    Ok(axum::Json(Answer::new(reply, app.service().model())))
}
