//! An answer to a request that is outdated when it comes is dropped.

use grantd_engine::EngineError;
use grantd_model::{Credential, ErrorKind};
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, Gate, TestEngine};

use crate::{by_id, created, keeping, kind};

const TOKEN: &str = "canary-access-token-Pb2";

#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Description,
    Scope,
    Disabled,
    DisabledAndEnabled,
    Deleted,
}

impl Meanwhile {
    async fn happens(self, engine: &TestEngine, made: &Credential) {
        let admin = engine.as_admin();
        let wanted = by_id(made);
        let mut draft = keeping(minimal("a"));
        match self {
            Self::Description => draft.settings.description = "changed".into(),
            Self::Scope => draft.settings.scope = grantd_model::ScopeSetting::NotTaken,
            Self::Disabled | Self::DisabledAndEnabled => {
                let off = engine.set_credential_enabled(&admin, &wanted, false).await;
                off.unwrap();
                if matches!(self, Self::DisabledAndEnabled) {
                    let on = engine.set_credential_enabled(&admin, &wanted, true).await;
                    on.unwrap();
                }
                return;
            }
            Self::Deleted => {
                let gone = engine
                    .delete_credential(&admin, &wanted, made.revision)
                    .await;
                return gone.unwrap();
            }
        }
        let update = engine
            .update_credential(&admin, &wanted, made.revision, draft)
            .await;
        update.unwrap();
    }
}

/// Asks for a token, and has something happen between request and answer.
async fn fetched(
    meanwhile: Meanwhile,
    answer: Answer,
) -> (TestEngine, Credential, Result<String, EngineError>) {
    let engine = TestEngine::start();
    let made = created(&engine, minimal("a")).await;
    let gate = Gate::shut();
    engine.outbound.answer(HOST, answer.behind(&gate));
    engine.outbound.answer_always(HOST, Answer::token("later"));
    let admin = engine.as_admin();
    let wanted = by_id(&made);
    let (issued, ()) = tokio::join!(engine.fetch_token(&admin, &wanted), async {
        gate.arrived().await;
        meanwhile.happens(&engine, &made).await;
        gate.open();
    });
    let token = issued.map(|issued| issued.access_token().value.expose().clone());
    (engine, made, token)
}

#[tokio::test]
async fn after_a_change_that_voids_tokens_the_answer_is_dropped() {
    for (meanwhile, expected) in [
        (Meanwhile::Scope, Ok(())),
        (Meanwhile::Disabled, Err(ErrorKind::Disabled)),
        (Meanwhile::DisabledAndEnabled, Ok(())),
        (Meanwhile::Deleted, Err(ErrorKind::NotFound)),
    ] {
        let (engine, made, token) = fetched(meanwhile, Answer::token(TOKEN)).await;
        // the caller gets what the credential is now: a token of its new settings, or none
        if expected.is_ok() {
            assert_eq!(token.as_deref().ok(), Some("later"), "{meanwhile:?}");
        }
        assert_eq!(kind(token), expected, "{meanwhile:?}");
        let found = engine
            .get_credential(&engine.as_admin(), &by_id(&made))
            .await;
        if let (Ok(found), Err(_)) = (found, expected) {
            let secrets = found.authentication.secret();
            assert_eq!(secrets.current.last_used_at, None, "{meanwhile:?}");
        }
        let log = format!("{:?}", engine.audit_log().await);
        assert!(log.contains("the token was dropped"), "{log}");
        assert!(!log.contains(TOKEN), "{log}");
    }
}

#[tokio::test]
async fn after_a_harmless_change_the_token_is_good() {
    let (_engine, _, token) = fetched(Meanwhile::Description, Answer::token(TOKEN)).await;
    assert_eq!(token.unwrap(), TOKEN);
}

#[tokio::test]
async fn a_failure_keeps_its_own_cause() {
    let answer = Answer::refusal(401, "invalid_client");
    let (_engine, _, token) = fetched(Meanwhile::Disabled, answer).await;
    assert_eq!(kind(token), Err(ErrorKind::AuthorizationServerRefused));
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_cut_the_request_off() {
    let engine = TestEngine::start();
    let made = created(&engine, minimal("a")).await;
    let gate = Gate::shut();
    engine
        .outbound
        .answer(HOST, Answer::token(TOKEN).behind(&gate));
    let (admin, wanted) = (engine.as_admin(), by_id(&made));
    tokio::select! {
        _ = engine.fetch_token(&admin, &wanted) => panic!("an answer through a shut gate"),
        () = gate.arrived() => {}
    }
    gate.open();
    engine.close().await;
    let found = engine.get_credential(&admin, &wanted).await.unwrap();
    let used = found.authentication.secret().current.last_used_at;
    assert!(used.is_some(), "the answer was taken in");
    let log = format!("{:?}", engine.audit_log().await);
    assert!(log.contains("issued"), "{log}");
}
