//! What probes and machines read: health, figures, the OpenAPI document.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::decide::promise::Promise;
use crate::http::App;
use crate::http::error::{ApiError, HttpError};
use crate::http::wire::explanation::Words;
use crate::observe::metrics::CONTENT_TYPE;
use crate::service::lexicon::FileProblem;

/// The process is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    /// Always `ok`.
    pub status: &'static str,
}

/// What is ready.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// Always `ready`.
    pub status: &'static str,
    /// The encoder; null in keyword-only mode.
    #[schema(required)]
    pub model: Option<String>,
    /// The state of the knowledge base that is searched.
    pub kb_revision: i64,
    /// Articles times languages that can be found.
    pub entries: usize,
    /// Fingerprint of what was learned from the articles and the traffic, as decisions record it. It follows an edit within seconds.
    pub confidence: String,
    /// When that was learned.
    pub confidence_at: String,
    /// Share of questions that no article answers, 0 to 1.
    pub out_of_scope_share: f64,
    /// How that is known: `log` or `assumed`.
    pub out_of_scope_from: &'static str,
    /// Labels and judgements that were looked at, each by what it counts; fewer than 30 teach nothing.
    pub labels: f64,
    /// Whether the confidence was refitted to them; if not, a refit would have been no better.
    pub labels_taken: bool,
    /// What is promised for each precision that the configuration asks for, the usual one first. Empty where it names a line instead, and
    /// while what was learned does not fit what is searched, so that nothing is answered.
    pub promises: Vec<Promised>,
    /// Editor's files in the data directory that cannot be used as they are, so that what was in force before them still is. Empty if
    /// all is well; none makes the service unready.
    pub files: Vec<UnusableFile>,
}

/// An editor's file that cannot be used as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnusableFile {
    /// `dictionary.txt`, `synonyms.txt`, `chitchat.toml` or `blocked.toml`.
    pub file: &'static str,
    /// The error's code: `file_format`, `file_encoding`, `file_unreadable`; of a dictionary with which no index can be built, for
    /// example `disk_full`.
    pub code: &'static str,
    /// What is wrong, with the line.
    pub problem: Words,
    /// Since when, as far as this process knows.
    pub since: String,
}

impl UnusableFile {
    fn new(problem: &FileProblem) -> Self {
        UnusableFile {
            file: problem.error.file,
            code: problem.error.code.name(),
            problem: Words::of(|locale| problem.error.problem.pick(locale).to_owned()),
            since: problem.since.to_string(),
        }
    }
}

/// What follows from a target precision.
#[derive(Debug, Serialize, ToSchema)]
pub struct Promised {
    /// The share of answers that should be right.
    pub target_precision: f64,
    /// The confidence from which articles are shown; null where nothing can be promised and nothing is answered but exact phrasings.
    #[schema(required)]
    pub answer_line: Option<f64>,
    /// What the line rests on: `labels`, `own_phrasings`, `shipped` (other knowledge bases) or `cautious` (others of bare titles).
    pub evidence: &'static str,
    /// The precision to expect at the line; null where no evidence is of this knowledge base.
    #[schema(required)]
    pub expected_precision: Option<Expected>,
    /// Labelled questions that are missing until the promise can be checked; 0 where it rests on evidence of this knowledge base.
    pub labels_missing: u64,
}

/// A figure with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct Expected {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Promised {
    fn new(promise: &Promise) -> Self {
        Promised {
            target_precision: promise.target,
            answer_line: promise.line,
            evidence: promise.evidence.name(),
            expected_precision: promise.expected.map(|(value, low, high)| Expected { value, low, high }),
            labels_missing: promise.labels_missing,
        }
    }
}

/// Alive
///
/// Answers as long as the process does.
#[utoipa::path(get, path = "/healthz", tag = "Operations", responses((status = 200, description = "Alive", body = Alive)))]
pub async fn healthz() -> axum::Json<Alive> {
    axum::Json(Alive { status: "ok" })
}

/// Ready
///
/// Whether questions can be answered and writes stored.
#[utoipa::path(get, path = "/readyz", tag = "Operations", responses(
    (status = 200, description = "Ready", body = Ready),
    (status = 503, description = "`not_ready`"),
))]
pub async fn readyz(State(app): State<App>) -> Result<axum::Json<Ready>, ApiError> {
    let health = app.service().health().await;
    if !health.ready {
        return Err(HttpError::NotReady.into());
    }
    Ok(axum::Json(Ready {
        status: "ready",
        model: health.model,
        kb_revision: health.kb_revision,
        entries: health.entries,
        confidence: health.confidence,
        confidence_at: health.confidence_at.to_string(),
        out_of_scope_share: health.out_of_scope.share,
        out_of_scope_from: health.out_of_scope.source(),
        labels: health.labels.weight,
        labels_taken: health.labels.taken,
        promises: health.promises.iter().map(Promised::new).collect(),
        files: health.files.iter().map(UnusableFile::new).collect(),
    }))
}

/// Figures
///
/// For Prometheus, in the OpenMetrics text format; names begin with `jieda_`.
#[utoipa::path(get, path = "/metrics", tag = "Operations", responses(
    (status = 200, description = "Figures", content_type = "application/openmetrics-text", body = String),
))]
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], app.service().metrics().render())
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "Operations", responses(
    (status = 200, description = "OpenAPI", content_type = "application/json", body = inline(serde_json::Value)),
))]
pub async fn openapi(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], app.openapi())
}
