//! A credential as an edit would make it.

use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use super::{app, failed, validate};
use crate::support::{SECOND, TOKEN, drafts};

fn edited(overrides: &Value) -> Value {
    json!({"credential": "mail", "overrides": overrides})
}

#[tokio::test]
async fn the_rest_and_the_secret_stay_as_they_are() {
    let app = app().await;
    let before = app.as_admin().get("/v1/credentials/mail").await.json();
    for (overrides, body) in [
        (json!({}), "grant_type=client_credentials&scope=a%20b"),
        (
            json!({"scope": "c"}),
            "grant_type=client_credentials&scope=c",
        ),
        (json!({"no_scope": true}), "grant_type=client_credentials"),
    ] {
        app.answers(Given::token(TOKEN));
        let answer = validate(app.as_editor(), edited(&overrides)).await;
        let shown = answer.expect(200).json();
        assert_eq!(shown["result"], "done");
        assert_eq!(shown["steps"][0]["detail"], "version 1, sealed here");
        assert_eq!(app.outbound().sent().last().unwrap().body(), body);
    }
    let after = app.as_admin().get("/v1/credentials/mail").await.json();
    assert_eq!(before, after, "nothing of it is kept, nor is its health");
}

#[tokio::test]
async fn a_new_secret_is_tried_and_not_kept() {
    let app = app().await;
    let overrides = json!({
        "client_secret": SECOND, "token_endpoint": "https://login.example.com/other",
        "token_endpoint_auth_method": "client_secret_post",
    });
    app.answers(Given::refusal(401, "invalid_client"));
    let shown = validate(app.as_editor(), edited(&overrides))
        .await
        .expect(200)
        .json();
    failed(&shown);
    assert_eq!(shown["steps"][0]["detail"], "as it was typed");
    let sent = app.outbound().sent();
    assert!(sent[0].body().contains(SECOND));
    assert_eq!(sent[0].url(), "https://login.example.com/other");
    let shown = app.as_admin().get("/v1/credentials/mail").await.json();
    assert_eq!(shown["secrets"].as_array().map(Vec::len), Some(1));
    assert_eq!(shown["health"]["state"], "never_validated");
}

#[tokio::test]
async fn a_kept_secret_goes_nowhere_else() {
    let app = app().await;
    for overrides in [
        json!({"token_endpoint": "https://evil.example/oauth2/token"}),
        json!({"token_endpoint": "https://login.example.com:8443/oauth2/token"}),
        json!({"token_endpoint": "http://localhost/oauth2/token"}),
        json!({"token_endpoint_auth_method": "client_secret_post"}),
        json!({"egress_proxy": "http://proxy.example.com:3128"}),
        json!({"ca_bundle": grantd_testkit::fixtures::ca_bundle("Evil Root")}),
        json!({"headers": [{"name": "x-a", "value": "b"}]}),
    ] {
        let answer = validate(app.as_admin(), edited(&overrides))
            .await
            .expect(422);
        answer.expect_error("/overrides/client_secret", "secret_required_again");
    }
    assert_eq!(app.outbound().sent().len(), 0);
}

#[tokio::test]
async fn a_kept_secret_of_a_header_or_parameter_goes_nowhere_else_either() {
    let app = app().await;
    let mut draft = drafts::full();
    draft["ca_bundle"] = Value::Null;
    app.add(&draft).await;
    let body = json!({
        "credential": "every-thing",
        "overrides": {"token_endpoint": "https://evil.example/", "client_secret": SECOND},
    });
    let answer = validate(app.as_admin(), body).await.expect(422);
    answer.expect_errors(&[
        ("/overrides/parameters/1/value", "secret_required_again"),
        ("/overrides/headers/0/value", "secret_required_again"),
    ]);
    assert_eq!(app.outbound().sent().len(), 0);
}

#[tokio::test]
async fn what_can_not_be_saved_can_not_be_tried() {
    let app = app().await;
    for (overrides, pointer) in [
        (json!({"id": "x"}), "/overrides/id"),
        (json!({"health": {}}), "/overrides/health"),
        (json!({"slug": "other"}), "/overrides/slug"),
        (json!({"scope": "\""}), "/overrides/scope"),
        (
            json!({"token_endpoint": "ftp://x"}),
            "/overrides/token_endpoint",
        ),
        (json!({"client_id": null}), "/overrides/client_id"),
        (
            json!({"client_secret": SECOND, "ca_bundle": "x"}),
            "/overrides/ca_bundle",
        ),
    ] {
        let answer = validate(app.as_admin(), edited(&overrides)).await;
        let errors = answer.expect(422).errors();
        let places: Vec<_> = errors.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(places, [pointer]);
    }
}

#[tokio::test]
async fn who_sets_no_bounds_tries_none() {
    let app = app().await;
    let overrides = json!({"bound_hosts": ["api.example.com", "evil.example"]});
    let mut body = edited(&overrides);
    body["probe_url"] = json!("https://evil.example/");
    validate(app.as_editor(), body.clone())
        .await
        .expect(403)
        .problem("forbidden");
    app.answers(Given::token(TOKEN));
    app.outbound().answer("evil.example", Given::json(200, ""));
    let shown = validate(app.as_admin(), body).await.expect(200).json();
    assert_eq!(shown["result"], "done");
}
