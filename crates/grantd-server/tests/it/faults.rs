//! Faults of grantd itself: told as problems, without what is inside.

use std::sync::Arc;

use grantd_model::Credential;
use grantd_secrets::Sources;
use grantd_store::Store;
use serde_json::json;

use crate::support::{FaultyStore, Mood, TestApp, drafts};

/// An API over a store with moods.
pub(crate) async fn app() -> (TestApp, FaultyStore) {
    let store = FaultyStore::default();
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    (TestApp::with(shared, Sources::default()).await, store)
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_server_goes_on() {
    let (app, store) = app().await;
    store.set(Mood::Panics);
    let answer = app.as_admin().get("/v1/credentials").await.expect(500);
    let problem = answer.problem("internal");
    assert_eq!(problem.get("detail"), None, "{problem}");
    store.set(Mood::Works);
    app.as_admin().get("/v1/credentials").await.expect(200);
}

#[tokio::test]
async fn a_store_that_fails_is_a_problem_on_every_route() {
    let (app, store) = app().await;
    app.add(&drafts::minimal("Mine")).await;
    store.set(Mood::Fails);
    let (admin, path) = (app.as_admin(), "/v1/credentials/mine");
    for answer in [
        admin.get("/v1/credentials").await,
        admin.get(path).await,
        admin
            .post("/v1/credentials")
            .json(&drafts::minimal("Other"))
            .await,
        admin.patch(path, "*").json(&json!({"owner": "a"})).await,
        admin.delete(path).header("if-match", "*").await,
        admin.post(&format!("{path}/enable")).await,
        admin.post(&format!("{path}/disable")).await,
        admin.post(&format!("{path}/token")).await,
        admin.get("/v1/keys").await,
        admin.get("/v1/audit").await,
    ] {
        answer.expect(503).problem("store_failed");
    }
    let ready = app.anonymous().get("/healthz").await;
    ready.expect(200);
    store.set(Mood::Works);
    admin.get(path).await.expect(200);
}

#[tokio::test]
async fn a_secret_that_was_moved_to_another_credential_is_not_opened() {
    let app = TestApp::start().await;
    let ids = [
        app.add(&drafts::minimal("One")).await.member("id"),
        app.add(&drafts::minimal("Two")).await.member("id"),
    ];
    let mut unit = app.engine.store.write().await.unwrap();
    let mut rows = Vec::new();
    for id in &ids {
        let row = unit.credentials().by_id(id.parse().unwrap()).await;
        rows.push(row.unwrap().unwrap());
    }
    let moved = Credential {
        authentication: rows[1].authentication.clone(),
        ..rows[0].clone()
    };
    let updated = unit.credentials().update(&moved, moved.revision).await;
    updated.unwrap();
    unit.commit().await.unwrap();
    let answer = app.as_workload().post("/v1/credentials/one/token").await;
    let problem = answer.expect(500).problem("seal_broken");
    assert!(problem["detail"].is_string(), "{problem}");
    assert!(app.logs().contains("a request failed"));
}
