//! Many who ask at once are served by one request.

use std::sync::Arc;

use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::minimal;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Issuer, MINUTE, SECOND, ask, requests, value};
use crate::created;

const MANY: usize = 10_000;

async fn all_get(engine: &Arc<TestEngine>, made: &grantd_model::Credential, expected: &str) {
    let mut callers = JoinSet::new();
    for _ in 0..MANY {
        let (engine, made) = (Arc::clone(engine), made.clone());
        callers.spawn(async move { ask(&engine, &made).await });
    }
    let mut served = 0;
    while let Some(result) = callers.join_next().await {
        assert_eq!(value(&result.unwrap().unwrap()), expected);
        served += 1;
    }
    assert_eq!(served, MANY);
}

#[tokio::test(start_paused = true)]
async fn a_herd_makes_one_request_when_cold_and_one_when_the_token_is_over() {
    let engine = Arc::new(TestEngine::flowing());
    let made = created(&engine, minimal("a")).await;
    Issuer::taking(&engine, 60 * MINUTE, SECOND);
    all_get(&engine, &made, "t0").await;
    assert_eq!(requests(&engine), 1);
    all_get(&engine, &made, "t0").await;
    // renewed once ahead, then nobody has wanted it for a lifetime, and it ends
    sleep(116 * MINUTE).await;
    assert_eq!(requests(&engine), 2);
    all_get(&engine, &made, "t2").await;
    assert_eq!(requests(&engine), 3);
}

#[tokio::test(start_paused = true)]
async fn a_herd_that_finds_no_token_gets_one_failure() {
    let engine = Arc::new(TestEngine::flowing());
    let made = created(&engine, minimal("a")).await;
    let refusal = grantd_testkit::Answer::refusal(401, "invalid_client").taking(SECOND);
    engine
        .outbound
        .answer_always(grantd_testkit::fixtures::HOST, refusal);
    let mut callers = JoinSet::new();
    for _ in 0..MANY {
        let (engine, made) = (Arc::clone(&engine), made.clone());
        callers.spawn(async move { ask(&engine, &made).await.is_err() });
    }
    while let Some(refused) = callers.join_next().await {
        assert!(refused.unwrap());
    }
    assert_eq!(requests(&engine), 1);
}
