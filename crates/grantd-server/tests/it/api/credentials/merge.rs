//! `PATCH /v1/credentials/{credential}` as a merge patch (RFC 7396).

use serde_json::{Map, Value, json};

use crate::support::{Answer, TestApp, drafts};

const PATH: &str = "/v1/credentials/every-thing";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.add(&drafts::full()).await;
    app
}

async fn patched(app: &TestApp, patch: &Value) -> Answer {
    app.as_admin().patch(PATH, "*").json(patch).await
}

#[tokio::test]
async fn null_clears_what_may_be_absent() {
    let app = app().await;
    let patch = json!({
            "description": null, "owner": null, "labels": null, "provider": null,
            "secret_expires_at": null, "audience": null, "resources": null, "parameters": null,
            "connect_timeout_s": null, "request_timeout_s": null, "bound_hosts": null,
            "allowed_mailboxes": null,
    });
    let shown = patched(&app, &patch).await.expect(200).json();
    for (member, value) in [
        ("description", json!("")),
        ("owner", json!("")),
        ("labels", json!({})),
        ("provider", json!("generic")),
        ("secret_expires_at", json!(null)),
        ("audience", json!(null)),
        ("resources", json!([])),
        ("parameters", json!([])),
        ("connect_timeout_s", json!(10)),
        ("request_timeout_s", json!(30)),
        ("bound_hosts", json!([])),
        ("allowed_mailboxes", json!([])),
        ("name", json!("Everything")),
        ("scope", json!("mail.send mail.read")),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }
}

#[tokio::test]
async fn null_for_what_has_to_be_there_is_refused() {
    let app = app().await;
    for member in ["name", "client_id", "token_endpoint", "scope"] {
        let answer = patched(&app, &json!({ member: null })).await;
        let errors = answer.expect(422).errors();
        assert!(
            errors.contains(&(format!("/{member}"), "required".to_owned())),
            "{errors:?}"
        );
    }
    // there is no secret to take out, a credential has one
    let shown = patched(&app, &json!({"client_secret": null, "slug": null}))
        .await
        .expect(200);
    assert_eq!(shown.json()["revision"], 1);
}

#[tokio::test]
async fn objects_are_merged_and_lists_replaced() {
    let app = app().await;
    let patch = json!({"labels": {"env": null, "stage": "1"}, "resources": ["urn:b"]});
    let shown = patched(&app, &patch).await.expect(200).json();
    assert_eq!(shown["labels"], json!({"stage": "1", "team/x": "sales"}));
    assert_eq!(shown["resources"], json!(["urn:b"]));
}

#[tokio::test]
async fn scopes_and_no_scope_give_way_to_each_other() {
    let app = app().await;
    let shown = patched(&app, &json!({"no_scope": true}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&shown["scope"], &shown["no_scope"]),
        (&json!(null), &json!(true))
    );
    let shown = patched(&app, &json!({"scope": "a b"}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&shown["scope"], &shown["no_scope"]),
        (&json!("a b"), &json!(false))
    );
    let both = json!({"scope": "a", "no_scope": true});
    patched(&app, &both)
        .await
        .expect_error("/no_scope", "not_both");
    patched(&app, &json!({"no_scope": true})).await.expect(200);
    patched(&app, &json!({"no_scope": false}))
        .await
        .expect_error("/scope", "required");
}

#[tokio::test]
async fn the_method_in_the_body_drops_the_encoding() {
    let app = app().await;
    let secrets = json!({
        "client_secret": crate::support::SECOND,
        "headers": [],
        "parameters": [],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let shown = patched(&app, &secrets).await.expect(200).json();
    assert_eq!(shown["token_endpoint_auth_method"], "client_secret_post");
    assert_eq!(shown["basic_encoding"], Value::Null);
    let answer = patched(&app, &json!({"basic_encoding": "raw"})).await;
    answer.expect_error("/basic_encoding", "not_with_this_method");
}

#[tokio::test]
async fn secret_parameters_and_headers_keep_their_values() {
    let app = app().await;
    let patch = json!({"parameters": [
        {"name": "assert", "secret": true},
        {"name": "new", "value": "1"},
    ]});
    let shown = patched(&app, &patch).await.expect(200).json();
    assert_eq!(
        shown["parameters"],
        json!([
            {"name": "assert", "secret": true},
            {"name": "new", "value": "1", "secret": false},
        ])
    );
    app.answers(grantd_testkit::Answer::token(crate::support::TOKEN));
    app.as_admin()
        .post(&format!("{PATH}/token"))
        .await
        .expect(200);
    let sent = app.outbound().sent();
    let kept = format!("assert={}", grantd_testkit::fixtures::PARAMETER_SECRET);
    assert!(sent[0].body().contains(&kept));
    let header = sent[0].header("x-api-key");
    assert_eq!(header, Some(grantd_testkit::fixtures::HEADER_SECRET));
    // a plain one has no value to keep, and what was never there neither
    for name in ["new", "never"] {
        let patch = json!({"parameters": [{"name": name, "secret": true}]});
        patched(&app, &patch)
            .await
            .expect_error("/parameters/0/value", "required");
    }
    // what was secret does not become plain
    let patch = json!({"parameters": [{"name": "assert", "secret": false}]});
    patched(&app, &patch)
        .await
        .expect_error("/parameters/0/value", "required");
}

#[tokio::test]
async fn what_only_grantd_sets_is_refused() {
    let app = app().await;
    let shown = app.as_admin().get(PATH).await.json();
    for member in [
        "id",
        "enabled",
        "health",
        "revision",
        "secrets",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
    ] {
        assert!(shown.get(member).is_some(), "{member}");
        for value in [shown[member].clone(), json!(null), json!("x")] {
            let answer = patched(&app, &json!({ member: value })).await;
            answer.expect_error(&format!("/{member}"), "read_only");
        }
    }
    let both = json!({"id": "x", "revision": 2, "owner": "me"});
    let answer = patched(&app, &both).await;
    answer.expect_errors(&[("/id", "read_only"), ("/revision", "read_only")]);
}

#[tokio::test]
async fn what_was_read_can_be_edited_and_sent_back() {
    let app = app().await;
    let before = app.as_admin().get(PATH).await.json();
    let mut sent: Map<String, Value> = before.as_object().unwrap().clone();
    for member in [
        "id",
        "enabled",
        "health",
        "revision",
        "secrets",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
    ] {
        sent.remove(member);
    }
    let unchanged = patched(&app, &Value::Object(sent.clone()))
        .await
        .expect(200);
    assert_eq!(unchanged.json(), before);
    sent.insert("owner".to_owned(), json!("someone else"));
    let changed = patched(&app, &Value::Object(sent)).await.expect(200).json();
    let mut expected = before;
    for member in ["owner", "revision", "updated_at", "updated_by"] {
        assert_ne!(member, "slug");
        expected[member] = changed[member].clone();
    }
    assert_eq!(changed, expected);
    assert_eq!(
        (&changed["owner"], &changed["revision"]),
        (&json!("someone else"), &json!(2))
    );
}

#[tokio::test]
async fn an_unknown_member_is_not_excused_by_its_null() {
    let app = app().await;
    for patch in [
        json!({"nonsense": null}),
        json!({"client_secret_reference": {"bogus": null}}),
    ] {
        patched(&app, &patch)
            .await
            .expect(400)
            .problem("unreadable_request");
    }
}

#[tokio::test]
async fn one_label_is_taken_away_by_its_null() {
    let app = app().await;
    let before = app.as_admin().get(PATH).await.json();
    let (name, _) = before["labels"].as_object().unwrap().iter().next().unwrap();
    let patch = json!({"labels": {name.as_str(): null, "added": "yes"}});
    let shown = patched(&app, &patch).await.expect(200).json();
    assert_eq!(shown["labels"].get(name), None);
    assert_eq!(shown["labels"]["added"], "yes");
}

#[tokio::test]
async fn a_list_in_the_place_of_an_object_is_refused() {
    let app = app().await;
    for patch in [
        json!({"parameters": [["p", "one", false]]}),
        json!({"client_secret_reference": ["team-files", "a", null, null]}),
        json!({"labels": []}),
    ] {
        patched(&app, &patch)
            .await
            .expect(400)
            .problem("unreadable_request");
    }
    let by_position = json!(["name", "slug"]);
    app.as_admin()
        .post("/v1/credentials")
        .json(&by_position)
        .await
        .expect(400)
        .problem("unreadable_request");
}

#[tokio::test]
async fn a_stale_revision_goes_before_wrong_values() {
    let app = app().await;
    app.as_admin()
        .patch(PATH, "\"r99\"")
        .json(&json!({"name": ""}))
        .await
        .expect(412)
        .problem("stale");
}

#[tokio::test]
async fn what_is_no_patch_goes_before_a_stale_revision() {
    let app = app().await;
    for body in [json!([null, null]), json!(null), json!("name"), json!(7)] {
        app.as_admin()
            .patch(PATH, "\"r99\"")
            .json(&body)
            .await
            .expect(400)
            .problem("unreadable_request");
    }
}

#[tokio::test]
async fn a_star_is_never_stale() {
    let app = app().await;
    let change = async |number: u32| {
        let patch = json!({"description": format!("change {number}")});
        patched(&app, &patch).await.expect(200);
    };
    tokio::join!(change(1), change(2), change(3), change(4), change(5));
    let shown = app.as_admin().get(PATH).await.json();
    assert_eq!(shown["revision"], 6);
}
