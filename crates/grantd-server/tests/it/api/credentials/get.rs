//! `GET /v1/credentials/{credential}`

use grantd_model::Action;
use grantd_testkit::fixtures;
use serde_json::json;

use crate::support::{TestApp, drafts};

#[tokio::test]
async fn slug_and_id_both_address() {
    let app = TestApp::start().await;
    let added = app.add(&drafts::minimal("Mine")).await;
    let by_slug = app
        .as_viewer()
        .get("/v1/credentials/mine")
        .await
        .expect(200);
    let path = format!("/v1/credentials/{}", added.member("id"));
    let by_id = app.as_viewer().get(&path).await.expect(200);
    assert_eq!(by_slug.json(), by_id.json());
    assert_eq!(by_slug.json(), added.json());
    for answer in [by_slug, by_id] {
        assert_eq!(answer.header("etag"), Some("\"r1\""));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn what_is_not_there_or_no_name_is_not_found() {
    let app = TestApp::start().await;
    let added = app.add(&drafts::minimal("Mine")).await;
    let id = added.member("id");
    let (head, last) = id.split_at(id.len() - 1);
    let other = format!("{head}{}", if last == "0" { "1" } else { "0" });
    for name in [
        "other", &other, "Mine", "MINE", "key_1", "cred_", "a--b", "%FF", "%00", "a%20b",
    ] {
        let answer = app.as_admin().get(&format!("/v1/credentials/{name}")).await;
        answer.expect(404).problem("not_found");
    }
}

#[tokio::test]
async fn what_one_may_not_see_is_not_found_in_the_same_words() {
    let app = TestApp::start().await;
    let draft = drafts::with("Seen", json!({"labels": {"team": "a"}}));
    app.add(&draft).await;
    app.add(&drafts::minimal("Hidden")).await;
    let grant = fixtures::grant(Action::Read, &[("team", "a")]);
    let key = app.key_with(vec![grant]).await;
    app.with_key(&key)
        .get("/v1/credentials/seen")
        .await
        .expect(200);
    let detail = async |path: &str| app.with_key(&key).get(path).await.detail("not_found");
    let hidden = detail("/v1/credentials/hidden").await;
    let absent = detail("/v1/credentials/absent").await;
    assert_eq!(hidden.replace("hidden", "absent"), absent);
    // a grant of tokens alone shows nothing
    let answer = app.as_workload().get("/v1/credentials/seen").await;
    answer.expect(404).problem("not_found");
}
