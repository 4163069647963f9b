//! `DELETE /v1/keys/{key}`

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn its_holder_is_refused_from_then_on() {
    let app = TestApp::start().await;
    let form = json!({"name": "k", "role": "viewer"});
    let made = app
        .as_admin()
        .post("/v1/keys")
        .json(&form)
        .await
        .expect(201);
    let (path, key) = (
        format!("/v1/keys/{}", made.member("id")),
        made.member("key"),
    );
    app.with_key(&key).get("/v1/credentials").await.expect(200);
    let answer = app.as_admin().delete(&path).await.expect(204);
    assert!(answer.body.is_empty());
    let refused = app.with_key(&key).get("/v1/credentials").await;
    assert!(refused.detail("unauthenticated").contains("revoked"));
    // it stays in the list, and revoking again changes nothing
    let shown = app.as_admin().get(&path).await.expect(200).json();
    assert_eq!(shown["revoked_at"], "2027-01-15T08:00:00Z");
    app.engine.clock.advance(std::time::Duration::from_mins(1));
    app.as_admin().delete(&path).await.expect(204);
    assert_eq!(app.as_admin().get(&path).await.json(), shown);
    let log = app
        .as_admin()
        .get("/v1/audit?action=key.revoke")
        .await
        .json();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(log["next_cursor"], Value::Null);
}

#[tokio::test]
async fn who_may_and_what_is_not_there() {
    let app = TestApp::start().await;
    let path = "/v1/keys/key_00000000000000000000000000";
    for caller in [app.as_editor(), app.as_viewer(), app.as_workload()] {
        caller.delete(path).await.expect(403).problem("forbidden");
    }
    app.anonymous()
        .delete(path)
        .await
        .problem("unauthenticated");
    app.as_admin()
        .delete(path)
        .await
        .expect(404)
        .problem("not_found");
    app.as_admin()
        .delete("/v1/keys/x")
        .await
        .expect(404)
        .problem("not_found");
}
