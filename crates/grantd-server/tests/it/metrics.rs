//! `GET /metrics` of its own listener, as a scraper reads it.

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use grantd_server::{Readiness, Server};
use grantd_testkit::Answer as Given;
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::support::open_metrics::{Exposition, Kind};
use crate::support::{TOKEN, TestApp, drafts};

const GET: &str = "/v1/credentials/mail/token";
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Status, media type and body of an answer of the listener.
async fn answered(app: &TestApp, method: Method, path: &str) -> (StatusCode, String, Bytes) {
    let server = Server::of_metrics(
        app.engine.metrics.clone(),
        Readiness::new(grantd_engine::Engine::clone(&app.engine)),
    )
    .into_router();
    let request = Request::builder().method(method).uri(path);
    let answer = server
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let media_type = answer.headers().get("content-type");
    let media_type = media_type.map_or("", |it| it.to_str().unwrap()).to_owned();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, media_type, body)
}

async fn scraped(app: &TestApp) -> Exposition {
    let (status, media_type, body) = answered(app, Method::GET, "/metrics").await;
    assert_eq!((status, media_type.as_str()), (StatusCode::OK, MEDIA_TYPE));
    let text = std::str::from_utf8(&body).unwrap();
    app.assert_no_secret("the metrics", text);
    Exposition::parse(text)
}

#[tokio::test]
async fn before_anything_has_happened_it_can_be_read() {
    let app = TestApp::start().await;
    let metrics = scraped(&app).await;
    assert_eq!(
        metrics.kind("grantd_tokens_handed_out"),
        Some(Kind::Counter)
    );
    assert_eq!(
        metrics.kind("grantd_token_request_duration_seconds"),
        Some(Kind::Histogram)
    );
    assert_eq!(metrics.kind("grantd_credentials_in_use"), Some(Kind::Gauge));
    assert_eq!(
        metrics.value("grantd_tokens_handed_out_total", &[]),
        Some(0.0)
    );
}

#[tokio::test]
async fn version_readiness_and_what_is_kept_stand_in_it() {
    let app = TestApp::start().await;
    let day = 24 * 3600;
    for (name, days) in [("Over", -1), ("Soon", 29), ("Sooner", 1), ("Later", 31)] {
        let end = app.engine.now().as_micros() / 1_000_000 + days * day;
        let end = grantd_model::Timestamp::from_seconds(end).to_string();
        app.add(&drafts::with(name, json!({"secret_expires_at": end})))
            .await;
    }
    let metrics = scraped(&app).await;
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(metrics.value("grantd_build_info", &version), Some(1.0));
    assert_eq!(metrics.value("grantd_ready", &[]), Some(1.0));
    let left = metrics.value("grantd_values_under_earlier_keys", &[]);
    assert_eq!(left, Some(0.0));
    for (name, state, expected) in [
        ("grantd_credential_secret_ends", "over", 1.0),
        ("grantd_credential_secret_ends", "soon", 2.0),
        ("grantd_listeners", "working", 0.0),
        ("grantd_listeners", "failing", 0.0),
    ] {
        let found = metrics.value(name, &[("state", state)]);
        assert_eq!(found, Some(expected), "{name} {state}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_cause_and_result() {
    let app = TestApp::start().await;
    app.add(&drafts::with("Mail", json!({"scope": "a b"})))
        .await;
    app.answers(Given::token(TOKEN));
    app.as_workload().get(GET).await.expect(200);
    app.as_workload().get(GET).await.expect(200);
    app.answers(Given::refusal(401, "invalid_client"));
    app.as_editor()
        .post("/v1/credentials/mail/renew")
        .await
        .expect(502);
    app.answers(Given::json(500, ""));
    app.as_workload()
        .get(&format!("{GET}?scope=a"))
        .await
        .expect(502);

    let metrics = scraped(&app).await;
    let requests = |cause, result| {
        let labels = [("cause", cause), ("result", result)];
        metrics.value("grantd_token_requests_total", &labels)
    };
    assert_eq!(requests("demand", "issued"), Some(1.0));
    assert_eq!(requests("person", "invalid_client"), Some(1.0));
    assert_eq!(requests("demand", "server_error"), Some(1.0));
    assert_eq!(requests("renewal", "issued"), Some(0.0));
    assert_eq!(requests("idle", "issued"), None);
    let value = |name| metrics.value(name, &[]);
    assert_eq!(value("grantd_tokens_handed_out_total"), Some(2.0));
    assert_eq!(value("grantd_tokens_refused_total"), Some(1.0));
    assert_eq!(value("grantd_token_requests_in_flight"), Some(0.0));
    assert_eq!(
        value("grantd_token_request_duration_seconds_count"),
        Some(3.0)
    );
}

#[tokio::test]
async fn validations_are_no_token_requests() {
    let app = TestApp::start().await;
    app.answers(Given::token(TOKEN));
    let body = json!({"draft": drafts::minimal("New")});
    app.as_editor()
        .post("/v1/validations")
        .json(&body)
        .await
        .expect(200);
    let metrics = scraped(&app).await;
    assert_eq!(
        metrics.value("grantd_token_request_duration_seconds_count", &[]),
        Some(0.0)
    );
}

#[tokio::test]
async fn no_name_of_a_credential_or_client_stands_in_it() {
    let app = TestApp::start().await;
    app.add(&drafts::with(
        "Canary Name",
        json!({"client_id": "canary-client"}),
    ))
    .await;
    app.answers(Given::refusal(400, "canary-code"));
    app.as_workload()
        .get("/v1/credentials/canary-name/token")
        .await
        .expect(502);
    let (_, _, body) = answered(&app, Method::GET, "/metrics").await;
    let text = String::from_utf8_lossy(&body).to_lowercase();
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn nothing_else_is_there() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/metrics/",
        "/v1/credentials",
        "/console",
        "/openapi.json",
        "/oauth2/token",
    ] {
        let (status, _, _) = answered(&app, Method::GET, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let (status, _, _) = answered(&app, Method::POST, "/metrics").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    // and it is nowhere else
    app.as_admin()
        .get("/metrics")
        .await
        .expect(404)
        .problem("not_found");
}
