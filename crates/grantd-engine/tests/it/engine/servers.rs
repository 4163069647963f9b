//! How many requests an authorization server gets at once.

use std::sync::Arc;

use grantd_engine::{EngineError, TokenWish};
use grantd_model::{Credential, ErrorKind, ScopeSet, ScopeSetting};
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, Gate, TestEngine};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{SECOND, ask, events, requests, set_enabled, told, value};
use crate::{by_id, cause, created};

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

#[tokio::test(start_paused = true)]
async fn another_path_of_the_host_is_another_server() {
    let engine = Arc::new(TestEngine::flowing());
    let gate = Gate::shut();
    let answer = Answer::token("t").behind(&gate);
    engine.outbound.answer_always(HOST, answer);
    let _callers = two_dozen(&engine).await;
    sleep(SECOND).await;
    let mut draft = minimal("another customer");
    let url = format!("https://{HOST}/another/token");
    draft.settings.token_endpoint = url.as_str().try_into().unwrap();
    let made = created(&engine, draft).await;
    let asking = ask(&engine, &made);
    tokio::pin!(asking);
    let unanswered = tokio::time::timeout(SECOND, &mut asking).await;
    assert!(unanswered.is_err());
    assert_eq!(requests(&engine), 9);
}

#[tokio::test(start_paused = true)]
async fn one_credential_whose_parts_hang_leaves_turns_for_the_others() {
    let engine = Arc::new(TestEngine::flowing());
    let gate = Gate::shut();
    engine.outbound.answer_by(HOST, move |_, request| {
        let answer = Answer::token("t");
        if request.body().contains("scope=mail.read") {
            answer
        } else {
            answer.behind(&gate)
        }
    });
    let mut draft = minimal("hanging");
    draft.settings.scope = ScopeSetting::Set(ScopeSet::parse("a b c d e f g h i j").unwrap());
    draft.settings.timeouts.request = 40 * SECOND;
    let hanging = created(&engine, draft).await;
    let mut callers = JoinSet::new();
    for part in "abcdefghij".chars() {
        let (engine, hanging) = (Arc::clone(&engine), hanging.clone());
        callers.spawn(async move {
            let scope = Some(ScopeSet::parse(&part.to_string()).unwrap());
            let left = std::time::Duration::ZERO;
            let wish = TokenWish { scope, left };
            let admin = engine.as_admin();
            engine.token(&admin, &by_id(&hanging), &wish).await
        });
    }
    sleep(SECOND).await;
    assert_eq!(requests(&engine), 2);
    let other = created(&engine, minimal("other")).await;
    assert_eq!(told(ask(&engine, &other).await), Ok("t".into()));

    // waiting for a turn ends like the request would
    let begun = tokio::time::Instant::now();
    let mut busy = 0;
    while let Some(ended) = callers.join_next().await {
        let error = ended.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        busy += usize::from(matches!(cause(&error), EngineError::Busy { .. }));
        if busy == 6 {
            break;
        }
    }
    assert!(begun.elapsed() <= 41 * SECOND, "{:?}", begun.elapsed());
    let events = events(&engine, &hanging).await;
    let classes: Vec<_> = events.iter().map(|event| event.result.clone()).collect();
    assert!(
        format!("{classes:?}").contains("server_busy"),
        "{classes:?}"
    );
}
