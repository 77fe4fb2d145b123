//! `jieda demo` and `jieda serve`: from an empty directory to a server, and back to the prompt.
//!
//! Port and data directory are taken before anything else, so that a second start fails at once. Until the index is there the
//! port answers 503 ([`super::waiting`]).

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::data::{self, Claimed};
use super::error::CliError;
use super::output::print;
use super::session::{Session, Status};
use super::signals::Signals;
use super::waiting::Waiting;
use super::{kb, opening, sample};
use crate::error::{Failure, chain};
use crate::http;
use crate::service::Service;
use crate::service::keys::{self, Role};

/// What is left after the drain for closing streams and files, before the process ends all the same.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The sample shop.
    Demo,
    /// What the data directory holds.
    Serve,
}

/// Serves until SIGTERM or SIGINT; a second one ends at once.
pub async fn run(kind: Kind, session: &Session) -> Result<Status, Failure> {
    let started = Instant::now();
    let mut signals = Signals::listen()?;
    let listener = bind(session.config.server.bind).await?;
    let address = listener.local_addr().map_err(|source| CliError::Bind { address: session.config.server.bind, source })?;
    let claimed = data::claim(&session.config.server.data_dir, None)?;
    let waiting = Waiting::start(listener);
    tracing::info!(%address, "starting");

    let (service, greeting) = tokio::select! {
        opened = open(kind, session, &claimed, address) => opened?,
        // Everything is written so that it can be cut off here.
        () = signals.next() => {
            session.manner.tell("还没启动完就要求停止：已停止。", "Asked to stop while starting: stopped.");
            return Ok(Status::Done);
        }
    };
    print(&greeting)?;
    let listener = waiting.stop().await?;
    let stop = CancellationToken::new();
    let background = tokio::spawn(service.clone().run_background(stop.clone()));
    let outbox = tokio::spawn({
        let running = service.clone().run_outbox(stop.clone());
        async move {
            if let Err(failure) = running.await {
                tracing::error!(error = %chain(failure.get()), "hand-offs are not told to the outside");
            }
        }
    });
    tracing::info!(%address, seconds = started.elapsed().as_secs_f64(), "ready");

    let mut serving = std::pin::pin!(http::serve(listener, service.clone(), stop.clone().cancelled_owned()));
    tokio::select! {
        ended = &mut serving => ended?,
        () = signals.next() => {
            session.manner.tell("正在停止：等待进行中的请求（再按一次立即结束）。", "Stopping: waiting for running requests (once more ends at once).");
            stop.cancel();
            let limit = Duration::from_secs(session.config.server.drain_s) + CLOSE_WITHIN;
            let ended = async {
                let served = serving.await;
                // What runs beside the requests stops by itself; it needs the store until then.
                let whole = background.await.is_ok() & outbox.await.is_ok();
                service.close().await;
                (served, whole)
            };
            tokio::select! {
                ended = tokio::time::timeout(limit, ended) => match ended {
                    Ok((served, whole)) => {
                        served?;
                        tracing::info!(whole, "stopped");
                    }
                    Err(_) => tracing::warn!("stopped without waiting any longer"),
                },
                () = signals.next() => return Ok(Status::Cut),
            }
        }
    }
    drop(claimed);
    Ok(Status::Done)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|source| CliError::Bind { address, source })
}

/// The service and what to print before it is ready.
async fn open(kind: Kind, session: &Session, claimed: &Claimed, address: SocketAddr) -> Result<(Service, String), Failure> {
    if kind == Kind::Demo {
        load_sample(session, claimed).await?;
    }
    let service = opening::service(session, &claimed.dir).await?;
    let is_first = !keys::are_made(&claimed.dir);
    let keys = keys::printed(service.store(), &claimed.dir).await?;
    // A production log is no place for secrets: they are shown when they are made, and lie in the data directory.
    let greeting = if kind == Kind::Demo || is_first { greeting(session, &keys, address, &claimed.dir) } else { String::new() };
    Ok((service, greeting))
}

async fn load_sample(session: &Session, claimed: &Claimed) -> Result<(), Failure> {
    let program = std::env::current_exe().ok();
    let store = claimed.store(&session.clock).await?;
    let loaded = match sample::find(std::env::var_os("JIEDA_KB"), program.as_deref()) {
        Ok(tree) => sample::load(&tree, &claimed.dir, &store, &kb::read_options(session, None)).await,
        // A data directory that has articles serves without the tree, as when it was moved to another machine.
        Err(missing) => match store.kb_revision().await {
            Ok(revision) if revision.0 > 0 => Ok(None),
            _ => Err(missing.into()),
        },
    };
    store.close().await;
    if let Some(loaded) = loaded? {
        let written = loaded.written;
        session.manner.tell(&format!("示例知识库：写入 {written} 篇"), &format!("sample knowledge base: {written} articles written"));
    }
    Ok(())
}

fn greeting(session: &Session, keys: &[(Role, String)], address: SocketAddr, dir: &Path) -> String {
    let mut lines: Vec<String> = keys.iter().map(|(role, secret)| format!("{} key: {secret}", role.name())).collect();
    let widget = keys.iter().find(|(role, _)| *role == Role::Widget).map_or("", |(_, secret)| secret.as_str());
    let question = session.manner.pick("退款一般几天能到账", "How long does a refund take?");
    lines.push(format!(
        "curl http://{address}/v1/ask -H 'authorization: Bearer {widget}' \
         -H 'content-type: application/json' -d '{{\"question\": \"{question}\"}}'"
    ));
    let dir = dir.display();
    lines.push(session.manner.pick(
        format!("地址 http://{address}，数据在 {dir}，按 Ctrl-C 停止"),
        format!("Serving http://{address} from {dir}; Ctrl-C stops it"),
    ));
    lines.join("\n") + "\n"
}
