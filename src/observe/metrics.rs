//! Figures for Prometheus. Names begin with `jieda_` and carry their unit. Label values come from closed sets: the names of
//! the domain and of the code table, routes as the router writes them; nothing that a caller sends becomes a label.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::labelled::Labelled;
use crate::domain::decision::{Band, Reason};
use crate::domain::time::Timestamp;
use crate::error::Code;

/// The content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of a request's time, in seconds.
const REQUEST_SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct AskLabels {
    band: &'static str,
    reason: &'static str,
    degraded: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct BandLabel {
    band: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct HttpLabels {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

/// What became of an attempt to deliver an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver took it.
    Delivered,
    /// It will be tried again.
    Failed,
    /// It was tried for too long and dropped.
    GivenUp,
}

impl Delivery {
    const fn name(self) -> &'static str {
        match self {
            Delivery::Delivered => "delivered",
            Delivery::Failed => "failed",
            Delivery::GivenUp => "given_up",
        }
    }
}

/// All figures of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    asks: Labelled<AskLabels, Counter>,
    ask_seconds: Labelled<BandLabel, Histogram>,
    http_requests: Labelled<HttpLabels, Counter>,
    http_seconds: Labelled<RouteLabel, Histogram>,
    index_revision: Gauge,
    index_generation: Gauge,
    index_entries: Gauge,
    adapted_at: Gauge<f64, AtomicU64>,
    adaptations: Counter,
    adaptations_seconds: Counter<f64, AtomicU64>,
    query_seconds: Histogram,
    passages: Counter,
    passages_seconds: Counter<f64, AtomicU64>,
    outbox_pending: Gauge,
    outbox_failed: Gauge,
    deliveries: Labelled<OutcomeLabel, Counter>,
    tickets_open: Gauge,
    store_errors: Labelled<CodeLabel, Counter>,
}

impl Metrics {
    /// Figures at zero for a process that began at `started`.
    pub fn new(started: Timestamp) -> Self {
        let request = || Histogram::new(REQUEST_SECONDS);
        let metrics = Metrics {
            registry: Registry::with_prefix("jieda"),
            asks: Labelled::new(Counter::default),
            ask_seconds: Labelled::new(request),
            http_requests: Labelled::new(Counter::default),
            http_seconds: Labelled::new(request),
            index_revision: Gauge::default(),
            index_generation: Gauge::default(),
            index_entries: Gauge::default(),
            adapted_at: Gauge::default(),
            adaptations: Counter::default(),
            adaptations_seconds: Counter::default(),
            query_seconds: request(),
            passages: Counter::default(),
            passages_seconds: Counter::default(),
            outbox_pending: Gauge::default(),
            outbox_failed: Gauge::default(),
            deliveries: Labelled::new(Counter::default),
            tickets_open: Gauge::default(),
            store_errors: Labelled::new(Counter::default),
        };
        metrics.registered(started)
    }

    fn registered(mut self, started: Timestamp) -> Self {
        let start: Gauge<f64, AtomicU64> = Gauge::default();
        start.set(started.0 as f64 / 1000.0);
        let registry = &mut self.registry;
        registry.register("build", "The program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register_with_unit("process_start_time", "When the process began, since 1970", Unit::Seconds, start);
        registry.register("asks", "Questions decided, by band and reason", self.asks.clone());
        registry.register_with_unit("ask", "From question to decision", Unit::Seconds, self.ask_seconds.clone());
        registry.register("http_requests", "Requests answered", self.http_requests.clone());
        registry.register_with_unit("http_request", "From request to response", Unit::Seconds, self.http_seconds.clone());
        registry.register("index_revision", "Revision of the knowledge base that is searched", self.index_revision.clone());
        registry.register("index_generation", "Number of the index build that is searched", self.index_generation.clone());
        registry.register("index_entries", "Passages that are searched", self.index_entries.clone());
        registry.register_with_unit(
            "adapted_at",
            "When it was learned what is in force, since 1970",
            Unit::Seconds,
            self.adapted_at.clone(),
        );
        registry.register("adaptations", "Times that was learned from the articles", self.adaptations.clone());
        registry.register_with_unit("adaptations", "Time spent on learning", Unit::Seconds, self.adaptations_seconds.clone());
        registry.register_with_unit("embed_query", "Encoding of one question", Unit::Seconds, self.query_seconds.clone());
        registry.register("embed_passages", "Passages encoded", self.passages.clone());
        registry.register_with_unit("embed_passages", "Time spent on encoding passages", Unit::Seconds, self.passages_seconds.clone());
        registry.register("outbox_pending", "Events that wait to be delivered", self.outbox_pending.clone());
        registry.register("outbox_failed", "Events among them whose delivery has failed before", self.outbox_failed.clone());
        registry.register("outbox_deliveries", "Attempts to deliver an event, by outcome", self.deliveries.clone());
        registry.register("tickets_open", "Tickets that no agent has closed", self.tickets_open.clone());
        registry.register("store_errors", "Failures of the store, by code", self.store_errors.clone());
        self
    }

    /// A question was decided within `took`.
    pub fn ask(&self, band: Band, reason: Reason, took: Duration, degraded: bool) {
        let degraded = if degraded { "true" } else { "false" };
        self.asks.of(AskLabels { band: band.name(), reason: reason.name(), degraded }).inc();
        self.ask_seconds.of(BandLabel { band: band.name() }).observe(took.as_secs_f64());
    }

    /// A request was answered within `took`. `route` is the pattern that the router matched, or `unmatched`; a method
    /// outside HTTP's own becomes `other`.
    pub fn http(&self, method: &str, route: &'static str, status: u16, took: Duration) {
        const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
        let method = METHODS.into_iter().find(|known| *known == method).unwrap_or("other");
        self.http_requests.of(HttpLabels { method, route, status }).inc();
        self.http_seconds.of(RouteLabel { route }).observe(took.as_secs_f64());
    }

    /// Another state of the index is searched from now on.
    pub fn index(&self, revision: i64, generation: u64, entries: usize) {
        self.index_revision.set(revision);
        self.index_generation.set(generation.cast_signed());
        self.index_entries.set(i64::try_from(entries).unwrap_or(i64::MAX));
    }

    /// What was learned from the articles at `at` is in force from now on; `took` is `None` if it was read from disk.
    pub fn adapted(&self, at: Timestamp, took: Option<Duration>) {
        self.adapted_at.set(at.0 as f64 / 1000.0);
        if let Some(took) = took {
            self.adaptations.inc();
            self.adaptations_seconds.inc_by(took.as_secs_f64());
        }
    }

    /// A question was encoded.
    pub fn embed_query(&self, took: Duration) {
        self.query_seconds.observe(took.as_secs_f64());
    }

    /// Passages were encoded.
    pub fn embed_passages(&self, passages: usize, took: Duration) {
        self.passages.inc_by(passages as u64);
        self.passages_seconds.inc_by(took.as_secs_f64());
    }

    /// How many events wait in the outbox, and how many of them have failed before.
    pub fn outbox(&self, pending: usize, failed: usize) {
        self.outbox_pending.set(i64::try_from(pending).unwrap_or(i64::MAX));
        self.outbox_failed.set(i64::try_from(failed).unwrap_or(i64::MAX));
    }

    /// Delivery of an event was tried.
    pub fn delivery(&self, outcome: Delivery) {
        self.deliveries.of(OutcomeLabel { outcome: outcome.name() }).inc();
    }

    /// How many tickets are not closed.
    pub fn tickets_open(&self, tickets: usize) {
        self.tickets_open.set(i64::try_from(tickets).unwrap_or(i64::MAX));
    }

    /// The store failed.
    pub fn store_error(&self, code: Code) {
        self.store_errors.of(CodeLabel { code: code.name() }).inc();
    }

    /// Everything in the OpenMetrics text format ([`CONTENT_TYPE`]); the same figures give the same text.
    pub fn render(&self) -> String {
        let mut page = String::new();
        if let Err(error) = text::encode(&mut page, &self.registry) {
            tracing::error!(%error, "the metrics could not be written");
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn every_name_is_ours_and_every_figure_is_shown() {
        let metrics = Metrics::new(Timestamp(1_764_115_200_500));
        metrics.ask(Band::Handoff, Reason::OutOfScope, ms(20), true);
        metrics.ask(Band::Answer, Reason::Confident, ms(30), false);
        metrics.ask(Band::Answer, Reason::Confident, ms(200), false);
        metrics.http("POST", "/v1/ask", 200, ms(4));
        metrics.http("BREW", "unmatched", 405, ms(1));
        metrics.index(7, 3, 2100);
        metrics.adapted(Timestamp(1_764_115_200_000), None);
        metrics.adapted(Timestamp(1_764_115_201_500), Some(ms(250)));
        metrics.embed_query(ms(30));
        metrics.embed_passages(64, ms(1500));
        metrics.outbox(2, 1);
        metrics.delivery(Delivery::Failed);
        metrics.tickets_open(4);
        metrics.store_error(Code::DiskFull);
        let page = metrics.render();
        for line in [
            &*format!("jieda_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
            "jieda_process_start_time_seconds 1764115200.5",
            "jieda_asks_total{band=\"answer\",reason=\"confident\",degraded=\"false\"} 2",
            "jieda_asks_total{band=\"handoff\",reason=\"out_of_scope\",degraded=\"true\"} 1",
            "jieda_ask_seconds_bucket{le=\"0.05\",band=\"answer\"} 1",
            "jieda_ask_seconds_count{band=\"answer\"} 2",
            "jieda_http_requests_total{method=\"POST\",route=\"/v1/ask\",status=\"200\"} 1",
            "jieda_http_requests_total{method=\"other\",route=\"unmatched\",status=\"405\"} 1",
            "jieda_index_revision 7",
            "jieda_index_generation 3",
            "jieda_index_entries 2100",
            "jieda_adapted_at_seconds 1764115201.5",
            "jieda_adaptations_total 1",
            "jieda_adaptations_seconds_total 0.25",
            "jieda_embed_query_seconds_count 1",
            "jieda_embed_passages_total 64",
            "jieda_embed_passages_seconds_total 1.5",
            "jieda_outbox_pending 2",
            "jieda_outbox_failed 1",
            "jieda_outbox_deliveries_total{outcome=\"failed\"} 1",
            "jieda_tickets_open 4",
            "jieda_store_errors_total{code=\"disk_full\"} 1",
        ] {
            assert!(page.lines().any(|other| other == line), "{line} is missing from\n{page}");
        }
        assert!(page.lines().all(|line| line.starts_with("jieda_") || line.starts_with("# ")), "{page}");
        assert!(page.ends_with("# EOF\n"));
    }

    #[test]
    fn the_order_of_events_does_not_show() {
        let (one, other) = (Metrics::new(Timestamp(0)), Metrics::new(Timestamp(0)));
        for band in Band::ALL {
            one.ask(*band, Reason::Confident, ms(100), false);
        }
        for band in Band::ALL.iter().rev() {
            other.ask(*band, Reason::Confident, ms(100), false);
        }
        assert_eq!(one.render(), other.render());
    }
}
