//! A resource on a bound host is asked for with the token.

use std::time::Duration;

use grantd_net::NetError;
use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use super::{app, failed, outline, validate};
use crate::support::{TOKEN, TestApp, drafts};

const RESOURCE: &str = "https://api.example.com/v1/me?q=canary-query-Gd3";

async fn probed(app: &TestApp, answer: Given) -> Value {
    app.answers(Given::token(TOKEN));
    app.outbound().answer("api.example.com", answer);
    app.watch("the query of a resource", "canary-query-Gd3");
    let body = json!({"credential": "mail", "probe_url": RESOURCE});
    validate(app.as_editor(), body).await.expect(200).json()
}

#[tokio::test]
async fn what_takes_the_token_is_a_step_that_is_done() {
    for status in [200, 201, 204] {
        let app = app().await;
        let shown = probed(&app, Given::json(status, "canary-resource-Lp1")).await;
        assert_eq!(shown["result"], "done");
        let names: Vec<_> = outline(&shown).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["secret", "token_response", "probe"]);
        assert_eq!(shown["steps"][2]["detail"], status.to_string());
        assert!(!shown.to_string().contains("canary"), "{shown}");
        let sent = app.outbound().sent();
        assert_eq!(sent[1].url(), RESOURCE);
        assert_eq!(sent[1].0.method, "GET");
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(sent[1].headers(), [("authorization", bearer.as_str())]);
        assert!(sent[1].0.headers[0].1.is_sensitive());
    }
}

#[tokio::test]
async fn what_does_not_take_it_is_told_with_what_to_do() {
    let challenge = r#"Bearer realm="x", error="invalid_token", error_description="canary-text""#;
    let cases = [
        (
            401,
            Some(challenge),
            "status 401, invalid_token",
            "audience",
        ),
        (401, Some("Basic realm=\"x\""), "status 401", "audience"),
        (403, None, "status 403", "role or permission"),
        (404, None, "status 404", "URL"),
        (302, None, "status 302", "redirects"),
        (500, None, "status 500", "fault of its own"),
    ];
    for (status, challenge, detail, remedy) in cases {
        let app = app().await;
        let mut answer = Given::json(status, r#"{"token": "canary-resource-Lp1"}"#);
        answer = answer.with_header("location", "https://evil.example/?t=canary");
        if let Some(challenge) = challenge {
            answer = answer.with_header("www-authenticate", challenge);
        }
        let shown = probed(&app, answer).await;
        let step = failed(&shown);
        assert_eq!(step["step"], "probe");
        assert_eq!(step["class"], "resource_refused");
        assert_eq!(step["detail"], detail);
        assert!(step["remedy"].as_str().unwrap().contains(remedy), "{step}");
        assert!(!shown.to_string().contains("canary"), "{shown}");
        assert_eq!(
            shown["token"]["lifetime_s"], 3600,
            "what is known of the token stays"
        );
        assert_eq!(app.outbound().sent().len(), 2, "no redirect is followed");
        let health = app.as_viewer().get("/v1/credentials/mail").await.json();
        assert_eq!(health["health"]["state"], "valid", "the credential works");
    }
}

#[tokio::test]
async fn a_resource_that_is_not_reached_or_says_too_much() {
    let host = || "api.example.com".to_owned();
    let late = NetError::RequestTimeout {
        host: host(),
        after: Duration::from_secs(30),
    };
    let app = app().await;
    let shown = probed(&app, Given::failure(late)).await;
    let step = failed(&shown);
    assert_eq!(
        (&step["step"], &step["class"]),
        (&json!("probe"), &json!("request_timeout"))
    );

    let long = |status: u16| NetError::TooLarge {
        host: host(),
        status: status.try_into().unwrap(),
        limit: 1024 * 1024,
    };
    let shown = probed(&app, Given::failure(long(200))).await;
    assert_eq!(shown["result"], "done", "it took the token: {shown}");
    let shown = probed(&app, Given::failure(long(403))).await;
    assert_eq!(failed(&shown)["detail"], "status 403");
}

#[tokio::test]
async fn no_token_goes_to_a_host_that_is_not_bound_or_not_by_tls() {
    let app = app().await;
    for (url, code) in [
        ("https://evil.example/", "host_not_bound"),
        ("https://api.example.com.evil.example/", "host_not_bound"),
        ("https://evil.example/?x=api.example.com", "host_not_bound"),
        ("https://evil.example#@api.example.com", "host_not_bound"),
        ("https://a.api.example.com/", "host_not_bound"),
        ("https://127.0.0.1/", "host_not_bound"),
        ("http://localhost/", "host_not_bound"),
        ("https://user@api.example.com/", "user_information"),
        ("https://user:pw@api.example.com/", "user_information"),
        ("https://api.example.com@evil.example/", "user_information"),
        ("http://api.example.com/", "https_required"),
        ("ftp://api.example.com/", "https_required"),
        ("file:///etc/passwd", "https_required"),
        ("mailto:x@api.example.com", "https_required"),
        ("/v1/me", "invalid_url"),
        ("api.example.com", "invalid_url"),
        ("https://", "invalid_url"),
    ] {
        let body = json!({"credential": "mail", "probe_url": url});
        let answer = validate(app.as_admin(), body).await;
        assert_eq!(answer.status, 422, "{url}: {}", answer.text());
        answer.expect_error("/probe_url", code);
    }
    assert_eq!(
        app.outbound().sent().len(),
        0,
        "it is known before anything is asked"
    );
}

#[tokio::test]
async fn the_hosts_that_are_bound_are_told() {
    let app = app().await;
    let body = json!({"credential": "mail", "probe_url": "https://evil.example/"});
    let answer = validate(app.as_editor(), body).await.expect(422);
    let detail = answer.detail("validation_failed");
    assert!(detail.contains("these are: api.example.com"), "{detail}");
    let body = json!({"draft": drafts::minimal("New"), "probe_url": "https://evil.example/"});
    let answer = validate(app.as_editor(), body).await.expect(422);
    let detail = answer.detail("validation_failed");
    assert!(detail.contains("none is"), "{detail}");
}

#[tokio::test]
async fn without_a_token_no_resource_is_asked() {
    let app = app().await;
    app.answers(Given::refusal(401, "invalid_client"));
    let body = json!({"credential": "mail", "probe_url": RESOURCE});
    let shown = validate(app.as_editor(), body).await.expect(200).json();
    assert_eq!(failed(&shown)["step"], "token_response");
    assert_eq!(app.outbound().sent().len(), 1);
}
