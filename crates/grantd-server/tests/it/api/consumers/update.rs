//! `PATCH /v1/consumers/{consumer}`

use grantd_testkit::fixtures::PARAMETER_SECRET;
use serde_json::{Value, json};

use super::ORDERS;
use crate::support::consumers::with_orders;
use crate::support::{Answer, TestApp};

async fn patch(app: &TestApp, revision: &str, patch: &Value) -> Answer {
    app.as_editor().patch(ORDERS, revision).json(patch).await
}

#[tokio::test]
async fn what_is_left_out_stays_and_null_is_the_default() {
    let app = with_orders().await;
    let changes = json!({
        "scope": "mail.read", "paths": ["/a", "/b"], "timeouts": {"answer_s": 9},
        "limits": {"requests_per_second": 10, "burst": 20}, "labels": {"team": "sales"},
        "rejected": {"body": "expired"},
    });
    let answer = patch(&app, "\"r1\"", &changes).await.expect(200);
    assert_eq!(answer.header("etag"), Some("\"r2\""));
    let shown = answer.json();
    assert_eq!(shown["base_url"], "https://api.example.com/v1");
    assert_eq!(shown["timeouts"]["connect_s"], 5);
    assert_eq!(shown["timeouts"]["answer_s"], 9);
    assert_eq!(
        shown["rejected"],
        json!({"statuses": [401], "body": "expired"})
    );
    let changes = json!({
        "scope": null, "paths": ["/b"], "timeouts": null, "limits": {"burst": null},
        "labels": {"team": null, "env": "test"}, "rejected": {"body": null},
    });
    let shown = patch(&app, "*", &changes).await.expect(200).json();
    assert_eq!(shown["scope"], "");
    assert_eq!(shown["paths"], json!(["/b"]));
    assert_eq!(shown["timeouts"]["answer_s"], 60);
    assert_eq!(shown["limits"], json!({"requests_per_second": 10}));
    assert_eq!(shown["labels"], json!({"env": "test"}));
    assert_eq!(shown["rejected"], json!({"statuses": [401]}));
    // what is as it was is no change
    let same = patch(&app, "*", &json!({"paths": ["/b"]})).await;
    assert_eq!(same.expect(200).header("etag"), Some("\"r3\""));
}

#[tokio::test]
async fn a_secret_stays_until_it_would_go_elsewhere() {
    let app = with_orders().await;
    let kept = json!([{"name": "x-api-key"}, {"name": "accept", "value": "*/*", "secret": false}]);
    let shown = patch(&app, "*", &json!({"headers": kept})).await;
    let expected = json!([
        {"name": "x-api-key", "secret": true},
        {"name": "accept", "value": "*/*", "secret": false},
    ]);
    assert_eq!(shown.expect(200).json()["headers"], expected);
    for elsewhere in [
        json!({"base_url": "https://api.example.com:8443/v1"}),
        json!({"base_url": "https://b.internal.example/v1"}),
        json!({"addresses": ["b.internal.example:443"]}),
        json!({"ca_bundle": grantd_testkit::fixtures::ca_bundle("Other Root")}),
    ] {
        let answer = patch(&app, "*", &elsewhere).await.expect(422);
        answer.expect_error("/headers/0/value", "secret_required_again");
        let mut again = elsewhere;
        again["headers"] = json!([{"name": "x-api-key", "value": PARAMETER_SECRET}]);
        patch(&app, "*", &again).await.expect(200);
    }
    let other = json!({"headers": [{"name": "x-other"}]});
    let answer = patch(&app, "*", &other).await.expect(422);
    answer.expect_error("/headers/0/value", "required");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_place() {
    let app = with_orders().await;
    for (changes, place, code) in [
        (
            json!({"base_url": "https://evil.example/"}),
            "/base_url",
            "host_not_bound",
        ),
        (json!({"methods": ["G T"]}), "/methods/0", "invalid_method"),
        (json!({"base_url": null}), "/base_url", "required"),
        (
            json!({"limits": {"concurrent": 0}}),
            "/limits/concurrent",
            "out_of_range",
        ),
    ] {
        let answer = patch(&app, "*", &changes).await.expect(422);
        let errors = answer.errors();
        let expected = (place.to_owned(), code.to_owned());
        assert!(errors.contains(&expected), "{errors:?}");
    }
    for (changes, place) in [
        (json!({"colour": "red"}), "/colour"),
        (json!({"slug": "other"}), "/slug"),
        (json!({"enabled": false}), "/enabled"),
        (json!({"cookies": "yes"}), "/cookies"),
    ] {
        let answer = patch(&app, "*", &changes).await.expect(400);
        let problem = answer.problem("unreadable_request");
        assert_eq!(problem["errors"][0]["pointer"], place, "{problem}");
    }
    patch(&app, "*", &json!([])).await.expect(400);
    let read = app.as_viewer().get(ORDERS).await.expect(200);
    assert_eq!(read.header("etag"), Some("\"r1\""));
}

#[tokio::test]
async fn it_is_meant_for_one_revision() {
    let app = with_orders().await;
    let changes = json!({"cookies": true});
    let stale = patch(&app, "\"r7\"", &changes).await.expect(412);
    stale.problem("stale");
    let call = app.as_editor().patch(ORDERS, "*").without("if-match");
    let answer = call.json(&changes).await.expect(428);
    answer.problem("precondition_required");
}

#[tokio::test]
async fn who_may() {
    let app = with_orders().await;
    let changes = json!({"cookies": true});
    let call = app.as_viewer().patch(ORDERS, "*").json(&changes);
    call.await.expect(403).problem("forbidden");
    let call = app.as_workload().patch(ORDERS, "*").json(&changes);
    call.await.expect(404).problem("not_found");
    let call = app.as_editor().patch("/v1/consumers/none", "*");
    call.json(&changes).await.expect(404).problem("not_found");
}
