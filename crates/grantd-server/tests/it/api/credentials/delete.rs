//! `DELETE /v1/credentials/{credential}`

use serde_json::json;

use crate::support::{TestApp, drafts};

const PATH: &str = "/v1/credentials/mine";

#[tokio::test]
async fn it_is_gone_and_its_slug_is_free() {
    let app = TestApp::start().await;
    let first = app.add(&drafts::minimal("Mine")).await.member("id");
    let answer = app
        .as_editor()
        .delete(PATH)
        .header("if-match", "\"r1\"")
        .await
        .expect(204);
    assert!(answer.body.is_empty());
    app.as_admin().get(PATH).await.expect(404);
    let again = app.as_editor().delete(PATH).header("if-match", "*").await;
    again.expect(404).problem("not_found");
    let second = app.add(&drafts::minimal("Mine")).await.member("id");
    assert_ne!(first, second);
    let by_id = format!("/v1/credentials/{second}");
    app.as_editor()
        .delete(&by_id)
        .header("if-match", "*")
        .await
        .expect(204);
}

#[tokio::test]
async fn the_revision_is_demanded() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    app.as_admin()
        .patch(PATH, "*")
        .json(&json!({"owner": "a"}))
        .await
        .expect(200);
    let delete = || app.as_editor().delete(PATH);
    delete().await.expect(428).problem("precondition_required");
    delete()
        .header("if-match", "r2")
        .await
        .expect(400)
        .problem("unreadable_request");
    delete()
        .header("if-match", "\"r1\"")
        .await
        .expect(412)
        .problem("stale");
    let twice = delete().header("if-match", "*").header("if-match", "*");
    twice.await.expect(400).problem("unreadable_request");
    app.as_admin().get(PATH).await.expect(200);
    delete().header("if-match", "\"r2\"").await.expect(204);
}

#[tokio::test]
async fn who_may_delete() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    let viewer = app.as_viewer().delete(PATH).header("if-match", "*").await;
    viewer.expect(403).problem("forbidden");
    let workload = app.as_workload().delete(PATH).header("if-match", "*").await;
    workload.expect(404).problem("not_found");
    app.anonymous()
        .delete(PATH)
        .header("if-match", "*")
        .await
        .problem("unauthenticated");
    app.as_admin().get(PATH).await.expect(200);
}
