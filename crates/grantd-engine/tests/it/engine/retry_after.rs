//! A server that asks to wait is left in peace, within reason.

use std::time::Duration;

use grantd_engine::EngineError;
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, TestEngine};
use tokio::time::{Instant, sleep};

use super::{HOUR, MINUTE, SECOND, ask, requests};
use crate::created;

/// How long nothing is sent after an answer that asks to wait so long.
async fn waited(status: u16, retry_after: &str) -> Duration {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let answer = Answer::json(status, "{}").with_header("retry-after", retry_after);
    engine.outbound.answer(HOST, answer);
    engine.outbound.answer(HOST, Answer::token("t"));
    let begin = Instant::now();
    let mut told = None;
    while let Err(error) = ask(&engine, &made).await {
        let EngineError::NoToken { retry_in, .. } = error else {
            panic!("{error}");
        };
        let until = begin.elapsed() + retry_in;
        assert_eq!(*told.get_or_insert(until), until, "callers are told when");
        sleep(SECOND / 2).await;
    }
    assert_eq!(requests(&engine), 2);
    let waited = begin.elapsed();
    assert!(waited.saturating_sub(told.unwrap()) < SECOND);
    engine.end().await;
    waited
}

#[tokio::test(start_paused = true)]
async fn it_is_obeyed_up_to_an_hour() {
    for status in [429, 503] {
        assert_eq!(waited(status, "120").await, 2 * MINUTE);
        assert_eq!(waited(status, "86400").await, HOUR);
        assert_eq!(waited(status, "99999999999999999999").await, HOUR);
    }
    let date = "Fri, 15 Jan 2027 08:05:00 GMT";
    assert_eq!(waited(429, date).await, 5 * MINUTE);
    let past = "Fri, 15 Jan 2021 08:05:00 GMT";
    assert!(waited(429, past).await <= SECOND);
    assert!(waited(429, "soon").await <= SECOND);
}
