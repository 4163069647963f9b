//! The OpenAPI 3.1 document: each route with its documentation, from one place.

mod operations;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use url::Url;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, PathItem, Ref, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};

pub(crate) use operations::routes;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "grantd",
        description = "Keeps OAuth 2.0 client credentials, gets their access tokens and hands them out.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&ApiKeyScheme),
    security(("api_key" = [])),
    tags(
        (name = "credentials", description = "OAuth 2.0 client credentials"),
        (name = "tokens", description = "Access tokens and their history"),
        (name = "keys", description = "API keys"),
        (name = "users", description = "People who sign in at the console"),
        (name = "audit", description = "Who did what"),
        (name = "listeners", description = "Email listeners"),
        (name = "consumers", description = "HTTP consumers"),
        (name = "sources", description = "Secret sources"),
        (name = "documents", description = "Export, plan and apply, import"),
        (name = "alerts", description = "Where alerts go, and what went there"),
        (name = "installation", description = "What belongs to the installation as a whole")
    )
)]
struct Document;

struct ApiKeyScheme;

impl Modify for ApiKeyScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key, `gk_…_…`"))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// What every route of the API may answer.
const COMMON: [(&str, &str); 5] = [
    ("401", "No valid API key"),
    ("421", "The host is not allowed"),
    ("422", "A parameter of the query is wrong"),
    ("500", "grantd failed"),
    ("503", "The store can not be used now"),
];

/// `GET /openapi.json`. The document takes megabytes while it is put together, and most installations are
/// never asked for it: that is done when it is asked for first.
pub(crate) fn document_route() -> Router<App> {
    let document: Arc<OnceLock<Bytes>> = Arc::default();
    let answer = async move |State(app): State<App>| {
        let made = || Bytes::from(written(app.settings.public_url.as_ref()));
        let json = document.get_or_init(made).clone();
        ([(CONTENT_TYPE, "application/json")], json)
    };
    Router::new().route("/openapi.json", get(answer))
}

/// The document as text, with the address under which this server is reached.
fn written(public_url: Option<&Url>) -> Vec<u8> {
    let mut document = document();
    if let Some(url) = public_url {
        document.servers = Some(vec![utoipa::openapi::Server::new(url.as_str())]);
    }
    serde_json::to_vec(&document).unwrap_or_default()
}

/// The document without an address.
fn document() -> utoipa::openapi::OpenApi {
    let mut document = operations::described(Document::openapi());
    for item in document.paths.paths.values_mut() {
        add_common(item);
    }
    document
}

/// Says what a route may answer whatever it does, unless it says that in its own words.
fn add_common(item: &mut PathItem) {
    let operations = [
        &mut item.get,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ];
    for operation in operations.into_iter().flatten() {
        for (status, description) in COMMON {
            let responses = &mut operation.responses.responses;
            responses
                .entry(status.to_owned())
                .or_insert_with(|| problem(description).into());
        }
    }
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    ResponseBuilder::new()
        .description(description)
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(schema)).build(),
        )
        .build()
}

/// The document as JSON, as `GET /openapi.json` answers it.
#[must_use]
pub fn openapi_json() -> serde_json::Value {
    serde_json::to_value(document()).unwrap_or_default()
}
