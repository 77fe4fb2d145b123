//! `/v1/tickets`: what agents do.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::decision::Reason;
use crate::domain::ids::TicketNumber;
use crate::domain::ticket::TicketState;
use crate::http::App;
use crate::http::access::Key;
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::parameters::{Id, Parameters, one_of, page_size};
use crate::http::wire::List;
use crate::http::wire::fields;
use crate::http::wire::tickets::{Claim, Close, Reply, Ticket, TicketLine};
use crate::store::TicketFilter;

/// Which tickets are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// `open`, `claimed` or `closed`.
    pub state: Option<String>,
    /// Opened for this reason.
    pub reason: Option<String>,
    /// Held, or closed, by this agent.
    pub agent: Option<String>,
    /// Rows, 1 to 200; 50 if absent.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// List tickets
///
/// Newest first.
#[utoipa::path(get, path = "/v1/tickets", tag = "Agents", params(ListParameters), responses(
    (status = 200, description = "A page", body = List<TicketLine>),
    (status = 422, description = "`parameter_invalid`"),
))]
pub async fn list(
    State(app): State<App>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<axum::Json<List<TicketLine>>, ApiError> {
    let states: Vec<&str> = TicketState::ALL.iter().map(|state| state.name()).collect();
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    let state = parameters.state.map(|state| one_of("state", &state, TicketState::parse, &states)).transpose()?;
    let reason = parameters.reason.map(|reason| one_of("reason", &reason, Reason::parse, &reasons)).transpose()?;
    let filter = TicketFilter { state, reason, agent: parameters.agent };
    let page = app.service().tickets(&filter, parameters.cursor.as_deref(), page_size(parameters.limit)?).await?;
    Ok(axum::Json(List { items: page.items.iter().map(TicketLine::new).collect(), next: page.next }))
}

/// Read a ticket
///
/// With its frozen context, its history and the conversation as the customer wrote it, while originals are kept.
#[utoipa::path(get, path = "/v1/tickets/{number}", tag = "Agents", params(("number" = i64, Path, description = "The ticket")), responses(
    (status = 200, description = "The ticket", body = Ticket),
    (status = 404, description = "`ticket_not_found`"),
))]
pub async fn read(State(app): State<App>, Id(number): Id<TicketNumber>) -> Result<axum::Json<Ticket>, ApiError> {
    whole(&app, number).await
}

/// Claim a ticket
///
/// The bot is silent in its conversation from now on.
#[utoipa::path(post, path = "/v1/tickets/{number}/claim", tag = "Agents", params(("number" = i64, Path, description = "The ticket")),
    request_body = Claim, responses(
    (status = 200, description = "Claimed", body = Ticket),
    (status = 404, description = "`ticket_not_found`"),
    (status = 409, description = "`ticket_state`: another agent has it, or it is closed; `idempotency_conflict`"),
))]
pub async fn claim(
    State(app): State<App>,
    Key(caller): Key,
    Id(number): Id<TicketNumber>,
    Json(body): Json<Claim>,
) -> Result<axum::Json<Ticket>, ApiError> {
    app.service().claim_ticket(number, body.agent.as_deref().unwrap_or(&caller.name)).await?;
    whole(&app, number).await
}

/// Reply to the customer
///
/// A reply to an open ticket claims it.
#[utoipa::path(post, path = "/v1/tickets/{number}/reply", tag = "Agents", params(("number" = i64, Path, description = "The ticket")),
    request_body = Reply, responses(
    (status = 200, description = "Sent", body = Ticket),
    (status = 404, description = "`ticket_not_found`"),
    (status = 409, description = "`ticket_state`: another agent has it, or it is closed; `idempotency_conflict`"),
))]
pub async fn reply(
    State(app): State<App>,
    Key(caller): Key,
    Id(number): Id<TicketNumber>,
    Json(body): Json<Reply>,
) -> Result<axum::Json<Ticket>, ApiError> {
    let id = fields::optional_id("message_id", body.message_id.as_deref())?;
    app.service().reply_ticket(number, body.agent.as_deref().unwrap_or(&caller.name), &body.text, id).await?;
    whole(&app, number).await
}

/// Close a ticket
///
/// The bot answers again.
#[utoipa::path(post, path = "/v1/tickets/{number}/close", tag = "Agents", params(("number" = i64, Path, description = "The ticket")),
    request_body = Close, responses(
    (status = 200, description = "Closed", body = Ticket),
    (status = 404, description = "`ticket_not_found`"),
    (status = 409, description = "`ticket_state`: another agent has it; `idempotency_conflict`"),
))]
pub async fn close(
    State(app): State<App>,
    Key(caller): Key,
    Id(number): Id<TicketNumber>,
    Json(body): Json<Close>,
) -> Result<axum::Json<Ticket>, ApiError> {
    let (agent, note) = (body.agent.as_deref().unwrap_or(&caller.name), body.note.as_deref().unwrap_or_default());
    app.service().close_ticket(number, agent, note).await?;
    whole(&app, number).await
}

async fn whole(app: &App, number: TicketNumber) -> Result<axum::Json<Ticket>, ApiError> {
    Ok(axum::Json(Ticket::new(app.service().ticket(number).await?)))
}
