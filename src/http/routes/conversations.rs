//! `/v1/conversations`: beginning, reading, and messages inside one.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::ids::ConversationId;
use crate::http::App;
use crate::http::access::{Key, VisitorToken, token_for};
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::parameters::{Id, Parameters, page_size};
use crate::http::wire::ask::{Answer, Send};
use crate::http::wire::conversations::{Begin, Begun, Transcript};

/// Begin a conversation
///
/// The visitor token is shown this once; who has it may read the conversation.
#[utoipa::path(post, path = "/v1/conversations", tag = "Customers", request_body = Begin, responses(
    (status = 201, description = "Begun", body = Begun, headers(("location" = String, description = "Its address"))),
))]
pub async fn begin(State(app): State<App>, Json(body): Json<Begin>) -> Result<impl IntoResponse, ApiError> {
    let begun = Begun::new(app.service().begin_conversation(body.into_request()?).await?);
    let address = format!("/v1/conversations/{}", begun.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], axum::Json(begun)))
}

/// Which part of a conversation is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadParameters {
    /// Only messages after this `seq`.
    pub after: Option<i64>,
    /// Messages, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
    /// The visitor token, where headers cannot be set.
    pub visitor_token: Option<String>,
}

/// Read a conversation
///
/// Agents and administrators read every conversation, everybody else needs its visitor token.
#[utoipa::path(get, path = "/v1/conversations/{id}", tag = "Customers", params(
    ("id" = String, Path, description = "The conversation"), ReadParameters,
    ("x-visitor-token" = Option<String>, Header, description = "The visitor token"),
), responses(
    (status = 200, description = "The conversation", body = Transcript),
    (status = 404, description = "`conversation_not_found`"),
    (status = 422, description = "`parameter_invalid`"),
))]
pub async fn read(
    State(app): State<App>,
    Key(caller): Key,
    Id(id): Id<ConversationId>,
    VisitorToken(header): VisitorToken,
    Parameters(parameters): Parameters<ReadParameters>,
) -> Result<axum::Json<Transcript>, ApiError> {
    let limit = page_size(parameters.limit)?;
    let token = token_for(&caller, header, parameters.visitor_token)?;
    let transcript = app.service().transcript(id, token.as_deref(), parameters.after.unwrap_or(0), limit).await?;
    Ok(axum::Json(Transcript::new(transcript, limit)))
}

/// Send a message
///
/// Asks inside a conversation. Agents send for customers without a token; their own replies go to the ticket.
#[utoipa::path(post, path = "/v1/conversations/{id}/messages", tag = "Customers", params(
    ("id" = String, Path, description = "The conversation"),
    ("x-visitor-token" = Option<String>, Header, description = "The visitor token"),
), request_body = Send, responses(
    (status = 200, description = "Decided", body = Answer),
    (status = 404, description = "`conversation_not_found`"),
    (status = 422, description = "`question_empty`, `question_too_long`, `body_invalid`"),
))]
pub async fn send(
    State(app): State<App>,
    Key(caller): Key,
    Id(id): Id<ConversationId>,
    VisitorToken(header): VisitorToken,
    Json(body): Json<Send>,
) -> Result<axum::Json<Answer>, ApiError> {
    let token = token_for(&caller, header, None)?;
    app.service().open_conversation(id, token.as_deref()).await?;
    let reply = app.service().ask(body.into_request(id)?).await?;
    Ok(axum::Json(Answer::new(reply, app.service().model())))
}
