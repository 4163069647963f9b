//! Who may ask at all: one header `Authorization: Bearer` with a key that is known, not revoked
//! and not over.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use crate::support::TestApp;

const PATH: &str = "/v1/credentials";

#[tokio::test]
async fn every_route_of_the_api_demands_a_key() {
    let app = TestApp::start().await;
    let document = grantd_server::openapi_json();
    let mut asked = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        let path = template.replace("{credential}", "a").replace("{key}", "a");
        for method in item.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = app.anonymous().call(method, &path).await;
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer realm=\"grantd\"")
            );
            let detail = answer.expect(401).detail("unauthenticated");
            assert!(detail.contains("Authorization: Bearer gk_"), "{detail}");
            asked += 1;
        }
    }
    assert!(asked >= 14, "{asked}");
}

#[tokio::test]
async fn another_form_of_the_header_is_refused() {
    let app = TestApp::start().await;
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Basic Z2s6Z2s=",
        "gk_a_b",
        "Bearergk_a_b",
        "Bearer  ",
    ] {
        let answer = app
            .anonymous()
            .get(PATH)
            .header("authorization", header)
            .await;
        answer.expect(401).problem("unauthenticated");
    }
    let bytes = app
        .anonymous()
        .get(PATH)
        .header_bytes("authorization", b"Bearer gk_\xff");
    bytes.await.expect(401).problem("unauthenticated");
}

#[tokio::test]
async fn the_scheme_has_no_case_and_the_key_stands_once() {
    let app = TestApp::start().await;
    let form = json!({"name": "k", "role": "viewer"});
    let key = app
        .as_admin()
        .post("/v1/keys")
        .json(&form)
        .await
        .member("key");
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {key}");
        app.anonymous()
            .get(PATH)
            .header("authorization", &header)
            .await
            .expect(200);
    }
    let twice = app
        .with_key(&key)
        .get(PATH)
        .header("authorization", &format!("Bearer {key}"));
    twice.await.expect(401).problem("unauthenticated");
    for place in [
        format!("{PATH}?access_token={key}"),
        format!("{PATH}?key={key}"),
    ] {
        // a key in the URL is none, and is not looked at
        let call = app.anonymous().call(Method::GET, &place);
        assert_eq!(call.await.status, 401);
    }
}

#[tokio::test]
async fn unknown_and_altered_keys_are_refused_in_the_same_words() {
    let app = TestApp::start().await;
    let form = json!({"name": "k", "role": "viewer"});
    let key = app
        .as_admin()
        .post("/v1/keys")
        .json(&form)
        .await
        .member("key");
    let (head, last) = key.split_at(key.len() - 1);
    let altered = format!("{head}{}", if last == "0" { "g" } else { "0" });
    let middle = key.replacen("gk_0", "gk_1", 1);
    let mut details = Vec::new();
    for wrong in [
        altered,
        middle,
        "gk_a_b".to_owned(),
        "gk_".to_owned(),
        format!("{key}0"),
    ] {
        let answer = app.with_key(&wrong).get(PATH).await.expect(401);
        details.push(answer.detail("unauthenticated"));
    }
    assert!(
        details.iter().all(|detail| *detail == details[0]),
        "{details:?}"
    );
    app.with_key(&key).get(PATH).await.expect(200);
}

#[tokio::test]
async fn a_key_ends_at_its_time() {
    let app = TestApp::start().await;
    let form = json!({"name": "k", "role": "viewer", "expires_at": "2027-01-15T08:01:00Z"});
    let key = app
        .as_admin()
        .post("/v1/keys")
        .json(&form)
        .await
        .member("key");
    app.engine.clock.advance(Duration::from_secs(59));
    app.with_key(&key).get(PATH).await.expect(200);
    app.engine.clock.advance(Duration::from_secs(1));
    let answer = app.with_key(&key).get(PATH).await.expect(401);
    assert!(answer.detail("unauthenticated").contains("expired"));
}
