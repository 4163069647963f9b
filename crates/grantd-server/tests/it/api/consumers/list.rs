//! `GET /v1/consumers`

use serde_json::{Value, json};

use crate::support::consumers::{with, with_credential};
use crate::support::{TestApp, drafts};

async fn filled() -> TestApp {
    let app = with_credential().await;
    let bounds = json!({"bound_hosts": ["*.internal.example"]});
    app.add(&drafts::with("Other", bounds)).await;
    for (name, changes) in [
        ("Orders", json!({})),
        ("Invoices", json!({})),
        (
            "Stock",
            json!({"credential": "other", "base_url": "https://stock.internal.example/"}),
        ),
    ] {
        let added = app.as_editor().post("/v1/consumers");
        added.json(&with(name, changes)).await.expect(201);
    }
    app
}

async fn page(app: &TestApp, query: &str) -> Value {
    let path = format!("/v1/consumers?{query}");
    app.as_viewer().get(&path).await.expect(200).json()
}

fn slugs(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|it| it["slug"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn they_come_by_name_and_page_by_page() {
    let app = filled().await;
    let all = page(&app, "").await;
    assert_eq!(slugs(&all), ["invoices", "orders", "stock"]);
    assert_eq!(all["next_cursor"], Value::Null);
    assert_eq!(all["items"][0]["standing"], "serving");
    let first = page(&app, "limit=2").await;
    assert_eq!(slugs(&first), ["invoices", "orders"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = page(&app, &format!("limit=2&cursor={cursor}")).await;
    assert_eq!(slugs(&second), ["stock"]);
}

#[tokio::test]
async fn some_can_be_asked_for() {
    let app = filled().await;
    for (query, expected) in [
        ("q=ORD", &["orders"][..]),
        ("q=stock.internal", &["stock"]),
        ("q=none", &[]),
        ("credential=other", &["stock"]),
        ("credential=caller&q=inv", &["invoices"]),
    ] {
        assert_eq!(slugs(&page(&app, query).await), expected, "{query}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = filled().await;
    for (query, place, code) in [
        ("limit=0", "/limit", "out_of_range"),
        ("limit=201", "/limit", "out_of_range"),
        ("limit=x", "/limit", "out_of_range"),
        ("cursor=x", "/cursor", "invalid_cursor"),
        ("credential=No+Slug", "/credential", "invalid_slug"),
        ("enabled=true", "/enabled", "unknown_parameter"),
    ] {
        let path = format!("/v1/consumers?{query}");
        let answer = app.as_viewer().get(&path).await.expect(422);
        answer.expect_error(place, code);
    }
    let path = "/v1/consumers?credential=none";
    let answer = app.as_viewer().get(path).await.expect(404);
    answer.problem("not_found");
}

#[tokio::test]
async fn nobody_sees_what_is_not_theirs() {
    let app = filled().await;
    let list = app.as_workload().get("/v1/consumers").await.expect(200);
    assert_eq!(list.json()["items"], json!([]));
    app.anonymous().get("/v1/consumers").await.expect(401);
}
