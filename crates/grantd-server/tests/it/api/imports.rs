//! `POST /v1/imports`

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use grantd_testkit::fixtures::CLIENT_SECRET;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp, drafts};

const PATH: &str = "/v1/imports";

const HEAD: &str = "name;client_id;client_secret;token_endpoint;scope;labels.team\n";

fn row(name: &str, endpoint: &str) -> String {
    format!("{name};client;{CLIENT_SECRET};{endpoint};mail.read;sales\n")
}

async fn started() -> TestApp {
    let app = TestApp::start().await;
    app.watch("a secret of a row", CLIENT_SECRET);
    app
}

async fn send(caller: &Caller<'_>, path: &str, text: impl Into<Body>) -> Answer {
    let call = caller.post(path).header("content-type", "text/csv");
    call.body(text.into()).await
}

#[tokio::test]
async fn rows_are_imported_as_a_whole_or_those_that_are_right() {
    let app = started().await;
    let admin = app.as_admin();
    let text = format!(
        "\u{feff}{HEAD}{}{}",
        row("One", "https://login.example.com/t"),
        row("Two", "ftp://login.example.com")
    );
    let report = send(&admin, PATH, text.clone()).await.expect(200).json();
    assert_eq!(report["result"], "refused");
    assert_eq!(report["items"][0]["outcome"], "not_done");
    let wrong = &report["items"][1];
    assert_eq!(
        (&wrong["line"], &wrong["outcome"]),
        (&json!(3), &json!("refused"))
    );
    assert_eq!(wrong["errors"][0]["column"], "token_endpoint");
    admin.get("/v1/credentials/one").await.problem("not_found");

    let skip = format!("{PATH}?skip_bad_rows=true");
    let report = send(&admin, &skip, text.clone()).await.expect(200).json();
    assert_eq!(
        (&report["result"], &report["created"], &report["refused"]),
        (&json!("done"), &json!(1), &json!(1))
    );
    let one = admin.get("/v1/credentials/one").await.expect(200).json();
    assert_eq!(one["labels"], json!({"team": "sales"}));
    let report = send(&admin, &skip, text).await.expect(200).json();
    assert_eq!(report["items"][0]["outcome"], "unchanged");
}

#[tokio::test]
async fn what_is_no_such_csv_is_refused() {
    let app = started().await;
    let admin = app.as_admin();
    for (text, place) in [
        ("", "/1"),
        ("name,colour\n", "/1"),
        ("name\n\"a\nb\n", "/2"),
    ] {
        let answer = send(&admin, PATH, text).await.expect(400);
        let problem = answer.problem("unreadable_request");
        assert_eq!(problem["errors"][0]["pointer"], place, "{text:?}");
    }
    let large = "x".repeat(16 * 1024 * 1024 + 1);
    send(&admin, PATH, large).await.problem("body_too_large");
    let call = admin.post(PATH).json(&json!({}));
    call.await.problem("unsupported_media_type");
    let odd = format!("{PATH}?skip_bad_rows=perhaps");
    let answer = send(&admin, &odd, HEAD).await.expect(422);
    answer.expect_error("/skip_bad_rows", "unknown_value");
    let viewer = app.as_viewer();
    send(&viewer, PATH, HEAD).await.problem("forbidden");
}

#[tokio::test]
async fn it_is_told_how_far_it_is() {
    let app = started().await;
    let mut text = HEAD.to_owned();
    for number in 0..120 {
        text.push_str(&row(
            &format!("Row {number}"),
            "https://login.example.com/t",
        ));
    }
    let admin = app.as_admin();
    let call = admin
        .post(PATH)
        .header("content-type", "text/csv")
        .header("accept", "text/event-stream");
    let answer = call.body(text.into()).await.expect(200);
    let text = answer.text();
    let events: Vec<(&str, Value)> = text
        .trim_end()
        .split("\n\n")
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let data = data.strip_prefix("data: ").unwrap();
            (
                name.strip_prefix("event: ").unwrap(),
                serde_json::from_str(data).unwrap(),
            )
        })
        .collect();
    let rows: Vec<_> = events
        .iter()
        .map(|(name, data)| (*name, &data["rows"]))
        .collect();
    let number = [50, 100, 120, 120].map(|it| json!(it));
    assert_eq!(
        rows,
        [
            ("progress", &number[0]),
            ("progress", &number[1]),
            ("progress", &number[2]),
            ("result", &number[3])
        ]
    );
    assert_eq!(events[3].1["created"], 120);
}

/// The answer to an import of so many rows, of which nothing was read so far.
async fn begun(app: &TestApp, rows: usize) -> Response {
    let rows = (0..rows).map(|it| row(&format!("Row {it}"), "https://login.example.com/t"));
    let admin = app.as_admin();
    let call = admin
        .post(PATH)
        .header("content-type", "text/csv")
        .header("accept", "text/event-stream");
    let text = HEAD.to_owned() + &rows.collect::<String>();
    call.body(text.into()).begin().await
}

#[tokio::test]
async fn a_client_that_reads_nothing_keeps_nobody_from_writing() {
    let app = started().await;
    let answer = begun(&app, 5000).await;
    let add = app.add(&drafts::minimal("Other"));
    tokio::time::timeout(Duration::from_secs(60), add)
        .await
        .unwrap();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(text.contains("\"result\":\"done\",\"rows\":5000,\"created\":5000"));
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_has_imported_nothing() {
    let app = started().await;
    drop(begun(&app, 5000).await);
    app.engine.close().await;
    let admin = app.as_admin();
    admin.get("/v1/credentials/row-0").await.problem("not_found");
}
