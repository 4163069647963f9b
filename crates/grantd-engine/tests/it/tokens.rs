//! The token request as it leaves, and what becomes of its answer.

pub(crate) mod external;
mod outdated;

use std::time::Duration;

use grantd_engine::{CredentialRef, EngineError, token_key};
use grantd_model::token_key::SecretIdentity;
use grantd_model::{
    Action, AuditAction, ClientAuthentication, ErrorKind, ProxyUrl, Secret, SecretInput, TokenType,
};
use grantd_net::{NetError, ProxyChoice};
use grantd_oauth::TokenWarning;
use grantd_testkit::fixtures::{
    CLIENT_SECRET, HEADER_SECRET, HOST, PARAMETER_SECRET, actor, documented, full, grant, labels,
    minimal, with_scopes,
};
use grantd_testkit::{Answer, TestClock, TestEngine};

use crate::{by_id, created, kind};

#[tokio::test]
async fn the_documented_example_leaves_as_basic() {
    let engine = TestEngine::start();
    let made = created(&engine, documented()).await;
    engine
        .outbound
        .answer("auth.example.com", Answer::token("the-token"));
    let admin = engine.as_admin();
    let issued = engine.fetch_token(&admin, &by_id(&made)).await.unwrap();
    assert_eq!(issued.access_token().value.expose(), "the-token");
    assert_eq!(issued.access_token().token_type, TokenType::Bearer);
    assert_eq!(issued.left, Duration::from_hours(1));
    let expires_at = TestClock::START.plus(Duration::from_hours(1));
    assert_eq!(issued.access_token().expires_at, expires_at);
    assert_eq!(
        issued.access_token().scope.as_ref().unwrap().to_string(),
        "https://outlook.office365.com/.default"
    );
    let identity = SecretIdentity {
        version: 1,
        external_version: None,
    };
    assert_eq!(
        issued.token.key,
        token_key(&made, identity, made.settings.scope.scopes())
    );

    let sent = engine.outbound.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0.method, http::Method::POST);
    assert_eq!(sent[0].url(), "https://auth.example.com/oauth2/v2.0/issue");
    assert_eq!(
        sent[0].body(),
        "grant_type=client_credentials&scope=https%3A%2F%2Foutlook.office365.com%2F.default"
    );
    // id and secret are percent-encoded each, then joined by a colon
    let basic = "sales-mail-registration:jhyun%2Fku%5Bojubbj%5D%2Fjhgfdrg%5E7%2Adfg%26jkiu%23bjshdm%2Cktttdg";
    let basic = format!("Basic {}", data_encoding::BASE64.encode(basic.as_bytes()));
    assert_eq!(
        sent[0].headers(),
        [
            ("accept", "application/json"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", basic.as_str()),
        ]
    );
    let sensitive: Vec<bool> = sent[0]
        .0
        .headers
        .iter()
        .map(|it| it.1.is_sensitive())
        .collect();
    assert_eq!(sensitive, [false, false, true]);
}

#[tokio::test]
async fn the_documented_example_leaves_in_the_body() {
    let engine = TestEngine::start();
    let mut draft = documented();
    draft.authentication = ClientAuthentication::ClientSecretPost {
        secret: draft.authentication.into_secret(),
    };
    let made = created(&engine, draft).await;
    engine
        .outbound
        .answer("auth.example.com", Answer::token("the-token"));
    let admin = engine.as_admin();
    engine.fetch_token(&admin, &by_id(&made)).await.unwrap();
    let sent = &engine.outbound.sent()[0];
    assert_eq!(
        sent.body(),
        "grant_type=client_credentials&client_id=sales-mail-registration&client_secret=\
         jhyun%2Fku%5Bojubbj%5D%2Fjhgfdrg%5E7%2Adfg%26jkiu%23bjshdm%2Cktttdg&\
         scope=https%3A%2F%2Foutlook.office365.com%2F.default"
    );
    assert_eq!(sent.header("authorization"), None);
}

#[tokio::test]
async fn every_setting_decides_how_it_leaves() {
    let engine = TestEngine::start();
    let made = created(&engine, full("a")).await;
    engine.outbound.answer(HOST, Answer::token("t"));
    let admin = engine.as_admin();
    engine.fetch_token(&admin, &by_id(&made)).await.unwrap();
    let sent = &engine.outbound.sent()[0];
    assert_eq!(
        sent.url(),
        "https://login.example.com/oauth2/token?tenant=7&x=%20"
    );
    assert_eq!(
        sent.body(),
        format!(
            "grant_type=client_credentials&scope=mail.send%20mail.read&\
             resource=https%3A%2F%2Fmail.example.com%2F&resource=urn%3Aexample%3Afiles&\
             audience=https%3A%2F%2Fapi.example.com&tenant=acme&assert={PARAMETER_SECRET}"
        )
    );
    // raw: `client-1:canary-client-secret-Zq7`
    let basic = "Basic Y2xpZW50LTE6Y2FuYXJ5LWNsaWVudC1zZWNyZXQtWnE3";
    assert_eq!(sent.header("authorization"), Some(basic));
    assert_eq!(sent.header("x-tenant"), Some("acme"));
    assert_eq!(sent.header("x-api-key"), Some(HEADER_SECRET));
    let request = &sent.0;
    assert_eq!(request.limits.connect, Duration::from_secs(5));
    assert_eq!(request.limits.total, Duration::from_secs(20));
    assert_eq!(request.limits.response_bytes, 1 << 20);
    assert_eq!(
        request.ca_bundle.as_deref(),
        made.settings.ca_bundle.as_deref()
    );
    let proxy = ProxyUrl::try_from("http://proxy.example.com:3128".to_owned()).unwrap();
    assert_eq!(request.proxy, ProxyChoice::Through(proxy));
}

#[tokio::test]
async fn a_token_is_recorded_and_its_secret_noted_as_used() {
    let engine = TestEngine::start();
    let made = created(&engine, minimal("a")).await;
    let at = engine.clock.advance(Duration::from_mins(1));
    engine.outbound.answer(HOST, Answer::token("t"));
    let admin = engine.as_admin();
    engine.fetch_token(&admin, &by_id(&made)).await.unwrap();
    let found = engine.get_credential(&admin, &by_id(&made)).await.unwrap();
    let used = &found.authentication.secret().current;
    assert_eq!(used.last_used_at, Some(at));
    assert_eq!(found.revision, made.revision);
    let entry = engine.audit_log().await.remove(0);
    assert_eq!(entry.action, AuditAction::TokenFetch);
    assert_eq!((entry.at, entry.actor), (at, admin.reference()));
    assert_eq!(
        (entry.object, entry.object_name),
        (made.id.into(), "a".into())
    );
    let detail = [("result", "issued"), ("lifetime", "3600 s")];
    let detail = detail.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(entry.detail, detail);
}

#[tokio::test]
async fn warnings_come_along_with_the_token() {
    let engine = TestEngine::start();
    let made = created(&engine, minimal("a")).await;
    let answer = Answer::json(
        200,
        r#"{"access_token": "t", "scope": "mail.read mail.send"}"#,
    );
    engine.outbound.answer(HOST, answer);
    let issued = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
    let issued = issued.unwrap();
    assert_eq!(issued.left, Duration::from_mins(5));
    assert!(issued.warnings().contains(&TokenWarning::MissingTokenType));
    assert_eq!(issued.warnings().len(), 3, "{:?}", issued.warnings());
}

#[tokio::test]
async fn a_disabled_one_sends_nothing() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = created(&engine, minimal("a")).await;
    let off = engine
        .set_credential_enabled(&admin, &by_id(&made), false)
        .await;
    off.unwrap();
    let refused = engine.fetch_token(&admin, &by_id(&made)).await;
    assert_eq!(kind(refused), Err(ErrorKind::Disabled));
    assert!(engine.outbound.sent().is_empty());
}

#[tokio::test]
async fn every_fault_has_its_kind_and_is_recorded() {
    let timeout = NetError::RequestTimeout {
        host: HOST.to_owned(),
        after: Duration::from_secs(30),
    };
    let too_large = NetError::TooLarge {
        host: HOST.to_owned(),
        status: http::StatusCode::OK,
        limit: 1,
    };
    for (answer, expected) in [
        (
            Answer::refusal(401, "invalid_client"),
            ErrorKind::AuthorizationServerRefused,
        ),
        (
            Answer::refusal(400, "invalid_scope"),
            ErrorKind::AuthorizationServerRefused,
        ),
        (Answer::json(429, "{}"), ErrorKind::RateLimited),
        (
            Answer::json(500, "oops"),
            ErrorKind::AuthorizationServerMisbehaved,
        ),
        (
            Answer::json(200, "<html>sign in</html>"),
            ErrorKind::AuthorizationServerMisbehaved,
        ),
        (
            Answer::json(302, "").with_header("location", "https://evil.example.net/"),
            ErrorKind::AuthorizationServerMisbehaved,
        ),
        (Answer::failure(timeout), ErrorKind::Unreachable),
        (
            Answer::failure(too_large),
            ErrorKind::AuthorizationServerMisbehaved,
        ),
    ] {
        let engine = TestEngine::start();
        let made = created(&engine, minimal("a")).await;
        engine.clock.advance(Duration::from_secs(1));
        engine.outbound.answer(HOST, answer);
        let admin = engine.as_admin();
        let error = engine.fetch_token(&admin, &by_id(&made)).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{error}");
        assert_eq!(engine.outbound.sent().len(), 1, "sent once, {error}");
        let entry = engine.audit_log().await.remove(0);
        assert_eq!(entry.action, AuditAction::TokenFetch);
        assert_eq!(entry.detail[0], ("result".to_owned(), "failed".to_owned()));
        assert_eq!(entry.detail[1], ("cause".to_owned(), error.to_string()));
        let found = engine.get_credential(&admin, &by_id(&made)).await.unwrap();
        assert_eq!(found, made, "a refused secret is not noted as used");
    }
}

#[tokio::test]
async fn a_server_that_repeats_secrets_makes_no_error_show_them() {
    let engine = TestEngine::start();
    let made = created(&engine, full("a")).await;
    let repeated = format!("{CLIENT_SECRET} {PARAMETER_SECRET} {HEADER_SECRET}");
    for answer in [
        Answer::json(
            401,
            &format!(r#"{{"error": "invalid_client", "error_description": "{repeated}"}}"#),
        ),
        Answer::json(400, &format!(r#"{{"error": "{repeated}"}}"#)),
        Answer::json(200, &repeated),
        Answer::json(
            200,
            &format!(r#"{{"message": "{repeated}", "{CLIENT_SECRET}": 1}}"#),
        ),
        Answer::json(
            200,
            &format!(r#"{{"access_token": "t", "token_type": "{CLIENT_SECRET}"}}"#),
        ),
        Answer::json(302, "").with_header(
            "location",
            &format!("https://a.example/{CLIENT_SECRET}?s={PARAMETER_SECRET}"),
        ),
    ] {
        engine.outbound.answer(HOST, answer);
        let error = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
        let error = error.unwrap_err();
        engine.clock.advance(Duration::from_hours(1));
        for canary in [CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET] {
            assert!(!format!("{error} {error:?}").contains(canary), "{error:?}");
        }
    }
    let log = format!("{:?}", engine.audit_log().await);
    assert!(log.contains("invalid_client"), "{log}");
    for canary in [CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET] {
        assert!(!log.contains(canary), "{log}");
    }
}

#[tokio::test]
async fn a_grant_limited_to_scopes_covers_those_alone() {
    let engine = TestEngine::start();
    let mut draft = minimal("a");
    draft.settings.labels = labels(&[("team", "a")]);
    let made = created(&engine, draft).await;
    let mut takes_none = minimal("b");
    takes_none.settings.labels = labels(&[("team", "a")]);
    takes_none.settings.scope = grantd_model::ScopeSetting::NotTaken;
    let takes_none = created(&engine, takes_none).await;
    let token = || grant(Action::Token, &[("team", "a")]);
    for (scopes, expected) in [
        ("mail.read", Ok(())),
        ("mail.send mail.read", Ok(())),
        ("mail.send", Err(ErrorKind::Forbidden)),
        ("MAIL.READ", Err(ErrorKind::Forbidden)),
    ] {
        let limited = actor("lim", vec![with_scopes(token(), scopes)]);
        engine.outbound.answer_always(HOST, Answer::token("t"));
        let ended = engine.fetch_token(&limited, &by_id(&made)).await;
        assert_eq!(kind(ended), expected, "{scopes}");
        let without = engine.fetch_token(&limited, &by_id(&takes_none)).await;
        let error = without.unwrap_err();
        assert!(matches!(error, EngineError::BeyondGrants(_)), "{error}");
    }
    // scopes of two grants do not add up, and a grant elsewhere lends nothing
    let both = actor(
        "two",
        vec![
            with_scopes(token(), "mail.send"),
            grant(Action::Token, &[("team", "b")]),
            with_scopes(grant(Action::Token, &[("team", "b")]), "mail.read"),
        ],
    );
    let refused = engine.fetch_token(&both, &by_id(&made)).await;
    assert_eq!(kind(refused), Err(ErrorKind::Forbidden));
}

#[tokio::test]
async fn an_empty_secret_is_refused_before_anything_is_sent() {
    let engine = TestEngine::start();
    let mut draft = minimal("a");
    let method = draft.authentication.method();
    draft.authentication = method.with_secret(SecretInput::Internal(Secret::from("")));
    let Ok(made) = engine.create_credential(&engine.as_admin(), draft).await else {
        return;
    };
    let refused = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
    assert_eq!(kind(refused), Err(ErrorKind::Invalid));
}

#[tokio::test]
async fn an_unknown_one_is_not_found() {
    let engine = TestEngine::start();
    let wanted: CredentialRef = "missing".parse().unwrap();
    let refused = engine.fetch_token(&engine.as_admin(), &wanted).await;
    assert_eq!(kind(refused), Err(ErrorKind::NotFound));
}

#[tokio::test]
async fn the_words_of_a_server_that_nobody_knows_are_not_repeated() {
    let engine = TestEngine::start();
    let made = created(&engine, minimal("a")).await;
    let inner = r#"{"error": "inner-code", "error_description": "the inner page"}"#;
    for (answer, known) in [
        (Answer::json(400, inner), true),
        (Answer::json(400, inner).from_beyond(), false),
        (Answer::json(200, "the inner page").from_beyond(), false),
    ] {
        engine.clock.advance(Duration::from_hours(1));
        engine.outbound.answer(HOST, answer);
        let error = engine.fetch_token(&engine.as_admin(), &by_id(&made)).await;
        let told = format!("{:?}", error.unwrap_err());
        assert_eq!(told.contains("inner"), known, "{told}");
    }
}
