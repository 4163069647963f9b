//! How sessions are found and end.

use std::time::Duration;

use grantd_engine::UserChange;
use grantd_model::{Actor, Role};
use grantd_testkit::TestEngine;

use super::{person, sign_in, user};

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_its_end() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Admin).await;
    let idle = sign_in(&engine, "ops").await;
    let used = sign_in(&engine, "ops").await;
    for _ in 0..23 {
        person(&engine, &used).await;
        engine.clock.advance(Duration::from_mins(30));
    }
    let ended = engine
        .authenticate_session(idle.text.expose())
        .await
        .unwrap_err();
    assert_eq!(ended.to_string(), "the session has ended");
    person(&engine, &used).await;
    engine.clock.advance(Duration::from_mins(30));
    let ended = engine
        .authenticate_session(used.text.expose())
        .await
        .unwrap_err();
    assert_eq!(ended.to_string(), "the session has ended");
}

#[tokio::test]
async fn what_is_over_goes_when_somebody_signs_in() {
    let engine = TestEngine::start();
    let user = user(&engine, "ops", Role::Admin).await;
    sign_in(&engine, "ops").await;
    engine.clock.advance(Duration::from_hours(13));
    sign_in(&engine, "ops").await;
    let mut unit = engine.store.read().await.unwrap();
    assert_eq!(unit.sessions().of_user(user.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_sees_and_ends_the_own_sessions_alone() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Viewer).await;
    user(&engine, "other", Role::Admin).await;
    let (one, two) = (sign_in(&engine, "ops").await, sign_in(&engine, "ops").await);
    let three = sign_in(&engine, "ops").await;
    let foreign = sign_in(&engine, "other").await;
    let me = person(&engine, &one).await;
    assert_eq!(engine.list_own_sessions(&me.actor).await.unwrap().len(), 3);
    let theirs = person(&engine, &foreign).await.session.id;
    engine.end_own_session(&me.actor, theirs).await.unwrap();
    person(&engine, &foreign).await;
    let second = person(&engine, &two).await.session.id;
    engine.end_own_session(&me.actor, second).await.unwrap();
    engine
        .authenticate_session(two.text.expose())
        .await
        .unwrap_err();
    let ended = engine.end_other_sessions(&me.actor, me.session.id).await;
    assert_eq!(ended.unwrap(), 1);
    engine
        .authenticate_session(three.text.expose())
        .await
        .unwrap_err();
    person(&engine, &foreign).await;
    engine.end_session(one.text.expose()).await.unwrap();
    engine.end_session(one.text.expose()).await.unwrap();
    engine
        .authenticate_session(one.text.expose())
        .await
        .unwrap_err();
    engine.list_own_sessions(&Actor::System).await.unwrap_err();
}

#[tokio::test]
async fn who_is_disabled_or_has_another_role_is_so_at_once() {
    let engine = TestEngine::start();
    let ops = user(&engine, "ops", Role::Admin).await;
    user(&engine, "boss", Role::Admin).await;
    let session = sign_in(&engine, "ops").await;
    let set = engine
        .update_user(&Actor::System, ops.id, UserChange::role(Role::Viewer))
        .await;
    set.unwrap();
    let person = person(&engine, &session).await;
    assert_eq!(person.actor.grants(), Some(&*Role::Viewer.grants()));
    let set = engine
        .update_user(&Actor::System, ops.id, UserChange::enabled(false))
        .await;
    set.unwrap();
    engine
        .authenticate_session(session.text.expose())
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_page_that_is_only_left_open_keeps_no_session() {
    let engine = TestEngine::start();
    user(&engine, "ops", Role::Admin).await;
    let session = sign_in(&engine, "ops").await;
    for _ in 0..5 {
        engine.clock.advance(Duration::from_mins(11));
        let text = session.text.expose();
        engine.look_up_session(text).await.unwrap();
    }
    engine.clock.advance(Duration::from_mins(6));
    let refused = engine.look_up_session(session.text.expose()).await;
    assert!(refused.unwrap_err().to_string().contains("ended"));
}
