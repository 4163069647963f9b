//! Servers that return the same token until it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use grantd_model::Clock;
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, TestEngine};
use tokio::time::sleep;

use super::{HOUR, Issuer, MINUTE, SECOND, ask, ask_for, requests, value};
use crate::created;

/// Answers with the token that is good, or with a new one where less than `least` is left of it.
fn caching(engine: &TestEngine, least: Duration) -> Issuer {
    let issuer = Issuer {
        clock: Arc::clone(&engine.clock),
        issued: Arc::new(Mutex::new(Vec::new())),
    };
    let server = issuer.clone();
    engine.outbound.answer_by(HOST, move |_, _| {
        let newest = server.issued.lock().unwrap().last().copied();
        let left = newest.map(|(at, lifetime)| at.left_of(lifetime, server.clock.moment()));
        match left.filter(|left| *left > least) {
            Some(left) => {
                let number = server.issued.lock().unwrap().len() - 1;
                Answer::token_for(&format!("t{number}"), left)
            }
            None => server.issue(HOUR),
        }
    });
    issuer
}

#[tokio::test(start_paused = true)]
async fn a_token_that_comes_again_makes_no_loop_and_the_new_one_is_taken() {
    for (least, wish) in [
        (SECOND, SECOND),
        (MINUTE, SECOND),
        (MINUTE, HOUR),
        (4 * MINUTE, 5 * MINUTE),
    ] {
        let engine = TestEngine::flowing();
        let made = created(&engine, minimal("a")).await;
        let issuer = caching(&engine, least);
        for _ in 0..(20 * 60) {
            let handed_out = ask_for(&engine, &made, wish).await.unwrap();
            let left = issuer.left(&handed_out);
            assert!(!left.is_zero(), "{} is over", value(&handed_out));
            assert!(left >= handed_out.left);
            sleep(30 * SECOND).await;
        }
        let (hours, requests) = (10, requests(&engine));
        let count = issuer.issued.lock().unwrap().len();
        assert!((hours..=hours + 2).contains(&count), "{count} issued");
        assert!(requests <= hours * 12, "{requests} in {hours} hours");
        engine.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_given_more_time_has_been_renewed() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    engine
        .outbound
        .answer_always(HOST, Answer::token("constant"));
    for _ in 0..(10 * 60) {
        let handed_out = ask(&engine, &made).await.unwrap();
        assert!(handed_out.left >= 5 * MINUTE);
        sleep(MINUTE).await;
    }
    let requests = requests(&engine);
    assert!(requests <= 12, "{requests} in ten hours");
    engine.end().await;
}
