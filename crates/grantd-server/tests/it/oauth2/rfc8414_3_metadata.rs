//! What clients find out by themselves (RFC 8414, OpenID Connect Discovery 1.0 section 4).

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Call, TestApp};

const SERVER: &str = "/.well-known/oauth-authorization-server";
const SERVER_INSERTED: &str = "/.well-known/oauth-authorization-server/oauth2";
const OPENID: &str = "/.well-known/openid-configuration";
const OPENID_BELOW: &str = "/oauth2/.well-known/openid-configuration";

async fn document(call: Call<'_>) -> Value {
    let answer = call.await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

#[tokio::test]
async fn the_server_as_rfc_8414_describes_it() {
    let app = TestApp::start().await;
    assert_eq!(
        document(app.anonymous().get(SERVER)).await,
        json!({
            "issuer": "http://localhost:8710",
            "token_endpoint": "http://localhost:8710/oauth2/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["none"],
            "service_documentation": "http://localhost:8710/docs/",
        })
    );
}

#[tokio::test]
async fn openid_has_what_its_clients_demand_besides() {
    let app = TestApp::start().await;
    let plain = document(app.anonymous().get(SERVER)).await;
    let openid = document(app.anonymous().get(OPENID)).await;
    for (name, value) in plain.as_object().unwrap() {
        assert_eq!(&openid[name], value, "{name}");
    }
    // section 3 of OpenID Connect Discovery 1.0: these are required
    for name in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
    ] {
        let url = openid[name].as_str().unwrap();
        assert!(url.starts_with("http://localhost:8710"), "{name} {url}");
    }
    for name in [
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ] {
        assert!(
            openid[name].as_array().is_some_and(|it| !it.is_empty()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_issuer_is_what_stands_before_well_known() {
    let app = TestApp::start().await;
    let mut below = document(app.anonymous().get(OPENID_BELOW)).await;
    assert_eq!(below["issuer"], "http://localhost:8710/oauth2");
    below["issuer"] = json!("http://localhost:8710");
    assert_eq!(below, document(app.anonymous().get(OPENID)).await);
    // RFC 8414 section 3.1 puts the path of an issuer behind the well-known one
    let mut inserted = document(app.anonymous().get(SERVER_INSERTED)).await;
    assert_eq!(inserted["issuer"], "http://localhost:8710/oauth2");
    inserted["issuer"] = json!("http://localhost:8710");
    assert_eq!(inserted, document(app.anonymous().get(SERVER)).await);
}

#[tokio::test]
async fn the_address_is_that_of_the_client_unless_the_operator_sets_it() {
    let app = TestApp::start().await;
    let by_host = async |app: &TestApp, host: &str| {
        let call = app.anonymous().get(SERVER).without("host");
        document(call.header("host", host)).await["issuer"].clone()
    };
    let by_authority = async |app: &TestApp, authority: &str| {
        let call = app.anonymous().get(SERVER).without("host");
        document(call.http2(Some(authority))).await["issuer"].clone()
    };
    let named = by_host(&app, "grantd.example.com").await;
    assert_eq!(named, "http://grantd.example.com");
    assert_eq!(by_host(&app, "localhost:1").await, "http://localhost:1");
    let named = by_authority(&app, "grantd.example.com:8443").await;
    assert_eq!(named, "http://grantd.example.com:8443");

    let app = app.served(|settings| settings.clients_use_tls = true);
    assert_eq!(by_host(&app, "localhost:1").await, "https://localhost:1");

    let app = app.served(|settings| {
        settings.public_url = Some("https://grantd.example.com:8443/".parse().unwrap());
    });
    for host in ["localhost:1", "grantd.example.com"] {
        let issuer = by_host(&app, host).await;
        assert_eq!(issuer, "https://grantd.example.com:8443");
    }
    let document = document(app.anonymous().get(OPENID)).await;
    for name in ["token_endpoint", "authorization_endpoint", "jwks_uri"] {
        let url = document[name].as_str().unwrap();
        let path = url.strip_prefix("https://grantd.example.com:8443/oauth2/");
        assert!(path.is_some_and(|path| !path.contains('/')), "{url}");
    }
}

#[tokio::test]
async fn another_host_gets_no_document() {
    let app = TestApp::start().await;
    for path in [
        SERVER,
        OPENID,
        OPENID_BELOW,
        "/oauth2/jwks",
        "/oauth2/authorize",
    ] {
        for host in ["evil.example", "localhost@evil.example", ""] {
            let call = app
                .anonymous()
                .get(path)
                .without("host")
                .header("host", host);
            call.await.expect(421).problem("host_not_allowed");
        }
        let call = app.anonymous().get(path).without("host");
        let two_names = call.header("host", "localhost").http2(Some("evil.example"));
        two_names.await.expect(421).problem("host_not_allowed");
    }
}

#[tokio::test]
async fn there_is_no_key_and_no_sign_in() {
    let app = TestApp::start().await;
    let keys = document(app.anonymous().get("/oauth2/jwks")).await;
    assert_eq!(keys, json!({"keys": []}));
    let redirect = "redirect_uri=https%3A%2F%2Fevil.example%2F&response_type=code&client_id=x";
    for query in ["", redirect, "response_type=none&state=%0D%0Ax"] {
        let path = format!("/oauth2/authorize?{query}");
        let answer = app.anonymous().get(&path).await.expect(400);
        assert_eq!(answer.member("error"), "unsupported_response_type");
        assert_eq!(answer.header("location"), None);
        assert!(!answer.text().contains("evil"), "{}", answer.text());
    }
}

#[tokio::test]
async fn they_are_read_alone() {
    let app = TestApp::start().await;
    for path in [
        SERVER,
        OPENID,
        OPENID_BELOW,
        "/oauth2/jwks",
        "/oauth2/authorize",
    ] {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let answer = app.anonymous().call(method, path).await;
            answer.expect(405).problem("method_not_allowed");
        }
    }
}
