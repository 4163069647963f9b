//! `/v1/alert_channels`: a channel from adding to deleting.

use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use crate::support::TestApp;

const ALL: &str = "/v1/alert_channels";
const CHANNEL: &str = "/v1/alert_channels/on-call";
const RECEIVER: &str = "alerts.example.com";

fn webhook() -> Value {
    json!({"name": "on-call", "webhook": {"url": "https://alerts.example.com/in?key=1"}})
}

#[tokio::test]
async fn a_webhook_is_added_tried_rotated_and_deleted() {
    let app = TestApp::start().await;
    let admin = app.as_admin();
    let added = admin.post(ALL).json(&webhook()).await.expect(201);
    assert_eq!(added.header("location"), Some(CHANNEL));
    assert_eq!(added.header("etag"), Some("\"r1\""));
    assert_eq!(added.header("cache-control"), Some("no-store"));
    let added = added.json();
    let secret = added["signing_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    app.watch("a signing secret", secret.trim_start_matches("whsec_"));
    let read = admin.get(CHANNEL).await.expect(200).json();
    assert_eq!(read["signing_secret"], Value::Null);
    assert_eq!(read["standing"], "unknown");
    assert_eq!(
        read["settings"]["events"],
        json!(["failing", "recovered", "expiring"])
    );

    app.outbound().answer(RECEIVER, Given::json(500, "broken"));
    let test = admin.post(&format!("{CHANNEL}/tests")).await.expect(200);
    let test = test.json();
    assert_eq!(test["ok"], false);
    assert_eq!(test["class"], "server_error");
    assert_eq!(test["detail"], "status 500: broken");
    let read = admin.get(CHANNEL).await.expect(200).json();
    assert_eq!(read["standing"], "failing");
    let listed = admin
        .get(&format!("{CHANNEL}/deliveries"))
        .await
        .expect(200);
    let listed = listed.json();
    assert_eq!(listed["items"][0]["state"], "given_up");
    assert_eq!(listed["items"][0]["message"]["type"], "alerts.test");

    let alert = listed["items"][0]["id"].as_str().unwrap();
    let again = format!("{CHANNEL}/deliveries/{alert}/deliver");
    admin.post(&again).await.expect(202);
    let listed = admin
        .get(&format!("{CHANNEL}/deliveries"))
        .await
        .expect(200);
    let listed = listed.json();
    assert_eq!(listed["items"][0]["state"], "waiting");
    assert_eq!(listed["items"][0]["id"], alert);
    for nothing in ["alr_00000000000000000000000000", "x"] {
        let path = format!("{CHANNEL}/deliveries/{nothing}/deliver");
        admin.post(&path).await.expect(404);
    }

    let rotated = admin
        .post(&format!("{CHANNEL}/signing_secrets"))
        .header("if-match", "\"r1\"")
        .await
        .expect(201)
        .json();
    assert_ne!(rotated["signing_secret"], secret.as_str());
    let new = rotated["signing_secret"].as_str().unwrap();
    app.watch("a signing secret", new.trim_start_matches("whsec_"));
    assert_eq!(rotated["secret"]["version"], 2);
    assert_eq!(rotated["secret"]["signed_twice"], true);
    let deleted = admin.delete(CHANNEL).header("if-match", "*").await;
    deleted.expect(204);
    admin.get(CHANNEL).await.expect(404);
}

#[tokio::test]
async fn a_chat_shows_where_it_leads_and_no_more() {
    let app = TestApp::start().await;
    let url = "https://hooks.example.com/services/canary-of-the-chat";
    app.watch("the URL of a chat", "canary-of-the-chat");
    let admin = app.as_admin();
    let chat = json!({"name": "team", "kind": "chat", "chat": {"form": "slack"}, "secret": url});
    let added = admin.post(ALL).json(&chat).await.expect(201).json();
    let origin = &added["settings"]["chat"]["origin"];
    assert_eq!(origin, "https://hooks.example.com");
    let patch = json!({"chat": {"form": "teams"}});
    let team = "/v1/alert_channels/team";
    admin.patch(team, "\"r1\"").json(&patch).await.expect(200);
    app.outbound()
        .answer("hooks.example.com", Given::json(202, ""));
    let test = admin.post(&format!("{team}/tests")).await.expect(200);
    assert_eq!(test.json()["ok"], true);
    let sent = app.outbound().sent();
    assert_eq!(sent[0].url(), url);
    assert!(sent[0].body().contains("AdaptiveCard"));
}

#[tokio::test]
async fn who_may_what() {
    let app = TestApp::start().await;
    let added = app.as_admin().post(ALL).json(&webhook()).await.expect(201);
    let secret = added.json()["signing_secret"].as_str().unwrap().to_owned();
    app.watch("a signing secret", secret.trim_start_matches("whsec_"));
    for caller in [app.as_editor(), app.as_viewer()] {
        let seen = caller.get(CHANNEL).await.expect(200).json();
        let url = &seen["settings"]["webhook"]["url"];
        assert_eq!(url, "https://alerts.example.com/in", "without its query");
        caller.get(ALL).await.expect(200);
        caller
            .get(&format!("{CHANNEL}/deliveries"))
            .await
            .expect(200);
        let call = caller.post(ALL).json(&webhook());
        call.await.problem("forbidden");
        let call = caller.post(&format!("{CHANNEL}/tests"));
        call.await.problem("forbidden");
    }
    app.as_workload().get(ALL).await.problem("forbidden");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_never_repeated() {
    let app = TestApp::start().await;
    app.watch("what was given", "canary-given");
    let admin = app.as_admin();
    for (member, value, status, place) in [
        ("secret", json!({"a": "canary-given"}), 400, "/secret"),
        ("secret", json!("canary-given"), 422, "/secret"),
        ("colour", json!("red"), 400, "/colour"),
        ("name", json!("A B"), 422, "/name"),
        ("kind", json!("pager"), 422, "/kind"),
        ("kind", json!("email"), 422, "/kind"),
        ("events", json!(["x"]), 422, "/events/0"),
        ("objects", json!([]), 422, "/objects"),
        (
            "webhook",
            json!({"url": "http://a.example"}),
            422,
            "/webhook/url",
        ),
        ("ca_bundle", json!("x"), 422, "/ca_bundle"),
    ] {
        let mut document = webhook();
        document[member] = value;
        let answer = admin.post(ALL).json(&document).await.expect(status);
        let text = answer.text();
        assert!(text.contains(place), "{member}: {text}");
    }
    let mail = json!({
        "name": "mail", "kind": "email", "secret": "p",
        "email": {"host": "mail.example.com", "security": "none", "username": "u",
            "from": "a@example.com", "to": ["b@example.com"]},
    });
    let answer = admin.post(ALL).json(&mail).await.expect(422);
    answer.expect_error("/email/security", "tls_required");
}
