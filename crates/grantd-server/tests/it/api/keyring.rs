//! `/v1/keyring`.

use crate::support::TestApp;

#[tokio::test]
async fn it_is_rotated_by_an_admin_and_a_key_is_forgotten_when_nothing_is_under_it() {
    let app = TestApp::start().await;
    let admin = app.as_admin();
    let before = admin.get("/v1/keyring").await.expect(200).json();
    let key = before["key"].as_str().unwrap();
    for caller in [app.as_viewer(), app.as_editor(), app.as_workload()] {
        let rotate = caller.post("/v1/keyring/rotations").await.expect(403);
        rotate.problem("forbidden");
        let forget = caller.delete(&format!("/v1/keyring/keys/{key}")).await;
        forget.expect(403).problem("forbidden");
    }
    let path = format!("/v1/keyring/keys/{key}");
    admin.delete(&path).await.expect(409).problem("in_use");
    let after = admin.post("/v1/keyring/rotations").await.expect(200).json();
    assert_ne!(after["key"], before["key"]);
    assert_eq!(after["earlier"][0]["key"], before["key"]);
    let left = admin.delete(&path).await.expect(200).json();
    assert_eq!(
        (&left["keys"], &left["earlier"]),
        (&1.into(), &serde_json::json!([]))
    );
    admin.delete(&path).await.expect(404).problem("not_found");
}
