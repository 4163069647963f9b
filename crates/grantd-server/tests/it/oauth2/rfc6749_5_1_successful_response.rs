//! The answer with a token.

use std::time::Duration;

use grantd_testkit::Answer as Given;
use serde_json::json;

use super::Stage;
use super::stage::{FORM, expect_token};
use crate::support::TOKEN;

#[tokio::test]
async fn a_token_response_has_these_members_and_headers() {
    let stage = Stage::new().await;
    let given = json!({
        "access_token": TOKEN, "token_type": "bearer", "expires_in": "3600", "scope": "a b c",
        "refresh_token": "canary-refresh", "id_token": "canary-id",
    });
    stage.app.answers(Given::json(200, &given.to_string()));
    let answer = stage.ask(FORM).await.expect(200);
    assert_eq!(
        answer.json(),
        json!({
            "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600, "scope": "mail",
        })
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn a_token_at_hand_is_given_with_what_is_left_of_it() {
    let stage = Stage::with_token().await;
    assert_eq!(expect_token(&stage.ask(FORM).await)["expires_in"], 3600);
    stage.app.engine.clock.advance(Duration::from_secs(1000));
    assert_eq!(expect_token(&stage.ask(FORM).await)["expires_in"], 2600);
    assert_eq!(stage.app.outbound().sent().len(), 1);
}

#[tokio::test]
async fn the_scope_is_echoed_as_it_was_asked_for() {
    let stage = Stage::with_token().await;
    for (written, echoed) in [
        ("mail", "mail"),
        ("mail%2F.default", "mail/.default"),
        ("urn:grantd:credential:mail", "urn:grantd:credential:mail"),
    ] {
        let body = format!("grant_type=client_credentials&scope={written}");
        assert_eq!(expect_token(&stage.ask(&body).await)["scope"], echoed);
    }
    let by_audience = "grant_type=client_credentials&audience=mail";
    let token = expect_token(&stage.ask(by_audience).await);
    assert_eq!(token.get("scope"), None);
}

#[tokio::test]
async fn upstream_is_asked_for_the_scopes_of_the_credential() {
    let stage = Stage::with_token().await;
    expect_token(&stage.ask(FORM).await);
    let sent = stage.app.outbound().sent();
    assert_eq!(sent[0].body(), "grant_type=client_credentials&scope=a%20b");
}
