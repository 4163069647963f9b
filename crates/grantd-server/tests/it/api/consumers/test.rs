//! `POST /v1/consumer_tests`

use serde_json::{Value, json};

use super::ORDERS;
use crate::support::consumers::{consumer, with, with_credential, with_orders};
use crate::support::{Answer, Caller};

const PATH: &str = "/v1/consumer_tests";

async fn test(caller: Caller<'_>, body: &Value) -> Answer {
    caller.post(PATH).json(body).await
}

#[tokio::test]
async fn a_draft_is_tried_before_it_is_added() {
    let app = with_credential().await;
    let mut draft = consumer("Orders");
    draft["slug"] = json!("chosen");
    let report = test(app.as_editor(), &json!({"draft": draft})).await;
    let report = report.expect(200).json();
    assert_eq!(report["ok"], true);
    assert_eq!(report["status"], 200);
    let header = json!({"name": "content-type", "value": "application/json"});
    assert_eq!(report["headers"], json!([header]));
    let step = &report["steps"][0];
    assert_eq!(step["name"], "answer");
    assert_eq!(step["ok"], true);
    assert_eq!(
        step["detail"],
        "GET https://api.example.com/v1 was answered"
    );
    // it need not have a name yet, and is not kept
    draft.as_object_mut().unwrap().remove("name");
    let request = json!({"draft": draft, "method": "DELETE", "path": "/orders?all=1"});
    let report = test(app.as_editor(), &request).await.expect(200).json();
    let detail = report["steps"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("DELETE "), "{detail}");
    let list = app.as_viewer().get("/v1/consumers").await.json();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_consumer_is_tried_as_it_is_and_as_it_would_be() {
    let app = with_orders().await;
    let before = app.as_viewer().get(ORDERS).await.json();
    let detail = async |body: &Value| {
        let report = test(app.as_editor(), body).await.expect(200).json();
        report["steps"][0]["detail"].as_str().unwrap().to_owned()
    };
    let kept = detail(&json!({"consumer": "orders"})).await;
    assert_eq!(kept, "GET https://api.example.com/v1 was answered");
    let overrides = json!({"base_url": "https://api.example.com/v2", "scope": null});
    let edited = detail(&json!({"consumer": "orders", "overrides": overrides})).await;
    assert_eq!(edited, "GET https://api.example.com/v2 was answered");
    assert_eq!(app.as_viewer().get(ORDERS).await.json(), before);
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_place_in_the_whole_body() {
    let app = with_orders().await;
    let draft = |changes: Value| json!({"draft": with("Another", changes)});
    let edited = |overrides: Value| json!({"consumer": "orders", "overrides": overrides});
    for (body, place, code) in [
        (
            draft(json!({"base_url": "https://evil.example/"})),
            "/draft/base_url",
            "host_not_bound",
        ),
        (
            draft(json!({"paths": ["x"]})),
            "/draft/paths/0",
            "invalid_path",
        ),
        (
            draft(json!({"slug": "No Slug"})),
            "/draft/slug",
            "invalid_slug",
        ),
        (
            edited(json!({"addresses": ["evil.example:443"]})),
            "/overrides/addresses/0",
            "host_not_bound",
        ),
        (
            edited(json!({"base_url": "https://b.internal.example/"})),
            "/overrides/headers/0/value",
            "secret_required_again",
        ),
        (
            json!({"consumer": "orders", "method": "G T"}),
            "/method",
            "invalid_method",
        ),
        (
            json!({"consumer": "orders", "path": "orders"}),
            "/path",
            "invalid_path",
        ),
        (
            json!({"draft": {}, "consumer": "orders"}),
            "/draft",
            "not_both",
        ),
        (json!({"draft": {}, "overrides": {}}), "/draft", "not_both"),
        (json!({"overrides": {}}), "/consumer", "required"),
        (json!({"consumer": "No Slug"}), "/consumer", "invalid_slug"),
    ] {
        let answer = test(app.as_editor(), &body).await.expect(422);
        let errors = answer.errors();
        let expected = (place.to_owned(), code.to_owned());
        assert!(errors.contains(&expected), "{errors:?}");
    }
    for (body, place) in [
        (draft(json!({"colour": "red"})), "/draft/colour"),
        (json!({"draft": "orders"}), "/draft"),
        (edited(json!({"cookies": "yes"})), "/overrides/cookies"),
        (edited(json!([])), "/overrides"),
        (json!({"consumer": "orders", "body": "x"}), "/body"),
    ] {
        let answer = test(app.as_editor(), &body).await.expect(400);
        let problem = answer.problem("unreadable_request");
        assert_eq!(problem["errors"][0]["pointer"], place, "{problem}");
    }
}

#[tokio::test]
async fn who_may_and_how_often() {
    let app = with_orders().await;
    let body = json!({"consumer": "orders"});
    let viewer = test(app.as_viewer(), &body).await;
    viewer.expect(403).problem("forbidden");
    let workload = test(app.as_workload(), &body).await;
    workload.expect(403).problem("forbidden");
    test(app.anonymous(), &body).await.expect(401);
    let none = json!({"consumer": "none"});
    let none = test(app.as_editor(), &none).await;
    none.expect(404).problem("not_found");
    loop {
        let answer = test(app.as_admin(), &body).await;
        if answer.status != 200 {
            answer.expect(429).problem("too_many_requests");
            return;
        }
    }
}
