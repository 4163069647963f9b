//! The wall clock is set, back and forth by hours and years, while the time since boot goes on.

use grantd_model::{Clock, Timestamp};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::minimal;
use tokio::time::{Instant, sleep};

use super::{HOUR, Issuer, MINUTE, SECOND, ask, requests};
use crate::created;

const YEAR: i64 = 365 * 24 * 3600;

fn step(engine: &TestEngine, seconds: i64) {
    let now = engine.clock.now().as_micros();
    engine
        .clock
        .set(Timestamp::from_micros(now + seconds * 1_000_000));
}

#[tokio::test(start_paused = true)]
async fn no_step_gives_out_a_token_that_is_over_by_either_clock() {
    for steps in [
        vec![3600],
        vec![-3600],
        vec![YEAR],
        vec![-YEAR],
        vec![10 * YEAR, -10 * YEAR],
        vec![-3600, 7200, -3600],
        vec![1800, 1799, -1, 3, -3601],
    ] {
        let engine = TestEngine::flowing();
        let made = created(&engine, minimal("a")).await;
        let issuer = Issuer::taking(&engine, HOUR, SECOND);
        let begin = Instant::now();
        ask(&engine, &made).await.unwrap();
        for (turn, seconds) in steps.iter().cycle().take(40).enumerate() {
            if turn % 5 == 4 {
                step(&engine, *seconds);
            }
            for _ in 0..10 {
                let handed_out = ask(&engine, &made).await.unwrap();
                let left = issuer.left(&handed_out);
                assert!(!left.is_zero(), "{steps:?}");
                assert!(left >= handed_out.left, "{steps:?}");
                sleep(MINUTE / 2).await;
            }
        }
        let hours = begin.elapsed().as_secs() / 3600;
        let most = 3 * (hours + 8);
        let requests = requests(&engine) as u64;
        assert!(requests <= most, "{steps:?}: {requests} of {most}");
        engine.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_while_a_request_is_under_way_costs_one_more_at_most() {
    for seconds in [YEAR, -YEAR, 3600, -3600] {
        let engine = TestEngine::flowing();
        let made = created(&engine, minimal("a")).await;
        let issuer = Issuer::taking(&engine, HOUR, 10 * SECOND);
        let (first, ()) = tokio::join!(ask(&engine, &made), async {
            sleep(5 * SECOND).await;
            step(&engine, seconds);
        });
        if let Ok(handed_out) = &first {
            assert!(!issuer.left(handed_out).is_zero());
        }
        sleep(2 * SECOND).await;
        let handed_out = ask(&engine, &made).await.unwrap();
        assert!(!issuer.left(&handed_out).is_zero());
        assert!(requests(&engine) <= 2, "{}", requests(&engine));
        engine.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cool_down_goes_by_the_time_since_boot() {
    for seconds in [YEAR, -YEAR] {
        let engine = TestEngine::flowing();
        let made = created(&engine, minimal("a")).await;
        let refusal = grantd_testkit::Answer::refusal(401, "invalid_client");
        engine
            .outbound
            .answer_always(grantd_testkit::fixtures::HOST, refusal);
        ask(&engine, &made).await.unwrap_err();
        step(&engine, seconds);
        for _ in 0..29 {
            ask(&engine, &made).await.unwrap_err();
            sleep(SECOND).await;
        }
        assert_eq!(requests(&engine), 1);
        sleep(SECOND).await;
        ask(&engine, &made).await.unwrap_err();
        assert_eq!(requests(&engine), 2);
        engine.end().await;
    }
}
