//! RFC 8414 section 3, and the overview page.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use grantd_model::Origin;
use grantd_sandbox::SandboxConfig;

use crate::support::{POST_ONLY_SECRET, RAW_SECRET, SALES_SECRET, config, fixture, with};

const PATH: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn the_issuer_is_where_the_request_went() {
    let document = fixture().get(PATH).await.json();
    assert_eq!(document["issuer"], "http://127.0.0.1:9999");
    assert_eq!(document["token_endpoint"], "http://127.0.0.1:9999/token");
    assert_eq!(
        document["introspection_endpoint"],
        "http://127.0.0.1:9999/introspect"
    );
    assert_eq!(
        document["scopes_supported"],
        serde_json::json!(["mail.read", "mail.send"])
    );
}

#[tokio::test]
async fn a_configured_issuer_wins() {
    let fixture = with(SandboxConfig {
        issuer: Origin::try_from("https://login.example.com".to_owned()).ok(),
        ..config()
    });
    let document = fixture.get(PATH).await.json();
    assert_eq!(document["issuer"], "https://login.example.com");
    assert_eq!(
        document["token_endpoint"],
        "https://login.example.com/token"
    );
}

#[tokio::test]
async fn a_request_without_a_sound_host_is_refused() {
    let fixture = fixture();
    for request in [
        Request::get(PATH),
        Request::get(PATH).header("host", "a/b?c"),
    ] {
        let answer = fixture.send(request, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn the_overview_names_every_path_and_no_secret() {
    let answer = fixture().get("/").await;
    assert!(answer.header("content-type").starts_with("text/plain"));
    let page = String::from_utf8(answer.body.to_vec()).unwrap();
    for part in [
        "/token",
        "/introspect",
        "/resource",
        "/stats",
        "curl -X PUT http://127.0.0.1:9999/faults",
        "rotated_secret",
        "Sales Email",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for secret in [SALES_SECRET, RAW_SECRET] {
        assert!(!page.contains(secret));
    }
    assert!(!page.contains(&format!(" {POST_ONLY_SECRET}\n")));
}
