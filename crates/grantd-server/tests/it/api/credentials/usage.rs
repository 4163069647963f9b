//! `GET /v1/credentials/{credential}/usage`

use std::time::Duration;

use grantd_testkit::Answer as Given;
use serde_json::{Value, json};

use crate::support::{TOKEN, TestApp, drafts};

const PATH: &str = "/v1/credentials/mail/usage";
const GET: &str = "/v1/credentials/mail/token";

/// Two minutes with tokens and one without any, written down.
async fn used() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::with("Mail", json!({"scope": "a b"})))
        .await;
    app.engine.start();
    app.engine.clock.advance(Duration::from_secs(30));
    app.answers(Given::token(TOKEN));
    for _ in 0..3 {
        app.as_workload().get(GET).await.expect(200);
    }
    app.as_admin().get(GET).await.expect(200);
    written(&app).await;
    app.engine.clock.advance(Duration::from_mins(1));
    // counts are of the minute in which the counting began: when it was written last
    written(&app).await;
    app.as_workload().get(GET).await.expect(200);
    written(&app).await;
    app.engine.clock.advance(Duration::from_hours(1));
    written(&app).await;
    app.answers(Given::json(500, ""));
    app.as_workload().get(GET).await.expect(502);
    app.as_workload().get(GET).await.expect(502);
    written(&app).await;
    app
}

/// Lets the ten seconds go by after which counts are written.
async fn written(_: &TestApp) {
    tokio::time::sleep(Duration::from_secs(11)).await;
}

/// Minute, actor, result and count of each row.
fn rows(shown: &Value) -> Vec<(String, String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = shown["items"].as_array().unwrap().iter();
    rows.map(|row| {
        (
            text(&row["minute"]),
            text(&row["actor"]["name"]),
            text(&row["result"]),
            row["count"].as_u64().unwrap(),
        )
    })
    .collect()
}

fn row(minute: &str, actor: &str, result: &str, count: u64) -> (String, String, String, u64) {
    (
        format!("2027-01-15T{minute}:00Z"),
        actor.to_owned(),
        result.to_owned(),
        count,
    )
}

#[tokio::test(start_paused = true)]
async fn hand_outs_are_counted_by_minute_actor_and_result() {
    let app = used().await;
    let shown = app.as_viewer().get(PATH).await.expect(200).json();
    let mut found = rows(&shown);
    assert!(found.is_sorted_by_key(|row| row.0.clone()), "oldest first");
    found.sort();
    assert_eq!(
        found,
        [
            row("08:00", "admin", "handed_out", 1),
            row("08:00", "workload", "handed_out", 3),
            row("08:01", "workload", "handed_out", 1),
            row("09:01", "workload", "failed", 2),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_span_begins_with_its_first_time_and_ends_before_its_last() {
    let app = used().await;
    for (query, count) in [
        ("from=2027-01-15T08:01:00Z", 2),
        ("until=2027-01-15T08:01:00Z", 2),
        ("from=2027-01-15T08:01:00Z&until=2027-01-15T09:00:00Z", 1),
        (
            "from=2027-01-15T10:01:00%2B02:00&until=2027-01-15T08:02:00Z",
            1,
        ),
        ("from=2027-01-15T10:00:00Z&until=2027-01-15T08:00:00Z", 0),
        ("from=0001-01-01T00:00:00Z&until=9999-01-01T00:00:00Z", 4),
    ] {
        let answer = app.as_viewer().get(&format!("{PATH}?{query}")).await;
        let shown = answer.expect(200).json();
        assert_eq!(rows(&shown).len(), count, "{query}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    for (query, pointer) in [
        ("from=yesterday", "/from"),
        ("until=2027-01-15", "/until"),
        ("from=", "/from"),
        ("from=2027-01-15T08:00:00", "/from"),
        ("until=2027-13-01T00:00:00Z", "/until"),
        ("limit=5", "/limit"),
        (
            "from=2027-01-15T08:00:00Z&from=2027-01-15T08:00:00Z",
            "/from",
        ),
    ] {
        let answer = app.as_viewer().get(&format!("{PATH}?{query}")).await;
        let errors = answer.expect(422).errors();
        assert_eq!(errors.len(), 1, "{query}");
        assert_eq!(errors[0].0, pointer, "{query}");
    }
}

#[tokio::test]
async fn who_may() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mail")).await;
    for caller in [app.as_admin(), app.as_editor(), app.as_viewer()] {
        let shown = caller.get(PATH).await.expect(200).json();
        assert_eq!(shown, json!({"items": []}));
    }
    app.as_workload()
        .get(PATH)
        .await
        .expect(404)
        .problem("not_found");
    app.anonymous()
        .get(PATH)
        .await
        .expect(401)
        .problem("unauthenticated");
    let none = app.as_viewer().get("/v1/credentials/none/usage").await;
    none.expect(404).problem("not_found");
}
