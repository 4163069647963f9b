//! `POST /v1/audit/checks`, `GET /v1/audit/checkpoint`, `GET /v1/audit/export`

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn a_log_that_is_lost_track_of_is_told_and_one_against_a_checkpoint_too() {
    let app = TestApp::start().await;
    let admin = app.as_admin();
    admin.post("/v1/keyring/rotations").await.expect(200);
    // nobody began the chain of this store: that is what is found
    let check = admin.post("/v1/audit/checks").json(&json!({})).await;
    let check = check.expect(200).json();
    assert_eq!(check["intact"], false);
    assert_eq!(check["faults"][0]["code"], "begin_altered");
    assert_eq!(check["against"], Value::Null);
    let checkpoint = admin.get("/v1/audit/checkpoint").await.expect(200).json();
    let body = json!({ "checkpoint": checkpoint });
    let check = admin
        .post("/v1/audit/checks")
        .json(&body)
        .await
        .expect(200)
        .json();
    assert_eq!(check["against"], "confirmed");
    let mut negative = checkpoint.clone();
    negative["seq"] = (-1).into();
    let refused = admin.post("/v1/audit/checks");
    let refused = refused.json(&json!({ "checkpoint": negative })).await;
    let problem = refused.expect(422).problem("validation_failed");
    assert_eq!(problem["errors"][0]["pointer"], "/checkpoint/seq");
    let mut wrong = checkpoint;
    wrong["mac"] = "ab".into();
    let refused = admin
        .post("/v1/audit/checks")
        .json(&json!({ "checkpoint": wrong }))
        .await;
    let problem = refused.expect(422).problem("validation_failed");
    assert_eq!(problem["errors"][0]["pointer"], "/checkpoint/mac");
}

#[tokio::test]
async fn the_log_is_exported_line_by_line_the_oldest_first() {
    let app = TestApp::start().await;
    let admin = app.as_admin();
    for _ in 0..3 {
        admin.post("/v1/keyring/rotations").await.expect(200);
    }
    let answer = admin.get("/v1/audit/export").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = answer
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (number, line) in (1..).zip(&lines) {
        assert_eq!(line["seq"], number);
    }
    assert_eq!(lines.last().unwrap()["action"], "audit.export");
    let none = admin
        .get("/v1/audit/export?until=2000-01-01T00:00:00Z")
        .await;
    assert_eq!(none.expect(200).text(), "");
    let wrong = admin.get("/v1/audit/export?from=yesterday").await;
    wrong.expect(422).problem("validation_failed");
}

#[tokio::test]
async fn all_of_it_is_for_admins() {
    let app = TestApp::start().await;
    for caller in [app.as_viewer(), app.as_editor(), app.as_workload()] {
        for path in ["/v1/audit/checkpoint", "/v1/audit/export"] {
            caller.get(path).await.expect(403).problem("forbidden");
        }
        let check = caller.post("/v1/audit/checks").json(&json!({})).await;
        check.expect(403).problem("forbidden");
    }
}
