//! `POST /v1/keys`

use grantd_model::{Action, Grant};
use grantd_testkit::fixtures;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp, drafts};

async fn made(caller: Caller<'_>, form: Value) -> Answer {
    caller.post("/v1/keys").json(&form).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_works() {
    let app = TestApp::start().await;
    let form =
        json!({"name": "reporting job", "role": "viewer", "expires_at": "2027-02-01T00:00:00Z"});
    let answer = made(app.as_admin(), form).await.expect(201);
    let shown = answer.json();
    let key = answer.member("key");
    assert!(key.starts_with("gk_") && key.split('_').count() == 3);
    assert!(answer.member("id").starts_with("key_"));
    assert_eq!(shown["name"], "reporting job");
    assert_eq!(shown["grants"], json!([{"action": "read", "on": "all"}]));
    assert_eq!(shown["created_at"], "2027-01-15T08:00:00Z");
    assert_eq!(shown["created_by"]["name"], "admin");
    assert_eq!(shown["expires_at"], "2027-02-01T00:00:00Z");
    assert_eq!(shown["revoked_at"], Value::Null);
    app.with_key(&key).get("/v1/credentials").await.expect(200);
    let refused = app
        .with_key(&key)
        .post("/v1/credentials")
        .json(&drafts::minimal("A"));
    refused.await.expect(403).problem("forbidden");
}

#[tokio::test]
async fn roles_and_grants() {
    let app = TestApp::start().await;
    for (role, grants) in [
        (
            "admin",
            json!([
                {"action": "admin", "on": "all"},
                {"action": "token", "on": "all"},
                {"action": "use", "on": "all"},
            ]),
        ),
        ("editor", json!([{"action": "manage", "on": "all"}])),
        ("viewer", json!([{"action": "read", "on": "all"}])),
    ] {
        let form = json!({"name": role, "role": role});
        assert_eq!(
            made(app.as_admin(), form).await.expect(201).json()["grants"],
            grants
        );
    }
    let id = app.add(&drafts::minimal("Mine")).await.member("id");
    let grants = json!([
        {"action": "token", "on": {"labels": {"team": "a"}}, "scopes": {"set": "a b"}},
        {"action": "token", "on": {"ids": [id]}},
        {"action": "use", "on": {"labels": {"team": "a"}}},
        {"action": "read", "on": "all"},
    ]);
    let form = json!({"name": "many", "grants": grants});
    let answer = made(app.as_admin(), form).await.expect(201);
    assert_eq!(answer.json()["grants"], grants);
    let path = format!("/v1/keys/{}", answer.member("id"));
    assert_eq!(app.as_admin().get(&path).await.json()["grants"], grants);
    let any = json!({"name": "any", "grants": [{"action": "token", "on": "all", "scopes": "any"}]});
    let shown = made(app.as_admin(), any).await.expect(201).json();
    assert_eq!(shown["grants"], json!([{"action": "token", "on": "all"}]));
}

#[tokio::test]
async fn wrong_values_are_named() {
    let app = TestApp::start().await;
    let one = |grant: Value| json!({"name": "k", "grants": [grant]});
    for (form, pointer, code) in [
        (json!({"role": "viewer"}), "/name", "required"),
        (json!({"name": "", "role": "viewer"}), "/name", "required"),
        (
            json!({"name": "x".repeat(121), "role": "viewer"}),
            "/name",
            "too_long",
        ),
        (
            json!({"name": " a", "role": "viewer"}),
            "/name",
            "white_space",
        ),
        (json!({"name": "k"}), "/grants", "required"),
        (json!({"name": "k", "grants": []}), "/grants", "required"),
        (
            json!({"name": "k", "role": "owner"}),
            "/role",
            "unknown_word",
        ),
        (
            json!({"name": "k", "role": "viewer", "grants": []}),
            "/role",
            "not_both",
        ),
        (
            json!({"name": "k", "role": "viewer", "expires_at": "soon"}),
            "/expires_at",
            "invalid_time",
        ),
        (
            json!({"name": "k", "role": "viewer", "expires_at": "2027-01-15T08:00:00Z"}),
            "/expires_at",
            "in_the_past",
        ),
        (
            one(json!({"action": "read", "on": {"ids": []}})),
            "/grants/0/on/ids",
            "required",
        ),
        (
            one(json!({"action": "read", "on": {"ids": ["x"]}})),
            "/grants/0/on/ids/0",
            "invalid_id",
        ),
        (
            one(json!({"action": "read", "on": {"labels": {}}})),
            "/grants/0/on/labels",
            "required",
        ),
        (
            one(json!({"action": "read", "on": {"labels": {"A": "b"}}})),
            "/grants/0/on/labels",
            "invalid_label",
        ),
        (
            one(json!({"action": "token", "on": "all", "scopes": {"set": ""}})),
            "/grants/0/scopes/set",
            "required",
        ),
        (
            one(json!({"action": "token", "on": "all", "scopes": {"set": "\""}})),
            "/grants/0/scopes/set",
            "invalid_scope_character",
        ),
        (
            one(json!({"action": "read", "on": "all", "scopes": {"set": "a"}})),
            "/grants/0/scopes",
            "not_with_this_action",
        ),
    ] {
        let answer = made(app.as_admin(), form.clone()).await;
        assert_eq!(answer.status, 422, "{form}: {}", answer.text());
        answer.expect_error(pointer, code);
    }
    let several = json!({"role": "x", "expires_at": "x"});
    let answer = made(app.as_admin(), several).await;
    answer.expect_errors(&[
        ("/name", "required"),
        ("/role", "unknown_word"),
        ("/expires_at", "invalid_time"),
    ]);
}

#[tokio::test]
async fn what_can_not_be_read_is_named() {
    let app = TestApp::start().await;
    for (form, said) in [
        (json!({"name": 1}), "at /name:"),
        (json!({"name": "k", "grants": {}}), "at /grants:"),
        (
            json!({"name": "k", "grants": [{}]}),
            "at /grants/0: missing field `action`",
        ),
        (
            json!({"name": "k", "grants": [{"action": "read"}]}),
            "missing field `on`",
        ),
        (
            json!({"name": "k", "grants": [{"action": "own", "on": "all"}]}),
            "at /grants/0/action:",
        ),
        (
            json!({"name": "k", "grants": [{"action": "read", "on": "none"}]}),
            "at /grants/0/on:",
        ),
        (
            json!({"name": "k", "grants": [{"action": "read", "on": {"ids": 1}}]}),
            "/grants/0/on",
        ),
        (json!({"name": "k", "scope": "a"}), "unknown field `scope`"),
        (
            json!({"name": "k", "grants": [{"action": "read", "on": "all", "to": 1}]}),
            "unknown field `to`, expected one of `action`, `on`, `scopes`",
        ),
    ] {
        let answer = made(app.as_admin(), form.clone()).await;
        let detail = answer.expect(400).detail("unreadable_request");
        assert!(detail.contains(said), "{form}: {detail}");
    }
    let call = app
        .as_admin()
        .post("/v1/keys")
        .header("content-type", "text/plain");
    call.text("{}")
        .await
        .expect(415)
        .problem("unsupported_media_type");
    let large = format!("{{}}{}", " ".repeat(1024 * 1024));
    let answer = app.as_admin().post("/v1/keys").text(&large).await;
    answer.expect(413).problem("body_too_large");
    let twice = app
        .as_admin()
        .post("/v1/keys")
        .text(r#"{"name": "a", "name": "b"}"#)
        .await;
    twice.expect(400).problem("unreadable_request");
}

#[tokio::test]
async fn a_key_makes_keys_with_a_part_of_its_grants_alone() {
    let app = TestApp::start().await;
    let form = json!({"name": "k", "role": "viewer"});
    for caller in [app.as_editor(), app.as_viewer(), app.as_workload()] {
        made(caller, form.clone())
            .await
            .expect(403)
            .problem("forbidden");
    }
    made(app.anonymous(), form.clone())
        .await
        .problem("unauthenticated");
    let team_a = fixtures::grant(Action::Token, &[("team", "a")]);
    let key = app
        .key_with(vec![Grant::everywhere(Action::Admin), team_a])
        .await;
    made(app.with_key(&key), form).await.expect(201);
    for (on, status) in [
        (json!({"labels": {"team": "a"}}), 201),
        (json!({"labels": {"team": "b"}}), 403),
        (json!("all"), 403),
    ] {
        let form = json!({"name": "k", "grants": [{"action": "token", "on": on}]});
        let answer = made(app.with_key(&key), form).await.expect(status);
        if status == 403 {
            let detail = answer.detail("forbidden");
            assert!(detail.contains("/grants/0"), "{detail}");
        }
    }
}
