//! The short way of the one request that comes most: a token that is at hand, asked for with
//! `GET /v1/credentials/{slug}/token`. Everything else, and every refusal, goes by the routes.
//!
//! Invariant: an answer that comes from here is the one that the route would give.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Version};
use grantd_engine::HandedOut;
use grantd_model::ApiKeySecret;

use crate::api::credentials::token::TokenOut;
use crate::app::App;
use crate::live::Lists;
use crate::observe::X_REQUEST_ID;
use crate::{client_address, router};

/// The header fields of every answer, besides those of HTTP itself.
const FIELDS: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(router::POLICY),
    ),
];

/// Answers what can be answered at once.
#[derive(Clone)]
pub(crate) struct Quick(App);

impl Quick {
    pub(crate) const fn new(app: App) -> Self {
        Self(app)
    }

    /// The answer, if it is a token that is at hand.
    pub(crate) fn answer<B>(
        &self,
        request: &Request<B>,
        peer: SocketAddr,
    ) -> Option<Response<Bytes>> {
        if request.method() != Method::GET {
            return None;
        }
        let (path, query) = (request.uri().path(), request.uri().query());
        let slug = path
            .strip_prefix("/v1/credentials/")?
            .strip_suffix("/token")?;
        let lists = self.0.live.lists();
        if query.is_some() || !is_allowed_host(request, &lists) {
            return None;
        }
        let key = key(request.headers())?;
        let handed_out = self.0.engine.token_at_hand(&key, slug)?;
        let mut response = Response::new(handed_out.shown(body));
        let headers = response.headers_mut();
        headers.reserve(FIELDS.len() + 1);
        for (name, value) in FIELDS {
            headers.insert(name, value);
        }
        let id = self
            .0
            .request_ids
            .of(request.headers(), Some(peer.ip()), &lists);
        // at a level that is not on by default: it costs what the short way saves
        tracing::debug!(
            target: "grantd::access",
            id = id.to_str().unwrap_or_default(),
            actor = %key.id,
            method = "GET",
            path,
            status = 200,
            client = %client_address::client(&lists.trusted_proxies, request.headers(), peer.ip()),
            "answered"
        );
        headers.insert(X_REQUEST_ID, id);
        Some(response)
    }
}

/// Whether the request surely names an allowed host; where that takes a closer look, it is
/// left to the route.
fn is_allowed_host<B>(request: &Request<B>, lists: &Lists) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let named = match (hosts.next(), hosts.next(), request.uri().authority()) {
        (Some(host), None, None) => host.to_str().ok(),
        (None, None, Some(target)) if request.version() == Version::HTTP_2 => Some(target.as_str()),
        _ => None,
    };
    let Some(named) = named else { return false };
    let host = match named.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => named,
    };
    lists.allows_host(host)
}

/// The one API key that the header shows.
fn key(headers: &HeaderMap) -> Option<ApiKeySecret> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (shown.next(), shown.next()) else {
        return None;
    };
    let text = header.to_str().ok()?.strip_prefix("Bearer ")?;
    ApiKeySecret::parse(text).ok()
}

fn body(handed_out: &HandedOut) -> Vec<u8> {
    serde_json::to_vec(&TokenOut::new(handed_out)).unwrap_or_default()
}
