//! `GET /readyz`: ready, not ready and why, and at its end.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use grantd_engine::Engine;
use grantd_secrets::Sources;
use grantd_server::{Readiness, Server, ServerSettings};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::support::{FaultyStore, Mood, TestApp};

/// What a server says, asked by an address that is no allowed host.
async fn asked(server: Server, path: &str) -> (StatusCode, Value) {
    let request = Request::get(path).header("host", "192.0.2.1:8710");
    let request = request.body(Body::empty()).unwrap();
    let answer = server.into_router().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// By the listener of the API, and by the one of the metrics.
fn servers(app: &TestApp, readiness: &Readiness) -> [Server; 2] {
    let engine = Engine::clone(&app.engine);
    let (api, _) = Server::watched(engine, ServerSettings::default(), readiness.clone());
    let metrics = app.engine.metrics.clone();
    [api, Server::of_metrics(metrics, readiness.clone())]
}

fn failing(document: &Value) -> Vec<&str> {
    let checks = document["checks"].as_array().unwrap().iter();
    let failing = checks.filter(|check| check["ok"] == false);
    failing
        .map(|check| check["name"].as_str().unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_database_that_takes_no_writes_is_told_and_so_is_that_it_does_again() {
    let store = FaultyStore::default();
    let app = TestApp::with(Arc::new(store.clone()), Sources::default()).await;
    let readiness = Readiness::new(Engine::clone(&app.engine));
    for server in servers(&app, &readiness) {
        let (status, document) = asked(server, "/readyz").await;
        assert_eq!(
            (status, &document["ready"]),
            (StatusCode::OK, &true.into()),
            "{document}"
        );
    }
    store.set(Mood::Fails);
    // what was found holds for a while, so that probes write seldom
    let [server, _] = servers(&app, &readiness);
    assert_eq!(asked(server, "/readyz").await.0, StatusCode::OK);
    tokio::time::advance(Duration::from_secs(6)).await;
    for server in servers(&app, &readiness) {
        let (status, document) = asked(server, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(failing(&document), ["database", "keyring"]);
        assert!(document.to_string().contains("full"), "{document}");
    }
    let [server, _] = servers(&app, &readiness);
    assert_eq!(asked(server, "/healthz").await.0, StatusCode::OK);
    store.set(Mood::Works);
    tokio::time::advance(Duration::from_secs(2)).await;
    let [server, _] = servers(&app, &readiness);
    assert_eq!(asked(server, "/readyz").await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn however_many_ask_and_leave_it_is_looked_once() {
    let store = FaultyStore::default();
    let app = TestApp::with(Arc::new(store.clone()), Sources::default()).await;
    let readiness = Readiness::new(Engine::clone(&app.engine));
    store.set(Mood::Slow);
    for _ in 0..3 {
        let left = tokio::time::timeout(Duration::from_millis(100), readiness.standing());
        assert!(left.await.is_err());
    }
    let (one, other) = tokio::join!(readiness.standing(), readiness.standing());
    assert_eq!(one, other);
    assert!(one.checks.iter().all(|check| check.ok), "{one:?}");
    assert_eq!(store.probes(), 1);
}

#[tokio::test]
async fn what_ends_and_what_has_ended_is_not_ready() {
    let app = TestApp::start().await;
    let readiness = Readiness::new(Engine::clone(&app.engine));
    readiness.watch("listeners", || false);
    let [server, _] = servers(&app, &readiness);
    let (status, document) = asked(server, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(failing(&document), ["background"]);
    readiness.drain();
    let [server, _] = servers(&app, &readiness);
    let (_, document) = asked(server, "/readyz").await;
    assert_eq!(failing(&document), ["serving", "background"]);
}
