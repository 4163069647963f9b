//! Callers who leave do not cut off the request that they began.

use std::sync::Arc;

use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, Gate, TestEngine};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{HOUR, Issuer, SECOND, ask, requests, value};
use crate::created;

#[tokio::test(start_paused = true)]
async fn all_of_them_leave_and_the_token_is_there_for_the_next() {
    let engine = Arc::new(TestEngine::flowing());
    let made = created(&engine, minimal("a")).await;
    let gate = Gate::shut();
    let answer = Answer::token("t").behind(&gate);
    engine.outbound.answer(HOST, answer);
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let (engine, made) = (Arc::clone(&engine), made.clone());
        callers.spawn(async move { ask(&engine, &made).await.is_ok() });
    }
    gate.arrived().await;
    callers.shutdown().await;
    // one more comes while it is under way, and leaves as well
    assert!(timeout(SECOND, ask(&engine, &made)).await.is_err());
    gate.open();
    sleep(SECOND).await;
    let before = Instant::now();
    assert_eq!(value(&ask(&engine, &made).await.unwrap()), "t");
    assert_eq!(before.elapsed().as_secs(), 0);
    assert_eq!(requests(&engine), 1);
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_requests_that_are_under_way() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::taking(&engine, HOUR, 20 * SECOND);
    assert!(timeout(SECOND, ask(&engine, &made)).await.is_err());
    let before = Instant::now();
    engine.close().await;
    assert_eq!(before.elapsed().as_secs(), 19);
    let log = engine.audit_log().await;
    assert!(format!("{log:?}").contains("issued"), "it is recorded");
    engine.end().await;
}
