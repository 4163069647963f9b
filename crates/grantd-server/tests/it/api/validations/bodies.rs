//! What is no request to validate something, named by its place.

use grantd_testkit::fixtures::CLIENT_SECRET;
use serde_json::{Value, json};

use super::{PATH, app, audited, validate};
use crate::support::{TestApp, drafts};

#[tokio::test]
async fn a_draft_or_a_credential_and_not_both() {
    let app = app().await;
    let draft = drafts::minimal("New");
    for (body, pointer, code) in [
        (json!({}), "/credential", "required"),
        (json!({"overrides": {}}), "/credential", "required"),
        (
            json!({"probe_url": "https://api.example.com/"}),
            "/credential",
            "required",
        ),
        (
            json!({"draft": draft, "credential": "mail"}),
            "/draft",
            "not_both",
        ),
        (
            json!({"draft": draft, "overrides": {}}),
            "/draft",
            "not_both",
        ),
        (
            json!({"credential": "Mail!"}),
            "/credential",
            "invalid_slug",
        ),
        (json!({"credential": ""}), "/credential", "invalid_slug"),
    ] {
        let answer = validate(app.as_admin(), body).await.expect(422);
        answer.expect_error(pointer, code);
    }
    assert_eq!(audited(&app).await.len(), 0);
}

#[tokio::test]
async fn faults_of_a_part_are_named_by_their_place_in_the_whole() {
    let app = app().await;
    let bad = json!({
        "name": "", "client_id": "c", "token_endpoint": "http://login.example.com/",
        "scope": "a", "parameters": [{"name": "scope", "value": "x"}],
    });
    let answer = validate(app.as_admin(), json!({"draft": bad}))
        .await
        .expect(422);
    let mut places: Vec<_> = answer.errors().into_iter().map(|(at, _)| at).collect();
    places.sort();
    assert_eq!(
        places,
        [
            "/draft/client_secret",
            "/draft/name",
            "/draft/parameters/0/name",
            "/draft/token_endpoint"
        ]
    );
    let bundle = json!({"draft": drafts::with("New", json!({"ca_bundle": "no PEM"}))});
    let answer = validate(app.as_admin(), bundle).await.expect(422);
    answer.expect_error("/draft/ca_bundle", "invalid_ca_bundle");
    let changes = json!({
        "client_secret": null, "client_secret_reference": {"source": "none", "path": "x"},
    });
    let reference = json!({"draft": drafts::with("New", changes)});
    let answer = validate(app.as_admin(), reference).await.expect(422);
    answer.expect_error("/draft/client_secret_reference", "invalid_reference");
}

#[tokio::test]
async fn what_can_not_be_read_is_named_by_its_place_too() {
    let app = app().await;
    for (body, pointer) in [
        (json!({"draft": {"name": 7}}), "/draft/name"),
        (json!({"draft": {"nmae": "x"}}), "/draft/nmae"),
        (json!({"draft": []}), "/draft"),
        (
            json!({"credential": "mail", "overrides": {"name": 7}}),
            "/overrides/name",
        ),
        (
            json!({"credential": "mail", "overrides": {"nmae": "x"}}),
            "/overrides/nmae",
        ),
        (
            json!({"credential": "mail", "overrides": "x"}),
            "/overrides",
        ),
        (
            json!({"credential": "mail", "overrides": {"labels": {"a": 7}}}),
            "/overrides/labels/a",
        ),
        (json!({"credential": 7}), "/credential"),
        (json!({"credentials": "mail"}), "/credentials"),
        (json!({"credential": "mail", "token": "x"}), "/token"),
    ] {
        let answer = validate(app.as_admin(), body).await.expect(400);
        let problem = answer.problem("unreadable_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&format!(" at {pointer}:")), "{detail}");
    }
}

#[tokio::test]
async fn members_that_stand_there_twice_are_refused() {
    let app = app().await;
    for text in [
        r#"{"credential": "mail", "credential": "mail"}"#,
        r#"{"credential": "mail", "overrides": {"scope": "a", "scope": "b"}}"#,
        r#"{"draft": {"name": "a", "name": "b"}}"#,
        "",
        "[]",
        "null",
        r#"{"credential": "mail"} x"#,
    ] {
        let answer = app.as_admin().post(PATH).text(text).await;
        answer.expect(400).problem("unreadable_request");
    }
    let form = app
        .as_admin()
        .post(PATH)
        .header("content-type", "text/plain");
    form.text(r#"{"credential": "mail"}"#)
        .await
        .expect(415)
        .problem("unsupported_media_type");
    let query = app.as_admin().post("/v1/validations?stream=1");
    let answer = query.json(&json!({"credential": "mail"})).await.expect(422);
    answer.expect_error("/stream", "unknown_parameter");
}

#[tokio::test]
async fn a_secret_of_a_wrong_type_is_not_repeated() {
    let app = app().await;
    for body in [
        json!({"draft": CLIENT_SECRET}),
        json!({"overrides": CLIENT_SECRET, "credential": "mail"}),
        json!({"credential": {"client_secret": CLIENT_SECRET}}),
        json!({"credential": "mail", "overrides": {"headers": CLIENT_SECRET}}),
    ] {
        validate(app.as_admin(), body)
            .await
            .expect(400)
            .problem("unreadable_request");
    }
    let body = json!({"credential": CLIENT_SECRET});
    let answer = app.as_admin().post(PATH).json(&body).begin().await;
    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn a_draft_keeps_nothing() {
    let app = TestApp::start().await;
    let headers = json!([{"name": "x-api-key"}]);
    let draft = drafts::with("New", json!({"client_secret": null, "headers": headers}));
    let answer = validate(app.as_admin(), json!({"draft": draft}))
        .await
        .expect(422);
    assert!(
        answer
            .errors()
            .iter()
            .all(|(at, _)| at.starts_with("/draft/"))
    );
    let draft = drafts::with("New", json!({"headers": headers}));
    let answer = validate(app.as_admin(), json!({"draft": draft}))
        .await
        .expect(422);
    let places: Vec<Value> = answer
        .errors()
        .into_iter()
        .map(|(at, _)| at.into())
        .collect();
    assert_eq!(places, [json!("/draft/headers/0/value")]);
}
