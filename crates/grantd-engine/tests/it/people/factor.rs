//! The second factor.

use std::time::Duration;

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use data_encoding::BASE32_NOPAD;
use grantd_engine::{EngineError, Person};
use grantd_model::{Actor, Clock, Role, Secret, SessionStage};
use grantd_testkit::TestEngine;

use super::{actions, person, sign_in, user, visitor};

/// What an authenticator app shows now, worked out apart from the product.
fn shown(engine: &TestEngine, secret: &Secret<String>) -> String {
    let key = BASE32_NOPAD.decode(secret.expose().as_bytes()).unwrap();
    let step = engine.clock.now().as_seconds() / 30;
    let tag = sign(
        &Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key),
        &step.to_be_bytes(),
    );
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 0xf);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A user with a second factor: its secret and its recovery codes.
async fn set_up(engine: &TestEngine) -> (Person, Secret<String>, Vec<Secret<String>>) {
    user(engine, "ops", Role::Admin).await;
    let session = sign_in(engine, "ops").await;
    let me = person(engine, &session).await;
    let factor = engine
        .begin_second_factor(&me.actor, "grantd")
        .await
        .unwrap();
    let code = shown(engine, &factor.secret);
    let codes = engine
        .confirm_second_factor(&me.actor, &code)
        .await
        .unwrap();
    // the next code is another one
    engine.clock.advance(Duration::from_secs(30));
    (me, factor.secret, codes)
}

#[tokio::test]
async fn it_is_asked_for_once_it_is_confirmed() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Admin).await;
    let me = person(&engine, &sign_in(&engine, "ops").await).await;
    let factor = engine
        .begin_second_factor(&me.actor, "grantd")
        .await
        .unwrap();
    let uri = factor.uri.expose();
    assert!(
        uri.starts_with("otpauth://totp/grantd:ops?secret="),
        "{uri}"
    );
    let again = engine.unconfirmed_second_factor(&me.actor, "grantd").await;
    assert_eq!(again.unwrap().uri.expose(), uri);
    assert_eq!(sign_in(&engine, "ops").await.stage, SessionStage::SignedIn);
    let wrong = engine.confirm_second_factor(&me.actor, "000000").await;
    assert!(wrong.unwrap_err().to_string().starts_with("/code: "));
    let code = shown(&engine, &factor.secret);
    let codes = engine
        .confirm_second_factor(&me.actor, &code)
        .await
        .unwrap();
    assert_eq!(codes.len(), 10);
    assert_eq!(
        sign_in(&engine, "ops").await.stage,
        SessionStage::SecondFactor
    );
    engine
        .begin_second_factor(&me.actor, "grantd")
        .await
        .unwrap_err();
    engine
        .unconfirmed_second_factor(&me.actor, "grantd")
        .await
        .unwrap_err();
    assert!(actions(&engine).await.contains(&"second_factor.add"));
    engine
        .begin_second_factor(&Actor::System, "grantd")
        .await
        .unwrap_err();
}

#[tokio::test]
async fn until_the_code_comes_nothing_is_allowed() {
    let engine = TestEngine::start();
    let (_, secret, _) = set_up(&engine).await;
    let half = sign_in(&engine, "ops").await;
    let waiting = person(&engine, &half).await;
    assert_eq!(waiting.actor.grants(), Some(&[][..]));
    let code = shown(&engine, &secret);
    let step_on = |text: &str| {
        let (text, half) = (text.to_owned(), half.text.clone());
        let engine = &engine;
        async move {
            engine
                .sign_in_second_factor(half.expose(), &text, &visitor())
                .await
        }
    };
    let wrong = step_on("123").await.unwrap_err();
    assert!(matches!(wrong, EngineError::WrongCode { .. }), "{wrong}");
    let whole = step_on(&code).await.unwrap();
    assert_ne!(
        whole.text.expose(),
        half.text.expose(),
        "it is another session"
    );
    assert_eq!(
        person(&engine, &whole).await.actor.grants(),
        Some(&*Role::Admin.grants())
    );
    engine
        .authenticate_session(half.text.expose())
        .await
        .unwrap_err();
    // a code counts once
    let half = sign_in(&engine, "ops").await;
    let again = engine
        .sign_in_second_factor(half.text.expose(), &code, &visitor())
        .await;
    assert!(matches!(again, Err(EngineError::WrongCode { .. })));
    engine.clock.advance(Duration::from_mins(5));
    let late = engine
        .sign_in_second_factor(half.text.expose(), &code, &visitor())
        .await;
    assert_eq!(late.unwrap_err().to_string(), "the session has ended");
}

#[tokio::test]
async fn codes_can_not_be_guessed() {
    let engine = TestEngine::start();
    let (_, secret, _) = set_up(&engine).await;
    let half = sign_in(&engine, "ops").await;
    let mut tried = 0;
    loop {
        let wrong = engine
            .sign_in_second_factor(half.text.expose(), "000000", &visitor())
            .await;
        match wrong.unwrap_err() {
            EngineError::WrongCode { .. } => tried += 1,
            EngineError::TooManyTries { .. } => break,
            other => panic!("{other}"),
        }
    }
    assert!(tried <= 5, "{tried}");
    let code = shown(&engine, &secret);
    let right = engine
        .sign_in_second_factor(half.text.expose(), &code, &visitor())
        .await;
    assert!(matches!(right, Err(EngineError::TooManyTries { .. })));
}

#[tokio::test]
async fn a_recovery_code_counts_once() {
    let engine = TestEngine::start();
    let (me, secret, codes) = set_up(&engine).await;
    let typed = codes[3].expose().to_uppercase().replace('-', "");
    for works in [true, false] {
        let half = sign_in(&engine, "ops").await;
        let whole = engine
            .sign_in_second_factor(half.text.expose(), &typed, &visitor())
            .await;
        assert_eq!(whole.is_ok(), works);
    }
    let code = shown(&engine, &secret);
    let renewed = engine
        .renew_recovery_codes(&me.actor, &code, &visitor())
        .await
        .unwrap();
    assert_eq!(renewed.len(), 10);
    for (code, works) in [(&codes[4], false), (&renewed[4], true)] {
        let half = sign_in(&engine, "ops").await;
        let text = code.expose();
        let whole = engine
            .sign_in_second_factor(half.text.expose(), text, &visitor())
            .await;
        assert_eq!(whole.is_ok(), works);
    }
}

#[tokio::test]
async fn it_is_removed_by_its_owner_with_a_code_and_by_an_admin() {
    let engine = TestEngine::start();
    let (me, secret, _) = set_up(&engine).await;
    engine
        .remove_own_second_factor(&me.actor, "000000", &visitor())
        .await
        .unwrap_err();
    let code = shown(&engine, &secret);
    engine
        .remove_own_second_factor(&me.actor, &code, &visitor())
        .await
        .unwrap();
    assert_eq!(sign_in(&engine, "ops").await.stage, SessionStage::SignedIn);
    let factor = engine
        .begin_second_factor(&me.actor, "grantd")
        .await
        .unwrap();
    assert_ne!(factor.secret.expose(), secret.expose());
    let code = shown(&engine, &factor.secret);
    engine
        .confirm_second_factor(&me.actor, &code)
        .await
        .unwrap();
    engine
        .remove_second_factor(&Actor::System, me.user.id)
        .await
        .unwrap();
    engine
        .remove_second_factor(&Actor::System, me.user.id)
        .await
        .unwrap();
    assert_eq!(sign_in(&engine, "ops").await.stage, SessionStage::SignedIn);
}

#[tokio::test]
async fn a_link_for_a_new_password_is_no_way_round_it() {
    let engine = TestEngine::start();
    let (me, _, _) = set_up(&engine).await;
    let link = engine
        .create_password_link(&Actor::System, me.user.id)
        .await
        .unwrap();
    let chosen = grantd_engine::LinkUse::Password(super::secret("another long one"));
    let session = engine
        .use_link(link.code.expose(), chosen, &visitor())
        .await
        .unwrap();
    assert_eq!(session.stage, SessionStage::SecondFactor);
}

#[tokio::test]
async fn a_session_alone_gives_no_number_of_tries_at_the_code() {
    let engine = TestEngine::start();
    let (me, _, codes) = set_up(&engine).await;
    for left in (0..5_u32).rev() {
        let tried = if left % 2 == 0 {
            engine
                .renew_recovery_codes(&me.actor, "000000", &visitor())
                .await
                .map(|_| ())
        } else {
            engine
                .remove_own_second_factor(&me.actor, "000000", &visitor())
                .await
        };
        let refused = tried.unwrap_err();
        assert!(
            matches!(refused, EngineError::WrongCode { left: now } if now == left),
            "{refused}"
        );
    }
    let right = codes[0].expose();
    let refused = engine
        .remove_own_second_factor(&me.actor, right, &visitor())
        .await;
    assert!(matches!(
        refused.unwrap_err(),
        EngineError::TooManyTries { .. }
    ));
    let refusals = actions(&engine).await;
    let refusals = refusals.iter().filter(|name| **name == "session.refuse");
    assert_eq!(refusals.count(), 5, "each wrong code is in the audit log");
}

#[tokio::test]
async fn who_has_lost_the_device_uses_a_recovery_code() {
    let engine = TestEngine::start();
    let (me, _, codes) = set_up(&engine).await;
    let renewed = engine
        .renew_recovery_codes(&me.actor, codes[0].expose(), &visitor())
        .await
        .unwrap();
    // the old ones are of no use any more
    engine
        .remove_own_second_factor(&me.actor, codes[1].expose(), &visitor())
        .await
        .unwrap_err();
    engine
        .remove_own_second_factor(&me.actor, renewed[0].expose(), &visitor())
        .await
        .unwrap();
    assert_eq!(sign_in(&engine, "ops").await.stage, SessionStage::SignedIn);
}

#[tokio::test]
async fn sessions_that_wait_for_a_code_hide_nobody_and_are_few() {
    let engine = TestEngine::start();
    let (me, _, _) = set_up(&engine).await;
    let first = sign_in(&engine, "ops").await;
    for _ in 0..25 {
        engine.clock.advance(Duration::from_secs(1));
        sign_in(&engine, "ops").await;
    }
    let listed = engine.list_own_sessions(&me.actor).await.unwrap();
    assert_eq!(listed.len(), 1, "those that are signed in");
    engine
        .authenticate_session(first.text.expose())
        .await
        .unwrap_err();
}
