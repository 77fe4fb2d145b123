//! The OpenAPI document, from the handlers' own descriptions. What the router knows of a route (who may, whether it takes an
//! `Idempotency-Key`, which errors its layers answer with) is added here, so that no handler repeats it.

use serde_json::json;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Content, HttpMethod, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, ResponseBuilder,
    Schema,
};

use super::access::Access;
use super::idempotency;
use super::router::Route;
use crate::error::Code;

const KEY_SCHEME: &str = "key";
const ERROR_SCHEMA: &str = "Error";
const DESCRIPTION: &str = "Answers shop customers' questions from a knowledge base, says how sure it is, and hands what it is not sure of \
                           to a person. Errors have one shape and stable codes; times are RFC 3339 in UTC; lists come as `{items, next}`.";

/// The document as JSON, the same bytes for the same routes.
pub fn json(surface: &[Route]) -> String {
    let document = document(surface);
    serde_json::to_string_pretty(&document).unwrap_or_else(|error| {
        // Nothing in the document is of a kind that JSON lacks; a test writes it out.
        tracing::error!(%error, "the OpenAPI document cannot be written");
        "{}".to_owned()
    })
}

fn document(surface: &[Route]) -> OpenApi {
    let mut paths = Paths::new();
    let mut components = Components::new();
    for route in surface {
        let (schemas, operation) = route.documented();
        components.schemas.extend(schemas.iter().cloned());
        let Some(operation) = operation else { continue };
        paths.add_path_operation(route.path, vec![method(route)], completed(route, operation.clone()));
    }
    components.schemas.insert(ERROR_SCHEMA.to_owned(), error_schema());
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A key; `jieda keys create` makes one.")).build();
    components.add_security_scheme(KEY_SCHEME, SecurityScheme::Http(scheme));
    let info = InfoBuilder::new()
        .title("Jieda")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

fn method(route: &Route) -> HttpMethod {
    match route.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// The operation with everything that holds for its kind of route.
fn completed(route: &Route, mut operation: Operation) -> Operation {
    operation.operation_id = Some(operation_id(route));
    let mut codes = vec![Code::Internal];
    if !matches!(route.path, "/healthz" | "/readyz") {
        codes.push(Code::TooManyRequests);
    }
    match route.access {
        Access::Anyone => operation.security = Some(Vec::new()),
        Access::Roles(roles) => {
            codes.extend([Code::Unauthorized, Code::Forbidden]);
            operation.security = Some(vec![SecurityRequirement::new(KEY_SCHEME, Vec::<String>::new())]);
            let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            let who = format!("Roles: {}.", names.join(", "));
            operation.description = Some(match operation.description.take().filter(|text| !text.is_empty()) {
                Some(text) => format!("{text}\n\n{who}"),
                None => who,
            });
        }
    }
    if operation.request_body.is_some() {
        codes.extend([Code::BodyNotJson, Code::BodyTooLarge, Code::BodyInvalid]);
    }
    if route.idempotent {
        codes.push(Code::IdempotencyConflict);
        let parameter = ParameterBuilder::new()
            .name(idempotency::KEY.as_str())
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Sending the same request with the same key again gets the first answer."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build();
        operation.parameters.get_or_insert_default().push(parameter.into());
    }
    for code in codes {
        operation
            .responses
            .responses
            .entry(code.status().to_string())
            .or_insert_with(|| ResponseBuilder::new().description(format!("`{code}` or another code of this status")).build().into());
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            let content = Content::new(Some(Ref::from_schema_name(ERROR_SCHEMA)));
            response.content.insert("application/json".to_owned(), content.into());
        }
    }
    operation
}

/// A name for client generators: `get_articles_id`.
fn operation_id(route: &Route) -> String {
    let parts = route.path.split(['/', '.']).filter(|part| !part.is_empty() && *part != "v1").map(|part| part.trim_matches(['{', '}']));
    std::iter::once(route.method.as_str().to_lowercase().as_str()).chain(parts).collect::<Vec<_>>().join("_")
}

fn error_schema() -> RefOr<Schema> {
    let text = |description: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(description.to_owned()));
    let codes = text("Stable; match on this.").enum_values(Some(Code::ALL.iter().map(|code| code.name())));
    let error = ObjectBuilder::new()
        .property("code", codes)
        .property("message", text("What is wrong, for developers."))
        .property("hint", text("What to change, in the language of `Accept-Language`."))
        .property("request_id", text("Names the request in the log; also in `X-Request-Id`."))
        .required("code")
        .required("message")
        .required("hint")
        .required("request_id");
    let example = json!({"error": {
        "code": "question_empty", "message": "the question is empty", "hint": Code::QuestionEmpty.hint(crate::domain::locale::Locale::En),
        "request_id": "019ac000-0000-7000-8000-000000000000"
    }});
    Schema::Object(ObjectBuilder::new().property("error", error).required("error").examples([example]).build()).into()
}
