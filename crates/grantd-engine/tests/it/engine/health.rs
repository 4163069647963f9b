//! Whether a credential works, told by its events.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{Credential, EventCause, EventResult, Health, HealthState};
use grantd_secrets::Sources;
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, MemoryStore, SlowStore, TestClock, TestEngine};
use tokio::time::sleep;

use super::{MINUTE, SECOND, ask, events, set_enabled};
use crate::{by_id, created, keeping};

async fn health(engine: &TestEngine, made: &Credential) -> Health {
    let admin = engine.as_admin();
    let found = engine.get_credential(&admin, &by_id(made)).await.unwrap();
    engine.health_of(&admin, &[found]).await.unwrap().remove(0)
}

#[tokio::test(start_paused = true)]
async fn it_goes_from_never_validated_to_valid_to_failing_and_back() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let state = |health: Health| health.state;
    assert_eq!(
        state(health(&engine, &made).await),
        HealthState::NeverValidated
    );

    engine.outbound.answer(HOST, Answer::token("t"));
    ask(&engine, &made).await.unwrap();
    let valid = HealthState::Valid {
        at: TestClock::START,
    };
    assert_eq!(state(health(&engine, &made).await), valid);

    let refusal = Answer::refusal(401, "invalid_client");
    engine.outbound.answer_always(HOST, refusal);
    let admin = engine.as_admin();
    sleep(MINUTE).await;
    for _ in 0..3 {
        engine.renew_token(&admin, &by_id(&made)).await.unwrap_err();
        sleep(SECOND).await;
    }
    let found = health(&engine, &made).await;
    let HealthState::Failing(failing) = found.state else {
        panic!("{found:?}");
    };
    assert_eq!(failing.since, TestClock::START.plus(MINUTE));
    assert_eq!(failing.last_at, TestClock::START.plus(MINUTE + 2 * SECOND));
    assert_eq!(
        (failing.times, failing.class.as_str()),
        (3, "invalid_client")
    );
    assert!(failing.remedy.is_some());
    assert_eq!(found.valid_at, Some(TestClock::START));

    engine.outbound.answer_always(HOST, Answer::token("t2"));
    engine.renew_token(&admin, &by_id(&made)).await.unwrap();
    let at = TestClock::START.plus(MINUTE + 3 * SECOND);
    assert_eq!(
        state(health(&engine, &made).await),
        HealthState::Valid { at }
    );
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_begins_a_generation_has_it_validated_anew() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    engine.outbound.answer_always(HOST, Answer::token("t"));
    ask(&engine, &made).await.unwrap();
    let admin = engine.as_admin();
    let harmless = || {
        let mut draft = keeping(minimal("a"));
        draft.settings.description = "harmless".into();
        draft
    };
    let edited = engine
        .update_credential(&admin, &by_id(&made), made.revision, harmless())
        .await;
    let revision = edited.unwrap().revision;
    let state = health(&engine, &made).await.state;
    assert!(matches!(state, HealthState::Valid { .. }), "{state:?}");
    let mut draft = harmless();
    draft.settings.audience = Some("api".try_into().unwrap());
    let edited = engine
        .update_credential(&admin, &by_id(&made), revision, draft)
        .await;
    edited.unwrap();
    let found = health(&engine, &made).await;
    assert_eq!(found.state, HealthState::NeverValidated);
    assert_eq!(found.valid_at, None);
    ask(&engine, &made).await.unwrap();
    let state = health(&engine, &made).await.state;
    assert!(matches!(state, HealthState::Valid { .. }), "{state:?}");
    set_enabled(&engine, &made, false).await;
    assert_eq!(health(&engine, &made).await.state, HealthState::Disabled);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn each_request_is_an_event() {
    let engine = TestEngine::flowing();
    let made = created(&engine, minimal("a")).await;
    let answer = Answer::token("t").taking(2 * SECOND);
    engine.outbound.answer(HOST, answer);
    let unavailable = Answer::json(503, "").taking(3 * SECOND);
    engine.outbound.answer(HOST, unavailable);
    engine.outbound.answer_always(HOST, Answer::token("t2"));
    ask(&engine, &made).await.unwrap();
    sleep(55 * MINUTE).await;
    let admin = engine.as_admin();
    engine.renew_token(&admin, &by_id(&made)).await.unwrap();
    let events = events(&engine, &made).await;
    let causes: Vec<_> = events.iter().map(|event| event.cause).collect();
    let (renewal, person) = (EventCause::Renewal, EventCause::Person);
    assert_eq!(causes, [person, renewal, renewal, EventCause::Demand]);
    let demand = &events[3];
    assert_eq!(
        (demand.duration, demand.actor.clone()),
        (2 * SECOND, admin.reference())
    );
    assert_eq!(demand.secret_version, Some(1));
    let issued = EventResult::Issued {
        lifetime: 60 * MINUTE,
        same: false,
    };
    assert_eq!(demand.result, issued);
    let failed = &events[2];
    assert_eq!(failed.duration, 3 * SECOND);
    assert_eq!(failed.actor, grantd_model::ActorRef::System);
    let EventResult::Failed {
        class, retry_at, ..
    } = &failed.result
    else {
        panic!("{failed:?}");
    };
    assert_eq!(class, "server_error");
    let retry_in = retry_at.unwrap().since(failed.at);
    assert!(
        (SECOND * 3 / 4..=SECOND).contains(&retry_in),
        "{retry_in:?}"
    );
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_recorded_late_of_an_earlier_generation_hides_no_later_one() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let made = created(&engine, minimal("a")).await;
    let answer = Answer::token("old").taking(Duration::from_millis(150));
    engine.outbound.answer(HOST, answer);
    engine.outbound.answer_always(HOST, Answer::token("new"));
    store.take(Duration::from_millis(100));
    let (first, ()) = tokio::join!(ask(&engine, &made), async {
        sleep(Duration::from_millis(200)).await;
        let mut draft = keeping(minimal("a"));
        draft.settings.audience = Some("api".try_into().unwrap());
        let admin = engine.as_admin();
        let edited = engine
            .update_credential(&admin, &by_id(&made), made.revision, draft)
            .await;
        edited.unwrap();
        // the slow unit of the old one is behind this quick one
        store.take(Duration::ZERO);
        ask(&engine, &made).await.unwrap();
    });
    first.unwrap();
    let state = health(&engine, &made).await.state;
    assert!(matches!(state, HealthState::Valid { .. }), "{state:?}");
    engine.end().await;
}
