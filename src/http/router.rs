//! The whole address space on one page: method, address, who may, handler; and the layers around it.

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::MethodRouter;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use super::access::{self, ADMINS, AGENTS, Access, CUSTOMERS, EDITORS, KEYS, STAFF};
use super::error::{ApiError, HttpError};
use super::routes::{articles, ask, conversations, decisions, events, feedback, health, keys, labels, search, tickets};
use super::{App, body, cors, envelope, idempotency, limits};

/// One method of one address.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The address, with names of its variable parts.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// Whether it takes an `Idempotency-Key`.
    pub idempotent: bool,
    handler: UtoipaMethodRouter<App>,
}

/// Every route, in the order of the documentation.
#[rustfmt::skip]
pub fn surface() -> Vec<Route> {
    use Access::Anyone;
    vec![
        get("/healthz", Anyone, routes!(health::healthz)),
        get("/readyz", Anyone, routes!(health::readyz)),
        get("/openapi.json", Anyone, routes!(health::openapi)),
        get("/metrics", ADMINS, routes!(health::metrics)),

        post("/v1/ask", CUSTOMERS, routes!(ask::ask)).once(),
        post("/v1/feedback", CUSTOMERS, routes!(feedback::give)).once(),
        post("/v1/conversations", CUSTOMERS, routes!(conversations::begin)),
        get("/v1/conversations/{id}", CUSTOMERS, routes!(conversations::read)),
        post("/v1/conversations/{id}/messages", CUSTOMERS, routes!(conversations::send)).once(),
        get("/v1/conversations/{id}/events", CUSTOMERS, routes!(events::listen)),

        post("/v1/search", KEYS, routes!(search::search)),
        post("/v1/suggest", AGENTS, routes!(search::suggest)),
        get("/v1/tickets", AGENTS, routes!(tickets::list)),
        get("/v1/tickets/{number}", AGENTS, routes!(tickets::read)),
        post("/v1/tickets/{number}/claim", AGENTS, routes!(tickets::claim)).once(),
        post("/v1/tickets/{number}/reply", AGENTS, routes!(tickets::reply)).once(),
        post("/v1/tickets/{number}/close", AGENTS, routes!(tickets::close)).once(),
        get("/v1/decisions/{id}", STAFF, routes!(decisions::read)),

        get("/v1/articles", STAFF, routes!(articles::list)),
        post("/v1/articles", EDITORS, routes!(articles::create)).once(),
        get("/v1/articles/{id}", STAFF, routes!(articles::read)),
        put("/v1/articles/{id}", EDITORS, routes!(articles::replace)),
        delete("/v1/articles/{id}", EDITORS, routes!(articles::delete)),

        get("/v1/labels", EDITORS, routes!(labels::list)),
        post("/v1/labels", EDITORS, routes!(labels::give)).once(),
        delete("/v1/labels/{id}", EDITORS, routes!(labels::delete)),

        get("/v1/keys", ADMINS, routes!(keys::list)),
        post("/v1/keys", ADMINS, routes!(keys::create)),
        delete("/v1/keys/{id}", ADMINS, routes!(keys::revoke)),
    ]
}

/// The router with all layers around it.
pub fn build(app: &App) -> Router {
    let mut router = Router::new();
    for route in surface() {
        router = router.route(route.path, route.guarded(app));
    }
    layered(router, app)
}

/// The layers that every request passes.
pub(super) fn layered(router: Router<App>, app: &App) -> Router {
    router
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_this_method)
        .layer(from_fn_with_state(app.clone(), limits::count))
        .layer(CatchPanicLayer::custom(envelope::panicked))
        .layer(from_fn(body::lend))
        .layer(from_fn_with_state(app.clone(), cors::answer))
        .layer(from_fn_with_state(app.clone(), envelope::wrap))
        .with_state(app.clone())
}

impl Route {
    /// Its schemas, and its operation as the handler documents it.
    pub(super) fn documented(&self) -> (&[(String, RefOr<Schema>)], Option<&Operation>) {
        let (schemas, paths, _) = &self.handler;
        (schemas, paths.paths.get(self.path).and_then(|item| operation(item, &self.method)))
    }

    /// The handler behind its checks, the last one innermost.
    fn guarded(self, app: &App) -> MethodRouter<App> {
        let (_, _, mut handler) = self.handler;
        if self.idempotent {
            handler = handler.route_layer(from_fn_with_state(app.clone(), idempotency::once));
        }
        if let Access::Roles(roles) = self.access {
            handler = handler.route_layer(from_fn_with_state((app.clone(), roles), access::check));
        }
        handler
    }

    fn once(self) -> Self {
        Route { idempotent: true, ..self }
    }
}

fn operation<'a>(item: &'a PathItem, method: &Method) -> Option<&'a Operation> {
    match method.as_str() {
        "GET" => item.get.as_ref(),
        "POST" => item.post.as_ref(),
        "PUT" => item.put.as_ref(),
        "DELETE" => item.delete.as_ref(),
        _ => None,
    }
}

fn get(path: &'static str, access: Access, handler: UtoipaMethodRouter<App>) -> Route {
    Route { method: Method::GET, path, access, idempotent: false, handler }
}

fn post(path: &'static str, access: Access, handler: UtoipaMethodRouter<App>) -> Route {
    Route { method: Method::POST, path, access, idempotent: false, handler }
}

fn put(path: &'static str, access: Access, handler: UtoipaMethodRouter<App>) -> Route {
    Route { method: Method::PUT, path, access, idempotent: false, handler }
}

fn delete(path: &'static str, access: Access, handler: UtoipaMethodRouter<App>) -> Route {
    Route { method: Method::DELETE, path, access, idempotent: false, handler }
}

async fn nothing_here(request: Request) -> ApiError {
    HttpError::NoRoute { path: request.uri().path().chars().take(200).collect() }.into()
}

async fn not_this_method(request: Request) -> ApiError {
    HttpError::Method { method: request.method().as_str().chars().take(20).collect() }.into()
}
