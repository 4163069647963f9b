//! `POST /v1/consumers/{consumer}/enable` and `…/disable`

use serde_json::json;

use super::ORDERS;
use crate::support::consumers::with_orders;

#[tokio::test]
async fn it_is_disabled_and_enabled() {
    let app = with_orders().await;
    for (verb, enabled, standing, etag) in [
        ("disable", false, "disabled", "\"r2\""),
        // again changes nothing
        ("disable", false, "disabled", "\"r2\""),
        ("enable", true, "serving", "\"r3\""),
    ] {
        let answer = app.as_editor().post(&format!("{ORDERS}/{verb}")).await;
        let answer = answer.expect(200);
        assert_eq!(answer.header("etag"), Some(etag), "{verb}");
        assert_eq!(answer.json()["enabled"], enabled);
        assert_eq!(answer.json()["standing"], standing);
    }
    let call = app.as_editor().post(&format!("{ORDERS}/enable"));
    let answer = call.json(&json!({"for_s": 5})).await.expect(400);
    answer.problem("unreadable_request");
}

#[tokio::test]
async fn who_may() {
    let app = with_orders().await;
    for verb in ["enable", "disable"] {
        let path = format!("{ORDERS}/{verb}");
        let viewer = app.as_viewer().post(&path).await;
        viewer.expect(403).problem("forbidden");
        let workload = app.as_workload().post(&path).await;
        workload.expect(404).problem("not_found");
        app.anonymous().post(&path).await.expect(401);
        let none = format!("/v1/consumers/none/{verb}");
        app.as_editor().post(&none).await.expect(404);
    }
}
