//! `POST /v1/credentials/{credential}/token` when no token comes: what the authorization server
//! said, what it means and what to do.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use grantd_net::{AddressClass, NetError, Refusal, RefusalReason};
use grantd_testkit::Answer;
use grantd_testkit::fixtures::CLIENT_SECRET;
use serde_json::json;

use crate::support::{Answer as Told, TestApp, drafts};

const PATH: &str = "/v1/credentials/mine/token";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::with("Mine", json!({"provider": "entra"})))
        .await;
    app
}

async fn told(app: &TestApp, answer: Answer) -> Told {
    // whatever failed before is tried again by now
    app.engine.clock.advance(Duration::from_hours(1));
    app.answers(answer);
    app.as_workload().post(PATH).await
}

#[tokio::test]
async fn a_refusal_is_explained_and_the_secret_is_not_in_it() {
    let app = app().await;
    let description = format!(
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the \
         request is the client secret value, not the client secret ID, for a secret added to app \
         'client-1'. You sent {CLIENT_SECRET}."
    );
    let body = json!({
        "error": "invalid_client",
        "error_description": description,
        "error_codes": [7_000_215],
        "trace_id": "0a1b2c3d-0000-0000-0000-000000000000",
    });
    let answer = told(&app, Answer::json(401, &body.to_string())).await;
    let problem = answer.expect(502).problem("authorization_server_refused");
    assert_eq!(problem["meaning"], "the client secret is wrong");
    let remedy = problem["remedy"].as_str().unwrap();
    assert!(remedy.contains("not its Secret ID"), "{remedy}");
    let server = &problem["authorization_server"];
    assert_eq!(server["class"], "invalid_client");
    assert_eq!(server["status"], 401);
    assert_eq!(server["error"], "invalid_client");
    assert_eq!(server["provider_codes"], json!(["AADSTS7000215"]));
    let shown = server["error_description"].as_str().unwrap();
    assert!(
        shown.starts_with("AADSTS7000215: Invalid client secret"),
        "{shown}"
    );
    assert!(!problem.to_string().contains(CLIENT_SECRET));
}

#[tokio::test]
async fn asking_to_wait_is_passed_on() {
    let app = app().await;
    let limited = Answer::refusal(429, "too_many_requests").with_header("retry-after", "17");
    let answer = told(&app, limited).await;
    assert_eq!(answer.header("retry-after"), Some("17"));
    let problem = answer.expect(503).problem("rate_limited");
    assert_eq!(problem["authorization_server"]["class"], "rate_limited");
    assert_eq!(problem["retry_after_s"], 17);
    let answer = told(&app, Answer::refusal(429, "slow_down")).await;
    // where the server says nothing, when grantd tries again
    assert_eq!(answer.header("retry-after"), Some("2"));
    let problem = answer.expect(503).problem("rate_limited");
    assert_eq!(problem["retry_after_s"], 2);
}

#[tokio::test]
async fn a_wait_of_more_than_an_hour_is_not_passed_on() {
    for long in ["3601", "99999999999999999999"] {
        let app = app().await;
        let limited = Answer::refusal(429, "slow_down").with_header("retry-after", long);
        let answer = told(&app, limited).await;
        assert_eq!(answer.header("retry-after"), Some("3600"));
        let problem = answer.expect(503).problem("rate_limited");
        assert_eq!(problem["retry_after_s"], 3600);
    }
}

#[tokio::test]
async fn a_page_of_html_is_quoted_as_text() {
    let app = app().await;
    let page = "<html><head><title>Sign in</title><script>x()</script></head>\
                <body><h1>Please sign in</h1></body></html>";
    let answer = told(&app, Answer::json(200, page)).await;
    let problem = answer
        .expect(502)
        .problem("authorization_server_misbehaved");
    let server = &problem["authorization_server"];
    assert_eq!(server["class"], "unreadable_body");
    let excerpt = server["excerpt"].as_str().unwrap();
    assert!(excerpt.starts_with("HTML page: "), "{excerpt}");
    assert!(
        excerpt.contains("sign in") && !excerpt.contains('<'),
        "{excerpt}"
    );
}

#[tokio::test]
async fn a_token_bound_to_a_key_is_not_handed_out() {
    let app = app().await;
    let body = json!({"access_token": "bound", "token_type": "DPoP", "expires_in": 60});
    let answer = told(&app, Answer::json(200, &body.to_string())).await;
    let detail = answer.expect(502).detail("authorization_server_misbehaved");
    assert!(detail.contains("sender-constrained"), "{detail}");
    let text = app.as_admin().get("/v1/audit").await.text();
    assert!(!text.contains("bound\""), "{text}");
}

#[tokio::test]
async fn every_class_of_failure_has_its_problem() {
    let app = app().await;
    let token = json!({"access_token": "a", "token_type": "mac"}).to_string();
    for (given, status, code, class) in [
        (
            Answer::refusal(400, "invalid_client"),
            502,
            "authorization_server_refused",
            "invalid_client",
        ),
        (
            Answer::refusal(400, "unauthorized_client"),
            502,
            "authorization_server_refused",
            "unauthorized_client",
        ),
        (
            Answer::refusal(400, "unsupported_grant_type"),
            502,
            "authorization_server_refused",
            "unsupported_grant_type",
        ),
        (
            Answer::refusal(400, "invalid_grant"),
            502,
            "authorization_server_refused",
            "invalid_grant",
        ),
        (
            Answer::refusal(400, "invalid_scope"),
            502,
            "authorization_server_refused",
            "invalid_scope",
        ),
        (
            Answer::refusal(400, "invalid_target"),
            502,
            "authorization_server_refused",
            "invalid_target",
        ),
        (
            Answer::refusal(400, "invalid_request"),
            502,
            "authorization_server_refused",
            "invalid_request",
        ),
        (
            Answer::refusal(403, "access_denied"),
            502,
            "authorization_server_refused",
            "access_denied",
        ),
        (
            Answer::refusal(200, "invalid_client"),
            502,
            "authorization_server_refused",
            "invalid_client",
        ),
        (
            Answer::json(404, "{}"),
            502,
            "authorization_server_misbehaved",
            "no_such_endpoint",
        ),
        (
            Answer::json(302, "").with_header("location", "https://a.example/"),
            502,
            "authorization_server_misbehaved",
            "redirected",
        ),
        (
            Answer::json(500, "oops"),
            502,
            "authorization_server_misbehaved",
            "server_error",
        ),
        (
            Answer::json(200, "{}"),
            502,
            "authorization_server_misbehaved",
            "no_access_token",
        ),
        (
            Answer::json(200, "oops"),
            502,
            "authorization_server_misbehaved",
            "unreadable_body",
        ),
        (
            Answer::json(200, &token),
            502,
            "authorization_server_misbehaved",
            "unsupported_token_type",
        ),
    ] {
        let answer = told(&app, given).await.expect(status);
        let problem = answer.problem(code);
        assert_eq!(problem["authorization_server"]["class"], class, "{problem}");
    }
}

#[tokio::test]
async fn what_was_not_reached_is_told_with_a_remedy() {
    let app = app().await;
    let address = SocketAddr::from((Ipv4Addr::new(203, 0, 113, 7), 443));
    for (error, said) in [
        (
            NetError::NameNotFound {
                host: "login.example.com".to_owned(),
            },
            "login.example.com",
        ),
        (NetError::ConnectRefused { address }, "203.0.113.7:443"),
    ] {
        let answer = told(&app, Answer::failure(error)).await;
        let problem = answer.expect(503).problem("unreachable");
        assert!(
            problem["detail"].as_str().unwrap().contains(said),
            "{problem}"
        );
        assert!(problem["remedy"].is_string(), "{problem}");
        assert_eq!(problem.get("authorization_server"), None);
    }
}

#[tokio::test]
async fn a_rule_that_forbids_the_address_is_told_with_the_setting() {
    let app = app().await;
    let refusal = Refusal {
        host: "login.example.com".to_owned(),
        port: 443,
        address: Some(Ipv4Addr::new(10, 0, 0, 7).into()),
        reason: RefusalReason::NotAllowed(AddressClass::Private),
    };
    let answer = told(&app, Answer::failure(refusal.into())).await;
    let problem = answer.expect(502).problem("egress_refused");
    assert!(
        problem["remedy"].as_str().unwrap().contains("egress.allow"),
        "{problem}"
    );
}
