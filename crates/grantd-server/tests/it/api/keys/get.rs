//! `GET /v1/keys/{key}`

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn it_is_shown_without_its_secret() {
    let app = TestApp::start().await;
    let form = json!({"name": "k", "role": "viewer"});
    let made = app
        .as_admin()
        .post("/v1/keys")
        .json(&form)
        .await
        .expect(201);
    let path = format!("/v1/keys/{}", made.member("id"));
    let shown = app.as_admin().get(&path).await.expect(200).json();
    let mut expected = made.json();
    expected.as_object_mut().unwrap().remove("key");
    assert_eq!(shown, expected);
    for caller in [app.as_editor(), app.as_viewer(), app.as_workload()] {
        caller.get(&path).await.expect(403).problem("forbidden");
    }
    app.anonymous().get(&path).await.problem("unauthenticated");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    for name in [
        "key_00000000000000000000000000",
        "k",
        "cred_1",
        "%FF",
        "key_",
    ] {
        let answer = app.as_admin().get(&format!("/v1/keys/{name}")).await;
        answer.expect(404).problem("not_found");
    }
}
