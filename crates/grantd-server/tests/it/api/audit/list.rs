//! `GET /v1/audit`

use std::time::Duration;

use grantd_testkit::fixtures::{CLIENT_SECRET, HEADER_SECRET, PARAMETER_SECRET};
use serde_json::{Value, json};

use crate::support::{SECOND, TestApp, drafts};

async fn items(app: &TestApp, query: &str) -> Vec<Value> {
    let path = format!("/v1/audit?{query}");
    let page = app.as_admin().get(&path).await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

fn actions(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["action"].as_str().unwrap())
        .collect()
}

/// A credential with a life, and its id.
async fn lived(app: &TestApp) -> String {
    let id = app.add(&drafts::full()).await.member("id");
    let path = "/v1/credentials/every-thing";
    // two entries of one millisecond stand in any order
    let later = || app.engine.clock.advance(Duration::from_secs(1));
    later();
    let change = json!({"owner": "me", "client_secret": SECOND, "audience": null});
    let changed = app.as_editor().patch(path, "*").json(&change).await;
    changed.expect(200);
    for verb in ["disable", "enable"] {
        later();
        let done = app.as_editor().post(&format!("{path}/{verb}")).await;
        done.expect(200);
    }
    later();
    let deleted = app.as_admin().delete(path).header("if-match", "*").await;
    deleted.expect(204);
    id
}

#[tokio::test]
async fn every_change_is_there_newest_first_without_secrets() {
    let app = TestApp::start().await;
    let id = lived(&app).await;
    let items = items(&app, &format!("object={id}")).await;
    assert_eq!(
        actions(&items),
        [
            "credential.delete",
            "credential.enable",
            "credential.disable",
            "credential.update",
            "credential.create",
        ]
    );
    for item in &items {
        assert!(item["id"].as_str().unwrap().starts_with("aud_"));
        assert_eq!(item["object"], id);
        assert_eq!(item["object_name"], "Everything");
    }
    assert_eq!(items[4]["at"], "2027-01-15T08:00:00Z");
    assert_eq!(items[0]["at"], "2027-01-15T08:00:04Z");
    let update = &items[3];
    assert_eq!(update["actor"]["kind"], "key");
    assert_eq!(update["actor"]["name"], "editor");
    assert_eq!(
        update["detail"]["owner"],
        "Mail team <mail@example.com> \u{2192} me"
    );
    assert_eq!(
        update["detail"]["audience"],
        "https://api.example.com \u{2192} none"
    );
    assert_eq!(
        update["detail"]["client_secret"],
        "internal, version 1 \u{2192} internal, version 4"
    );
    assert_eq!(update["detail"].as_object().unwrap().len(), 3, "{update}");
    let text = Value::from(items).to_string();
    for secret in [CLIENT_SECRET, SECOND, HEADER_SECRET, PARAMETER_SECRET] {
        assert!(!text.contains(secret));
    }
}

#[tokio::test]
async fn filters_and_pages() {
    let app = TestApp::start().await;
    lived(&app).await;
    assert_eq!(
        actions(&items(&app, "action=key.create").await),
        ["key.create"; 4]
    );
    assert_eq!(
        actions(&items(&app, "action=credential.update").await),
        ["credential.update"]
    );
    assert_eq!(items(&app, "").await.len(), 9);
    let first = app.as_admin().get("/v1/audit?limit=5").await.expect(200);
    let path = format!("/v1/audit?limit=5&cursor={}", first.member("next_cursor"));
    let second = app.as_admin().get(&path).await.expect(200).json();
    assert_eq!(second["items"].as_array().unwrap().len(), 4);
    assert_eq!(second["next_cursor"], Value::Null);
    let other = format!("{path}&action=key.create");
    app.as_admin()
        .get(&other)
        .await
        .expect_error("/cursor", "invalid_cursor");
}

#[tokio::test]
async fn who_may_and_wrong_parameters() {
    let app = TestApp::start().await;
    for caller in [app.as_editor(), app.as_viewer(), app.as_workload()] {
        caller
            .get("/v1/audit")
            .await
            .expect(403)
            .problem("forbidden");
    }
    app.anonymous()
        .get("/v1/audit")
        .await
        .problem("unauthenticated");
    for (query, pointer, code) in [
        ("object=x", "/object", "invalid_id"),
        ("action=delete", "/action", "unknown_action"),
        ("action=key.create&action=key.create", "/action", "repeated"),
        ("limit=1000", "/limit", "out_of_range"),
        ("cursor=%00", "/cursor", "invalid_cursor"),
        ("since=1", "/since", "unknown_parameter"),
    ] {
        let answer = app.as_admin().get(&format!("/v1/audit?{query}")).await;
        answer.expect(422).expect_error(pointer, code);
    }
}
