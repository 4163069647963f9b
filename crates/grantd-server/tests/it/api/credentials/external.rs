//! Credentials whose secret is in a secret source.

use std::time::Duration;

use grantd_testkit::Answer;
use grantd_testkit::fixtures::CLIENT_SECRET;
use serde_json::{Value, json};

use crate::support::{TOKEN, TestApp, drafts, sources};

fn draft(reference: &Value) -> Value {
    let changes = json!({"client_secret": null, "client_secret_reference": reference});
    drafts::with("External", changes)
}

async fn added(app: &TestApp) {
    let reference = json!({"source": "team-files", "path": "one"});
    app.add(&draft(&reference)).await;
}

const PATH: &str = "/v1/credentials/external";

#[tokio::test]
async fn the_reference_is_shown_and_the_secret_is_read_at_need() {
    let (app, folder) = sources::app_with_files().await;
    let document = json!({"client": {"secret": CLIENT_SECRET}}).to_string();
    sources::write(folder.path(), "sales.json", &document);
    let reference = json!({"source": "team-files", "path": "sales.json", "key": "/client/secret"});
    let mut wanted = draft(&reference);
    wanted["secret_source"] = json!("external");
    let shown = app.add(&wanted).await.json();
    assert_eq!(shown["secret_source"], "external");
    assert_eq!(shown["client_secret_reference"], reference);
    assert_eq!(shown["secrets"][0]["reference"], reference);
    app.answers(Answer::token(TOKEN));
    app.as_admin()
        .post("/v1/credentials/external/token")
        .await
        .expect(200);
    assert!(app.outbound().sent()[0].header("authorization").is_some());
}

#[tokio::test]
async fn every_wrong_member_of_a_reference_is_named() {
    let (app, _folder) = sources::app_with_files().await;
    let long = "x".repeat(1025);
    for (reference, below, code) in [
        (json!({"path": "a"}), "/source", "required"),
        (
            json!({"source": "", "path": "a"}),
            "/source",
            "invalid_source_name",
        ),
        (
            json!({"source": "Team Files", "path": "a"}),
            "/source",
            "invalid_source_name",
        ),
        (json!({"source": "team-files"}), "/path", "required"),
        (
            json!({"source": "team-files", "path": ""}),
            "/path",
            "required",
        ),
        (
            json!({"source": "team-files", "path": long}),
            "/path",
            "too_long",
        ),
        (
            json!({"source": "team-files", "path": "a\nb"}),
            "/path",
            "control_character",
        ),
        (
            json!({"source": "team-files", "path": "a", "key": "b"}),
            "/key",
            "invalid_pointer",
        ),
        (
            json!({"source": "team-files", "path": "a", "key": "/\n"}),
            "/key",
            "control_character",
        ),
        (
            json!({"source": "team-files", "path": "a", "version": long}),
            "/version",
            "too_long",
        ),
        (
            json!({"source": "team-files", "path": "a", "version": "2"}),
            "",
            "invalid_reference",
        ),
        (
            json!({"source": "team-files", "path": "../a"}),
            "",
            "invalid_reference",
        ),
        (
            json!({"source": "team-files", "path": "/etc/passwd"}),
            "",
            "invalid_reference",
        ),
        (
            json!({"source": "elsewhere", "path": "a"}),
            "",
            "invalid_reference",
        ),
    ] {
        let answer = app
            .as_admin()
            .post("/v1/credentials")
            .json(&draft(&reference))
            .await;
        answer.expect_error(&format!("/client_secret_reference{below}"), code);
    }
}

#[tokio::test]
async fn a_source_serves_its_origins_alone() {
    let (app, _folder) = sources::app_with_files().await;
    let mut wanted = draft(&json!({"source": "team-files", "path": "a"}));
    wanted["token_endpoint"] = json!("https://elsewhere.example.com/token");
    let answer = app.as_admin().post("/v1/credentials").json(&wanted).await;
    answer.expect_error("/client_secret_reference", "invalid_reference");
    let detail = answer.detail("validation_failed");
    assert!(detail.contains("https://elsewhere.example.com"), "{detail}");
}

#[tokio::test]
async fn an_own_proxy_is_named_where_the_source_does_not_serve_it() {
    let (app, _folder) = sources::app_with_files().await;
    let mut wanted = draft(&json!({"source": "team-files", "path": "one"}));
    wanted["egress_proxy"] = json!("http://proxy.example.com:3128");
    let answer = app.as_admin().post("/v1/credentials").json(&wanted).await;
    answer.expect_error("/egress_proxy", "not_served");
    let detail = answer.detail("validation_failed");
    assert!(detail.contains("an egress proxy"), "{detail}");
    added(&app).await;
    let patch = json!({
        "egress_proxy": "http://proxy.example.com:3128",
        "client_secret_reference": {"source": "team-files", "path": "one"},
    });
    let answer = app.as_admin().patch(PATH, "*").json(&patch).await;
    answer.expect_error("/egress_proxy", "not_served");
}

#[tokio::test]
async fn a_patch_changes_a_part_of_the_reference() {
    let (app, _folder) = sources::app_with_files().await;
    added(&app).await;
    let patch = json!({"client_secret_reference": {"path": "two", "key": "/a"}});
    let shown = app
        .as_admin()
        .patch(PATH, "*")
        .json(&patch)
        .await
        .expect(200)
        .json();
    assert_eq!(
        shown["client_secret_reference"],
        json!({"source": "team-files", "path": "two", "key": "/a"})
    );
    assert_eq!(shown["secrets"][0]["version"], 2);
    let patch = json!({"client_secret_reference": {"key": null}});
    let shown = app
        .as_admin()
        .patch(PATH, "*")
        .json(&patch)
        .await
        .expect(200)
        .json();
    assert_eq!(
        shown["client_secret_reference"],
        json!({"source": "team-files", "path": "two"})
    );
}

#[tokio::test]
async fn taking_the_reference_out_demands_another_secret() {
    let (app, _folder) = sources::app_with_files().await;
    added(&app).await;
    for patch in [
        json!({"client_secret_reference": null}),
        json!({"secret_source": "internal"}),
        json!({"secret_source": "internal", "client_secret_reference": null}),
    ] {
        let answer = app.as_admin().patch(PATH, "*").json(&patch).await;
        answer.expect_error("/client_secret", "required");
    }
    let patch = json!({"client_secret_reference": null, "client_secret": CLIENT_SECRET});
    let shown = app
        .as_admin()
        .patch(PATH, "*")
        .json(&patch)
        .await
        .expect(200)
        .json();
    assert_eq!(shown["secret_source"], "internal");
    assert_eq!(shown["client_secret_reference"], Value::Null);
    let patch = json!({"client_secret_reference": {"source": "team-files", "path": "three"}});
    let shown = app
        .as_admin()
        .patch(PATH, "*")
        .json(&patch)
        .await
        .expect(200)
        .json();
    assert_eq!(shown["secret_source"], "external");
    assert_eq!(shown["secrets"][0]["version"], 3);
}

#[tokio::test]
async fn a_secret_that_can_not_be_read_is_the_sources_fault() {
    let (app, folder) = sources::app_with_files().await;
    added(&app).await;
    let answer = app.as_admin().post("/v1/credentials/external/token").await;
    let problem = answer.expect(502).problem("secret_source_failed");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("holds nothing at one"),
        "{problem}"
    );
    assert!(problem["remedy"].is_string(), "{problem}");
    sources::write(folder.path(), "one", CLIENT_SECRET);
    app.answers(Answer::token(TOKEN));
    app.engine.clock.advance(Duration::from_secs(1));
    app.as_admin()
        .post("/v1/credentials/external/token")
        .await
        .expect(200);
}
