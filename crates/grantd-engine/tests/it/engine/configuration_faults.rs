//! What only an edit mends is tried ever more seldom, and at once after an edit.

use grantd_engine::{EngineError, HandedOut, TokenWish};
use grantd_model::{Credential, CredentialDraft, ErrorKind, ScopeSet, ScopeSetting};
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, TestEngine};
use tokio::time::{Instant, sleep};

use super::{MINUTE, SECOND, ask, requests, told};
use crate::{by_id, created, keeping};

fn draft() -> CredentialDraft {
    let mut draft = minimal("a");
    draft.settings.scope = ScopeSetting::Set(ScopeSet::parse("one two").unwrap());
    draft
}

/// A token for one of the two scopes.
async fn ask_part(engine: &TestEngine, made: &Credential) -> Result<HandedOut, EngineError> {
    let wish = TokenWish {
        scope: Some(ScopeSet::parse("two").unwrap()),
        ..TokenWish::default()
    };
    engine.token(&engine.as_admin(), &by_id(made), &wish).await
}

/// An engine whose server has refused the secret so often that nothing is tried for a while.
async fn refused() -> (TestEngine, Credential) {
    let engine = TestEngine::flowing();
    let made = created(&engine, draft()).await;
    let refusal = Answer::refusal(401, "invalid_client");
    engine.outbound.answer_always(HOST, refusal);
    for _ in 0..20 {
        ask(&engine, &made).await.unwrap_err();
        ask_part(&engine, &made).await.unwrap_err();
        sleep(MINUTE).await;
    }
    (engine, made)
}

#[tokio::test(start_paused = true)]
async fn the_wait_doubles_from_thirty_seconds_to_fifteen_minutes() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let refusal = Answer::refusal(400, "invalid_scope");
    engine.outbound.answer_always(HOST, refusal);
    let mut waits = Vec::new();
    let mut before = Instant::now();
    while waits.len() < 9 {
        let count = requests(&engine);
        ask(&engine, &made).await.unwrap_err();
        if requests(&engine) > count {
            waits.push(before.elapsed().as_secs());
            before = Instant::now();
        }
        sleep(SECOND).await;
    }
    assert_eq!(waits, [0, 30, 60, 120, 240, 480, 900, 900, 900]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_ends_it() {
    let (engine, made) = refused().await;
    let admin = engine.as_admin();
    engine.outbound.answer_always(HOST, Answer::token("t"));
    assert!(ask(&engine, &made).await.is_err(), "still cooling down");
    let mut draft = keeping(draft());
    draft.settings.description = "what was missing is elsewhere".into();
    let edited = engine
        .update_credential(&admin, &by_id(&made), made.revision, draft)
        .await;
    edited.unwrap();
    assert_eq!(told(ask(&engine, &made).await), Ok("t".to_owned()));
    assert_eq!(told(ask_part(&engine, &made).await), Ok("t".to_owned()));
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn renewing_by_hand_ends_it_for_all_scopes() {
    let (engine, made) = refused().await;
    let admin = engine.as_admin();
    let again = engine.renew_token(&admin, &by_id(&made)).await;
    let kind = again.map(|_| ()).map_err(|error| error.kind());
    assert_eq!(kind, Err(ErrorKind::AuthorizationServerRefused));
    engine.outbound.answer_always(HOST, Answer::token("t"));
    let renewed = engine.renew_token(&admin, &by_id(&made)).await;
    assert_eq!(told(renewed), Ok("t".to_owned()));
    assert_eq!(told(ask(&engine, &made).await), Ok("t".to_owned()));
    assert_eq!(told(ask_part(&engine, &made).await), Ok("t".to_owned()));
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_the_first_refusal_waits_as_the_first() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    engine.outbound.answer_always(HOST, Answer::json(503, ""));
    for _ in 0..60 {
        ask(&engine, &made).await.unwrap_err();
        sleep(MINUTE).await;
    }
    engine
        .outbound
        .answer(HOST, Answer::refusal(401, "invalid_client"));
    ask(&engine, &made).await.unwrap_err();
    engine.outbound.answer_always(HOST, Answer::token("t"));
    sleep(31 * SECOND).await;
    assert_eq!(told(ask(&engine, &made).await), Ok("t".to_owned()));
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn dropping_the_tokens_ends_no_cool_down() {
    let (engine, made) = refused().await;
    let before = requests(&engine);
    let admin = engine.as_admin();
    engine.drop_tokens(&admin, &by_id(&made)).await.unwrap();
    let told = told(ask(&engine, &made).await);
    assert!(told.is_err(), "{told:?}");
    assert_eq!(requests(&engine), before);
    engine.end().await;
}
