//! `GET /v1/keys`

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn newest_first_and_page_by_page() {
    let app = TestApp::start().await;
    for number in 0..9 {
        app.engine.clock.advance(std::time::Duration::from_secs(1));
        let form = json!({"name": format!("k{number}"), "role": "viewer"});
        app.as_admin()
            .post("/v1/keys")
            .json(&form)
            .await
            .expect(201);
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/keys?limit=4{cursor}");
        let page = app.as_admin().get(&path).await.expect(200).json();
        for item in page["items"].as_array().unwrap() {
            names.push(item["name"].as_str().unwrap().to_owned());
            assert_eq!(item.get("key"), None);
        }
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(names.len(), 13);
    assert_eq!(
        names[..9],
        ["k8", "k7", "k6", "k5", "k4", "k3", "k2", "k1", "k0"]
    );
}

#[tokio::test]
async fn who_may_and_wrong_parameters() {
    let app = TestApp::start().await;
    for caller in [app.as_editor(), app.as_viewer(), app.as_workload()] {
        caller
            .get("/v1/keys")
            .await
            .expect(403)
            .problem("forbidden");
    }
    app.anonymous()
        .get("/v1/keys")
        .await
        .problem("unauthenticated");
    for (query, pointer, code) in [
        ("limit=0", "/limit", "out_of_range"),
        ("limit=x", "/limit", "out_of_range"),
        ("cursor=x", "/cursor", "invalid_cursor"),
        ("sort=name", "/sort", "unknown_parameter"),
    ] {
        let answer = app.as_admin().get(&format!("/v1/keys?{query}")).await;
        answer.expect(422).expect_error(pointer, code);
    }
}
