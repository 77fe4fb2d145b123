//! What the router says of itself: every route documented, the document locked, roles as promised.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::access::Access;
use super::{App, openapi, router};
use crate::config::Config;
use crate::domain::decision::{Band, Reason};
use crate::domain::locale::Locale;
use crate::domain::time::Clock;
use crate::embed::hashing::HashingEmbedder;
use crate::error::Code;
use crate::observe::Metrics;
use crate::service::keys::Role;
use crate::service::{Opening, Service};

fn document() -> Value {
    serde_json::from_str(&openapi::json(&router::surface())).unwrap()
}

#[test]
fn every_route_is_documented_under_its_own_method_and_address() {
    let document = document();
    let mut operations = 0;
    for route in router::surface() {
        let method = route.method.as_str().to_lowercase();
        let operation = &document["paths"][route.path][&method];
        assert!(operation["summary"].is_string(), "{method} {} is not in the document", route.path);
        for (status, response) in operation["responses"].as_object().unwrap() {
            let refused = response["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Error";
            assert_eq!(refused, status.starts_with(['4', '5']), "{method} {} {status}", route.path);
        }
        let secured = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
        assert_eq!(secured, route.access != Access::Anyone, "{method} {}", route.path);
        operations += 1;
    }
    let documented: usize = document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(documented, operations, "the document names something that is not routed");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for (at, _) in text.match_indices("#/components/schemas/") {
        let name: String = text[at + 21..].chars().take_while(|c| *c != '"').collect();
        assert!(document["components"]["schemas"][&name].is_object(), "{name} is missing");
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_an_internal_error_with_an_id() {
    let dir = tempfile::tempdir().unwrap();
    let opening = Opening {
        config: Config::demo(),
        data_dir: dir.path().to_owned(),
        clock: Clock::System,
        embedder: Ok(Arc::new(HashingEmbedder)),
        metrics: Arc::new(Metrics::new(Clock::System.now())),
        progress: Box::new(|_, _| ()),
    };
    let service = Service::open(opening).await.unwrap_or_else(|failure| panic!("{failure}"));
    let app = App::new(service.clone(), CancellationToken::new());
    async fn fails() -> &'static str {
        panic!("the secret of the house")
    }
    let router = router::layered(Router::new().route("/fails", get(fails)), &app);
    let request = Request::get("/fails").header("x-request-id", "r-1").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 500);
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    let error = serde_json::from_slice::<Value>(&body).unwrap()["error"].clone();
    assert_eq!((&error["code"], &error["request_id"]), (&Value::from("internal"), &Value::from("r-1")));
    assert!(!error.to_string().contains("secret"), "{error}");
    service.close().await;
}

/// The document changes only on purpose. `JIEDA_UPDATE_SNAPSHOTS=1 cargo test --lib http` writes it anew.
#[test]
fn the_document_is_locked() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi.json");
    let now = openapi::json(&router::surface()) + "\n";
    if std::env::var_os("JIEDA_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let locked = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((n, (old, new))) = locked.lines().zip(now.lines()).enumerate().find(|(_, (old, new))| old != new) {
        panic!(
            "the API has changed: line {} of tests/openapi.json was\n{old}\nand would be\n{new}\n\
             If that is meant, run `JIEDA_UPDATE_SNAPSHOTS=1 cargo test --lib http`, read the difference and commit it.",
            n + 1
        );
    }
    assert_eq!(locked.len(), now.len(), "tests/openapi.json ends elsewhere; JIEDA_UPDATE_SNAPSHOTS=1 writes it anew");
}

#[test]
fn roles_may_what_was_promised() {
    let all = |roles: &[Role], prefixes: &[&str]| {
        for route in router::surface() {
            let line = format!("{} {}", route.method, route.path);
            let open = route.access == Access::Anyone;
            let expected = open || prefixes.iter().any(|prefix| line.starts_with(prefix));
            for role in roles {
                assert_eq!(route.access.allows(Some(*role)), expected, "{role}: {line}");
            }
        }
    };
    let widget = ["POST /v1/ask", "POST /v1/feedback", "POST /v1/conversations", "GET /v1/conversations", "POST /v1/search"];
    let agent = ["POST /v1/suggest", "GET /v1/tickets", "POST /v1/tickets", "GET /v1/decisions", "GET /v1/articles"];
    all(&[Role::Widget], &widget);
    all(&[Role::Agent], &[widget, agent].concat());
    all(
        &[Role::Editor],
        &[
            "GET /v1/articles",
            "POST /v1/articles",
            "PUT /v1/articles",
            "DELETE /v1/articles",
            "GET /v1/labels",
            "POST /v1/labels",
            "DELETE /v1/labels",
            "POST /v1/search",
            "GET /v1/decisions",
        ],
    );
    all(&[Role::Admin], &["GET /", "POST /", "PUT /", "DELETE /"]);
    let without: BTreeSet<&str> = router::surface().iter().filter(|route| route.access.allows(None)).map(|route| route.path).collect();
    assert_eq!(without, BTreeSet::from(["/healthz", "/openapi.json", "/readyz"]));
}

/// docs/API.md has every route, band and reason, and the table of errors as `error.rs` has it.
#[test]
fn the_manual_is_complete() {
    let manual = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/API.md")).unwrap();
    for route in router::surface() {
        let heading = format!("`{} {}`", route.method, route.path);
        assert!(manual.contains(&heading), "docs/API.md lacks {heading}");
    }
    let rows = |line: &&str| line.starts_with("| `") && line.split('|').nth(2).is_some_and(|status| status.trim().parse::<u16>().is_ok());
    let table: Vec<&str> = manual.lines().filter(rows).collect();
    let wanted = ON_THE_WIRE
        .iter()
        .map(|code| format!("| `{}` | {} | {} | {} |", code.name(), code.status(), code.hint(Locale::En), code.hint(Locale::ZhCn)));
    assert_eq!(table, wanted.collect::<Vec<_>>());
    for band in Band::ALL {
        assert!(manual.contains(&format!("| `{band}` |")), "docs/API.md lacks the band {band}");
    }
    for reason in Reason::ALL {
        assert!(manual.contains(&format!("| `{reason}` |")), "docs/API.md lacks the reason {reason}");
    }
}

/// The codes that a client of the API can meet; the others are the command line's.
const ON_THE_WIRE: &[Code] = &[
    Code::QuestionEmpty,
    Code::QuestionTooLong,
    Code::BodyInvalid,
    Code::BodyNotJson,
    Code::BodyTooLarge,
    Code::ParameterInvalid,
    Code::Unauthorized,
    Code::Forbidden,
    Code::NotFound,
    Code::MethodNotAllowed,
    Code::ConversationNotFound,
    Code::ArticleNotFound,
    Code::TicketNotFound,
    Code::DecisionNotFound,
    Code::KeyNotFound,
    Code::LabelNotFound,
    Code::LabelsFull,
    Code::PreconditionFailed,
    Code::PreconditionRequired,
    Code::AlreadyExists,
    Code::PhrasingTaken,
    Code::ArticleInvalid,
    Code::TicketState,
    Code::IdempotencyConflict,
    Code::TooManyRequests,
    Code::Overloaded,
    Code::DiskFull,
    Code::StoreUnavailable,
    Code::StoreDamaged,
    Code::IndexUnavailable,
    Code::NotReady,
    Code::Internal,
];
