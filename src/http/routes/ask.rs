//! `POST /v1/ask`.

use axum::extract::State;

use crate::http::App;
use crate::http::access::VisitorToken;
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::wire::ask::{Answer, Ask};

/// Ask a question
///
/// Answers, offers, hands off or replies to small talk; the decision is stored before the answer comes. Going on with a conversation needs
/// its id alone; a visitor token that is sent along has to be its own.
#[utoipa::path(post, path = "/v1/ask", tag = "Customers", params(
    ("x-visitor-token" = Option<String>, Header, description = "The visitor token"),
), request_body = Ask, responses(
    (status = 200, description = "Decided", body = Answer),
    (status = 403, description = "`forbidden`: the visitor token of another conversation"),
    (status = 404, description = "`conversation_not_found`"),
    (status = 422, description = "`question_empty`, `question_too_long`, `body_invalid`"),
))]
pub async fn ask(State(app): State<App>, VisitorToken(token): VisitorToken, Json(body): Json<Ask>) -> Result<axum::Json<Answer>, ApiError> {
    let request = body.into_request()?;
    if let (Some(id), Some(token)) = (request.conversation_id, token) {
        app.service().open_conversation(id, Some(&token)).await?;
    }
    let reply = app.service().ask(request).await?;
    Ok(axum::Json(Answer::new(reply, app.service().model())))
}
