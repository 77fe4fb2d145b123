//! Opening the service on a data directory, with the encoder in use or without one.

use std::path::Path;
use std::sync::Arc;

use super::progress::{Steps, Unit};
use super::session::Session;
use crate::embed::Embedder;
use crate::embed::registry::Registry;
use crate::error::Failure;
use crate::observe::metrics::Metrics;
use crate::service::{Opening, Service};

/// The models as this shop finds them.
pub fn registry(session: &Session, data_dir: &Path) -> Result<Registry, Failure> {
    Ok(Registry::open(data_dir, session.config.models.dir.as_deref())?)
}

/// Loads the encoder in use. **Cost**: a fraction of a second; blocks.
fn encoder(registry: Result<Registry, Failure>) -> Result<Arc<dyn Embedder>, Failure> {
    let registry = registry?;
    Ok(Arc::new(registry.load(&registry.active()?)?))
}

/// The encoder in use; an error without one.
pub async fn encoder_in_use(session: &Session) -> Result<Arc<dyn Embedder>, Failure> {
    let registry = registry(session, &session.config.server.data_dir);
    session.blocking(move || encoder(registry)).await
}

/// Opens the service; the caller holds the data directory. Without a usable encoder it opens on keywords alone, and says so.
pub async fn service(session: &Session, data_dir: &Path) -> Result<Service, Failure> {
    let registry = registry(session, data_dir);
    let embedder = session.blocking(move || Ok(encoder(registry))).await?;
    if embedder.is_err() {
        // The log has the reason.
        session.manner.tell(
            "没有可用的编码模型，只用关键词；`jieda models list` 可查看模型",
            "no usable encoder, keywords alone; `jieda models list` shows the encoders",
        );
    }
    let mut steps = Steps::new(session.manner.pick("建立索引", "building the index"), Unit::Count);
    Service::open(Opening {
        config: session.config.clone(),
        data_dir: data_dir.to_owned(),
        clock: session.clock.clone(),
        embedder,
        metrics: Arc::new(Metrics::new(session.clock.now())),
        progress: Box::new(move |done, all| steps.at(done as u64, all as u64)),
    })
    .await
}
