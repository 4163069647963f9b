//! A token that nobody wants is left to end.

use std::time::Duration;

use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::minimal;
use tokio::time::sleep;

use super::{HOUR, Issuer, MINUTE, ask, requests, value};
use crate::created;

#[tokio::test(start_paused = true)]
async fn it_is_renewed_once_more_at_most_and_asked_for_when_it_is_wanted_again() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    ask(&engine, &made).await.unwrap();
    sleep(2 * 24 * HOUR).await;
    assert_eq!(requests(&engine), 2);
    let handed_out = ask(&engine, &made).await.unwrap();
    assert_eq!((value(&handed_out), requests(&engine)), ("t2", 3));
    // and from then on it is kept again
    for _ in 0..(5 * 60) {
        ask(&engine, &made).await.unwrap();
        sleep(MINUTE).await;
    }
    assert!(
        (8..=9).contains(&requests(&engine)),
        "{}",
        requests(&engine)
    );
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn wanted_again_before_its_end_it_is_renewed_again() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    ask(&engine, &made).await.unwrap();
    // `t1` came after 54 minutes, was due after 108, and is good until 114
    sleep(110 * MINUTE).await;
    let handed_out = ask(&engine, &made).await.unwrap();
    assert_eq!(value(&handed_out), "t1");
    assert!(handed_out.left > Duration::ZERO);
    sleep(MINUTE).await;
    let handed_out = ask(&engine, &made).await.unwrap();
    assert_eq!((value(&handed_out), requests(&engine)), ("t2", 3));
    engine.end().await;
}
