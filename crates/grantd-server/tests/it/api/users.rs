//! `/v1/users` and `/v1/setup_link`

use axum::http::Method;
use grantd_engine::{LinkUse, Visitor};
use grantd_model::{Secret, Timestamp, UserName};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const PASSWORD: &str = "canary-password-Qz7";

async fn made(app: &TestApp, name: &str, role: &str) -> Answer {
    let form = json!({"name": name, "role": role});
    app.as_admin().post("/v1/users").json(&form).await
}

/// Chooses a password by the link, as the console does.
async fn choose(app: &TestApp, link: &str, wanted: fn(Secret<String>) -> LinkUse) {
    let code = link.split_once('#').unwrap().1;
    let wanted = wanted(Secret::from(PASSWORD));
    let visitor = Visitor {
        address: String::new(),
        agent: String::new(),
    };
    let used = app.engine.use_link(code, wanted, &visitor).await;
    used.unwrap();
}

#[tokio::test]
async fn a_user_is_made_chooses_a_password_and_is_deleted() {
    let app = TestApp::start().await;
    let answer = made(&app, "jane", "editor").await.expect(201);
    let shown = answer.json();
    let link = answer.member("link");
    assert!(link.contains("/console/link#gl_"), "{link}");
    assert_eq!(shown["link_expires_at"], "2027-01-16T08:00:00Z");
    assert_eq!(shown["role"], "editor");
    assert_eq!(shown["has_password"], false);
    assert_eq!(shown["created_by"]["name"], "admin");
    choose(&app, &link, LinkUse::Password).await;
    let by_name = app
        .as_admin()
        .get("/v1/users/Jane")
        .await
        .expect(200)
        .json();
    let by_id = format!("/v1/users/{}", answer.member("id"));
    assert_eq!(app.as_admin().get(&by_id).await.json(), by_name);
    assert_eq!(by_name["has_password"], true);
    assert_eq!(by_name["signed_in_at"], "2027-01-15T08:00:00Z");
    let list = app.as_admin().get("/v1/users").await.expect(200).json();
    assert_eq!(list["items"], json!([by_name]));
    app.as_admin().delete(&by_id).await.expect(204);
    app.as_admin().get(&by_id).await.expect(404);
}

#[tokio::test]
async fn a_user_is_changed() {
    let app = TestApp::start().await;
    made(&app, "jane", "editor").await.expect(201);
    let change = |patch: Value| {
        let call = app.as_admin().call(Method::PATCH, "/v1/users/jane");
        call.json(&patch)
    };
    let shown = change(json!({"role": "viewer", "enabled": false})).await;
    let shown = shown.expect(200).json();
    assert_eq!(shown["role"], "viewer");
    assert_eq!(shown["enabled"], false);
    assert_eq!(change(json!({})).await.expect(200).json(), shown);
    change(json!({"role": "owner"}))
        .await
        .expect_errors(&[("/role", "unknown_word")]);
    change(json!({"name": "june"})).await.expect(400);
    let log = app.as_admin().get("/v1/audit?action=user.update").await;
    let items = log.json()["items"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(1), "{items}");
    assert_eq!(items[0]["detail"]["role"], "editor → viewer");
}

#[tokio::test]
async fn wrong_values_are_named() {
    let app = TestApp::start().await;
    made(&app, "jane", "editor").await.expect(201);
    for (form, expected) in [
        (
            json!({}),
            &[("/name", "required"), ("/role", "required")][..],
        ),
        (
            json!({"name": "two words", "role": "editor"}),
            &[("/name", "white_space")],
        ),
        (
            json!({"name": "x".repeat(65), "role": "boss"}),
            &[("/name", "too_long"), ("/role", "unknown_word")],
        ),
        (
            json!({"name": "JANE", "role": "viewer"}),
            &[("/name", "taken")],
        ),
    ] {
        let answer = app.as_admin().post("/v1/users").json(&form).await;
        answer.expect_errors(expected);
    }
}

#[tokio::test]
async fn the_first_admin_gets_in_by_a_link_and_no_second_one() {
    let app = TestApp::start().await;
    let link = app.as_admin().post("/v1/setup_link").await.expect(201);
    assert_eq!(link.json()["link_expires_at"], "2027-01-15T08:15:00Z");
    choose(&app, &link.member("link"), |password| LinkUse::Setup {
        name: UserName::try_from("ops").unwrap(),
        password,
    })
    .await;
    let refused = app.as_admin().post("/v1/setup_link").await.expect(409);
    refused.problem("already_set_up");
    // the last admin stays
    for refused in [
        app.as_admin().delete("/v1/users/ops").await,
        app.as_admin()
            .call(Method::PATCH, "/v1/users/ops")
            .json(&json!({"role": "viewer"}))
            .await,
    ] {
        assert_eq!(refused.errors()[0].1, "last_admin");
    }
}

#[tokio::test]
async fn a_new_link_ends_the_one_before() {
    let app = TestApp::start().await;
    let first = made(&app, "jane", "editor").await.member("link");
    let second = app.as_admin().post("/v1/users/jane/link").await.expect(201);
    let code = first.split_once('#').unwrap().1;
    app.engine.open_link(code).await.unwrap_err();
    choose(&app, &second.member("link"), LinkUse::Password).await;
    app.as_admin()
        .post("/v1/users/nobody/link")
        .await
        .expect(404);
    let factor = "/v1/users/jane/second_factor";
    app.as_admin().delete(factor).await.expect(204);
    let until: Timestamp = "2027-01-16T08:00:00Z".to_owned().try_into().unwrap();
    assert_eq!(second.json()["link_expires_at"], until.to_string());
}

#[tokio::test]
async fn nobody_but_an_admin_sees_users() {
    let app = TestApp::start().await;
    made(&app, "jane", "editor").await.expect(201);
    let form = json!({"name": "june", "role": "admin"});
    for caller in [app.as_editor(), app.as_viewer(), app.as_workload()] {
        for answer in [
            caller.get("/v1/users").await,
            caller.get("/v1/users/jane").await,
            caller.post("/v1/users").json(&form).await,
            caller
                .call(Method::PATCH, "/v1/users/jane")
                .json(&json!({"role": "admin"}))
                .await,
            caller.delete("/v1/users/jane").await,
            caller.post("/v1/users/jane/link").await,
            caller.delete("/v1/users/jane/second_factor").await,
            caller.post("/v1/setup_link").await,
        ] {
            answer.expect(403).problem("forbidden");
        }
    }
    app.anonymous().get("/v1/users").await.expect(401);
}
