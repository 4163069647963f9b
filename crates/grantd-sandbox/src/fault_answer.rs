//! What the token endpoint answers while a fault is on.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use grantd_model::Secret;
use http_body_util::{BodyExt, Full};
use serde_json::json;

use crate::faults::Effect;
use crate::oauth_error::NO_STORE;
use crate::state::Shared;

/// Where the redirect fault points.
pub(crate) const REDIRECTED_PATH: &str = "/redirected";

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];
const HUGE_BYTES: usize = 10 * 1024 * 1024;
const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sign in</title></head>\
    <body><h1>Sign in to the network</h1><p>This page is not a token response.</p></body></html>\n";

/// What becomes of a request that met a fault.
pub(crate) enum Verdict {
    /// It goes on, with another secret where that was rotated.
    Proceed(Option<Secret<String>>),
    /// It is answered already.
    Answered(Response),
}

/// Lets an effect act on a request.
pub(crate) async fn act(shared: &Shared, effect: Effect) -> Verdict {
    Verdict::Answered(match effect {
        Effect::None => return Verdict::Proceed(None),
        Effect::RotatedSecret { new_secret } => return Verdict::Proceed(Some(new_secret)),
        Effect::Slow { delay } => {
            shared.pause(delay).await;
            return Verdict::Proceed(None);
        }
        Effect::RateLimited { retry_after } => rate_limited(retry_after),
        Effect::ServerError { retry_after } => server_error(retry_after),
        Effect::Html => html(),
        Effect::ErrorIn200 => error_in_200(),
        Effect::Hang => {
            shared.stopping().await;
            let stopping = (StatusCode::SERVICE_UNAVAILABLE, "the server stops\n");
            stopping.into_response()
        }
        Effect::Empty => (NO_STORE, JSON, "").into_response(),
        Effect::Redirect => redirect(),
        Effect::Garbage => (NO_STORE, JSON, garbage()).into_response(),
        Effect::Huge => (NO_STORE, JSON, huge()).into_response(),
        Effect::StalledBody => (NO_STORE, JSON, stalled()).into_response(),
        Effect::Odd(odd) => (NO_STORE, JSON, odd.body()).into_response(),
    })
}

/// The place that the redirect fault points to: it counts who follows.
pub(crate) async fn redirected(State(shared): State<Arc<Shared>>) -> Response {
    shared.changing().stats.redirects_followed += 1;
    let message = "a token request must not follow redirects\n";
    (StatusCode::FORBIDDEN, message).into_response()
}

fn rate_limited(retry_after: Duration) -> Response {
    let retry_after = [(header::RETRY_AFTER, retry_after.as_secs().to_string())];
    let body = Json(json!({
        "error": "temporarily_unavailable",
        "error_description": "too many token requests",
    }));
    (StatusCode::TOO_MANY_REQUESTS, NO_STORE, retry_after, body).into_response()
}

fn server_error(retry_after: Option<Duration>) -> Response {
    let plain = (StatusCode::INTERNAL_SERVER_ERROR, "internal server error\n");
    match retry_after {
        None => plain.into_response(),
        Some(wait) => ([(header::RETRY_AFTER, wait.as_secs().to_string())], plain).into_response(),
    }
}

fn html() -> Response {
    let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (html, SIGN_IN_PAGE).into_response()
}

fn error_in_200() -> Response {
    let body = Json(json!({
        "error": "invalid_client",
        "error_description": "the status says success, the body does not",
    }));
    (NO_STORE, body).into_response()
}

fn redirect() -> Response {
    let location = [(header::LOCATION, REDIRECTED_PATH)];
    (StatusCode::TEMPORARY_REDIRECT, location).into_response()
}

fn garbage() -> Vec<u8> {
    b"{\"access_token\": \xff\xfe\x00 <- not JSON".to_vec()
}

fn huge() -> String {
    let head = "{\"access_token\":\"too-large\",\"token_type\":\"Bearer\",\"expires_in\":60,\"padding\":\"";
    let mut body = String::with_capacity(HUGE_BYTES + 256);
    body.push_str(head);
    body.extend(std::iter::repeat_n('x', HUGE_BYTES));
    body.push_str("\"}");
    body
}

/// A body that begins and never ends; the connection is cut when the server stops.
fn stalled() -> Body {
    let begin = Full::new(Bytes::from_static(b"{\"access_token\":\"sbx_stalled"));
    // without a length, so that there may be more
    let begin = begin.map_frame(|frame| frame);
    Body::new(begin.with_trailers(std::future::pending()))
}
