//! Headers that every answer has, whatever it is.

use axum::http::Method;

use crate::support::{Answer, Mood, TestApp, drafts};

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// An answer of every kind.
async fn kinds(app: &TestApp) -> Vec<Answer> {
    let admin = app.as_admin();
    vec![
        app.add(&drafts::minimal("Mine")).await,
        admin.get("/v1/credentials").await.expect(200),
        admin.get("/v1/credentials/mine").await.expect(200),
        admin.get("/v1/credentials/none").await.expect(404),
        admin.get("/v1/credentials?x").await.expect(422),
        admin.post("/v1/credentials").text("{").await.expect(400),
        admin.post("/v1/credentials").await.expect(415),
        admin
            .patch("/v1/credentials/mine", "\"r9\"")
            .text("{}")
            .await
            .expect(412),
        admin.delete("/v1/credentials/mine").await.expect(428),
        admin.get("/v1/keys").await.expect(200),
        admin.get("/v1/audit").await.expect(200),
        admin.get("/v1/sources").await.expect(200),
        app.as_viewer().get("/v1/keys").await.expect(403),
        app.anonymous().get("/v1/keys").await.expect(401),
        admin.get("/none").await.expect(404),
        admin.call(Method::PUT, "/v1/keys").await.expect(405),
        admin
            .get("/v1/keys")
            .header("host", "localhost")
            .await
            .expect(421),
        app.anonymous().get("/healthz").await.expect(200),
        app.anonymous().get("/openapi.json").await.expect(200),
        admin
            .delete("/v1/credentials/mine")
            .header("if-match", "*")
            .await
            .expect(204),
    ]
}

#[tokio::test]
async fn nothing_is_framed_sniffed_cached_or_loaded() {
    let app = TestApp::start().await;
    for answer in kinds(&app).await {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("content-security-policy", NOTHING),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{} {name}", answer.call);
        }
        for name in [
            "server",
            "access-control-allow-origin",
            "set-cookie",
            "x-powered-by",
        ] {
            assert_eq!(answer.header(name), None, "{} {name}", answer.call);
        }
    }
}

#[tokio::test]
async fn a_failure_of_grantd_has_them_too() {
    let (app, store) = crate::faults::app().await;
    store.set(Mood::Panics);
    let answer = app.as_admin().get("/v1/credentials").await.expect(500);
    store.set(Mood::Works);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-security-policy"), Some(NOTHING));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}
