//! An authorization server that is down: a good token is handed out to its end and never after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use grantd_model::ErrorKind;
use grantd_net::NetError;
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, TestEngine};
use tokio::time::{Instant, sleep};

use super::{HOUR, Issuer, MINUTE, SECOND, ask, requests, sleep_until, told};
use crate::created;

/// Goes through an outage from minute 50 of the first token on, asking each ten seconds.
async fn outage(lasting: Duration) {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let issuer = Issuer::of(&engine, HOUR);
    let is_down = Arc::new(AtomicBool::new(false));
    let down = Arc::clone(&is_down);
    engine.outbound.answer_by(HOST, move |_, _| {
        if down.load(Ordering::SeqCst) {
            Answer::failure(NetError::NameNotFound { host: HOST.into() })
        } else {
            issuer.issue(HOUR)
        }
    });
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    sleep_until(begin, 50 * MINUTE).await;
    is_down.store(true, Ordering::SeqCst);
    let over = 50 * MINUTE + lasting;
    while begin.elapsed() < over {
        let expected = if begin.elapsed() < HOUR {
            Ok("t0".to_owned())
        } else {
            Err(ErrorKind::Unreachable)
        };
        let told = told(ask(&engine, &made).await);
        assert_eq!(told, expected, "{:?}", begin.elapsed());
        sleep(10 * SECOND).await;
    }
    let during = requests(&engine) - 1;
    let most = 10 + lasting.as_secs() / 45;
    assert!(during as u64 <= most, "{during} requests of at most {most}");
    is_down.store(false, Ordering::SeqCst);
    while ask(&engine, &made).await.is_err() {
        sleep(SECOND).await;
    }
    let recovered = begin.elapsed().saturating_sub(over);
    assert!(recovered <= MINUTE, "{recovered:?}");
    assert_eq!(requests(&engine), during + 2);
    sleep(50 * MINUTE).await;
    assert!(told(ask(&engine, &made).await).is_ok());
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_are_hardly_noticed() {
    outage(10 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn a_day_is_told_and_makes_few_requests() {
    outage(24 * HOUR).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_who_asks_while_it_is_down_waits_for_a_request() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let down = Answer::json(503, "").taking(30 * SECOND);
    engine.outbound.answer(HOST, Answer::token("good"));
    engine.outbound.answer_always(HOST, down);
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    sleep_until(begin, 50 * MINUTE).await;
    while begin.elapsed() < 59 * MINUTE {
        let before = Instant::now();
        assert_eq!(told(ask(&engine, &made).await), Ok("good".to_owned()));
        assert_eq!(before.elapsed().as_secs(), 0);
        sleep(5 * SECOND).await;
    }
    engine.end().await;
}
