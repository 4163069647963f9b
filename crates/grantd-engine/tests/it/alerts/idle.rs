//! Credentials that nobody uses are tried.

use std::time::Duration;

use grantd_model::{ActorRef, EventCause};
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, TestEngine};

use super::{RECEIVER, added, pass, types, wait, webhook};
use crate::{by_id, created};

const HOUR: u64 = 3600;

#[tokio::test(start_paused = true)]
async fn one_that_nobody_uses_is_tried_and_what_broke_is_told() {
    let engine = TestEngine::flowing_with_idle(Duration::from_hours(6));
    added(&engine, "ops", &webhook()).await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    let idle = created(&engine, minimal("idle")).await;
    let disabled = created(&engine, minimal("disabled")).await;
    let admin = engine.as_admin();
    engine
        .set_credential_enabled(&admin, &by_id(&disabled), false)
        .await
        .unwrap();
    wait(5 * HOUR).await;
    assert_eq!(engine.outbound.count(HOST), 0);
    engine.outbound.answer(HOST, Answer::token("t"));
    wait(2 * HOUR).await;
    assert_eq!(
        engine.outbound.count(HOST),
        1,
        "once, and not the disabled one"
    );
    let unknown = Answer::json(401, r#"{"error": "invalid_client"}"#);
    engine.outbound.answer(HOST, unknown);
    wait(6 * HOUR).await;
    assert_eq!(engine.outbound.count(HOST), 2);
    let events = engine.list_events(&admin, &by_id(&idle), 10, None).await;
    let events = events.unwrap().items;
    assert!(events.iter().all(|it| it.cause == EventCause::Idle));
    assert!(events.iter().all(|it| it.actor == ActorRef::System));
    assert_eq!(types(&engine, "ops").await, ["credential.failing"]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn many_are_tried_a_few_at_a_time() {
    let engine = TestEngine::flowing_with_idle(Duration::from_hours(6));
    for number in 0..150 {
        created(&engine, minimal(&format!("c {number}"))).await;
    }
    engine.outbound.answer_always(HOST, Answer::token("t"));
    wait(6 * HOUR + 90).await;
    let soon = engine.outbound.count(HOST);
    assert!((1..=120).contains(&soon), "{soon}");
    wait(10 * 60).await;
    assert_eq!(engine.outbound.count(HOST), 150);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn when_one_was_tried_is_remembered_by_the_store() {
    let engine = TestEngine::flowing_with_idle(Duration::from_hours(6));
    created(&engine, minimal("idle")).await;
    engine.outbound.answer_always(HOST, Answer::token("t"));
    wait(6 * HOUR + 90).await;
    assert_eq!(engine.outbound.count(HOST), 1);
    engine.close().await;
    let engine = engine.restarted();
    engine.start();
    wait(5 * HOUR).await;
    assert_eq!(engine.outbound.count(HOST), 1);
    wait(HOUR + 90).await;
    assert_eq!(engine.outbound.count(HOST), 2);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_none_is_tried() {
    let engine = TestEngine::flowing();
    created(&engine, minimal("idle")).await;
    pass(&engine, 3 * 24).await;
    assert_eq!(engine.outbound.count(HOST), 0);
    engine.end().await;
}
