//! `/v1/keys`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::domain::ids::KeyId;
use crate::http::App;
use crate::http::body::Json;
use crate::http::error::{ApiError, HttpError};
use crate::http::parameters::Id;
use crate::http::wire::List;
use crate::http::wire::fields;
use crate::http::wire::keys::{CreateKey, CreatedKey, KeyLine};
use crate::service::keys::Role;

/// The longest name of a key, in characters: it signs as an agent.
const NAME_MAX_CHARS: usize = 80;

/// List keys
///
/// All of them, revoked ones too, oldest first; without secrets.
#[utoipa::path(get, path = "/v1/keys", tag = "Administration", responses((status = 200, description = "The keys", body = List<KeyLine>)))]
pub async fn list(State(app): State<App>) -> Result<axum::Json<List<KeyLine>>, ApiError> {
    let keys = app.service().keys().await?;
    Ok(axum::Json(List { items: keys.into_iter().map(KeyLine::new).collect(), next: None }))
}

/// Create a key
#[utoipa::path(post, path = "/v1/keys", tag = "Administration", request_body = CreateKey, responses(
    (status = 201, description = "Made; the secret is shown this once", body = CreatedKey),
))]
pub async fn create(State(app): State<App>, Json(body): Json<CreateKey>) -> Result<impl IntoResponse, ApiError> {
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
    let role = fields::one_of("role", &body.role, Role::parse, &roles)?;
    let name = crate::text::normalize::clean(&body.name);
    if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
        return Err(HttpError::field("name", format!("must have 1 to {NAME_MAX_CHARS} characters")).into());
    }
    let made = app.service().create_key(role, &name).await?;
    Ok((StatusCode::CREATED, axum::Json(CreatedKey { line: KeyLine::new(made.record), key: made.secret })))
}

/// Revoke a key
///
/// It opens nothing from now on.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "Administration", params(("id" = String, Path, description = "The key")), responses(
    (status = 200, description = "Revoked", body = KeyLine),
    (status = 404, description = "`key_not_found`"),
))]
pub async fn revoke(State(app): State<App>, Id(id): Id<KeyId>) -> Result<axum::Json<KeyLine>, ApiError> {
    Ok(axum::Json(KeyLine::new(app.service().revoke_key(id).await?)))
}
