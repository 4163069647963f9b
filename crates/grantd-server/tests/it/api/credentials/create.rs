//! `POST /v1/credentials`: what comes in and what is shown of it.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp, drafts};

#[tokio::test]
async fn every_member_is_kept_and_shown() {
    let app = TestApp::start().await;
    let draft = drafts::full();
    let added = app.add(&draft).await;
    let shown = added.json();
    for member in [
        "name",
        "slug",
        "description",
        "owner",
        "labels",
        "provider",
        "client_id",
        "secret_source",
        "token_endpoint",
        "scope",
        "no_scope",
        "token_endpoint_auth_method",
        "basic_encoding",
        "audience",
        "resources",
        "connect_timeout_s",
        "request_timeout_s",
        "ca_bundle",
        "egress_proxy",
        "allowed_mailboxes",
    ] {
        assert_eq!(shown[member], draft[member], "{member}");
    }
    assert_eq!(shown["secret_expires_at"], "2027-06-30T08:00:00Z");
    assert_eq!(
        shown["bound_hosts"],
        json!(["mail.example.com", "*.files.example.com"])
    );
    assert_eq!(
        shown["parameters"],
        json!([
            {"name": "tenant", "value": "acme", "secret": false},
            {"name": "assert", "secret": true},
        ])
    );
    assert_eq!(
        shown["headers"],
        json!([
            {"name": "x-api-key", "secret": true},
            {"name": "x-tenant", "value": "acme", "secret": false},
        ])
    );
    assert_eq!(shown.get("client_secret"), None);
    assert_eq!(shown["client_secret_reference"], Value::Null);
    let actor = &shown["created_by"];
    assert_eq!(
        (&actor["kind"], &actor["name"]),
        (&json!("key"), &json!("admin"))
    );
    assert_eq!(shown["updated_by"], *actor);
    assert_eq!(shown["created_at"], "2027-01-15T08:00:00Z");
    assert_eq!(
        shown["secrets"],
        json!([{
            "version": 1,
            "secret_source": "internal",
            "set_at": "2027-01-15T08:00:00Z",
            "set_by": actor,
            "last_used_at": null,
        }])
    );
    let read = app.as_admin().get("/v1/credentials/every-thing").await;
    assert_eq!(read.expect(200).json(), shown);
}

#[tokio::test]
async fn what_is_left_out_has_its_default() {
    let app = TestApp::start().await;
    let shown = app.add(&drafts::minimal("Plain")).await.json();
    for (member, value) in [
        ("slug", json!("plain")),
        ("revision", json!(1)),
        ("description", json!("")),
        ("owner", json!("")),
        ("labels", json!({})),
        ("provider", json!("generic")),
        ("no_scope", json!(false)),
        ("secret_source", json!("internal")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("basic_encoding", json!("percent")),
        ("secret_expires_at", json!(null)),
        ("audience", json!(null)),
        ("resources", json!([])),
        ("parameters", json!([])),
        ("headers", json!([])),
        ("connect_timeout_s", json!(10)),
        ("request_timeout_s", json!(30)),
        ("ca_bundle", json!(null)),
        ("egress_proxy", json!(null)),
        ("bound_hosts", json!([])),
        ("allowed_mailboxes", json!([])),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }
}

#[tokio::test]
async fn empty_texts_and_nulls_count_as_left_out() {
    let app = TestApp::start().await;
    let draft = drafts::with(
        "Plain",
        json!({
            "slug": "", "description": "", "owner": "", "secret_expires_at": " ",
            "audience": "", "ca_bundle": "", "egress_proxy": "", "labels": {}, "resources": [],
        }),
    );
    let shown = app.add(&draft).await.json();
    assert_eq!(shown["audience"], Value::Null);
    let mut nulls = drafts::minimal("Nulls");
    for member in [
        "slug",
        "description",
        "labels",
        "provider",
        "no_scope",
        "basic_encoding",
        "client_secret_reference",
        "connect_timeout_s",
        "parameters",
    ] {
        nulls[member] = Value::Null;
    }
    app.add(&nulls).await;
}

#[tokio::test]
async fn a_server_that_takes_no_scope_is_said_so_or_known() {
    let app = TestApp::start().await;
    let draft = drafts::with("By choice", json!({"scope": null, "no_scope": true}));
    let shown = app.add(&draft).await.json();
    assert_eq!(
        (&shown["scope"], &shown["no_scope"]),
        (&json!(null), &json!(true))
    );
    let draft = drafts::with("Auth0", json!({"scope": null, "provider": "auth0"}));
    let shown = app.add(&draft).await.json();
    assert_eq!(
        (&shown["scope"], &shown["no_scope"]),
        (&json!(null), &json!(true))
    );
}

#[tokio::test]
async fn scopes_keep_their_order_and_case_and_stand_once() {
    let app = TestApp::start().await;
    let draft = drafts::with(
        "Scopes",
        json!({"scope": " Mail.Send  mail.send Mail.Send a "}),
    );
    assert_eq!(
        app.add(&draft).await.json()["scope"],
        "Mail.Send mail.send a"
    );
}

#[tokio::test]
async fn a_slug_that_is_taken_gets_a_number() {
    let app = TestApp::start().await;
    let slug = async |name: &str| app.add(&drafts::minimal(name)).await.member("slug");
    assert_eq!(slug("Sales Mail").await, "sales-mail");
    assert_eq!(slug("Sales  Mail").await, "sales-mail-2");
    assert_eq!(slug("sales, mail!").await, "sales-mail-3");
    assert!(slug("\u{55b6}\u{696d}").await.starts_with("credential-"));
}

#[tokio::test]
async fn white_space_is_taken_off_with_a_notice_but_never_in_a_secret() {
    let app = TestApp::start().await;
    let secret = format!(" {}\n", grantd_testkit::fixtures::CLIENT_SECRET);
    let draft = drafts::with(
        " Padded ",
        json!({"client_id": "client-1\n", "client_secret": secret, "resources": [" urn:a "]}),
    );
    let added = app.add(&draft).await;
    let shown = added.json();
    assert_eq!(shown["name"], "Padded");
    assert_eq!(shown["client_id"], "client-1");
    let mut notices: Vec<_> = shown["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| {
            (
                notice["pointer"].as_str().unwrap(),
                notice["code"].as_str().unwrap(),
            )
        })
        .collect();
    notices.sort_unstable();
    assert_eq!(
        notices,
        [
            ("/client_id", "trimmed"),
            ("/client_secret", "white_space_kept"),
            ("/name", "trimmed"),
            ("/resources/0", "trimmed"),
        ]
    );
    let read = app
        .as_admin()
        .get("/v1/credentials/padded")
        .await
        .expect(200);
    assert_eq!(read.json().get("notices"), None);

    app.answers(grantd_testkit::Answer::token(crate::support::TOKEN));
    app.as_admin()
        .post("/v1/credentials/padded/token")
        .await
        .expect(200);
    // `%20canary…%0A`: the secret as it was given, within base64
    let encoded = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    assert!(encoded.starts_with('+') && encoded.ends_with("%0A"));
    let basic = app.outbound().sent()[0]
        .header("authorization")
        .unwrap()
        .to_owned();
    assert!(
        basic.ends_with("JTBB"),
        "no %0A at the end: its base64 is JTBB"
    );
}

async fn post(caller: Caller<'_>, draft: &Value) -> Answer {
    caller.post("/v1/credentials").json(draft).await
}

#[tokio::test]
async fn who_may_add() {
    let app = TestApp::start().await;
    let draft = drafts::minimal("Allowed");
    for caller in [app.as_viewer(), app.as_workload()] {
        post(caller, &draft).await.expect(403).problem("forbidden");
    }
    post(app.anonymous(), &draft)
        .await
        .problem("unauthenticated");
    post(app.as_editor(), &draft).await.expect(201);
    for bounds in [
        json!({"bound_hosts": ["mail.example.com"]}),
        json!({"allowed_mailboxes": ["sales@example.com"]}),
    ] {
        let draft = drafts::with("Bounds", bounds);
        let detail = post(app.as_editor(), &draft).await.detail("forbidden");
        assert!(
            detail.contains("bound hosts and allowed mailboxes"),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn every_word_of_the_document_is_taken_and_shown() {
    let app = TestApp::start().await;
    let document = grantd_server::openapi_json();
    let mut count = 0;
    for (member, schema) in [
        ("provider", "ProviderWord"),
        ("token_endpoint_auth_method", "MethodWord"),
        ("basic_encoding", "EncodingWord"),
    ] {
        let words = &document["components"]["schemas"][schema]["enum"];
        for word in words.as_array().unwrap() {
            let draft = drafts::with(&format!("Word {count}"), json!({ member: word }));
            assert_eq!(app.add(&draft).await.json()[member], *word);
            count += 1;
        }
    }
    assert_eq!(count, 10);
}
