//! `GET /v1/credentials`: filters and order.

use axum::http::Method;
use grantd_model::Action;
use grantd_testkit::fixtures;
use serde_json::json;

use crate::support::{Answer, Caller, TestApp, drafts};

async fn filled() -> TestApp {
    let app = TestApp::start().await;
    for (name, labels, client_id) in [
        ("Beta", json!({"team": "a", "env": "test"}), "client-b"),
        ("alpha", json!({"team": "a", "env": "live"}), "client-a"),
        ("Gamma", json!({"team": "b"}), "other_100%"),
    ] {
        let draft = drafts::with(name, json!({"labels": labels, "client_id": client_id}));
        app.add(&draft).await;
        app.engine.clock.advance(std::time::Duration::from_secs(1));
    }
    let path = "/v1/credentials/gamma/disable";
    app.as_admin().post(path).await.expect(200);
    app.engine.clock.advance(std::time::Duration::from_secs(1));
    let call = app.as_admin().patch("/v1/credentials/alpha", "*");
    call.json(&json!({"owner": "me"})).await.expect(200);
    app
}

fn slugs(answer: &Answer) -> Vec<String> {
    let list = answer.json();
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["slug"].as_str().unwrap().to_owned())
        .collect()
}

async fn listed(caller: Caller<'_>, query: &str) -> Vec<String> {
    let path = format!("/v1/credentials?{query}");
    slugs(&caller.get(&path).await.expect(200))
}

#[tokio::test]
async fn filters() {
    let app = filled().await;
    for (query, expected) in [
        ("", &["alpha", "beta", "gamma"][..]),
        ("q=", &["alpha", "beta", "gamma"]),
        ("q=ALPH", &["alpha"]),
        ("q=client-", &["alpha", "beta"]),
        ("q=%20gam%20", &["gamma"]),
        ("q=100%25", &["gamma"]),
        ("q=r_1", &["gamma"]),
        ("q=%25", &["gamma"]),
        ("q=nothing", &[]),
        ("enabled=true", &["alpha", "beta"]),
        ("enabled=false", &["gamma"]),
        ("standing=disabled", &["gamma"]),
        ("standing=never_validated", &["alpha", "beta"]),
        ("standing=failing", &[]),
        ("sort=attention", &["alpha", "beta", "gamma"]),
        ("sort=-attention", &["gamma", "beta", "alpha"]),
        ("label=team%3Da", &["alpha", "beta"]),
        ("label=team=a&label=env=live", &["alpha"]),
        ("label=team=a&label=env=none", &[]),
        ("label=team=A", &[]),
        ("enabled=true&q=a&label=env=test", &["beta"]),
    ] {
        assert_eq!(listed(app.as_viewer(), query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn orders() {
    let app = filled().await;
    for (query, expected) in [
        ("sort=name", ["alpha", "beta", "gamma"]),
        ("sort=-name", ["gamma", "beta", "alpha"]),
        ("sort=created_at", ["beta", "alpha", "gamma"]),
        ("sort=-created_at", ["gamma", "alpha", "beta"]),
        ("sort=updated_at", ["beta", "gamma", "alpha"]),
        ("sort=-updated_at", ["alpha", "gamma", "beta"]),
    ] {
        assert_eq!(listed(app.as_admin(), query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn one_sees_what_one_may_read() {
    let app = filled().await;
    assert_eq!(listed(app.as_workload(), "").await, Vec::<String>::new());
    let key = app
        .key_with(vec![fixtures::grant(Action::Manage, &[("team", "b")])])
        .await;
    assert_eq!(listed(app.with_key(&key), "").await, ["gamma"]);
    assert_eq!(
        listed(app.with_key(&key), "label=team=a").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = filled().await;
    let (long, many) = (
        format!("q={}", "x".repeat(201)),
        (0..33).fold(String::new(), |all, n| format!("{all}label=k{n}=v&")),
    );
    for (query, pointer, code) in [
        ("Q=a", "/Q", "unknown_parameter"),
        ("a%2Fb~c=1", "/a~1b~0c", "unknown_parameter"),
        ("=1", "/", "unknown_parameter"),
        ("q=%ff", "/q", "not_utf8"),
        ("enabled=true&q=caf%E9", "/q", "not_utf8"),
        ("%c3%28=1", "/\u{fffd}(", "not_utf8"),
        ("q=a&q=b", "/q", "repeated"),
        (&long, "/q", "too_long"),
        ("enabled=yes", "/enabled", "unknown_word"),
        ("enabled=", "/enabled", "unknown_word"),
        ("label=team", "/label", "invalid_label"),
        ("label=Team%3Da", "/label", "invalid_label"),
        ("label=team%3D", "/label", "required"),
        ("label=team=a&label=team=b", "/label", "repeated"),
        (&many, "/label", "too_many"),
        ("sort=slug", "/sort", "unknown_word"),
        ("standing=ok", "/standing", "unknown_word"),
        ("sort=--name", "/sort", "unknown_word"),
        ("sort=", "/sort", "unknown_word"),
        ("sort=name&sort=name", "/sort", "repeated"),
        ("limit=0", "/limit", "out_of_range"),
        ("limit=201", "/limit", "out_of_range"),
        ("limit=-1", "/limit", "out_of_range"),
        ("limit=ten", "/limit", "out_of_range"),
        ("limit=4294967297", "/limit", "out_of_range"),
        ("limit=1&limit=2", "/limit", "repeated"),
        ("cursor=", "/cursor", "invalid_cursor"),
        ("cursor=abc", "/cursor", "invalid_cursor"),
        ("cursor=e30", "/cursor", "invalid_cursor"),
        ("cursor=a&cursor=b", "/cursor", "repeated"),
    ] {
        let answer = app
            .as_admin()
            .get(&format!("/v1/credentials?{query}"))
            .await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text());
        answer.expect_error(pointer, code);
    }
    let answer = app
        .as_admin()
        .get("/v1/credentials?lmit=1&enabled=1&sort=x")
        .await;
    answer.expect_errors(&[
        ("/lmit", "unknown_parameter"),
        ("/enabled", "unknown_word"),
        ("/sort", "unknown_word"),
    ]);
    let known = "`q`, `enabled`, `standing`, `label`, `source`, `sort`, `limit`, `cursor`";
    assert!(answer.text().contains(known), "{}", answer.text());
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = filled().await;
    let answer = app.as_admin().call(Method::HEAD, "/v1/credentials").await;
    assert!(answer.expect(200).body.is_empty());
}
