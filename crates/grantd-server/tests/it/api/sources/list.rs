//! `GET /v1/sources`

use serde_json::json;

use crate::support::{TestApp, sources};

#[tokio::test]
async fn names_and_kinds_alone_are_shown() {
    let (app, folder) = sources::app_with_files().await;
    for caller in [app.as_admin(), app.as_editor()] {
        let answer = caller.get("/v1/sources").await.expect(200);
        assert_eq!(
            answer.json(),
            json!({"items": [{
                "name": "team-files", "kind": "file", "declared": true, "standing": "unknown",
                "fault": null, "answered_at": null, "read_at": null,
            }]})
        );
        assert!(!answer.text().contains(folder.path().to_str().unwrap()));
    }
    for caller in [app.as_viewer(), app.as_workload()] {
        caller
            .get("/v1/sources")
            .await
            .expect(403)
            .problem("forbidden");
    }
    app.anonymous()
        .get("/v1/sources")
        .await
        .problem("unauthenticated");
}

#[tokio::test]
async fn without_any_the_list_is_empty() {
    let app = TestApp::start().await;
    let answer = app.as_admin().get("/v1/sources").await.expect(200);
    assert_eq!(answer.json(), json!({"items": []}));
}
