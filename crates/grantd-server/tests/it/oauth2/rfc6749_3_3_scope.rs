//! Which credential is meant: by scope, audience or resource (RFC 8707), which agree.

use grantd_model::{Action, Grant};
use grantd_testkit::{Answer as Given, fixtures};
use serde_json::json;

use super::Stage;
use super::stage::{expect_error, expect_token};
use crate::support::{TOKEN, drafts};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn every_way_to_name_the_credential() {
    let stage = Stage::with_token().await;
    let shown = stage.app.as_admin().get("/v1/credentials/mail").await;
    let id = shown.member("id");
    let (id_default, id_urn) = (
        format!("{id}/.default"),
        format!("urn:grantd:credential:{id}"),
    );
    let urn = "urn:grantd:credential:mail";
    for parameters in [
        &[("scope", "mail")][..],
        &[("scope", "mail/.default")],
        &[("scope", &id)],
        &[("scope", &id_default)],
        &[("scope", urn)],
        &[("scope", " mail ")],
        &[("resource", urn)],
        &[("resource", &id_urn)],
        &[("audience", "mail")],
        &[("audience", urn)],
        &[
            ("scope", "mail/.default"),
            ("audience", "mail"),
            ("resource", urn),
        ],
    ] {
        let form = [&[GRANT][..], parameters].concat();
        let answer = stage.as_client().form(&form).await;
        let token = expect_token(&answer);
        let asked = parameters.iter().find(|(name, _)| *name == "scope");
        assert_eq!(token["scope"].as_str(), asked.map(|(_, scope)| *scope));
    }
}

#[tokio::test]
async fn parameters_that_name_different_credentials_are_refused() {
    let stage = Stage::new().await;
    for parameters in [
        [("scope", "mail"), ("audience", "other")],
        [
            ("scope", "mail"),
            ("resource", "urn:grantd:credential:other"),
        ],
        [
            ("audience", "other"),
            ("resource", "urn:grantd:credential:mail"),
        ],
    ] {
        let form = [&[GRANT][..], &parameters].concat();
        let answer = stage.as_client().form(&form).await;
        expect_error(&answer, "invalid_request");
    }
}

#[tokio::test]
async fn no_scope_several_or_what_is_no_name() {
    let stage = Stage::new().await;
    for scope in [
        "",
        " ",
        "mail other",
        "mail mail",
        "openid mail",
        "https://outlook.office365.com/.default",
        "/.default",
        "Mail",
        "mail/.default/.default",
        "mail\"; \\x",
        "cred_none",
    ] {
        let answer = stage.as_client().form(&[GRANT, ("scope", scope)]).await;
        let description = expect_error(&answer, "invalid_scope");
        assert!(
            description.contains("slug") || scope == "cred_none",
            "{description}"
        );
    }
    let answer = stage.as_client().form(&[GRANT]).await;
    expect_error(&answer, "invalid_scope");
}

#[tokio::test]
async fn an_unknown_resource_is_told_in_the_words_of_rfc_8707() {
    let stage = Stage::new().await;
    for parameters in [
        ("resource", "urn:grantd:credential:none"),
        ("resource", "https://api.example.com"),
        ("audience", "none"),
    ] {
        let answer = stage.as_client().form(&[GRANT, parameters]).await;
        expect_error(&answer, "invalid_target");
    }
}

#[tokio::test]
async fn what_the_client_may_not_have_is_as_if_it_were_not_there() {
    let stage = Stage::new().await;
    let draft = drafts::with("Hidden", json!({"labels": {"team": "b"}}));
    stage.app.add(&draft).await;
    let grant = fixtures::grant(Action::Token, &[("team", "a")]);
    let key = stage.app.key_with(vec![grant]).await;
    let stage = Stage::with_key(stage.app, &key);
    let told = async |scope: &str| {
        let answer = stage.as_client().form(&[GRANT, ("scope", scope)]).await;
        expect_error(&answer, "invalid_scope")
    };
    assert_eq!(told("hidden").await, told("absent").await);
}

#[tokio::test]
async fn a_grant_of_a_part_of_the_scopes_is_not_enough() {
    let stage = Stage::new().await;
    let grant = fixtures::with_scopes(Grant::everywhere(Action::Token), "a");
    let key = stage.app.key_with(vec![grant]).await;
    let stage = Stage::with_key(stage.app, &key);
    let answer = stage.as_client().form(&[GRANT, ("scope", "mail")]).await;
    expect_error(&answer, "invalid_scope");
}

#[tokio::test]
async fn a_disabled_credential_gives_none_until_it_is_enabled_again() {
    let stage = Stage::new().await;
    let admin = stage.app.as_admin();
    let form = [GRANT, ("scope", "mail")];
    admin.post("/v1/credentials/mail/disable").await.expect(200);
    let description = expect_error(&stage.as_client().form(&form).await, "invalid_scope");
    assert!(description.contains("disabled"), "{description}");
    admin.post("/v1/credentials/mail/enable").await.expect(200);
    stage.app.answers(Given::token(TOKEN));
    expect_token(&stage.as_client().form(&form).await);
}
