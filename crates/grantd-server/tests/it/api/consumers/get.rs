//! `GET /v1/consumers/{consumer}`

use grantd_model::{Action, Grant};

use super::ORDERS;
use crate::support::consumers::with_orders;

#[tokio::test]
async fn it_is_found_by_slug_and_by_id() {
    let app = with_orders().await;
    let by_slug = app.as_viewer().get(ORDERS).await.expect(200);
    assert_eq!(by_slug.header("etag"), Some("\"r1\""));
    let id = by_slug.member("id");
    assert!(id.starts_with("csm_"), "{id}");
    let by_id = app.as_viewer().get(&format!("/v1/consumers/{id}")).await;
    assert_eq!(by_id.expect(200).json(), by_slug.json());
}

#[tokio::test]
async fn it_tells_whether_it_serves() {
    let app = with_orders().await;
    let standing = async || app.as_viewer().get(ORDERS).await.member("standing");
    assert_eq!(standing().await, "serving");
    let post = async |path: &str| app.as_admin().post(path).await.expect(200);
    post("/v1/credentials/caller/disable").await;
    assert_eq!(standing().await, "credential_disabled");
    post(&format!("{ORDERS}/disable")).await;
    assert_eq!(standing().await, "disabled");
}

#[tokio::test]
async fn who_may_not_see_it_is_told_that_there_is_none() {
    let app = with_orders().await;
    for path in [ORDERS, "/v1/consumers/none", "/v1/consumers/No%20Slug"] {
        let answer = app.as_workload().get(path).await.expect(404);
        answer.problem("not_found");
    }
    let uses = app.key_with(vec![Grant::everywhere(Action::Use)]).await;
    let answer = app.with_key(&uses).get(ORDERS).await.expect(404);
    answer.problem("not_found");
    app.anonymous().get(ORDERS).await.expect(401);
}
