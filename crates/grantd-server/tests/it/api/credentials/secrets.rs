//! `POST /v1/credentials/{credential}/secrets` and `…/promote`

use grantd_testkit::Answer as Given;
use grantd_testkit::fixtures::CLIENT_SECRET;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, SECOND, TOKEN, TestApp, drafts, sources};

const PATH: &str = "/v1/credentials/mail";
const ADD: &str = "/v1/credentials/mail/secrets";
const PROMOTE: &str = "/v1/credentials/mail/promote";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    app
}

async fn add(caller: Caller<'_>, revision: &str, form: &Value) -> Answer {
    caller
        .post(ADD)
        .header("if-match", revision)
        .json(form)
        .await
}

async fn promote(caller: Caller<'_>, revision: &str) -> Answer {
    caller.post(PROMOTE).header("if-match", revision).await
}

fn versions(shown: &Value) -> Vec<u64> {
    let secrets = shown["secrets"].as_array().unwrap().iter();
    secrets
        .map(|secret| secret["version"].as_u64().unwrap())
        .collect()
}

fn second() -> Value {
    json!({"client_secret": SECOND})
}

#[tokio::test]
async fn a_second_secret_is_kept_beside_the_first_until_it_is_promoted() {
    let app = app().await;
    let added = add(app.as_editor(), "\"r1\"", &second()).await.expect(200);
    assert_eq!(added.header("etag"), Some("\"r2\""));
    let shown = added.json();
    assert_eq!(versions(&shown), [1, 2]);
    assert_eq!(shown["secrets"][1]["set_by"]["name"], "editor");
    assert_eq!(shown["secrets"][1]["last_used_at"], Value::Null);
    assert_eq!(shown["health"]["state"], "never_validated");
    // the second is tried where the first is not accepted
    app.answers(Given::refusal(401, "invalid_client"));
    app.answers(Given::token(TOKEN));
    app.as_workload()
        .get(&format!("{PATH}/token"))
        .await
        .expect(200);
    let shown = app.as_viewer().get(PATH).await.json();
    assert_eq!(shown["secrets"][0]["last_used_at"], Value::Null);
    assert_eq!(shown["secrets"][1]["last_used_at"], "2027-01-15T08:00:00Z");

    let promoted = promote(app.as_editor(), "\"r2\"").await.expect(200);
    assert_eq!(promoted.header("etag"), Some("\"r3\""));
    assert_eq!(versions(&promoted.json()), [2]);
    // the token that is at hand stays good
    app.as_workload()
        .get(&format!("{PATH}/token"))
        .await
        .expect(200);
    assert_eq!(app.outbound().sent().len(), 2);
    let log = app
        .as_admin()
        .get("/v1/audit?action=secret.promote")
        .await
        .json();
    assert_eq!(
        log["items"][0]["detail"],
        json!({"version": "1 \u{2192} 2"})
    );
}

#[tokio::test]
async fn another_one_takes_the_place_of_the_next() {
    let app = app().await;
    add(app.as_editor(), "*", &second()).await.expect(200);
    let third = json!({"client_secret": CLIENT_SECRET});
    let added = add(app.as_editor(), "*", &third);
    assert_eq!(versions(&added.await.expect(200).json()), [1, 3]);
}

#[tokio::test]
async fn without_a_next_one_there_is_nothing_to_promote() {
    let app = app().await;
    let answer = promote(app.as_editor(), "*").await.expect(422);
    answer.expect_error("", "no_next_secret");
}

#[tokio::test]
async fn wrong_values_are_named() {
    let app = app().await;
    for (form, pointer) in [
        (json!({}), "/client_secret"),
        (json!({"client_secret": ""}), "/client_secret"),
        (json!({"client_secret": null}), "/client_secret"),
        (json!({"client_secret": "x".repeat(8193)}), "/client_secret"),
        (
            json!({"secret_source": "vault", "client_secret": SECOND}),
            "/secret_source",
        ),
        (
            json!({"secret_source": "external"}),
            "/client_secret_reference",
        ),
        (
            json!({"client_secret_reference": {"source": "none", "path": "x"}}),
            "/client_secret_reference",
        ),
    ] {
        let answer = add(app.as_editor(), "*", &form).await;
        let errors = answer.expect(422).errors();
        assert!(
            errors.iter().any(|(at, _)| at.starts_with(pointer)),
            "{form}: {errors:?}"
        );
    }
    for form in [
        json!({"secret": SECOND}),
        json!([]),
        json!({"client_secret": 7}),
    ] {
        let answer = add(app.as_editor(), "*", &form).await;
        answer.expect(400).problem("unreadable_request");
    }
    let body = app.as_editor().post(PROMOTE).header("if-match", "*");
    let answer = body.json(&second()).await.expect(400);
    answer.problem("unreadable_request");
}

#[tokio::test]
async fn the_revision_decides() {
    let app = app().await;
    for (path, form) in [(ADD, second()), (PROMOTE, json!({}))] {
        let call = || app.as_editor().post(path).json(&form);
        call().await.expect(428).problem("precondition_required");
        for wrong in ["r1", "\"1\"", "W/\"r1\"", "\"r1\", \"r2\"", ""] {
            let answer = call().header("if-match", wrong).await;
            answer.expect(400).problem("unreadable_request");
        }
        let stale = call().header("if-match", "\"r9\"").await;
        let detail = stale.expect(412).detail("stale");
        assert!(detail.contains("r1"), "{detail}");
    }
    // a stale revision goes before wrong values (RFC 9110 section 13.2.2)
    let stale = add(app.as_editor(), "\"r9\"", &json!({})).await;
    stale.expect(412).problem("stale");
    let shown = app.as_viewer().get(PATH).await.json();
    assert_eq!((&shown["revision"], versions(&shown)), (&json!(1), vec![1]));
}

#[tokio::test]
async fn a_star_is_never_stale() {
    let app = app().await;
    let another = async || {
        add(app.as_editor(), "*", &second()).await.expect(200);
    };
    let promotion = async || {
        let answer = promote(app.as_editor(), "*").await;
        assert!([200, 422].contains(&answer.status), "{}", answer.text());
    };
    let edit = async |number: u32| {
        let patch = json!({"description": format!("change {number}")});
        app.as_editor()
            .patch(PATH, "*")
            .json(&patch)
            .await
            .expect(200);
    };
    another().await;
    tokio::join!(
        edit(1),
        another(),
        promotion(),
        edit(2),
        another(),
        edit(3),
        promotion()
    );
}

#[tokio::test]
async fn who_may() {
    let app = app().await;
    add(app.as_viewer(), "*", &second())
        .await
        .expect(403)
        .problem("forbidden");
    add(app.as_workload(), "*", &second())
        .await
        .expect(404)
        .problem("not_found");
    add(app.anonymous(), "*", &second())
        .await
        .expect(401)
        .problem("unauthenticated");
    promote(app.as_viewer(), "*")
        .await
        .expect(403)
        .problem("forbidden");
    promote(app.as_workload(), "*")
        .await
        .expect(404)
        .problem("not_found");
    promote(app.anonymous(), "*")
        .await
        .expect(401)
        .problem("unauthenticated");
    for verb in ["secrets", "promote"] {
        let path = format!("/v1/credentials/none/{verb}");
        let call = app.as_editor().post(&path).header("if-match", "*");
        let call = if verb == "secrets" {
            call.json(&second())
        } else {
            call
        };
        call.await.expect(404).problem("not_found");
    }
}

#[tokio::test]
async fn a_next_secret_may_be_in_a_source_that_serves_the_endpoint() {
    let (app, folder) = sources::app_with_files().await;
    app.add(&drafts::minimal("Mail")).await;
    sources::write(folder.path(), "next", SECOND);
    let reference = json!({"source": "team-files", "path": "next"});
    let form = json!({"client_secret_reference": reference});
    let shown = add(app.as_editor(), "*", &form).await.expect(200).json();
    assert_eq!(shown["secrets"][1]["reference"], reference);
    let shown = promote(app.as_editor(), "*").await.expect(200).json();
    assert_eq!(shown["secret_source"], "external");
    let elsewhere = drafts::with("Else", json!({"token_endpoint": "https://b.example/"}));
    app.add(&elsewhere).await;
    let call = app.as_editor().post("/v1/credentials/else/secrets");
    let answer = call.header("if-match", "*").json(&form).await.expect(422);
    answer.expect_error("/client_secret_reference", "invalid_reference");
}
