//! The browsable page of the API. It has a content security policy of its own, no other route does.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;

/// What the page may load: its own files, pictures that its stylesheet holds, and the API. Its
/// components set styles on elements, which is why these are allowed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// `/docs/`, which reads `/openapi.json`.
pub(crate) fn routes() -> Router<App> {
    let page = SwaggerUi::new("/docs").config(
        Config::from("/openapi.json")
            .try_it_out_enabled(true)
            .validator_url("none"),
    );
    Router::from(page).layer(SetResponseHeaderLayer::overriding(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    ))
}
