//! Renewal goes on by itself, ahead of the end and once; a failed one leaves the good token.

use grantd_model::ErrorKind;
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, TestEngine};
use tokio::time::{Instant, sleep};

use super::{HOUR, Issuer, MINUTE, SECOND, ask, requests, sleep_until, told, value};
use crate::created;

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_ahead_of_its_end_by_itself_and_once() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    Issuer::taking(&engine, HOUR, 10 * SECOND);
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    // a tenth of the lifetime ahead, and at most a fifth of that earlier
    sleep_until(begin, 52 * MINUTE + 48 * SECOND).await;
    assert_eq!(requests(&engine), 1);
    let mut seen = Vec::new();
    while begin.elapsed() < HOUR {
        let before = Instant::now();
        let handed_out = ask(&engine, &made).await.unwrap();
        assert_eq!(before.elapsed().as_secs(), 0, "nobody waits");
        seen.push(value(&handed_out).to_owned());
        sleep(SECOND).await;
    }
    assert_eq!(requests(&engine), 2);
    assert!(seen.is_sorted());
    let old = seen.iter().filter(|value| *value == "t0").count();
    assert!((10..84).contains(&old), "{old} got the old one meanwhile");
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_scheduler_callers_have_it_renewed_behind_their_back() {
    let engine = TestEngine::start();
    let made = created(&engine, minimal("a")).await;
    Issuer::of(&engine, HOUR);
    ask(&engine, &made).await.unwrap();
    engine.clock.advance(55 * MINUTE);
    let handed_out = ask(&engine, &made).await.unwrap();
    assert_eq!(value(&handed_out), "t0");
    sleep(SECOND).await;
    let handed_out = ask(&engine, &made).await.unwrap();
    assert_eq!(value(&handed_out), "t1");
    assert_eq!(requests(&engine), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_surfaces_only_when_the_current_token_ends() {
    for (answer, kind) in [
        (
            Answer::json(503, ""),
            ErrorKind::AuthorizationServerMisbehaved,
        ),
        (
            Answer::refusal(401, "invalid_client"),
            ErrorKind::AuthorizationServerRefused,
        ),
    ] {
        let engine = TestEngine::flowing();
        let made = created(&engine, minimal("a")).await;
        engine.outbound.answer(HOST, Answer::token("good"));
        engine.outbound.answer_always(HOST, answer);
        let begin = Instant::now();
        ask(&engine, &made).await.unwrap();
        for second in (50 * 60)..(70 * 60) {
            sleep_until(begin, second * SECOND).await;
            let expected = if second < 3600 {
                Ok("good".to_owned())
            } else {
                Err(kind)
            };
            assert_eq!(told(ask(&engine, &made).await), expected, "{second}");
        }
        assert!(requests(&engine) > 3);
        engine.end().await;
    }
}

/// A scheduler that did not wait for the token to be due would turn for ever, and so would this.
#[tokio::test(start_paused = true)]
async fn a_request_that_fails_long_before_the_token_is_due_leaves_its_renewal_where_it_was() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    engine.outbound.answer(HOST, Answer::token("good"));
    engine.outbound.answer(HOST, Answer::json(503, ""));
    engine.outbound.answer(HOST, Answer::token("new"));
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    let admin = engine.as_admin();
    let renewed = engine.renew_token(&admin, &crate::by_id(&made)).await;
    assert!(renewed.is_err());
    sleep_until(begin, 50 * MINUTE).await;
    assert_eq!(requests(&engine), 2);
    sleep_until(begin, 55 * MINUTE).await;
    assert_eq!(told(ask(&engine, &made).await), Ok("new".to_owned()));
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn thirty_days_have_no_gap() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let issuer = Issuer::taking(&engine, HOUR, 2 * SECOND);
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    let days = 30;
    for quarter in 1..=(days * 24 * 4) {
        sleep_until(begin, quarter * 15 * MINUTE).await;
        let before = Instant::now();
        let handed_out = super::ask_for(&engine, &made, 5 * MINUTE).await.unwrap();
        assert_eq!(before.elapsed().as_secs(), 0, "nobody waits");
        assert!(handed_out.left >= 5 * MINUTE, "{:?}", handed_out.left);
        assert!(issuer.left(&handed_out) >= handed_out.left);
    }
    // one each 54 minutes, or up to 72 seconds earlier
    let requests = requests(&engine);
    assert!((800..=819).contains(&requests), "{requests}");
    engine.end().await;
}
