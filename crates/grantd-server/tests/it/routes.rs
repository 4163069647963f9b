//! What is not there, and what is not possible where something is.

use axum::http::Method;

use crate::support::TestApp;

#[tokio::test]
async fn an_unknown_route_is_a_problem() {
    let app = TestApp::start().await;
    for path in [
        "/v1",
        "/v1/",
        "/v2/credentials",
        "/v1/credential",
        "/v1/credentials/",
        "/v1/credentials/a/b",
        "/v1/credentials/a/token/",
        "/v1/keys/a/b",
        "/healthz/",
        "/V1/credentials",
        "//v1/credentials",
        "/v1/audit/a",
        "/%2e%2e/x",
    ] {
        for caller in [app.as_admin(), app.anonymous()] {
            let answer = caller.get(path).await.expect(404);
            let detail = answer.detail("not_found");
            assert!(detail.contains(path), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_method_that_a_route_has_not_is_a_problem_with_those_that_it_has() {
    let app = TestApp::start().await;
    for (path, allowed) in [
        ("/v1/credentials", "GET,HEAD,POST"),
        ("/v1/credentials/a", "DELETE,GET,HEAD,PATCH"),
        ("/v1/credentials/a/enable", "POST"),
        ("/v1/credentials/a/disable", "POST"),
        ("/v1/credentials/a/token", "DELETE,GET,HEAD,POST"),
        ("/v1/credentials/a/renew", "POST"),
        ("/v1/credentials/a/events", "GET,HEAD"),
        ("/v1/credentials/a/usage", "GET,HEAD"),
        ("/v1/credentials/a/secrets", "POST"),
        ("/v1/credentials/a/promote", "POST"),
        ("/v1/keys", "GET,HEAD,POST"),
        ("/v1/keys/a", "DELETE,GET,HEAD"),
        ("/v1/audit", "GET,HEAD"),
        ("/v1/sources", "GET,HEAD,POST"),
        ("/v1/sources/a", "DELETE,GET,HEAD,PATCH"),
        ("/v1/sources/a/entries", "GET,HEAD"),
        ("/v1/source_tests", "POST"),
        ("/v1/reference_tests", "POST"),
        ("/v1/alert_channels", "GET,HEAD,POST"),
        ("/v1/alert_channels/a", "DELETE,GET,HEAD,PATCH"),
        ("/v1/alert_channels/a/tests", "POST"),
        ("/v1/alert_channels/a/signing_secrets", "POST"),
        ("/v1/alert_channels/a/deliveries", "GET,HEAD"),
        ("/v1/consumers", "GET,HEAD,POST"),
        ("/v1/consumers/a", "DELETE,GET,HEAD,PATCH"),
        ("/v1/consumers/a/enable", "POST"),
        ("/v1/consumers/a/disable", "POST"),
        ("/v1/consumer_tests", "POST"),
        ("/v1/keyring", "GET,HEAD"),
        ("/v1/export", "GET,HEAD"),
        ("/v1/plans", "POST"),
        ("/v1/plans/apply", "POST"),
        ("/v1/imports", "POST"),
        ("/openapi.json", "GET,HEAD"),
        ("/healthz", "GET,HEAD"),
        ("/docs/", "GET,HEAD"),
    ] {
        for method in [
            "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ] {
            if allowed.split(',').any(|name| name == method) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = app.as_admin().call(method.clone(), path).await.expect(405);
            let detail = answer.detail("method_not_allowed");
            assert!(
                detail.contains(method.as_str()) && detail.contains(path),
                "{detail}"
            );
            let mut shown: Vec<_> = answer.header("allow").unwrap().split(',').collect();
            shown.sort_unstable();
            assert_eq!(shown.join(","), allowed, "{path}");
        }
    }
}

#[tokio::test]
async fn a_route_without_parameters_names_one_that_is_given() {
    let app = TestApp::start().await;
    for path in [
        "/v1/sources?verbose=1",
        "/v1/credentials/sales?verbose=1",
        "/v1/keys/key_x?verbose=1",
    ] {
        let answer = app.as_admin().get(path).await.expect(422);
        answer.expect_error("/verbose", "unknown_parameter");
    }
}
