//! A fault behind grantd is never told as the client's own: 503, and when to try again.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::Invalid;
use grantd_net::NetError;
use grantd_secrets::Sources;
use grantd_testkit::Answer as Given;

use super::Stage;
use super::stage::{FORM, expect_error, expect_token};
use crate::support::{FaultyStore, Mood, TOKEN, TestApp};

/// Whatever the authorization server, the way to it or the settings have wrong.
fn faults() -> Vec<(&'static str, Given)> {
    let host = || "login.example.com".to_owned();
    let setting = Invalid::new("invalid_url", "a path that HTTP can carry is expected");
    vec![
        ("invalid_client", Given::refusal(401, "invalid_client")),
        ("invalid_scope", Given::refusal(400, "invalid_scope")),
        ("invalid_request", Given::refusal(400, "invalid_request")),
        ("unauthorized", Given::refusal(400, "unauthorized_client")),
        ("access_denied", Given::refusal(403, "access_denied")),
        ("error in 200", Given::refusal(200, "invalid_client")),
        ("no endpoint", Given::json(404, "")),
        (
            "redirect",
            Given::json(302, "").with_header("location", "https://x.example/"),
        ),
        ("500", Given::json(500, "")),
        ("429", Given::json(429, "")),
        (
            "page",
            Given::json(200, "<html><body>Sign in</body></html>"),
        ),
        ("nothing", Given::json(200, "")),
        ("no token", Given::json(200, r#"{"token": "x"}"#)),
        (
            "dpop",
            Given::json(
                200,
                r#"{"access_token": "x.y", "token_type": "DPoP", "expires_in": 60}"#,
            ),
        ),
        (
            "name",
            Given::failure(NetError::NameNotFound { host: host() }),
        ),
        (
            "slow",
            Given::failure(NetError::RequestTimeout {
                host: host(),
                after: Duration::from_secs(30),
            }),
        ),
        ("setting", Given::failure(NetError::InvalidRequest(setting))),
    ]
}

#[tokio::test]
async fn no_fault_behind_grantd_is_the_clients_own() {
    for (name, fault) in faults() {
        let stage = Stage::new().await;
        stage.app.answers(fault);
        let answer = stage.ask(FORM).await;
        let description = expect_error(&answer, "temporarily_unavailable");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3600).contains(&wait), "{name}: {wait}, {description}");
    }
}

#[tokio::test]
async fn who_asks_again_too_early_is_told_how_long_is_left() {
    let stage = Stage::new().await;
    let slow_down = Given::json(429, "").with_header("retry-after", "90");
    stage.app.answers(slow_down);
    let wait = async || {
        let answer = stage.ask(FORM).await;
        expect_error(&answer, "temporarily_unavailable");
        answer
            .header("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    assert_eq!(wait().await, 90);
    stage.app.engine.clock.advance(Duration::from_mins(1));
    assert_eq!(wait().await, 30);
    stage.app.engine.clock.advance(Duration::from_secs(30));
    stage.app.answers(Given::token(TOKEN));
    expect_token(&stage.ask(FORM).await);
}

#[tokio::test]
async fn what_can_be_done_is_told_too() {
    let stage = Stage::new().await;
    let error = r#"{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}"#;
    stage.app.answers(Given::json(401, error));
    let description = expect_error(&stage.ask(FORM).await, "temporarily_unavailable");
    assert!(
        description.contains("invalid_client, status 401"),
        "{description}"
    );
    assert!(description.contains(". "), "a remedy: {description}");
}

#[tokio::test]
async fn a_token_is_given_while_the_server_is_down() {
    let stage = Stage::with_token().await;
    expect_token(&stage.ask(FORM).await);
    stage.app.engine.clock.advance(Duration::from_mins(58));
    stage.app.answers(Given::json(500, ""));
    // it is near its end, so a new one is asked for
    let token = expect_token(&stage.ask(FORM).await);
    assert_eq!(token["expires_in"], 120);
    stage.app.engine.close().await;
    assert_eq!(stage.app.outbound().sent().len(), 2);
    expect_token(&stage.ask(FORM).await);
}

#[tokio::test]
async fn a_store_that_fails_is_no_fault_of_the_client() {
    let store = FaultyStore::default();
    let app = TestApp::with(Arc::new(store.clone()), Sources::default()).await;
    let stage = Stage::over(app).await;
    store.set(Mood::Fails);
    let answer = stage.ask(FORM).await;
    store.set(Mood::Works);
    expect_error(&answer, "temporarily_unavailable");
}
