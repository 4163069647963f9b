//! By name and password.

use std::sync::Arc;

use grantd_engine::{EngineError, LinkUse, UserChange, Visitor};
use grantd_model::{Actor, Role, SessionStage};
use grantd_secrets::Sources;
use grantd_testkit::{FailingStore, MemoryStore, TestEngine};

use super::{actions, person, secret, sign_in, user, visitor};

#[tokio::test]
async fn the_right_password_begins_a_session_with_the_grants_of_the_role() {
    let engine = TestEngine::start();
    for role in Role::ALL {
        let user = user(&engine, role.name(), role).await;
        // without regard to case
        let session = sign_in(&engine, &role.name().to_uppercase()).await;
        assert_eq!(session.stage, SessionStage::SignedIn);
        let person = person(&engine, &session).await;
        assert_eq!(person.user.id, user.id);
        assert_eq!(person.actor.grants(), Some(&*role.grants()));
        assert_eq!(person.session.address, "192.0.2.7");
        assert!(person.user.signed_in_at.is_some());
    }
    assert_eq!(actions(&engine).await[0], "session.begin");
}

#[tokio::test]
async fn whatever_is_wrong_is_told_in_the_same_words() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Admin).await;
    let disabled = user(&engine, "gone", Role::Viewer).await;
    let set = engine
        .update_user(&Actor::System, disabled.id, UserChange::enabled(false))
        .await;
    set.unwrap();
    let never = engine
        .create_user(&Actor::System, "new".try_into().unwrap(), Role::Viewer)
        .await;
    never.unwrap();
    let mut texts = Vec::new();
    for (name, password) in [
        ("ops", "wrong horse battery"),
        ("nobody", super::PASSWORD),
        ("gone", super::PASSWORD),
        ("new", super::PASSWORD),
        ("new", ""),
        ("", ""),
    ] {
        let refused = engine.sign_in(name, secret(password), &visitor()).await;
        texts.push(refused.unwrap_err().to_string());
    }
    texts.dedup();
    assert_eq!(texts, ["user name and password do not match"]);
}

#[tokio::test]
async fn refusals_are_recorded_without_what_was_typed() {
    let engine = TestEngine::start();
    let ops = user(&engine, "ops", Role::Admin).await;
    for name in ["ops", "my-secret-password-in-the-wrong-field"] {
        let refused = engine
            .sign_in(name, secret("also-secret-text"), &visitor())
            .await;
        refused.unwrap_err();
    }
    let log = engine.audit_log().await;
    let [unknown, known] = &log[..2] else {
        panic!("{log:?}")
    };
    assert_eq!(known.object.as_str(), ops.id.to_string());
    assert_eq!(known.action.name(), "session.refuse");
    assert_eq!(unknown.object_name, "unknown user");
    assert_eq!(
        unknown.detail,
        [("from".to_owned(), "192.0.2.7".to_owned())]
    );
    let text = format!("{log:?}");
    assert!(
        !text.contains("my-secret") && !text.contains("also-secret"),
        "{text}"
    );
}

#[tokio::test]
async fn five_failures_close_the_door_for_a_quarter_of_an_hour() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Admin).await;
    for expected in [4, 3, 2, 1, 0] {
        let refused = engine
            .sign_in("ops", secret("wrong horse battery"), &visitor())
            .await;
        match refused.unwrap_err() {
            EngineError::WrongPassword { left } => assert_eq!(left, expected),
            other => panic!("{other}"),
        }
    }
    let right = engine
        .sign_in("ops", secret(super::PASSWORD), &visitor())
        .await;
    assert!(
        matches!(right, Err(EngineError::TooManyTries { .. })),
        "{right:?}"
    );
    let elsewhere = Visitor {
        address: "192.0.2.8".to_owned(),
        ..visitor()
    };
    let right = engine
        .sign_in("ops", secret(super::PASSWORD), &elsewhere)
        .await;
    right.unwrap();
    engine.clock.advance(std::time::Duration::from_mins(15));
    sign_in(&engine, "ops").await;
}

#[tokio::test]
async fn many_at_once_are_no_way_round_the_limit() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Admin).await;
    let visitor = visitor();
    let tries = (0..12).map(|_| engine.sign_in("ops", secret("wrong horse battery"), &visitor));
    let mut verified = 0;
    let mut open: Vec<_> = tries.map(Box::pin).collect();
    for refused in &mut open {
        let error = refused.await.unwrap_err();
        verified += usize::from(matches!(error, EngineError::WrongPassword { .. }));
    }
    assert_eq!(verified, 5);
}

#[tokio::test]
async fn one_changes_the_own_password_and_all_sessions_end_but_a_new_one() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Viewer).await;
    let (own, other) = (sign_in(&engine, "ops").await, sign_in(&engine, "ops").await);
    let me = person(&engine, &own).await;
    let change = async |present: &str, new: &str| {
        let (present, new) = (secret(present), secret(new));
        engine
            .change_own_password(&me.actor, (present, new), &visitor())
            .await
    };
    let short = change(super::PASSWORD, "short").await.unwrap_err();
    assert!(
        short.to_string().contains("at least 12 characters"),
        "{short}"
    );
    let wrong = change("wrong horse battery", "another long one")
        .await
        .unwrap_err();
    assert!(
        matches!(wrong, EngineError::WrongPassword { .. }),
        "{wrong}"
    );
    person(&engine, &other).await;
    let new = change(super::PASSWORD, "another long one").await.unwrap();
    person(&engine, &new).await;
    // also the one that it was changed by: who saw its cookie is out
    for over in [own, other] {
        engine
            .authenticate_session(over.text.expose())
            .await
            .unwrap_err();
    }
    let old = engine
        .sign_in("ops", secret(super::PASSWORD), &visitor())
        .await;
    old.unwrap_err();
    let new = engine
        .sign_in("ops", secret("another long one"), &visitor())
        .await;
    new.unwrap();
    assert!(actions(&engine).await.contains(&"password.set"));
}

#[tokio::test]
async fn what_the_log_refuses_does_not_happen() {
    let store = FailingStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::with(Arc::new(store.clone()), Sources::default());
    let ops = user(&engine, "ops", Role::Admin).await;
    let kept = sign_in(&engine, "ops").await;
    let me = person(&engine, &kept).await;
    let setup = LinkUse::Password(secret("yet another long one"));
    let link = engine
        .create_password_link(&Actor::System, ops.id)
        .await
        .unwrap();
    store.refuse_audit(true);
    engine
        .sign_in("ops", secret(super::PASSWORD), &visitor())
        .await
        .unwrap_err();
    let (present, new) = (secret(super::PASSWORD), secret("another long one"));
    let id = me.session.id;
    engine
        .change_own_password(&me.actor, (present, new), &visitor())
        .await
        .unwrap_err();
    engine
        .use_link(link.code.expose(), setup, &visitor())
        .await
        .unwrap_err();
    engine.end_own_session(&me.actor, id).await.unwrap_err();
    engine.end_session(kept.text.expose()).await.unwrap_err();
    store.refuse_audit(false);
    assert_eq!(engine.list_own_sessions(&me.actor).await.unwrap().len(), 1);
    engine.open_link(link.code.expose()).await.unwrap();
    sign_in(&engine, "ops").await;
}
