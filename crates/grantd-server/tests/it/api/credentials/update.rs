//! `PATCH /v1/credentials/{credential}`: revisions and rights.

use serde_json::json;

use crate::support::{SECOND, TestApp, drafts};

const PATH: &str = "/v1/credentials/mine";

#[tokio::test]
async fn each_change_counts_the_revision_up() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    for (before, owner, after) in [("\"r1\"", "a", "\"r2\""), ("\"r2\"", "b", "\"r3\"")] {
        let patch = json!({ "owner": owner });
        let answer = app
            .as_editor()
            .patch(PATH, before)
            .json(&patch)
            .await
            .expect(200);
        assert_eq!(answer.header("etag"), Some(after));
        assert_eq!(answer.json()["owner"], owner);
    }
    // what changes nothing leaves it
    let answer = app
        .as_editor()
        .patch(PATH, "\"r3\"")
        .json(&json!({"owner": "b"}))
        .await;
    assert_eq!(answer.expect(200).header("etag"), Some("\"r3\""));
    let answer = app.as_editor().patch(PATH, "\"r3\"").json(&json!({})).await;
    assert_eq!(answer.expect(200).header("etag"), Some("\"r3\""));
    let answer = app
        .as_editor()
        .patch(PATH, "*")
        .json(&json!({"owner": "c"}))
        .await;
    let shown = answer.expect(200).json();
    assert_eq!(shown["revision"], 4);
    assert_eq!(shown["updated_by"]["name"], "editor");
    assert_eq!(shown["created_by"]["name"], "admin");
}

#[tokio::test]
async fn a_stale_revision_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    app.as_editor()
        .patch(PATH, "\"r1\"")
        .json(&json!({"owner": "a"}))
        .await
        .expect(200);
    for stale in ["\"r1\"", "\"r3\"", "\"r0\"", "\"r18446744073709551615\""] {
        let answer = app
            .as_editor()
            .patch(PATH, stale)
            .json(&json!({"owner": "b"}))
            .await;
        let detail = answer.expect(412).detail("stale");
        assert!(detail.contains("r2"), "{detail}");
    }
    let shown = app.as_viewer().get(PATH).await.json();
    assert_eq!(
        (&shown["owner"], &shown["revision"]),
        (&json!("a"), &json!(2))
    );
}

#[tokio::test]
async fn an_if_match_that_is_missing_or_no_entity_tag_is_refused() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    let patch = json!({"owner": "a"});
    let answer = app
        .as_editor()
        .patch(PATH, "*")
        .without("if-match")
        .json(&patch)
        .await;
    let detail = answer.expect(428).detail("precondition_required");
    assert!(detail.contains("If-Match"), "{detail}");
    for wrong in [
        "",
        "r1",
        "1",
        "\"1\"",
        "\"r\"",
        "\"r-1\"",
        "\"r+1\"",
        "W/\"r1\"",
        "\"r1\", \"r2\"",
        "\"r18446744073709551616\"",
        "\"r1",
        "**",
        "any",
    ] {
        let answer = app.as_editor().patch(PATH, wrong).json(&patch).await;
        let detail = answer.expect(400).detail("unreadable_request");
        assert!(detail.contains("If-Match"), "{wrong}: {detail}");
    }
    let call = app
        .as_editor()
        .patch(PATH, "\"r1\"")
        .header("if-match", "\"r1\"");
    call.json(&patch)
        .await
        .expect(400)
        .problem("unreadable_request");
    let call = app.as_editor().patch(PATH, "*").without("if-match");
    let answer = call
        .header_bytes("if-match", b"\"r\xff\"")
        .json(&patch)
        .await;
    answer.expect(400).problem("unreadable_request");
    assert_eq!(app.as_viewer().get(PATH).await.json()["revision"], 1);
}

#[tokio::test]
async fn who_may_change() {
    let app = TestApp::start().await;
    let added = app.add(&drafts::minimal("Mine")).await;
    let change = json!({"owner": "a"});
    let path = format!("/v1/credentials/{}", added.member("id"));
    app.as_viewer()
        .patch(&path, "*")
        .json(&change)
        .await
        .expect(403)
        .problem("forbidden");
    app.as_workload()
        .patch(&path, "*")
        .json(&change)
        .await
        .expect(404)
        .problem("not_found");
    app.anonymous()
        .patch(&path, "*")
        .json(&change)
        .await
        .problem("unauthenticated");
    app.as_editor()
        .patch(&path, "*")
        .json(&change)
        .await
        .expect(200);
    let bounds = json!({"bound_hosts": ["a.example"]});
    app.as_editor()
        .patch(&path, "*")
        .json(&bounds)
        .await
        .expect(403)
        .problem("forbidden");
    app.as_admin()
        .patch(&path, "*")
        .json(&bounds)
        .await
        .expect(200);
    // what an admin set stays when an editor changes something else
    let answer = app
        .as_editor()
        .patch(&path, "*")
        .json(&json!({"owner": "b"}))
        .await;
    assert_eq!(
        answer.expect(200).json()["bound_hosts"],
        json!(["a.example"])
    );
    let answer = app
        .as_admin()
        .patch("/v1/credentials/none", "*")
        .json(&change)
        .await;
    answer.expect(404).problem("not_found");
}

#[tokio::test]
async fn a_new_secret_is_a_new_version() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    let patch = json!({ "client_secret": SECOND });
    let shown = app
        .as_editor()
        .patch(PATH, "*")
        .json(&patch)
        .await
        .expect(200)
        .json();
    assert_eq!(shown["secrets"][0]["version"], 2);
    assert_eq!(shown["secrets"][0]["set_by"]["name"], "editor");
    assert_eq!(shown["secrets"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_values_are_named_as_in_a_new_one() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Other")).await;
    app.add(&drafts::minimal("Mine")).await;
    for (patch, pointer, code) in [
        (json!({"name": ""}), "/name", "required"),
        (json!({"name": "OTHER"}), "/name", "taken"),
        (json!({"slug": "another"}), "/slug", "fixed"),
        (json!({"client_secret": ""}), "/client_secret", "required"),
        (
            json!({"token_endpoint": "http://a.example"}),
            "/token_endpoint",
            "https_required",
        ),
        (json!({"scope": "\""}), "/scope", "invalid_scope_character"),
        (
            json!({"connect_timeout_s": 61}),
            "/connect_timeout_s",
            "out_of_range",
        ),
        (
            json!({"parameters": [{"name": "a"}]}),
            "/parameters/0/value",
            "required",
        ),
        (json!({"labels": {"A": "b"}}), "/labels/A", "invalid_label"),
    ] {
        app.as_admin()
            .patch(PATH, "*")
            .json(&patch)
            .await
            .expect_error(pointer, code);
    }
    assert_eq!(app.as_viewer().get(PATH).await.json()["revision"], 1);
}
