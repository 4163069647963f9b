//! A source from adding to deleting, by the API.

use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use crate::support::TestApp;

const VAULT: &str = "/v1/sources/vault";

fn vault() -> Value {
    json!({
        "name": "vault",
        "vault": {"address": "https://vault.example.com:8200", "login": {"method": "token"}},
        "secret": "canary-own-token", "paths": ["apps/*"], "origins": ["https://login.example.com"],
    })
}

async fn with_vault() -> TestApp {
    let app = TestApp::start().await;
    app.watch("the source's secret", "canary-own-token");
    let added = app.as_admin().post("/v1/sources").json(&vault()).await;
    let added = added.expect(201);
    assert_eq!(added.header("location"), Some(VAULT));
    assert_eq!(added.header("etag"), Some("\"r1\""));
    app
}

#[tokio::test]
async fn a_source_is_added_read_changed_and_deleted() {
    let app = with_vault().await;
    let read = app.as_admin().get(VAULT).await.expect(200).json();
    assert_eq!(read["settings"]["vault"]["mount"], "secret");
    assert_eq!(read["settings"]["fresh_s"], 300);
    assert_eq!(read["secret"]["version"], 1);
    assert_eq!(read["secret"]["reference"], Value::Null);
    assert_eq!(read["health"]["standing"], "unknown");
    let patch = json!({"fresh_s": 60, "vault": {"namespace": "teams/one"}});
    let call = app.as_admin().patch(VAULT, "\"r1\"").json(&patch);
    let changed = call.await.expect(200).json();
    assert_eq!(changed["settings"]["vault"]["namespace"], "teams/one");
    assert_eq!(changed["settings"]["fresh_s"], 60);
    assert_eq!(changed["secret"]["version"], 1, "the secret is kept");
    let moved = json!({"vault": {"address": "https://evil.example.com"}});
    let call = app.as_admin().patch(VAULT, "\"r2\"").json(&moved);
    call.await
        .expect(422)
        .expect_error("/secret", "secret_required_again");
    let stale = app.as_admin().patch(VAULT, "\"r1\"").json(&patch);
    stale.await.expect(412).detail("stale");
    let renamed = app.as_admin().patch(VAULT, "*").json(&json!({"name": "x"}));
    renamed.await.expect(422).expect_error("/name", "fixed");
    for caller in [app.as_editor(), app.as_viewer(), app.as_workload()] {
        caller.get(VAULT).await.problem("forbidden");
        caller
            .post("/v1/sources")
            .json(&vault())
            .await
            .problem("forbidden");
        caller
            .post("/v1/source_tests")
            .json(&vault())
            .await
            .problem("forbidden");
    }
    let deleted = app.as_admin().delete(VAULT).header("if-match", "*").await;
    deleted.expect(204);
    app.as_admin().get(VAULT).await.expect(404);
}

#[tokio::test]
async fn a_document_that_can_not_be_read_is_named_and_never_repeated() {
    let app = with_vault().await;
    for (member, value, status, place) in [
        ("secret", json!({"a": "canary-own-token"}), 400, "/secret"),
        ("secret_reference", json!("x"), 400, "/secret_reference"),
        ("secret_is_wrapped", json!("x"), 400, "/secret_is_wrapped"),
        ("colour", json!("red"), 400, "/colour"),
        ("name", json!("A B"), 422, "/name"),
        ("paths", json!(["/x"]), 422, "/paths/0"),
        ("kind", json!("cloud"), 422, "/kind"),
    ] {
        let mut wrong = vault();
        wrong["name"] = json!("other");
        wrong[member] = value;
        let answer = app.as_admin().post("/v1/sources").json(&wrong).await;
        assert_eq!(answer.status, status, "{member}: {}", answer.text());
        assert!(answer.text().contains(place), "{member}: {}", answer.text());
        assert!(!answer.text().contains("canary"), "{}", answer.text());
    }
    let mut both = vault();
    both["secret_reference"] = json!({"source": "x", "path": "y"});
    let answer = app.as_admin().post("/v1/sources").json(&both).await;
    assert!(answer.expect(400).text().contains("not both"));
}

#[tokio::test]
async fn tests_tell_what_is_wrong_and_never_the_value() {
    let app = TestApp::start().await;
    app.watch("the secret", "canary-of-the-service");
    let service = json!({
        "name": "service", "kind": "https", "https": {"url": "https://secrets.example.com/{path}"},
        "paths": ["apps/*"], "origins": ["https://login.example.com"],
    });
    app.as_admin()
        .post("/v1/sources")
        .json(&service)
        .await
        .expect(201);
    let wanted = json!({
        "source": "service", "path": "apps/one", "key": "/a",
        "token_endpoint": "https://login.example.com/token",
    });
    for (status, body, class) in [
        (200, "{\"a\": \"canary-of-the-service\"}", "ok"),
        (200, "{\"b\": \"canary-of-the-service\"}", "key_missing"),
        (200, "canary-of-the-service", "not_json"),
        (200, "{\"a\": \"\"}", "empty"),
        (404, "canary-of-the-service", "missing"),
        (403, "canary-of-the-service", "denied"),
        (401, "canary-of-the-service", "login_refused"),
        (429, "canary-of-the-service", "busy"),
        (500, "canary-of-the-service", "strange"),
    ] {
        app.outbound()
            .answer_always("secrets.example.com", Given::json(status, body));
        // not within the moments after a failure
        app.engine.clock.advance(std::time::Duration::from_mins(2));
        let test = app.as_editor().post("/v1/reference_tests").json(&wanted);
        let test = test.await.expect(200).json();
        assert_eq!(test["class"], class, "{status}: {test}");
        assert_eq!(test["ok"], class == "ok", "{test}");
        assert!(test["remedy"].is_string() || class == "ok", "{test}");
    }
    let beyond = json!({
        "source": "service", "path": "root", "token_endpoint": "https://login.example.com/token",
    });
    let test = app.as_editor().post("/v1/reference_tests").json(&beyond);
    assert_eq!(test.await.expect(200).json()["class"], "outside");
    let entries = app.as_editor().get("/v1/sources/service/entries").await;
    assert_eq!(
        entries.expect(200).json(),
        json!({"items": [{"name": "apps", "folder": true}]})
    );
    let wrong = json!({"source": "A", "path": "x", "token_endpoint": "x"});
    let test = app.as_editor().post("/v1/reference_tests").json(&wrong);
    let answer = test.await.expect(422);
    assert!(answer.text().contains("/source") && answer.text().contains("/token_endpoint"));
}

#[tokio::test]
async fn credentials_of_a_source_are_listed() {
    let app = with_vault().await;
    let mut credential = crate::support::drafts::minimal("mail");
    let members = credential.as_object_mut().unwrap();
    members.remove("client_secret");
    members.insert("secret_source".to_owned(), json!("external"));
    let reference = json!({"source": "vault", "path": "apps/mail", "key": "/client_secret"});
    members.insert("client_secret_reference".to_owned(), reference);
    app.as_editor()
        .post("/v1/credentials")
        .json(&credential)
        .await
        .expect(201);
    for (source, expected) in [("vault", 1), ("other", 0)] {
        let path = format!("/v1/credentials?source={source}");
        let list = app.as_viewer().get(&path).await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), expected);
    }
    let delete = app.as_admin().delete(VAULT).header("if-match", "*").await;
    let detail = delete.expect(409).detail("in_use");
    assert!(detail.contains("`mail`"), "{detail}");
}

#[tokio::test]
async fn the_keyring_is_shown_without_its_keys() {
    let app = TestApp::start().await;
    let keyring = app.as_viewer().get("/v1/keyring").await.expect(200).json();
    assert_eq!(keyring["values_left"], 0);
    assert!(keyring["key"].as_str().unwrap().len() <= 16);
    app.as_workload()
        .get("/v1/keyring")
        .await
        .problem("forbidden");
}
