//! The example of the documentation works to the letter: a client id that is no GUID, an endpoint
//! that does not end in `/token`, a secret full of what encodings stumble over.

use grantd_testkit::Answer;
use grantd_testkit::fixtures::DOCUMENTED_SECRET;
use serde_json::json;

use crate::support::{TOKEN, TestApp, drafts};

#[tokio::test]
async fn it_is_added_as_it_stands() {
    let app = TestApp::start().await;
    let added = app.add(&drafts::documented()).await;
    let shown = added.json();
    assert_eq!(added.header("etag"), Some("\"r1\""));
    for (member, value) in [
        ("name", json!("Sales Email Credentials")),
        ("slug", json!("sales-email-credentials")),
        ("client_id", json!("sales-mail-registration")),
        (
            "token_endpoint",
            json!("https://login.example.com/oauth2/authorize-service"),
        ),
        ("scope", json!("https://outlook.office365.com/.default")),
        ("secret_source", json!("internal")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("basic_encoding", json!("percent")),
        ("no_scope", json!(false)),
        ("enabled", json!(true)),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }
    assert_eq!(shown.get("notices"), None);
}

#[tokio::test]
async fn its_token_is_asked_for_by_basic() {
    let app = TestApp::start().await;
    app.add(&drafts::documented()).await;
    app.answers(Answer::token(TOKEN));
    let path = "/v1/credentials/sales-email-credentials/token";
    let token = app.as_workload().post(path).await.expect(200);
    assert_eq!(token.member("access_token"), TOKEN);
    let sent = app.outbound().sent();
    let [sent] = sent.as_slice() else {
        panic!("one request is expected, not {}", sent.len());
    };
    assert_eq!(
        sent.url(),
        "https://login.example.com/oauth2/authorize-service"
    );
    assert_eq!(
        sent.body(),
        "grant_type=client_credentials&scope=https%3A%2F%2Foutlook.office365.com%2F.default"
    );
    let basic = sent.header("authorization").unwrap();
    // id and secret, each form-encoded (RFC 6749 section 2.3.1), then base64 of `id:secret`
    assert_eq!(
        basic,
        "Basic c2FsZXMtbWFpbC1yZWdpc3RyYXRpb246amh5dW4lMkZrdSU1Qm9qdWJiaiU1RCUyRmpoZ2ZkcmclNUU3JTJBZGZnJTI2amtpdSUyM2Jqc2hkbSUyQ2t0dHRkZw=="
    );
    assert!(!basic.contains(DOCUMENTED_SECRET));
}

#[tokio::test]
async fn the_other_method_sends_it_in_the_body() {
    let app = TestApp::start().await;
    let mut draft = drafts::documented();
    draft["token_endpoint_auth_method"] = json!("client_secret_post");
    let shown = app.add(&draft).await.json();
    assert_eq!(shown["token_endpoint_auth_method"], "client_secret_post");
    assert_eq!(shown["basic_encoding"], json!(null));
    app.answers(Answer::token(TOKEN));
    let path = "/v1/credentials/sales-email-credentials/token";
    app.as_workload().post(path).await.expect(200);
    let sent = app.outbound().sent();
    assert_eq!(sent[0].header("authorization"), None);
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(sent[0].body().as_bytes())
        .into_owned()
        .collect();
    let field = |name: &str| {
        let mut values = fields.iter().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.as_str())
    };
    assert_eq!(field("client_id"), Some("sales-mail-registration"));
    assert_eq!(field("client_secret"), Some(DOCUMENTED_SECRET));
    assert_eq!(
        field("scope"),
        Some("https://outlook.office365.com/.default")
    );
}
