//! API keys: made, shown once, recognised, over.

use std::time::Duration;

use grantd_engine::{EngineError, KeyDraft, NewKey};
use grantd_model::{
    Action, Actor, ApiKeySecret, AuditAction, ErrorKind, Grant, ObjectId, Role, ScopeLimit, Secret,
    Target, Timestamp,
};
use grantd_testkit::fixtures::{actor, grant, with_scopes};
use grantd_testkit::{TestClock, TestEngine};

use crate::{fields, kind};

fn draft(grants: Vec<Grant>, expires_at: Option<Timestamp>) -> KeyDraft {
    KeyDraft {
        name: "the key".try_into().unwrap(),
        grants,
        expires_at,
    }
}

async fn made(engine: &TestEngine, expires_at: Option<Timestamp>) -> NewKey {
    let draft = draft(vec![Grant::everywhere(Action::Read)], expires_at);
    let made = engine.create_key(&engine.as_admin(), draft).await;
    made.unwrap()
}

#[tokio::test]
async fn a_key_stands_for_its_grants() {
    let engine = TestEngine::start();
    let made = made(&engine, None).await;
    let text = made.text.expose();
    assert!(text.starts_with("gk_"), "the text form");
    let actor = engine.authenticate_key(text).await.unwrap();
    let expected = Actor::Key {
        expires_at: None,
        id: made.key.id,
        name: "the key".to_owned(),
        grants: vec![Grant::everywhere(Action::Read)],
    };
    assert_eq!(*actor, expected);
}

#[tokio::test]
async fn only_the_digest_is_kept_and_shown() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = made(&engine, None).await;
    let secret = ApiKeySecret::parse(made.text.expose()).unwrap();
    assert_ne!(secret.secret.expose(), &made.key.secret_digest);
    let found = engine.get_key(&admin, made.key.id).await.unwrap();
    assert_eq!(found, made.key);
    let listed = engine.list_keys(&admin, 10, None).await.unwrap();
    assert_eq!(listed.items, [found]);
    let tail = made.text.expose().rsplit('_').next().unwrap();
    let shown = format!("{made:?} {:?} {:?}", listed.items, engine.audit_log().await);
    assert!(
        shown.contains("the key") && !shown.contains(tail),
        "{shown}"
    );
}

#[tokio::test]
async fn what_is_no_key_or_another_secret_is_refused_in_the_same_words() {
    let engine = TestEngine::start();
    let made = made(&engine, None).await;
    let wrong_secret = ApiKeySecret {
        id: made.key.id,
        secret: Secret::new([7; 32]),
    };
    let unknown = ApiKeySecret {
        id: grantd_model::KeyId::new(TestClock::START, &grantd_testkit::TestRandom::seeded(99)),
        secret: Secret::new([7; 32]),
    };
    let good = made.text.expose();
    for text in [
        wrong_secret.to_text().expose().clone(),
        unknown.to_text().expose().clone(),
        String::new(),
        "gk_".to_owned(),
        format!("{good}0"),
        good[..good.len() - 1].to_owned(),
        good.to_uppercase(),
        format!(" {good}"),
    ] {
        let error = engine.authenticate_key(&text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!(error.to_string(), "the API key is not valid", "{text}");
    }
}

#[tokio::test]
async fn a_key_is_over_when_its_time_is() {
    let engine = TestEngine::start();
    let end = TestClock::START.plus(Duration::from_mins(1));
    let made = made(&engine, Some(end)).await;
    let text = made.text.expose();
    engine
        .clock
        .set(Timestamp::from_micros(end.as_micros() - 1));
    engine.authenticate_key(text).await.unwrap();
    engine.clock.set(end);
    let error = engine.authenticate_key(text).await.unwrap_err();
    assert_eq!(error.to_string(), "the API key has expired");
}

#[tokio::test]
async fn a_revoked_key_is_refused_from_the_next_request_on() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = made(&engine, None).await;
    let at = engine.clock.advance(Duration::from_secs(5));
    engine.revoke_key(&admin, made.key.id).await.unwrap();
    let error = engine
        .authenticate_key(made.text.expose())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.to_string(), "the API key has been revoked");
    // a second time, it stays as it was and nothing is recorded
    engine.clock.advance(Duration::from_secs(5));
    engine.revoke_key(&admin, made.key.id).await.unwrap();
    let found = engine.get_key(&admin, made.key.id).await.unwrap();
    assert_eq!(found.revoked_at, Some(at));
    let log = engine.audit_log().await;
    let revokes = log.iter().filter(|it| it.action == AuditAction::KeyRevoke);
    assert_eq!(revokes.count(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let unknown =
        grantd_model::KeyId::new(TestClock::START, &grantd_testkit::TestRandom::default());
    let get = engine.get_key(&admin, unknown).await;
    assert_eq!(kind(get), Err(ErrorKind::NotFound));
    let revoke = engine.revoke_key(&admin, unknown).await;
    assert_eq!(kind(revoke), Err(ErrorKind::NotFound));
}

#[tokio::test]
async fn a_key_needs_a_grant_and_a_future() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let none = engine.create_key(&admin, draft(Vec::new(), None)).await;
    let expected = [("/grants".to_owned(), "required")];
    assert_eq!(fields(&none.unwrap_err()), expected);
    let read = || vec![Grant::everywhere(Action::Read)];
    for end in [TestClock::START, Timestamp::from_micros(0)] {
        let over = engine.create_key(&admin, draft(read(), Some(end))).await;
        let expected = [("/expires_at".to_owned(), "in_the_past")];
        assert_eq!(fields(&over.unwrap_err()), expected);
    }
    assert!(engine.audit_log().await.is_empty());
}

#[tokio::test]
async fn a_key_gets_a_part_of_its_makers_grants_at_most() {
    let engine = TestEngine::start();
    let own = vec![
        Grant::everywhere(Action::Admin),
        with_scopes(grant(Action::Token, &[("team", "a")]), "x y"),
    ];
    let maker = actor("mia", own.clone());
    let token =
        |pairs: &[(&str, &str)], scopes: &str| with_scopes(grant(Action::Token, pairs), scopes);
    let by_id = Grant {
        action: Action::Manage,
        on: Target::Ids([ObjectId::from(made(&engine, None).await.key.id)].into()),
        scopes: ScopeLimit::Any,
    };
    for part in [
        own.clone(),
        vec![Grant::everywhere(Action::Manage)],
        vec![grant(Action::Read, &[("team", "b")])],
        vec![by_id],
        vec![token(&[("team", "a")], "x")],
        vec![token(&[("team", "a"), ("env", "test")], "y x")],
    ] {
        let made = engine.create_key(&maker, draft(part.clone(), None)).await;
        assert_eq!(made.unwrap().key.grants, part);
    }
    for more in [
        vec![Grant::everywhere(Action::Token)],
        vec![grant(Action::Token, &[("team", "a")])],
        vec![token(&[("team", "a")], "x z")],
        vec![token(&[("team", "b")], "x")],
        vec![token(&[("env", "test")], "x")],
        vec![
            Grant::everywhere(Action::Read),
            Grant::everywhere(Action::Token),
        ],
    ] {
        let refused = engine.create_key(&maker, draft(more.clone(), None)).await;
        let error = refused.err().unwrap_or_else(|| panic!("{more:?}"));
        assert!(matches!(error, EngineError::BeyondGrants(_)), "{error}");
        assert!(
            error
                .to_string()
                .contains(&format!("/grants/{}", more.len() - 1)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_key_that_administers_makes_no_key_beyond_itself() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let grants = vec![Grant::everywhere(Action::Admin)];
    let first = engine.create_key(&admin, draft(grants.clone(), None)).await;
    let first = first.unwrap();
    let holder = engine.authenticate_key(first.text.expose()).await.unwrap();
    let second = engine.create_key(&holder, draft(grants, None)).await;
    assert_eq!(second.unwrap().key.created.by, holder.reference());
    let more = draft(Role::Admin.grants(), None);
    let refused = engine.create_key(&holder, more).await;
    assert_eq!(kind(refused), Err(ErrorKind::Forbidden));
}

#[tokio::test]
async fn a_key_makes_no_key_that_outlives_it() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let end = TestClock::START.plus(Duration::from_hours(1));
    let grants = || vec![Grant::everywhere(Action::Admin)];
    let first = engine.create_key(&admin, draft(grants(), Some(end))).await;
    let text = first.unwrap().text;
    let holder = engine.authenticate_key(text.expose()).await.unwrap();
    let later = end.plus(Duration::from_micros(1));
    for beyond in [None, Some(later)] {
        let refused = engine.create_key(&holder, draft(grants(), beyond)).await;
        let expected = [("/expires_at".to_owned(), "beyond_own_end")];
        assert_eq!(fields(&refused.unwrap_err()), expected);
    }
    let within = engine.create_key(&holder, draft(grants(), Some(end))).await;
    within.unwrap();
}
