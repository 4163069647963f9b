//! `POST /v1/imports`

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use grantd_secrets::Sources;
use grantd_testkit::fixtures::CLIENT_SECRET;
use grantd_testkit::{MemoryStore, SlowStore};
use http_body_util::BodyExt;
use hyper::body::Frame;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp};

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

/// An API over a store that takes its time to begin a unit, so that an import goes on step by step.
async fn slow() -> (TestApp, SlowStore) {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let app = TestApp::with(Arc::new(store.clone()), Sources::default()).await;
    store.take(Duration::from_millis(50));
    (app, store)
}

/// The answer to an import of 500 rows, of which nothing was read so far.
async fn begun(app: &TestApp) -> Response {
    let rows = (0..500).map(|it| row(&format!("Row {it}"), "https://login.example.com/t"));
    let admin = app.as_admin();
    let call = admin
        .post(&format!("{PATH}?skip_bad_rows=true"))
        .header("content-type", "text/csv")
        .header("accept", "text/event-stream");
    let text = HEAD.to_owned() + &rows.collect::<String>();
    call.body(text.into()).begin().await
}

#[tokio::test]
async fn it_goes_on_while_the_client_reads_nothing() {
    let (app, store) = slow().await;
    let answer = begun(&app).await;
    let last = async { while app.as_admin().get("/v1/credentials/row-499").await.status != 200 {} };
    tokio::time::timeout(Duration::from_mins(1), last)
        .await
        .unwrap();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(text.to_vec()).unwrap();
    let (_, result) = text.rsplit_once("event: result\ndata: ").unwrap();
    let result: Value = serde_json::from_str(result.trim_end()).unwrap();
    assert_eq!(result["created"], 500);
    store.take(Duration::ZERO);
}

#[tokio::test]
async fn it_ends_where_the_client_leaves() {
    let (app, store) = slow().await;
    drop(begun(&app).await);
    app.engine.close().await;
    store.take(Duration::ZERO);
    let admin = app.as_admin();
    admin.get("/v1/credentials/row-0").await.expect(200);
    let last = admin.get("/v1/credentials/row-499").await;
    last.problem("not_found");
}

/// A body of which nothing ever comes.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn nothing_is_read_for_whoever_may_not_import() {
    let app = started().await;
    for path in [PATH, "/v1/plans", "/v1/plans/apply"] {
        let viewer = app.as_viewer();
        let call = viewer.post(path).header("content-type", "text/csv");
        call.body(Body::new(Endless)).await.problem("forbidden");
    }
}
