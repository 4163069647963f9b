//! How many requests an authorization server gets at once.

use std::sync::Arc;

use grantd_model::Credential;
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, Gate, TestEngine};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{SECOND, ask, requests, set_enabled, value};
use crate::created;

/// Two dozen credentials of one server, and a task for each that asks.
async fn two_dozen(engine: &Arc<TestEngine>) -> (Vec<Credential>, JoinSet<bool>) {
    let mut made = Vec::new();
    for number in 0..24 {
        let mut draft = minimal(&format!("c{number}"));
        // another query is the same server
        let url = format!("https://{HOST}/token?number={number}");
        draft.settings.token_endpoint = url.as_str().try_into().unwrap();
        made.push(created(engine, draft).await);
    }
    let mut callers = JoinSet::new();
    for one in made.clone() {
        let engine = Arc::clone(engine);
        callers.spawn(async move { ask(&engine, &one).await.is_ok() });
    }
    (made, callers)
}

#[tokio::test(start_paused = true)]
async fn eight_at_once_and_no_other_server_is_held_up() {
    let engine = Arc::new(TestEngine::flowing());
    let gate = Gate::shut();
    let answer = Answer::token("t").behind(&gate);
    engine.outbound.answer_always(HOST, answer);
    engine
        .outbound
        .answer_always("other.example.com", Answer::token("other"));
    let (_, mut callers) = two_dozen(&engine).await;
    sleep(SECOND).await;
    assert_eq!(requests(&engine), 8);

    let mut draft = minimal("elsewhere");
    draft.settings.token_endpoint = "https://other.example.com/token".try_into().unwrap();
    let elsewhere = created(&engine, draft).await;
    let handed_out = ask(&engine, &elsewhere).await.unwrap();
    assert_eq!(value(&handed_out), "other");

    for served in 0..24 {
        assert_eq!(requests(&engine), (served + 8).min(24));
        gate.open();
        assert!(callers.join_next().await.unwrap().unwrap());
        sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_was_disabled_while_it_waited_for_its_turn_sends_nothing() {
    let engine = Arc::new(TestEngine::flowing());
    let gate = Gate::shut();
    let answer = Answer::token("t").behind(&gate);
    engine.outbound.answer_always(HOST, answer);
    let (made, mut callers) = two_dozen(&engine).await;
    sleep(SECOND).await;
    for one in &made[8..] {
        set_enabled(&engine, one, false).await;
    }
    for _ in 0..24 {
        gate.open();
    }
    let mut served = 0;
    while let Some(got_one) = callers.join_next().await {
        served += usize::from(got_one.unwrap());
    }
    assert_eq!((served, requests(&engine)), (8, 8));
}
