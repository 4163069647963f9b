//! `POST /v1/credentials/{credential}/enable` and `…/disable`

use grantd_testkit::Answer;

use crate::support::{TOKEN, TestApp, drafts};

#[tokio::test]
async fn a_disabled_credential_gives_no_token() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    let post = async |path: &str| {
        app.as_admin()
            .post(&format!("/v1/credentials/mine{path}"))
            .await
    };
    let shown = post("/disable").await.expect(200);
    assert_eq!(shown.header("etag"), Some("\"r2\""));
    assert_eq!(shown.json()["enabled"], false);
    let detail = post("/token")
        .await
        .expect(409)
        .detail("credential_disabled");
    assert!(detail.contains("disabled"), "{detail}");
    // again changes nothing
    assert_eq!(
        post("/disable").await.expect(200).header("etag"),
        Some("\"r2\"")
    );
    let shown = post("/enable").await.expect(200);
    assert_eq!(shown.json()["enabled"], true);
    assert_eq!(shown.header("etag"), Some("\"r3\""));
    app.answers(Answer::token(TOKEN));
    post("/token").await.expect(200);
}

#[tokio::test]
async fn who_may() {
    let app = TestApp::start().await;
    app.add(&drafts::minimal("Mine")).await;
    for verb in ["enable", "disable"] {
        let path = format!("/v1/credentials/mine/{verb}");
        app.as_viewer()
            .post(&path)
            .await
            .expect(403)
            .problem("forbidden");
        app.as_workload()
            .post(&path)
            .await
            .expect(404)
            .problem("not_found");
        app.anonymous().post(&path).await.problem("unauthenticated");
        app.as_editor().post(&path).await.expect(200);
        let path = format!("/v1/credentials/none/{verb}");
        app.as_editor()
            .post(&path)
            .await
            .expect(404)
            .problem("not_found");
    }
}
