//! Settings that are not kept.

use data_encoding::BASE64URL_NOPAD;
use grantd_testkit::Answer as Given;
use grantd_testkit::fixtures::CLIENT_SECRET;
use serde_json::{Value, json};

use super::{PATH, failed, outline, validate};
use crate::support::{TOKEN, TestApp, drafts, sources};

#[tokio::test]
async fn a_draft_that_works_is_told_step_by_step_and_never_the_token() {
    let app = TestApp::start().await;
    let given = json!({
        "access_token": TOKEN, "token_type": "bearer", "expires_in": 3600, "scope": "mail.read x",
    });
    app.answers(Given::json(200, &given.to_string()));
    let body = json!({"draft": drafts::minimal("New")});
    let answer = validate(app.as_editor(), body).await.expect(200);
    assert_eq!(
        answer.json(),
        json!({
            "result": "done",
            "duration_s": 0.0,
            "steps": [
                {
                    "step": "secret", "outcome": "done", "duration_s": 0.0,
                    "detail": "as it was typed",
                },
                {
                    "step": "token_response", "outcome": "done", "duration_s": 0.0,
                    "detail": "Bearer, 3600 s",
                },
            ],
            "token": {
                "token_type": "Bearer", "lifetime_s": 3600, "lifetime_source": "expires_in",
                "asked_scope": "mail.read", "granted_scope": "mail.read x",
            },
            "warnings": answer.json()["warnings"],
        })
    );
    assert_eq!(answer.json()["warnings"].as_array().map(Vec::len), Some(1));
    let sent = app.outbound().sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].url(), "https://login.example.com/oauth2/token");
    assert!(
        sent[0]
            .header("authorization")
            .unwrap()
            .starts_with("Basic ")
    );
    let list = app.as_admin().get("/v1/credentials").await.json();
    assert_eq!(list["items"], json!([]), "nothing of it is kept");
}

#[tokio::test]
async fn what_a_token_says_of_itself_is_shown() {
    let app = TestApp::start().await;
    let claims = json!({
        "iss": "https://login.example.com/t", "aud": "api://mail", "sub": "s", "azp": "client-1",
        "tid": "t-1", "roles": ["Mail.Read"], "scp": "a b", "iat": 1_800_000_000,
        "exp": 1_800_003_600, "canary": "canary-claim-Rk2",
    });
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let header = part(&json!({"alg": "none"}));
    let jwt = format!("{header}.{}.c2lnbmF0dXJl", part(&claims));
    app.watch("a JWT", &jwt);
    app.watch("a claim that is not shown", "canary-claim-Rk2");
    let given = json!({"access_token": jwt, "token_type": "Bearer"});
    app.answers(Given::json(200, &given.to_string()));
    let body = json!({"draft": drafts::minimal("New")});
    let shown = validate(app.as_editor(), body).await.expect(200).json();
    let token = &shown["token"];
    assert_eq!(
        (&token["lifetime_s"], &token["lifetime_source"]),
        (&json!(3600), &json!("jwt_exp"))
    );
    let claims = &token["claims"];
    assert_eq!(claims["aud"], json!(["api://mail"]));
    assert_eq!(claims["roles"], json!(["Mail.Read"]));
    assert_eq!(claims["tid"], "t-1");
    assert_eq!(claims["exp"], "2027-01-15T09:00:00Z");
}

#[tokio::test]
async fn a_refusal_is_explained_and_nothing_is_tried_again() {
    let app = TestApp::start().await;
    let error = json!({
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret provided.",
    });
    app.answers(Given::json(401, &error.to_string()));
    let body = json!({"draft": drafts::minimal("New")});
    let shown = validate(app.as_editor(), body).await.expect(200).json();
    assert_eq!(
        outline(&shown),
        [
            ("secret".to_owned(), "done".to_owned()),
            ("token_response".to_owned(), "failed".to_owned()),
        ]
    );
    let step = failed(&shown);
    assert_eq!(step["class"], "invalid_client");
    for member in ["detail", "meaning", "remedy"] {
        assert!(
            step[member].as_str().is_some_and(|text| !text.is_empty()),
            "{step}"
        );
    }
    assert!(step["remedy"].as_str().unwrap().contains("value"), "{step}");
    assert_eq!(shown.get("token"), None);
    assert_eq!(app.outbound().sent().len(), 1);
}

#[tokio::test]
async fn every_setting_counts() {
    let app = TestApp::start().await;
    app.answers(Given::token(TOKEN));
    let mut draft = drafts::full();
    draft["ca_bundle"] = Value::Null;
    let body = json!({"draft": draft});
    validate(app.as_admin(), body).await.expect(200);
    let sent = &app.outbound().sent()[0];
    assert_eq!(
        sent.url(),
        "https://login.example.com/oauth2/token?tenant=7"
    );
    for part in ["audience=", "resource=", "tenant=acme", "assert="] {
        assert!(sent.body().contains(part), "{part}");
    }
    assert_eq!(sent.header("x-tenant"), Some("acme"));
}

#[tokio::test]
async fn an_external_secret_is_read_or_told_why_not() {
    let (app, folder) = sources::app_with_files().await;
    let reference = json!({"source": "team-files", "path": "one"});
    let changes = json!({"client_secret": null, "client_secret_reference": reference});
    let body = json!({"draft": drafts::with("External", changes)});
    let shown = validate(app.as_editor(), body.clone())
        .await
        .expect(200)
        .json();
    let step = failed(&shown);
    assert_eq!(
        (&step["step"], &step["class"]),
        (&json!("secret"), &json!("secret_source_failed"))
    );
    assert!(step["remedy"].is_string(), "{step}");

    sources::write(folder.path(), "one", CLIENT_SECRET);
    app.answers(Given::token(TOKEN));
    let shown = validate(app.as_editor(), body).await.expect(200).json();
    let detail = shown["steps"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("team-files: one"), "{detail}");
}

#[tokio::test]
async fn an_answer_goes_into_no_cache() {
    let app = TestApp::start().await;
    app.answers(Given::refusal(400, "invalid_scope"));
    let body = json!({"draft": drafts::minimal("New")});
    let answer = app.as_editor().post(PATH).json(&body).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
