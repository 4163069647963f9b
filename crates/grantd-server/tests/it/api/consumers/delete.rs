//! `DELETE /v1/consumers/{consumer}`

use super::ORDERS;
use crate::support::Caller;
use crate::support::consumers::with_orders;

#[tokio::test]
async fn it_is_gone_and_its_credential_is_free() {
    let app = with_orders().await;
    let delete_credential = async || {
        let call = app.as_admin().delete("/v1/credentials/caller");
        call.header("if-match", "*").await
    };
    let detail = delete_credential().await.expect(409).detail("in_use");
    assert!(detail.contains("`orders`"), "{detail}");
    let call = app.as_editor().delete(ORDERS).header("if-match", "\"r1\"");
    call.await.expect(204);
    app.as_viewer().get(ORDERS).await.expect(404);
    delete_credential().await.expect(204);
}

#[tokio::test]
async fn it_is_meant_for_one_revision_and_not_for_everybody() {
    let app = with_orders().await;
    let delete = async |caller: Caller<'_>, revision: &str| {
        caller.delete(ORDERS).header("if-match", revision).await
    };
    let stale = delete(app.as_editor(), "\"r2\"").await;
    stale.expect(412).problem("stale");
    let unreadable = delete(app.as_editor(), "r1").await;
    unreadable.expect(400).problem("unreadable_request");
    let missing = app.as_editor().delete(ORDERS).await;
    missing.expect(428).problem("precondition_required");
    let viewer = delete(app.as_viewer(), "*").await;
    viewer.expect(403).problem("forbidden");
    let workload = delete(app.as_workload(), "*").await;
    workload.expect(404).problem("not_found");
    app.as_viewer().get(ORDERS).await.expect(200);
}
