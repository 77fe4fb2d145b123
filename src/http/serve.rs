//! The accept loop: connections in, requests to the router, and an end that keeps nobody waiting.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::limits::Peer;
use super::{App, router};
use crate::error::{Code, Coded};
use crate::service::Service;

/// A client that sends its request's head more slowly than this is hung up on; idle connections are closed after it, too.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// The wait after a connection that could not be accepted because the process has too many open.
const OUT_OF_FILES: Duration = Duration::from_millis(200);

/// A listener that cannot serve.
#[derive(Debug, thiserror::Error)]
#[error("the listener cannot be used")]
pub struct ServeError {
    /// Why.
    #[source]
    source: io::Error,
}

impl Coded for ServeError {
    fn code(&self) -> Code {
        Code::PortInUse
    }
}

/// Serves until `shutdown`: then no connection is accepted, streams end, idle connections close, and running requests get
/// `server.drain_s` seconds. Returns when all are done or the time is over.
pub async fn serve(listener: TcpListener, service: Service, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(|source| ServeError { source })?;
    tracing::info!(%address, "serving");
    let drain = Duration::from_secs(service.config().server.drain_s);
    let stopping = CancellationToken::new();
    let app = App::new(service.clone(), stopping.clone());
    let router = router::build(&app);
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => told(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => drop(connections.spawn(connection(stream, peer, router.clone(), stopping.clone()))),
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "a connection cannot be accepted");
                    sleep(OUT_OF_FILES).await;
                }
            },
        }
    }
    drop(listener);
    // Streams first: they would hold their connections for ever.
    stopping.cancel();
    service.events().close();
    tracing::info!(open = connections.len(), "stopping: no more connections are accepted");
    let done = async {
        while let Some(ended) = connections.join_next().await {
            told(ended);
        }
    };
    if timeout(drain, done).await.is_err() {
        tracing::warn!(open = connections.len(), drain_s = drain.as_secs(), "connections are cut: their time is over");
        connections.shutdown().await;
    }
    Ok(())
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, stopping: CancellationToken) {
    // Answers are small and written at once: waiting for more only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let serving =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stopping.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Failures that concern the one connection only.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

fn told(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection was lost");
    }
}
