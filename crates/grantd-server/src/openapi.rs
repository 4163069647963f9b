//! The OpenAPI 3.1 document: each route with its documentation, from one place.

use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, PathItem, Ref, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    alert_channels, audit, backups, credentials, export, imports, keyring, keys, listeners, plans,
    sources, users, validations,
};
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

/// The routes of the API with their document.
pub(crate) fn routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (routes, mut document) = documented_routes();
    for item in document.paths.paths.values_mut() {
        add_common(item);
    }
    (routes, document)
}

/// `GET /openapi.json`
pub(crate) fn document_route(document: &utoipa::openapi::OpenApi) -> Router<App> {
    let document = serde_json::to_value(document).unwrap_or_default();
    Router::new().route("/openapi.json", get(async move || Json(document.clone())))
}

fn documented_routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(
            credentials::list::list,
            credentials::create::create
        ))
        .routes(routes!(
            credentials::get::get,
            credentials::update::update,
            credentials::delete::delete
        ))
        .routes(routes!(credentials::enable::enable))
        .routes(routes!(credentials::enable::disable))
        .routes(routes!(
            credentials::token::get,
            credentials::token::post,
            credentials::token::delete
        ))
        .routes(routes!(credentials::renew::renew))
        .routes(routes!(credentials::events::events))
        .routes(routes!(credentials::usage::usage))
        .routes(routes!(credentials::secrets::add))
        .routes(routes!(credentials::secrets::promote))
        .routes(routes!(validations::create::create))
        .routes(routes!(keys::list::list, keys::create::create))
        .routes(routes!(keys::get::get, keys::revoke::revoke))
        .routes(routes!(users::list::list, users::create::create))
        .routes(routes!(
            users::get::get,
            users::update::update,
            users::delete::delete
        ))
        .routes(routes!(users::link::create))
        .routes(routes!(users::remove_factor::delete))
        .routes(routes!(users::setup_link::create))
        .routes(routes!(listeners::list::list, listeners::create::create))
        .routes(routes!(
            listeners::get::get,
            listeners::update::update,
            listeners::delete::delete
        ))
        .routes(routes!(listeners::pause::pause))
        .routes(routes!(listeners::pause::resume))
        .routes(routes!(listeners::deliveries::list))
        .routes(routes!(listeners::deliveries::again))
        .routes(routes!(listeners::letters::list))
        .routes(routes!(listeners::letters::discard))
        .routes(routes!(listeners::hours::list))
        .routes(routes!(listeners::test::create))
        .routes(routes!(listeners::spools::list))
        .routes(routes!(audit::list::list))
        .routes(routes!(audit::export::export))
        .routes(routes!(audit::checkpoint::get))
        .routes(routes!(audit::check::check))
        .routes(routes!(sources::list::list, sources::create::create))
        .routes(routes!(
            sources::get::get,
            sources::update::update,
            sources::delete::delete
        ))
        .routes(routes!(sources::entries::list))
        .routes(routes!(export::export))
        .routes(routes!(plans::create::create))
        .routes(routes!(plans::apply::apply))
        .routes(routes!(imports::create::create))
        .routes(routes!(keyring::get::get))
        .routes(routes!(keyring::rotate::rotate))
        .routes(routes!(keyring::forget::forget))
        .routes(routes!(backups::create::create))
        .routes(routes!(
            alert_channels::list::list,
            alert_channels::create::create
        ))
        .routes(routes!(
            alert_channels::get::get,
            alert_channels::update::update,
            alert_channels::delete::delete
        ))
        .routes(routes!(alert_channels::rotate::create))
        .routes(routes!(alert_channels::test::create))
        .routes(routes!(alert_channels::deliveries::list))
        .routes(routes!(sources::test::source))
        .routes(routes!(sources::test::reference))
        .split_for_parts()
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
    serde_json::to_value(routes().1).unwrap_or_default()
}
