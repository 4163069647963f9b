//! Whatever lifetime a server gives, its callers get tokens without a gap, and it gets few requests.

use std::time::Duration;

use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, TestEngine};
use tokio::time::{Instant, sleep};

use super::{HOUR, Issuer, MINUTE, SECOND, ask, ask_for, requests};
use crate::created;

const DAY: Duration = Duration::from_hours(24);

/// Asks twenty times in each of so many lifetimes; tells how many requests that made.
async fn asked_for(lifetimes: u32, given: Duration, kept: Duration) -> usize {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let issuer = Issuer::of(&engine, given);
    for _ in 0..(20 * lifetimes) {
        let handed_out = ask(&engine, &made).await.unwrap();
        let needed = (30 * SECOND).min(kept / 2);
        assert!(handed_out.left >= needed, "{given:?}: {handed_out:?}");
        assert!(handed_out.left <= kept, "{given:?}: {handed_out:?}");
        assert!(issuer.left(&handed_out) >= handed_out.left);
        sleep(kept / 20).await;
    }
    let requests = requests(&engine);
    engine.end().await;
    requests
}

#[tokio::test(start_paused = true)]
async fn of_every_lifetime_enough_is_left_and_no_storm_is_made() {
    for (lifetimes, given, kept, requests) in [
        (10, SECOND, SECOND, 20..=26),
        (10, 20 * SECOND, 20 * SECOND, 20..=26),
        (10, MINUTE, MINUTE, 20..=26),
        (10, HOUR, HOUR, 11..=12),
        (4, DAY, DAY, 5..=5),
        (4, 3650 * DAY, DAY, 5..=5),
    ] {
        let made = asked_for(lifetimes, given, kept).await;
        assert!(requests.contains(&made), "{given:?}: {made}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_without_a_lifetime_lives_five_minutes() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let answer = |number| {
        let body = format!(r#"{{"access_token": "t{number}", "token_type": "Bearer"}}"#);
        Answer::json(200, &body)
    };
    engine
        .outbound
        .answer_by(HOST, move |number, _| answer(number));
    for _ in 0..120 {
        let handed_out = ask(&engine, &made).await.unwrap();
        assert!(handed_out.left <= 5 * MINUTE);
        assert!(handed_out.left >= 30 * SECOND);
        sleep(30 * SECOND).await;
    }
    let requests = requests(&engine);
    assert!((24..=31).contains(&requests), "{requests} in an hour");
    engine.end().await;
}

/// Has a token with this `refresh_in` renewed once; tells when that was.
async fn renewed_at(lifetime: Duration, refresh_in: u64, looking_each: Duration) -> Duration {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let body = format!(
        r#"{{"access_token": "t", "token_type": "Bearer", "expires_in": {}, "refresh_in": {refresh_in}}}"#,
        lifetime.as_secs()
    );
    engine.outbound.answer(HOST, Answer::json(200, &body));
    engine.outbound.answer_always(HOST, Answer::token("new"));
    let begin = Instant::now();
    ask(&engine, &made).await.unwrap();
    while requests(&engine) == 1 {
        assert!(begin.elapsed() < lifetime, "renewed before its end");
        ask(&engine, &made).await.unwrap();
        sleep(looking_each).await;
    }
    engine.end().await;
    begin.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_server_says_when_a_token_is_renewed_within_reason() {
    let half = renewed_at(2 * HOUR, 3600, SECOND).await;
    assert!(half <= HOUR + SECOND, "{half:?}");
    assert!(half >= 57 * MINUTE, "{half:?}");
    // so late that callers would be left without a token of five minutes
    let late = renewed_at(HOUR, 3599, SECOND).await;
    assert!(late <= 54 * MINUTE + SECOND, "{late:?}");
    // beyond the day that a token is kept at most
    let later = renewed_at(20 * DAY, 10 * 24 * 3600, MINUTE).await;
    assert!(later <= DAY * 9 / 10 + MINUTE, "{later:?}");
    // so early that it would be asked all the time
    let early = renewed_at(HOUR, 1, SECOND).await;
    assert!(early >= 24 * SECOND, "{early:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_no_token_meets_makes_no_request_for_each_call() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let issuer = Issuer::of(&engine, HOUR);
    for _ in 0..600 {
        let handed_out = ask_for(&engine, &made, DAY).await.unwrap();
        assert!(handed_out.left >= 30 * MINUTE);
        assert!(issuer.left(&handed_out) >= handed_out.left);
        sleep(MINUTE).await;
    }
    let requests = requests(&engine);
    assert!(requests <= 21, "{requests} in ten hours");
    engine.end().await;
}
