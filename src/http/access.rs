//! Who may do what. Every route names its [`Access`] in the router; the check runs before anything of the request is read.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

use super::App;
use super::error::{ApiError, HttpError};
use crate::service::keys::{Caller, Role};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a key.
    Anyone,
    /// Keys of these roles.
    Roles(&'static [Role]),
}

/// Customers' pages: asking, conversations, feedback.
pub const CUSTOMERS: Access = Access::Roles(&[Role::Widget, Role::Agent, Role::Admin]);
/// Any key.
pub const KEYS: Access = Access::Roles(&[Role::Widget, Role::Agent, Role::Editor, Role::Admin]);
/// Agents' work: suggestions and tickets.
pub const AGENTS: Access = Access::Roles(&[Role::Agent, Role::Admin]);
/// Reading what the shop knows and what was decided.
pub const STAFF: Access = Access::Roles(&[Role::Agent, Role::Editor, Role::Admin]);
/// Changing articles and labels.
pub const EDITORS: Access = Access::Roles(&[Role::Editor, Role::Admin]);
/// Keys and figures.
pub const ADMINS: Access = Access::Roles(&[Role::Admin]);

impl Access {
    /// Whether a key of `role` suffices; `None`: no key.
    pub fn allows(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Access::Anyone, _) => true,
            (Access::Roles(roles), Some(role)) => roles.contains(&role),
            (Access::Roles(_), None) => false,
        }
    }

    /// The same for what only some of a route's callers may do. **Errors**: `Role`.
    pub fn admit(self, caller: &Caller) -> Result<(), HttpError> {
        match self {
            Access::Roles(roles) if !roles.contains(&caller.role) => Err(HttpError::Role { role: caller.role, allowed: roles }),
            Access::Anyone | Access::Roles(_) => Ok(()),
        }
    }
}

/// Lets a request pass whose key has one of the roles and has not used up its share of requests.
pub async fn check(State((app, roles)): State<(App, &'static [Role])>, mut request: Request, next: Next) -> Result<Response, ApiError> {
    let secret = bearer(request.headers()).ok_or(HttpError::NoKey)?;
    let caller = app.service().caller(secret).await?.ok_or(HttpError::UnknownKey)?;
    if !roles.contains(&caller.role) {
        return Err(HttpError::Role { role: caller.role, allowed: roles }.into());
    }
    app.rates().key(caller.id)?;
    tracing::Span::current().record("key", tracing::field::display(caller.id));
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer")).then(|| secret.trim()).filter(|secret| !secret.is_empty())
}

/// The key behind a request, in handlers of routes that ask for one.
pub struct Key(pub Caller);

impl FromRequestParts<App> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        Ok(Key(parts.extensions.get::<Caller>().cloned().ok_or(HttpError::NoKey)?))
    }
}

/// The visitor token of a request: the header `X-Visitor-Token`, or `?visitor_token=` where headers cannot be set.
pub struct VisitorToken(pub Option<String>);

impl FromRequestParts<App> for VisitorToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let header = parts.headers.get("x-visitor-token").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(VisitorToken(header))
    }
}

/// The token to be checked: none for agents, who may read every conversation.
///
/// **Errors**: `NoVisitorToken` for everybody else who sends none.
pub fn token_for(caller: &Caller, header: Option<String>, parameter: Option<String>) -> Result<Option<String>, HttpError> {
    if matches!(caller.role, Role::Agent | Role::Admin) {
        return Ok(None);
    }
    header.or(parameter).map(Some).ok_or(HttpError::NoVisitorToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_bearer_headers_only() {
        for (value, want) in
            [("Bearer jdw_1", Some("jdw_1")), ("bearer  jdw_1 ", Some("jdw_1")), ("Bearer ", None), ("Basic jdw_1", None), ("jdw_1", None)]
        {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bearer(&headers), want, "{value}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
