//! `/v1/backups`.

use serde_json::Value;

use crate::support::TestApp;

#[tokio::test]
async fn an_admin_gets_a_file_that_begins_with_what_it_is_of() {
    let app = TestApp::start().await;
    let answer = app.as_admin().post("/v1/backups").await.expect(200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/vnd.grantd.backup")
    );
    let disposition = answer.header("content-disposition").unwrap();
    assert!(disposition.contains("filename=\"grantd-"), "{disposition}");
    let text = answer.text();
    assert_eq!(
        answer.header("content-length"),
        Some(text.len().to_string().as_str())
    );
    let (line, content) = text.split_once('\n').unwrap();
    let manifest: Value = serde_json::from_str(line).unwrap();
    assert_eq!(manifest["grantd_backup"], 1);
    assert_eq!(manifest["keys"][0]["id"], "k1");
    assert_eq!(content, "copy");
}

#[tokio::test]
async fn nobody_else_does() {
    let app = TestApp::start().await;
    for caller in [app.as_viewer(), app.as_editor(), app.as_workload()] {
        let refused = caller.post("/v1/backups").await.expect(403);
        refused.problem("forbidden");
    }
    app.anonymous()
        .post("/v1/backups")
        .await
        .problem("unauthenticated");
}
