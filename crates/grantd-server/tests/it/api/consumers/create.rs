//! `POST /v1/consumers`

use grantd_testkit::fixtures::{HEADER_SECRET, PARAMETER_SECRET};
use serde_json::json;

use crate::support::consumers::{consumer, with, with_credential, with_orders};
use crate::support::{Caller, TestApp};

const PATH: &str = "/v1/consumers";

#[tokio::test]
async fn what_is_left_out_has_its_default() {
    let app = with_credential().await;
    let body =
        json!({"name": "Orders", "credential": "caller", "base_url": "https://api.example.com/v1"});
    let added = app.as_editor().post(PATH).json(&body).await.expect(201);
    assert_eq!(added.header("etag"), Some("\"r1\""));
    assert_eq!(added.header("location"), Some("/v1/consumers/orders"));
    let mut shown = added.json();
    let members = shown.as_object_mut().unwrap();
    for varying in ["id", "credential", "created_at", "created_by"] {
        assert!(members.remove(varying).is_some(), "{varying}");
    }
    for varying in ["updated_at", "updated_by"] {
        assert!(members.remove(varying).is_some(), "{varying}");
    }
    let expected = json!({
        "slug": "orders", "revision": 1, "enabled": true, "standing": "serving",
        "name": "Orders", "description": "", "labels": {}, "scope": "",
        "base_url": "https://api.example.com/v1", "addresses": [], "http": "negotiated",
        "token_header": "authorization", "token_prefix": "Bearer",
        "headers": [], "remove_headers": [], "hosts": [], "callers": "api_key",
        "methods": [], "paths": [], "cookies": false, "upgrades": false,
        "rejected": {"statuses": [401]}, "replay_bytes": 65536,
        "timeouts": {"connect_s": 5, "answer_s": 60, "idle_s": 300}, "limits": {},
    });
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn everything_can_be_set_and_secrets_are_not_shown() {
    let app = with_credential().await;
    let whole = json!({
        "name": "Orders", "slug": "all-of-it", "description": "Reads orders.",
        "labels": {"team/x": "sales"}, "credential": "caller", "scope": "mail.read",
        "base_url": "https://api.example.com:8443/v1",
        "addresses": ["b.internal.example:443", "c.internal.example:8443"],
        "ca_bundle": grantd_testkit::fixtures::ca_bundle("Internal Root"), "http": "http2",
        "token_header": "x-token", "token_prefix": "",
        "headers": [
            {"name": "x-api-key", "value": HEADER_SECRET},
            {"name": "x-other-key", "value": PARAMETER_SECRET, "secret": true},
            {"name": "accept", "value": "application/json", "secret": false},
        ],
        "remove_headers": ["x-internal"], "hosts": ["orders.example", "10.1.2.3"],
        "callers": "loopback", "methods": ["GET", "POST"], "paths": ["/orders", "/"],
        "cookies": true, "upgrades": true,
        "rejected": {"statuses": [401, 403], "body": "expired",
            "header": {"name": "www-authenticate", "contains": "invalid_token"}},
        "replay_bytes": 0, "timeouts": {"connect_s": 1, "answer_s": 2, "idle_s": 3},
        "limits": {"requests_per_second": 10, "burst": 20, "concurrent": 5},
    });
    let added = app.as_editor().post(PATH).json(&whole).await.expect(201);
    assert_eq!(added.header("location"), Some("/v1/consumers/all-of-it"));
    let shown = added.json();
    for (member, value) in whole.as_object().unwrap() {
        match member.as_str() {
            "headers" | "credential" => {}
            member => assert_eq!(&shown[member], value, "{member}"),
        }
    }
    let headers = json!([
        {"name": "x-api-key", "secret": true},
        {"name": "x-other-key", "secret": true},
        {"name": "accept", "value": "application/json", "secret": false},
    ]);
    assert_eq!(shown["headers"], headers);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_its_place() {
    let app = with_orders().await;
    let wrong = with(
        "",
        json!({
            "base_url": "http://api.example.com", "addresses": ["10.1.2.3"], "http": "http3",
            "headers": [{"name": "te", "value": "x"}, {"name": "x-one", "secret": false}],
            "hosts": ["a.example", "a.example"], "methods": ["CONNECT"], "paths": ["orders"],
            "rejected": {"statuses": [], "header": {}}, "replay_bytes": 1_048_577,
            "timeouts": {"connect_s": 0}, "limits": {"burst": 5},
        }),
    );
    let answer = app.as_editor().post(PATH).json(&wrong).await.expect(422);
    answer.expect_errors(&[
        ("/name", "required"),
        ("/base_url", "https_required"),
        ("/addresses/0", "invalid_address"),
        ("/http", "unknown_value"),
        ("/headers/0/name", "reserved_name"),
        ("/headers/1/value", "required"),
        ("/hosts/1", "repeated"),
        ("/methods/0", "invalid_method"),
        ("/paths/0", "invalid_path"),
        ("/rejected/statuses", "required"),
        ("/rejected/header/name", "required"),
        ("/rejected/header/contains", "required"),
        ("/replay_bytes", "out_of_range"),
        ("/timeouts/connect_s", "out_of_range"),
        ("/limits/requests_per_second", "required"),
    ]);
    for (changes, place, code) in [
        (
            json!({"credential": "none"}),
            "/credential",
            "unknown_credential",
        ),
        (
            json!({"scope": "mail.send"}),
            "/scope",
            "not_of_the_credential",
        ),
        (
            json!({"base_url": "https://evil.example/"}),
            "/base_url",
            "host_not_bound",
        ),
        (
            json!({"addresses": ["evil.example:443"]}),
            "/addresses/0",
            "host_not_bound",
        ),
        (json!({"ca_bundle": "x"}), "/ca_bundle", "invalid_ca_bundle"),
        (
            json!({"headers": [{"name": "x-api-key"}]}),
            "/headers/0/value",
            "required",
        ),
        (json!({"name": "ORDERS"}), "/name", "taken"),
        (json!({"slug": "orders"}), "/slug", "taken"),
        (json!({"slug": "No Slug"}), "/slug", "invalid_slug"),
    ] {
        let body = with("Another", changes);
        let answer = app.as_editor().post(PATH).json(&body).await.expect(422);
        answer.expect_error(place, code);
    }
    let hosts = json!({"hosts": ["orders.example"]});
    let first = with("First", hosts.clone());
    app.as_editor().post(PATH).json(&first).await.expect(201);
    let second = with("Second", hosts);
    let answer = app.as_editor().post(PATH).json(&second).await.expect(422);
    answer.expect_error("/hosts/0", "taken");
}

#[tokio::test]
async fn what_can_not_be_read_is_told_without_its_value() {
    let app = with_credential().await;
    for (changes, place) in [
        (json!({"colour": "red"}), "/colour"),
        (json!({"slug": 1}), "/slug"),
        (json!({"headers": HEADER_SECRET}), "/headers"),
        (json!({"headers": [HEADER_SECRET]}), "/headers/0"),
        (
            json!({"headers": [{"name": "a", "secret": HEADER_SECRET}]}),
            "/headers/0/secret",
        ),
        (json!({"base_url": ["a"]}), "/base_url"),
        (json!({"methods": "GET"}), "/methods"),
        (json!({"rejected": [401]}), "/rejected"),
        (
            json!({"rejected": {"statuses": ["401"]}}),
            "/rejected/statuses/0",
        ),
        (
            json!({"timeouts": {"answer_s": "long"}}),
            "/timeouts/answer_s",
        ),
        (json!({"limits": {"rate": 1}}), "/limits/rate"),
    ] {
        let body = with("Another", changes);
        let answer = app.as_editor().post(PATH).json(&body).await.expect(400);
        let problem = answer.problem("unreadable_request");
        assert_eq!(problem["errors"][0]["pointer"], place, "{problem}");
    }
    let list = app.as_viewer().get(PATH).await.expect(200).json();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn who_may() {
    let app = with_credential().await;
    let body = consumer("Mine");
    let post = async |caller: Caller<'_>| caller.post(PATH).json(&body).await;
    let viewer = post(app.as_viewer()).await;
    viewer.expect(403).problem("forbidden");
    let workload = post(app.as_workload()).await;
    workload.expect(403).problem("forbidden");
    let nobody = post(app.anonymous()).await;
    nobody.expect(401).problem("unauthenticated");
    post(app.as_admin()).await.expect(201);
}

#[tokio::test]
async fn another_media_type_is_refused() {
    let app = TestApp::start().await;
    let call = app.as_editor().post(PATH);
    let call = call.header("content-type", "text/plain");
    let answer = call.text("{}").await.expect(415);
    answer.problem("unsupported_media_type");
}
