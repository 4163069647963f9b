//! What is not recorded is not handed out; what ends at once is recorded at once.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::ErrorKind;
use grantd_secrets::Sources;
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, FailingStore, MemoryStore, SlowStore, TestEngine};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::{HOUR, Issuer, MINUTE, SECOND, ask, events, requests, sleep_until, told};
use crate::created;

#[tokio::test(start_paused = true)]
async fn a_token_that_can_not_be_recorded_is_not_handed_out() {
    let store = FailingStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    store.refuse_audit(true);
    for _ in 0..600 {
        let refused = told(ask(&engine, &made).await);
        assert_eq!(refused, Err(ErrorKind::StoreFailed));
        sleep(SECOND).await;
    }
    assert!(requests(&engine) <= 20, "{}", requests(&engine));
    assert!(events(&engine, &made).await.is_empty(), "all or nothing");
    store.refuse_audit(false);
    sleep(MINUTE).await;
    assert!(ask(&engine, &made).await.is_ok());
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_recorded_is_handed_out_while_the_store_refuses() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    store.refuse_writes(true);
    for minute in 1..90 {
        sleep_until(begin, minute * MINUTE).await;
        let expected = if minute < 60 {
            Ok("t0".to_owned())
        } else {
            Err(ErrorKind::StoreFailed)
        };
        assert_eq!(told(ask(&engine, &made).await), expected, "{minute}");
    }
    store.refuse_writes(false);
    sleep(MINUTE).await;
    assert!(ask(&engine, &made).await.is_ok());
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_holds_up_nobody_who_can_be_served() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    store.take(30 * SECOND);
    for second in (10..(2 * 3600)).step_by(10) {
        sleep_until(begin, second * SECOND).await;
        let before = Instant::now();
        assert!(ask(&engine, &made).await.is_ok());
        assert_eq!(before.elapsed().as_secs(), 0, "{second}");
    }
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn requests_that_end_together_share_a_transaction() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let engine = Arc::new(engine);
    let mut all = Vec::new();
    for number in 0..600 {
        let mut draft = minimal(&format!("c{number}"));
        // each with a server of its own, so that all are asked at once
        let host = format!("h{number}.example.com");
        let url = format!("https://{host}/token");
        draft.settings.token_endpoint = url.as_str().try_into().unwrap();
        let answer = Answer::token("t").taking(SECOND);
        engine.outbound.answer(&host, answer);
        all.push(created(&engine, draft).await);
    }
    // they are read before the store is slow
    let before = store.writes();
    let mut callers = JoinSet::new();
    for made in all.clone() {
        let engine = Arc::clone(&engine);
        callers.spawn(async move { ask(&engine, &made).await.is_ok() });
    }
    sleep(SECOND / 2).await;
    store.take(Duration::from_millis(20));
    while let Some(served) = callers.join_next().await {
        assert!(served.unwrap());
    }
    // the first alone, the rest in lots of 256
    let writes = store.writes() - before;
    assert!(writes <= 4, "{writes} transactions");
    for made in &all {
        assert_eq!(events(&engine, made).await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_can_not_be_recorded_is_told_all_the_same() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let made = created(&engine, minimal("a")).await;
    let refusal = Answer::refusal(401, "invalid_client");
    engine.outbound.answer_always(HOST, refusal);
    store.refuse_writes(true);
    let kind = ErrorKind::AuthorizationServerRefused;
    assert_eq!(told(ask(&engine, &made).await), Err(kind));
    engine.end().await;
}
