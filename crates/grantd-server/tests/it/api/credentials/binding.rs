//! What a stored secret is bound to: changing where or how it is sent demands it again.

use grantd_testkit::fixtures::{HEADER_SECRET, PARAMETER_SECRET, ca_bundle};
use serde_json::{Value, json};

use crate::support::{SECOND, TestApp, drafts};

const PATH: &str = "/v1/credentials/mine";

/// What changes it, and the words in which it is told.
fn bound() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({"token_endpoint": "https://evil.example.com/oauth2/token"}),
            "origin",
        ),
        (
            json!({"token_endpoint": "https://login.example.com:8443/oauth2/token"}),
            "origin",
        ),
        (
            json!({"token_endpoint": "http://localhost/oauth2/token"}),
            "origin",
        ),
        (
            json!({"token_endpoint_auth_method": "client_secret_post"}),
            "authentication method",
        ),
        (json!({"basic_encoding": "raw"}), "authentication method"),
        (json!({"ca_bundle": ca_bundle("Another Root")}), "CA bundle"),
        (
            json!({"egress_proxy": "http://proxy.example.com:3128"}),
            "egress proxy",
        ),
        (
            json!({"headers": [{"name": "x-a", "value": "b"}]}),
            "extra headers",
        ),
        (
            json!({"headers": [{"name": "x-a", "value": "b", "secret": false}]}),
            "extra headers",
        ),
    ]
}

#[tokio::test]
async fn changing_it_demands_the_secret_again() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    for (patch, words) in bound() {
        let answer = app.as_admin().patch(PATH, "*").json(&patch).await;
        answer.expect_error("/client_secret", "secret_required_again");
        let detail = answer.detail("validation_failed");
        assert!(detail.contains(words), "{patch}: {detail}");
    }
    let all = bound().into_iter().fold(json!({}), |mut all, (patch, _)| {
        let (member, value) = patch.as_object().unwrap().iter().next().unwrap();
        all[member] = value.clone();
        all["basic_encoding"] = Value::Null;
        all
    });
    let answer = app.as_admin().patch(PATH, "*").json(&all).await;
    let detail = answer.detail("validation_failed");
    for (_, words) in bound() {
        assert!(detail.contains(words), "{detail}");
    }
    assert_eq!(app.as_admin().get(PATH).await.json()["revision"], 1);
}

#[tokio::test]
async fn with_the_secret_it_may_change() {
    for (mut patch, _) in bound() {
        let app = TestApp::start().await;
        app.add(&drafts::minimal("Mine")).await;
        patch["client_secret"] = json!(SECOND);
        let shown = app
            .as_editor()
            .patch(PATH, "*")
            .json(&patch)
            .await
            .expect(200)
            .json();
        assert_eq!(shown["secrets"][0]["version"], 2, "{patch}");
    }
}

#[tokio::test]
async fn what_is_not_bound_may_change_without() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    for patch in [
        json!({"token_endpoint": "https://login.example.com/another/path?x=1"}),
        json!({"token_endpoint": "https://LOGIN.example.com:443/oauth2/token"}),
        json!({"client_id": "client-2"}),
        json!({"scope": "another"}),
        json!({"audience": "urn:a"}),
        json!({"parameters": [{"name": "a", "value": "b"}]}),
        json!({"token_endpoint_auth_method": "client_secret_basic"}),
        json!({"connect_timeout_s": 7}),
    ] {
        app.as_editor()
            .patch(PATH, "*")
            .json(&patch)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn kept_secret_parameters_and_headers_are_bound_as_well() {
    let app = TestApp::start().await;
    app.add(&drafts::full()).await;
    let path = "/v1/credentials/every-thing";
    let moved = json!({
        "token_endpoint": "https://evil.example.com/", "client_secret": SECOND,
    });
    let answer = app.as_admin().patch(path, "*").json(&moved).await;
    answer.expect_errors(&[
        ("/parameters/1/value", "secret_required_again"),
        ("/headers/0/value", "secret_required_again"),
    ]);
    let again = json!({
        "token_endpoint": "https://other.example.com/", "client_secret": SECOND,
        "parameters": [{"name": "assert", "value": PARAMETER_SECRET, "secret": true}],
        "headers": [{"name": "x-api-key", "value": HEADER_SECRET}],
    });
    app.as_admin()
        .patch(path, "*")
        .json(&again)
        .await
        .expect(200);
}
