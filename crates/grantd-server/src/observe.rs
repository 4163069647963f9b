//! Gives each request an id, which stands in its answer and in every log line of it, and writes the access log.
//!
//! Invariant: the id of somebody else is taken from a trusted proxy alone, and no query is in a log.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use grantd_engine::Engine;
use grantd_model::Actor;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span};

use crate::app::App;
use crate::client_address::{self, Peer};
use crate::live::Lists;
use crate::problem;

/// The header that the id of a request stands in.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a proxy.
const MOST_CHARACTERS: usize = 64;

/// The most characters of a path that are logged.
const MOST_PATH: usize = 256;

/// How many characters tell this process from others.
const OF_PROCESS: usize = 8;

/// Makes ids of requests: those of a process begin alike, and no other process begins so.
#[derive(Clone)]
pub(crate) struct RequestIds(Arc<Ids>);

struct Ids {
    process: String,
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(engine: &Engine) -> Self {
        let process = engine.unguessable().chars().take(OF_PROCESS).collect();
        let count = AtomicU64::new(0);
        Self(Arc::new(Ids { process, count }))
    }

    /// The id that a trusted proxy gave the request, else a new one.
    pub(crate) fn of(
        &self,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
        lists: &Lists,
    ) -> HeaderValue {
        if let Some(given) = headers.get(X_REQUEST_ID)
            && peer.is_some_and(|peer| client_address::is_trusted(&lists.trusted_proxies, peer))
            && is_plain(given)
        {
            return given.clone();
        }
        let number = self.0.count.fetch_add(1, Ordering::Relaxed);
        let text = format!("{}-{number:x}", self.0.process);
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("-"))
    }
}

fn is_plain(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=MOST_CHARACTERS).contains(&bytes.len()) && bytes.iter().all(plain)
}

/// Notes who asks, for all further log lines of the request.
pub(crate) fn note_actor(actor: &Actor) {
    match actor {
        Actor::System => {}
        Actor::Key { id, .. } => drop(Span::current().record("actor", display(id))),
        Actor::User { id, .. } => drop(Span::current().record("actor", display(id))),
        Actor::Workload { subject, .. } => {
            Span::current().record("actor", display(subject));
        }
    }
}

/// Answers a request under its id.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let (id, client) = {
        let lists = app.live.lists();
        let id = app.request_ids.of(request.headers(), peer, &lists);
        let client = peer
            .map(|peer| client_address::client(&lists.trusted_proxies, request.headers(), peer));
        (id, client)
    };
    // of the highest level, so that it is there for whatever is logged
    let span = tracing::error_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        actor = Empty
    );
    let begun = app.engine.since_boot();
    let method = request.method().clone();
    let path = short(request.uri().path());
    let mut response = next.run(request).instrument(span.clone()).await;
    problem::name_request(&mut response, &id);
    response.headers_mut().insert(X_REQUEST_ID, id);
    let access = Access {
        method: &method,
        path: &path,
        status: response.status(),
        took: app.engine.since_boot().saturating_sub(begun),
        client,
    };
    span.in_scope(|| access.log());
    response
}

fn short(path: &str) -> String {
    path.chars().take(MOST_PATH).collect()
}

/// A line of the access log.
struct Access<'a> {
    method: &'a Method,
    path: &'a str,
    status: StatusCode,
    took: Duration,
    client: Option<IpAddr>,
}

impl Access<'_> {
    fn log(&self) {
        let Self {
            method,
            path,
            status,
            took,
            client,
        } = self;
        let status = status.as_u16();
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let client = client.map(display);
        // what asks every few seconds would be most of the log
        if *path == "/healthz" || *path == "/readyz" {
            tracing::debug!(target: "grantd::access", %method, path, status, took_us, client, "answered");
        } else {
            tracing::info!(target: "grantd::access", %method, path, status, took_us, client, "answered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_do_anything_in_a_log_is_not_plain() {
        for (id, expected) in [
            ("0b9a-4c_d.1", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            ("a;b", false),
            (&"a".repeat(64), true),
            (&"a".repeat(65), false),
        ] {
            let value = HeaderValue::from_str(id).unwrap();
            assert_eq!(is_plain(&value), expected, "{id}");
        }
    }
}
