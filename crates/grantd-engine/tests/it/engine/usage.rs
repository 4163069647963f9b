//! Who is handed tokens, counted by actor and minute; and how long history is kept.

use std::sync::Arc;

use grantd_model::{Actor, Clock, Credential, Timestamp, UsageResult};
use grantd_secrets::Sources;
use grantd_testkit::fixtures::{HOST, actor, minimal};
use grantd_testkit::{Answer, MemoryStore, SlowStore, TestClock, TestEngine};
use tokio::time::sleep;

use super::{HOUR, Issuer, MINUTE, SECOND, ask};
use crate::{by_id, created};

/// Minute, actor, result and count of every row.
async fn rows(engine: &TestEngine, made: &Credential) -> Vec<(u64, String, UsageResult, u64)> {
    let span = (TestClock::START, Timestamp::from_micros(i64::MAX));
    let admin = engine.as_admin();
    let counts = engine.list_usage(&admin, &by_id(made), span).await;
    let mut rows: Vec<_> = counts
        .unwrap()
        .into_iter()
        .map(|count| {
            let minute = count.minute.since(TestClock::START).as_secs() / 60;
            let actor = format!("{:?}", count.actor);
            let name = ["ada", "ben"].into_iter().find(|it| actor.contains(it));
            let name = name.unwrap_or("other").to_owned();
            (minute, name, count.result, count.count)
        })
        .collect();
    rows.sort();
    rows
}

async fn ask_as(engine: &TestEngine, who: &Actor, made: &Credential, times: u64) {
    for _ in 0..times {
        let _ = engine.fetch_token(who, &by_id(made)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_counted_by_actor_and_minute_and_written_each_ten_seconds() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let refused = created(&engine, minimal("b")).await;
    let ada = engine.as_admin();
    let ben = actor("ben", grantd_model::Role::Admin.grants());
    Issuer::of(&engine, HOUR);
    ask_as(&engine, &ada, &made, 3).await;
    ask_as(&engine, &ben, &made, 2).await;
    assert!(rows(&engine, &made).await.is_empty(), "not written yet");
    sleep(11 * SECOND).await;
    let (ok, failed) = (UsageResult::HandedOut, UsageResult::Failed);
    let first = [(0, "ada".to_owned(), ok, 3), (0, "ben".to_owned(), ok, 2)];
    assert_eq!(rows(&engine, &made).await, first);
    ask_as(&engine, &ada, &made, 4).await;
    sleep(60 * SECOND).await;
    ask_as(&engine, &ada, &made, 5).await;
    engine
        .outbound
        .answer_always(HOST, Answer::refusal(401, "invalid_client"));
    ask_as(&engine, &ada, &refused, 6).await;
    sleep(10 * SECOND).await;
    let all = [
        (0, "ada".to_owned(), ok, 7),
        (0, "ben".to_owned(), ok, 2),
        (1, "ada".to_owned(), ok, 5),
    ];
    assert_eq!(rows(&engine, &made).await, all);
    let all = [(1, "ada".to_owned(), failed, 6)];
    assert_eq!(rows(&engine, &refused).await, all);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_just_before_the_minute_ends_is_counted_in_it() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    // the counts are written at seconds 50 and 60
    sleep(59 * SECOND).await;
    ask(&engine, &made).await.unwrap();
    sleep(20 * SECOND).await;
    let rows = rows(&engine, &made).await;
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), [0]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn counts_that_can_not_be_written_are_kept() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    ask(&engine, &made).await.unwrap();
    store.refuse_writes(true);
    for _ in 0..60 {
        ask(&engine, &made).await.unwrap();
        sleep(SECOND).await;
    }
    store.refuse_writes(false);
    sleep(11 * SECOND).await;
    let counted: u64 = rows(&engine, &made).await.iter().map(|row| row.3).sum();
    assert_eq!(counted, 61);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn closing_writes_what_was_counted() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    ask(&engine, &made).await.unwrap();
    engine.close().await;
    assert_eq!(rows(&engine, &made).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn history_is_forgotten_after_ninety_days() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    let admin = engine.as_admin();
    // more than are removed in one transaction
    for _ in 0..1500 {
        engine.renew_token(&admin, &by_id(&made)).await.unwrap();
    }
    ask(&engine, &made).await.unwrap();
    sleep(MINUTE).await;
    assert_eq!(rows(&engine, &made).await.len(), 1);
    // a clock that only says so makes nothing old
    let now = engine.clock.now();
    engine.clock.set(now.plus(400 * 24 * HOUR));
    sleep(2 * HOUR).await;
    engine.clock.set(now.plus(2 * HOUR));
    engine.clock.advance((89 * 24 - 4) * HOUR);
    sleep(2 * HOUR).await;
    let events = engine.list_events(&admin, &by_id(&made), 200, None).await;
    assert!(events.unwrap().items.len() > 10, "not yet");
    engine.clock.advance(24 * HOUR + 2 * HOUR);
    sleep(2 * HOUR).await;
    let events = engine.list_events(&admin, &by_id(&made), 200, None).await;
    assert!(events.unwrap().items.len() <= 3, "those of the renewals");
    assert!(rows(&engine, &made).await.is_empty());
    engine.end().await;
}
