//! All routes and what stands before them.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::problem::{Problem, ProblemCode};
use crate::{console, docs, health, host, oauth2, observe, openapi};

/// What browsers may load for any answer but the browsable page: nothing.
pub(crate) const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Puts the routes together.
pub(crate) fn router(app: App) -> Router {
    let (api, mut document) = openapi::routes();
    if let Some(url) = &app.settings.public_url {
        document.servers = Some(vec![utoipa::openapi::Server::new(url.as_str())]);
    }
    Router::new()
        .merge(api)
        .merge(openapi::document_route(&document))
        .merge(docs::routes())
        .merge(oauth2::routes())
        .merge(console::routes(&app))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), host::check))
        .merge(health::routes(app.readiness.clone()).method_not_allowed_fallback(wrong_method))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::of(ProblemCode::Internal).into_response()
        }))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(X_FRAME_OPTIONS, "DENY"))
        .layer(header(REFERRER_POLICY, "same-origin"))
        .layer(header(CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(CACHE_CONTROL, "no-store"))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            observe::observe,
        ))
        .with_state(app)
}

fn header(
    name: axum::http::HeaderName,
    value: &'static str,
) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn unknown_route(State(_): State<App>, uri: axum::http::Uri) -> Response {
    Problem::of(ProblemCode::NotFound)
        .detail(format!("there is nothing at {}", uri.path()))
        .into_response()
}

async fn wrong_method(
    State(_): State<App>,
    method: axum::http::Method,
    uri: axum::http::Uri,
) -> Response {
    Problem::of(ProblemCode::MethodNotAllowed)
        .detail(format!("{method} is not possible at {}", uri.path()))
        .into_response()
}
