//! All routes and what stands before them.

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use tower::{Layer, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::problem::{Problem, ProblemCode};
use crate::{console, docs, health, host, oauth2, observe, openapi};

/// What browsers may load for any answer but the browsable page: nothing.
pub(crate) const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Puts the routes together. What stands before all of them is there once, around the whole: a layer of a
/// router is made anew for each of its routes.
pub(crate) fn router(app: App) -> Router {
    let guarded = Router::new()
        .merge(openapi::routes())
        .merge(openapi::document_route())
        .merge(docs::routes())
        .merge(oauth2::routes())
        .merge(console::routes(&app))
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app.clone());
    let guard = middleware::from_fn_with_state(app.clone(), host::check);
    let routes = health::routes(app.readiness.clone())
        .method_not_allowed_fallback(wrong_method)
        .fallback_service(guard.layer(guarded))
        .with_state(app.clone());
    let around = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(app, observe::observe))
        .layer(header(CACHE_CONTROL, "no-store"))
        .layer(header(CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(REFERRER_POLICY, "same-origin"))
        .layer(header(X_FRAME_OPTIONS, "DENY"))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::of(ProblemCode::Internal).into_response()
        }));
    Router::new().fallback_service(around.service(routes))
}

fn header(
    name: axum::http::HeaderName,
    value: &'static str,
) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn unknown_route(uri: axum::http::Uri) -> Response {
    Problem::of(ProblemCode::NotFound)
        .detail(format!("there is nothing at {}", uri.path()))
        .into_response()
}

async fn wrong_method(method: axum::http::Method, uri: axum::http::Uri) -> Response {
    Problem::of(ProblemCode::MethodNotAllowed)
        .detail(format!("{method} is not possible at {}", uri.path()))
        .into_response()
}
