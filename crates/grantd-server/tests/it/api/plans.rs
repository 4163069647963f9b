//! Documents: exported, planned, applied.

use grantd_testkit::fixtures::{CLIENT_SECRET, HEADER_SECRET, PARAMETER_SECRET};
use serde_json::{Value, json};

use crate::support::{TestApp, drafts};

const PLANS: &str = "/v1/plans";
const APPLY: &str = "/v1/plans/apply";

async fn started() -> TestApp {
    let app = TestApp::start().await;
    for secret in [CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET, "canary-own"] {
        app.watch("a secret of a document", secret);
    }
    app
}

fn credential(name: &str) -> Value {
    let mut credential = drafts::minimal(name);
    credential["client_secret"] = json!("${secret}");
    credential
}

fn body(credentials: &Value) -> Value {
    json!({
        "document": {"version": 1, "credentials": credentials},
        "variables": {"secret": CLIENT_SECRET},
    })
}

/// A body with the plan that was made of it.
fn with(mut body: Value, plan: &Value) -> Value {
    for member in ["digest", "state"] {
        body[member] = plan[member].clone();
    }
    body
}

#[tokio::test]
async fn a_document_is_planned_applied_and_then_changes_nothing() {
    let app = started().await;
    let admin = app.as_admin();
    let body = body(&json!({"mail": credential("Mail"), "other": credential("Other")}));
    let plan = admin.post(PLANS).json(&body).await.expect(200).json();
    assert_eq!(plan["summary"]["create"], 2);
    assert_eq!(
        plan["state"],
        json!({"credentials/mail": null, "credentials/other": null})
    );
    let item = &plan["items"][0];
    assert_eq!(item["action"], "create");
    let members = item["changes"].as_array().unwrap();
    let scope = json!({"member": "scope", "before": null, "after": "mail.read"});
    assert!(members.contains(&scope), "{members:?}");
    admin.get("/v1/credentials/mail").await.problem("not_found");

    let wrong = with(body.clone(), &json!({"digest": "0", "state": {}}));
    admin
        .post(APPLY)
        .json(&wrong)
        .await
        .problem("plan_outdated");
    let apply = with(body.clone(), &plan);
    admin.post(APPLY).json(&apply).await.expect(200);
    admin.get("/v1/credentials/mail").await.expect(200);
    // sent again, it is not the plan any more
    let again = admin.post(APPLY).json(&apply).await;
    let told = again.detail("plan_outdated");
    assert!(told.contains("the credential `mail` was added"), "{told}");
    let plan = admin.post(PLANS).json(&body).await.expect(200).json();
    assert_eq!(
        plan["summary"],
        json!({"create": 0, "update": 2, "unchanged": 0, "refused": 0}),
        "whether the secret is the one that is there is not told"
    );
    let given = json!({"member": "client_secret", "before": "internal, version 1", "after": "internal, given"});
    assert_eq!(plan["items"][0]["changes"], json!([given]));
    let revision = admin.get("/v1/credentials/mail").await.json()["revision"].clone();
    let apply = with(body.clone(), &plan);
    admin.post(APPLY).json(&apply).await.expect(200);
    let mail = admin.get("/v1/credentials/mail").await.json();
    assert_eq!(mail["revision"], revision, "it is the same");
    app.as_viewer()
        .post(PLANS)
        .json(&body)
        .await
        .problem("forbidden");
    app.as_workload()
        .get("/v1/export")
        .await
        .problem("forbidden");
}

#[tokio::test]
async fn what_is_exported_is_applied_without_a_change_and_holds_no_secret() {
    let app = started().await;
    let admin = app.as_admin();
    let source = json!({
        "name": "service", "kind": "https", "secret": "canary-own", "fresh_s": 7,
        "https": {"url": "https://secrets.example.com/{path}", "header": "authorization"},
        "paths": ["apps/*"], "origins": ["https://login.example.com"],
    });
    admin.post("/v1/sources").json(&source).await.expect(201);
    let vault = json!({
        "name": "vault", "secret_reference": {"source": "service", "path": "apps/vault"},
        "vault": {"address": "https://vault.example.com", "login": {"method": "approle", "role_id": "r"}},
        "paths": ["*"], "origins": ["*"],
    });
    let mut inner = source.clone();
    inner["name"] = json!("inner");
    inner["origins"] = json!(["*"]);
    admin.post("/v1/sources").json(&inner).await.expect(201);
    let mut outer = vault.clone();
    outer["secret_reference"]["source"] = json!("inner");
    admin.post("/v1/sources").json(&outer).await.expect(201);
    let mut mail = drafts::minimal("Mail");
    mail["allowed_mailboxes"] = json!(["orders@example.com"]);
    mail["provider"] = json!("auth0");
    mail["no_scope"] = json!(true);
    mail["scope"] = Value::Null;
    mail["parameters"] = json!([{"name": "prompt", "value": ""}]);
    mail["description"] = json!("Not ${x}, nor $${y}.");
    admin.post("/v1/credentials").json(&mail).await.expect(201);
    admin
        .post("/v1/credentials")
        .json(&drafts::full())
        .await
        .expect(201);
    let mut external = drafts::minimal("External");
    external["client_secret"] = Value::Null;
    external["client_secret_reference"] = json!({"source": "service", "path": "apps/one"});
    admin
        .post("/v1/credentials")
        .json(&external)
        .await
        .expect(201);

    let document = admin.get("/v1/export").await.expect(200).json();
    assert_eq!(document["credentials"].as_object().unwrap().len(), 3);
    assert_eq!(document["sources"]["service"]["fresh_s"], 7);
    assert_eq!(document["sources"]["outer"], Value::Null);
    assert_eq!(
        document["credentials"]["mail"]["request_timeout_s"],
        Value::Null
    );
    let empty = json!([{"name": "prompt", "value": ""}]);
    assert_eq!(document["credentials"]["mail"]["parameters"], empty);
    let body = json!({"document": document});
    let plan = admin.post(PLANS).json(&body).await.expect(200).json();
    assert_eq!(
        plan["summary"],
        json!({"create": 0, "update": 0, "unchanged": 6, "refused": 0}),
        "{plan:#}"
    );
    let seen = app.as_viewer().get("/v1/export").await.expect(200).json();
    assert_eq!(seen["sources"], Value::Null, "sources are an admin's");
    assert_eq!(seen["credentials"], body["document"]["credentials"]);

    // with a variable for each secret it makes the same elsewhere
    let path = "/v1/export?variables=true";
    let document = admin.get(path).await.expect(200).json();
    assert_eq!(
        document["sources"]["service"]["secret"],
        "${service_secret}"
    );
    let credentials = &document["credentials"];
    assert_eq!(credentials["mail"]["client_secret"], "${mail_secret}");
    assert_eq!(credentials["external"]["client_secret"], Value::Null);
    let names = grantd_server::document_text::secret_variables(&document);
    assert!(
        names.len() > 2,
        "secrets of parameters and headers too: {names:?}"
    );
    let values: serde_json::Map<_, _> = names.into_iter().map(|it| (it, json!("s"))).collect();
    let body = json!({"document": document, "variables": values});
    let elsewhere = started().await;
    let plan = elsewhere.as_admin().post(PLANS).json(&body).await;
    let plan = plan.expect(200).json();
    assert_eq!(plan["summary"]["refused"], 0, "{plan:#}");
    assert_eq!(plan["summary"]["create"], 6, "{plan:#}");
    admin
        .get("/v1/export?variables=some")
        .await
        .problem("validation_failed");
}

#[tokio::test]
async fn mistakes_are_named_by_their_place_and_nothing_is_done() {
    let app = started().await;
    let admin = app.as_admin();
    let mut literal = credential("Literal");
    literal["client_secret"] = json!(CLIENT_SECRET);
    let mut unknown = credential("Unknown");
    unknown["scope"] = json!("${nobody}");
    let mut slip = credential("Slip");
    slip["scoop"] = json!("a");
    let mut slug = credential("Slug");
    slug["slug"] = json!("x");
    let mut bare = credential("Bare");
    bare["client_secret"] = Value::Null;
    let body = body(&json!({
        "literal": literal, "unknown": unknown, "slip": slip, "slug": slug, "bare": bare, "A B": {},
        "good": credential("Good"),
    }));
    let plan = admin.post(PLANS).json(&body).await.expect(200).json();
    let mut found: Vec<(String, String)> = Vec::new();
    for item in plan["items"].as_array().unwrap() {
        for fault in item["errors"].as_array().into_iter().flatten() {
            let text = |name: &str| fault[name].as_str().unwrap().to_owned();
            found.push((text("pointer"), text("code")));
        }
    }
    let expected = [
        ("/document/credentials/A B", "invalid_slug"),
        ("/document/credentials/bare/client_secret", "required"),
        (
            "/document/credentials/literal/client_secret",
            "literal_secret",
        ),
        ("/document/credentials/slip/scoop", "unreadable"),
        ("/document/credentials/slug/slug", "unexpected"),
        ("/document/credentials/unknown/scope", "unknown_variable"),
    ];
    let expected = expected.map(|(place, code)| (place.to_owned(), code.to_owned()));
    assert_eq!(found, expected, "{plan:#}");
    let apply = with(body, &plan);
    let refused = admin.post(APPLY).json(&apply).await.expect(422);
    assert_eq!(refused.errors(), expected);
    admin.get("/v1/credentials/good").await.problem("not_found");

    for (wrong, place, code) in [
        (json!({"document": {}}), "/document/version", "required"),
        (
            json!({"document": {"version": 2}}),
            "/document/version",
            "unknown_value",
        ),
        (
            json!({"document": {"version": 1, "users": {}}}),
            "/document/users",
            "unknown_member",
        ),
        (
            json!({"document": {"version": 1, "credentials": 1}}),
            "/document/credentials",
            "unreadable",
        ),
        (json!({"document": "x"}), "/document", "unreadable"),
        (
            json!({"document": {"version": 1}, "variables": {"a b": 1}}),
            "/variables/a b",
            "invalid_variable",
        ),
        (
            json!({"document": {"version": 1}, "variables": {"a": {}}}),
            "/variables/a",
            "invalid_variable",
        ),
    ] {
        let answer = admin.post(PLANS).json(&wrong).await.expect(422);
        answer.expect_error(place, code);
    }
    let warned = json!({"document": {"version": 1}, "variables": {"unused": "x"}});
    let plan = admin.post(PLANS).json(&warned).await.expect(200).json();
    assert_eq!(plan["warnings"][0]["pointer"], "/variables/unused");
}
