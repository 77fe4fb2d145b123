//! The API over HTTP. [`router`] shows every address on one page; each resource has its handlers in [`routes`] and the JSON it
//! speaks in [`wire`]. Handlers only translate: what is decided or stored happens in [`crate::service`].
//!
//! A request passes, from outside in: [`envelope`] (id, log line, errors as JSON) → [`cors`] → [`body::lend`] (drains what is left
//! of an upload) → panics → [`limits`] (by address) → the router → [`access`] (key, role, limit by key) → [`idempotency`] → the
//! handler.

use std::sync::Arc;

use axum::body::Bytes;
use tokio_util::sync::CancellationToken;

use crate::config::Limits;
use crate::service::Service;

pub mod access;
mod body;
mod cors;
mod envelope;
mod error;
mod idempotency;
mod limits;
mod openapi;
mod parameters;
pub mod router;
pub mod routes;
mod serve;
pub mod wire;

pub use serve::{ServeError, serve};

use limits::Rates;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    service: Service,
    rates: Rates,
    /// Ends open streams.
    stopping: CancellationToken,
    /// The addresses as the router names them: labels of figures and log lines.
    templates: Vec<&'static str>,
    openapi: Bytes,
}

impl App {
    /// What handlers need to serve `service`; streams end with `stopping`.
    pub fn new(service: Service, stopping: CancellationToken) -> Self {
        let surface = router::surface();
        let rates = Rates::new(&service.config().limits);
        let openapi = Bytes::from(openapi::json(&surface));
        let templates = surface.iter().map(|route| route.path).collect();
        App { inner: Arc::new(Inner { service, rates, stopping, templates, openapi }) }
    }

    fn service(&self) -> &Service {
        &self.inner.service
    }

    fn limits(&self) -> &Limits {
        &self.service().config().limits
    }

    fn rates(&self) -> &Rates {
        &self.inner.rates
    }

    fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    fn openapi(&self) -> Bytes {
        self.inner.openapi.clone()
    }

    fn template(&self, matched: &str) -> &'static str {
        self.inner.templates.iter().find(|path| **path == matched).copied().unwrap_or("unmatched")
    }
}

#[cfg(test)]
mod tests;
