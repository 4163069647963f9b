//! The history of tokens.

use std::time::Duration;

use grantd_model::health::Failing;
use grantd_model::{
    ActorRef, CredentialId, EventCause, EventResult, HealthRecord, HourCount, HourKind, Revision,
    Timestamp, TokenEvent, UsageCount, UsageHour, UsageResult,
};
use grantd_store::{EventQuery, Store, UsageQuery};

use super::first;
use crate::fixtures::Fixtures;

fn issued() -> EventResult {
    EventResult::Issued {
        lifetime: Duration::from_micros(3_599_000_001),
        same: true,
    }
}

fn failed() -> EventResult {
    EventResult::Failed {
        class: "invalid_client".to_owned(),
        detail: "refused \u{1f510}".to_owned(),
        remedy: Some("Replace it.".to_owned()),
        retry_at: Some(Timestamp::from_seconds(7)),
    }
}

fn bare() -> EventResult {
    EventResult::Failed {
        class: "timeout".to_owned(),
        detail: String::new(),
        remedy: None,
        retry_at: None,
    }
}

async fn add(store: &dyn Store, events: &[TokenEvent]) {
    let mut unit = store.write().await.unwrap();
    for event in events {
        unit.history().append(event).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn all(store: &dyn Store, credential: CredentialId, limit: u32) -> Vec<TokenEvent> {
    let mut query = EventQuery {
        credential,
        page: first(limit),
    };
    let mut all = Vec::new();
    loop {
        let mut unit = store.read().await.unwrap();
        let page = unit.history().events(&query).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        all.extend(page.items);
        match page.next {
            Some(next) => query.page.after = Some(next),
            None => return all,
        }
    }
}

/// What was written is read, whatever the clock said.
pub async fn every_kind_of_event_comes_back_newest_first(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let id = fixtures.credential("one").id;
    let mut events = vec![
        fixtures.event(id, EventCause::Demand, issued()),
        fixtures.event(id, EventCause::Renewal, failed()),
        fixtures.event(id, EventCause::Person, bare()),
    ];
    events[1].secret_version = None;
    events[2].at = Timestamp::from_seconds(-5);
    add(store, &events).await;
    events.reverse();
    for limit in [1, 2, 3, 10] {
        assert_eq!(all(store, id, limit).await, events, "{limit}");
    }
}

/// Another credential's are not among them, and the credential need not be there any more.
pub async fn events_are_those_of_one_credential(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, two) = (fixtures.credential("one").id, fixtures.credential("two").id);
    let event = fixtures.event(one, EventCause::Demand, issued());
    add(
        store,
        &[
            event.clone(),
            fixtures.event(two, EventCause::Demand, bare()),
        ],
    )
    .await;
    assert_eq!(all(store, one, 10).await, [event]);
}

/// An id is used once.
pub async fn an_event_is_never_replaced(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let id = fixtures.credential("one").id;
    let event = fixtures.event(id, EventCause::Demand, issued());
    add(store, std::slice::from_ref(&event)).await;
    let again = TokenEvent {
        result: bare(),
        ..event.clone()
    };
    let mut unit = store.write().await.unwrap();
    unit.history().append(&again).await.unwrap_err();
    drop(unit);
    assert_eq!(all(store, id, 10).await, [event]);
}

/// There is one for each credential that is there.
pub async fn health_is_replaced_and_ends_with_its_credential(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let credential = fixtures.credential("one");
    let (id, gone) = (credential.id, fixtures.credential("gone").id);
    super::add(store, &[&credential]).await;
    let working = HealthRecord::succeeded(3, Timestamp::from_seconds(9));
    let failing = HealthRecord {
        token_generation: 4,
        valid_at: working.valid_at,
        failing: Some(Failing {
            since: Timestamp::from_seconds(10),
            last_at: Timestamp::from_seconds(20),
            times: 2,
            class: "timeout".to_owned(),
            detail: "no answer".to_owned(),
            remedy: Some("Wait.".to_owned()),
        }),
    };
    for record in [&working, &failing, &working] {
        let mut unit = store.write().await.unwrap();
        unit.history().put_health(id, record).await.unwrap();
        unit.history().put_health(gone, record).await.unwrap();
        unit.commit().await.unwrap();
        let mut unit = store.read().await.unwrap();
        let kept = unit.history().health(&[gone, id]).await.unwrap();
        assert_eq!(kept, [(id, record.clone())]);
    }
    let mut unit = store.write().await.unwrap();
    unit.credentials()
        .delete(id, Revision::FIRST)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    assert_eq!(unit.history().health(&[id]).await.unwrap(), []);
}

/// The same minute, credential, actor and result is one row.
pub async fn usage_adds_up_by_minute_actor_and_result(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, two) = (fixtures.credential("one").id, fixtures.credential("two").id);
    let count = |minute: i64, credential, actor: &ActorRef, result, count| UsageCount {
        minute: Timestamp::from_seconds(minute * 60),
        credential,
        actor: actor.clone(),
        result,
        count,
    };
    let (system, other) = (
        ActorRef::System,
        fixtures.event(one, EventCause::Demand, bare()).actor,
    );
    let handed_out = UsageResult::HandedOut;
    for counts in [
        vec![
            count(1, one, &system, handed_out, 2),
            count(1, one, &other, handed_out, 5),
            count(1, two, &system, handed_out, 9),
        ],
        vec![
            count(1, one, &system, handed_out, 3),
            count(1, one, &system, UsageResult::Failed, 1),
            count(2, one, &system, handed_out, 7),
            count(3, one, &system, handed_out, 8),
        ],
    ] {
        let mut unit = store.write().await.unwrap();
        unit.history()
            .add_usage(&counts, fixtures.later())
            .await
            .unwrap();
        unit.commit().await.unwrap();
    }
    let query = UsageQuery {
        credential: one,
        from: Timestamp::from_seconds(60),
        until: Timestamp::from_seconds(180),
        limit: 100,
    };
    let mut unit = store.read().await.unwrap();
    let found = unit.history().usage(&query).await.unwrap();
    let expected = [
        count(1, one, &system, UsageResult::Failed, 1),
        count(1, one, &system, handed_out, 5),
        count(1, one, &other, handed_out, 5),
        count(2, one, &system, handed_out, 7),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for row in &expected {
        assert!(found.contains(row), "{row:?} in {found:?}");
    }
    let query = UsageQuery { limit: 1, ..query };
    assert_eq!(unit.history().usage(&query).await.unwrap().len(), 1);
}

/// Of one credential, within the time asked for.
pub async fn usage_adds_up_by_hour(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, two) = (fixtures.credential("one").id, fixtures.credential("two").id);
    let other = fixtures.event(one, EventCause::Demand, bare()).actor;
    let (handed_out, failed) = (UsageResult::HandedOut, UsageResult::Failed);
    let mut counts = Vec::new();
    for (minute, credential, actor, result) in [
        (59, one, &ActorRef::System, handed_out),
        (60, one, &ActorRef::System, handed_out),
        (60, one, &other, handed_out),
        (60, one, &ActorRef::System, failed),
        (119, one, &ActorRef::System, handed_out),
        (120, one, &ActorRef::System, handed_out),
        (61, two, &ActorRef::System, handed_out),
    ] {
        counts.push(UsageCount {
            minute: Timestamp::from_seconds(minute * 60),
            credential,
            actor: actor.clone(),
            result,
            count: 2,
        });
    }
    let mut unit = store.write().await.unwrap();
    let at = fixtures.later();
    unit.history().add_usage(&counts, at).await.unwrap();
    unit.commit().await.unwrap();
    let query = UsageQuery {
        credential: one,
        from: Timestamp::from_seconds(60 * 60),
        until: Timestamp::from_seconds(120 * 60),
        limit: 100,
    };
    let hour = |actor: &ActorRef, result, count, last: i64| UsageHour {
        hour: Timestamp::from_seconds(3600),
        actor: actor.clone(),
        result,
        count,
        last: Timestamp::from_seconds(last * 60),
    };
    let expected = [
        hour(&ActorRef::System, handed_out, 4, 119),
        hour(&ActorRef::System, failed, 2, 60),
        hour(&other, handed_out, 2, 60),
    ];
    let mut unit = store.read().await.unwrap();
    let found = unit.history().usage_hours(&query).await.unwrap();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for row in &expected {
        assert!(found.contains(row), "{row:?} in {found:?}");
    }
    let query = UsageQuery { limit: 1, ..query };
    assert_eq!(unit.history().usage_hours(&query).await.unwrap().len(), 1);
}

/// By what it was, and in order.
pub async fn hours_count_what_happened_to_all(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, two) = (fixtures.credential("one").id, fixtures.credential("two").id);
    let mut events = vec![
        fixtures.event(one, EventCause::Demand, issued()),
        fixtures.event(two, EventCause::Renewal, issued()),
        fixtures.event(one, EventCause::Demand, failed()),
        fixtures.event(one, EventCause::Demand, bare()),
        fixtures.event(one, EventCause::Demand, issued()),
    ];
    for (event, second) in events.iter_mut().zip([3600, 7199, 3700, 3800, 7200]) {
        event.at = Timestamp::from_seconds(second);
    }
    add(store, &events).await;
    let used = |result, count| UsageCount {
        minute: Timestamp::from_seconds(3660),
        credential: one,
        actor: ActorRef::System,
        result,
        count,
    };
    let counts = [
        used(UsageResult::HandedOut, 5),
        used(UsageResult::Failed, 3),
    ];
    let mut unit = store.write().await.unwrap();
    let at = fixtures.later();
    unit.history().add_usage(&counts, at).await.unwrap();
    unit.history().add_usage(&counts[..1], at).await.unwrap();
    unit.commit().await.unwrap();
    let hour = |hour, kind, count| HourCount {
        hour: Timestamp::from_seconds(hour),
        kind,
        count,
    };
    let expected = [
        hour(3600, HourKind::Issued, 2),
        hour(3600, HourKind::Failed("invalid_client".to_owned()), 1),
        hour(3600, HourKind::Failed("timeout".to_owned()), 1),
        hour(3600, HourKind::HandedOut, 10),
        hour(3600, HourKind::Refused, 3),
        hour(7200, HourKind::Issued, 1),
    ];
    let until = |second| Timestamp::from_seconds(second);
    let mut unit = store.read().await.unwrap();
    let found = unit.history().hours(until(0), until(9000)).await.unwrap();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert_eq!(found.last(), expected.last());
    for row in &expected {
        assert!(found.contains(row), "{row:?} in {found:?}");
    }
    let found = unit.history().hours(until(3601), until(7200)).await;
    assert_eq!(found.unwrap(), []);
}

/// A wish that was not fulfilled is no use; nothing goes back.
pub async fn the_last_use_is_kept_and_ends_with_its_credential(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, two) = (fixtures.credential("one"), fixtures.credential("two"));
    super::add(store, &[&one, &two]).await;
    let gone = fixtures.credential("gone").id;
    let used = |credential, result| UsageCount {
        minute: Timestamp::from_seconds(60),
        credential,
        actor: ActorRef::System,
        result,
        count: 1,
    };
    let counts = [
        used(one.id, UsageResult::HandedOut),
        used(two.id, UsageResult::Failed),
        used(gone, UsageResult::HandedOut),
    ];
    let ids = [one.id, two.id, gone];
    for (second, expected) in [(70, 70), (90, 90), (80, 90)] {
        let mut unit = store.write().await.unwrap();
        let at = Timestamp::from_seconds(second);
        unit.history().add_usage(&counts, at).await.unwrap();
        let kept = unit.credentials().last_used(&ids).await.unwrap();
        assert_eq!(kept, [(one.id, Timestamp::from_seconds(expected))]);
        unit.commit().await.unwrap();
    }
    let mut unit = store.write().await.unwrap();
    let deleted = unit.credentials().delete(one.id, Revision::FIRST).await;
    deleted.unwrap();
    assert_eq!(unit.credentials().last_used(&ids).await.unwrap(), []);
}

/// What is younger stays, and what is too much for one go stays for the next.
pub async fn pruning_takes_the_oldest_and_not_too_many(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let id = fixtures.credential("one").id;
    let events: Vec<TokenEvent> = (0..5)
        .map(|_| fixtures.event(id, EventCause::Demand, issued()))
        .collect();
    add(store, &events).await;
    let mut unit = store.write().await.unwrap();
    let usage = UsageCount {
        minute: Timestamp::from_seconds(0),
        credential: id,
        actor: ActorRef::System,
        result: UsageResult::HandedOut,
        count: 1,
    };
    unit.history()
        .add_usage(&[usage], fixtures.later())
        .await
        .unwrap();
    unit.commit().await.unwrap();
    for (gone, left) in [(4, 3), (2, 1), (0, 1)] {
        let mut unit = store.write().await.unwrap();
        let pruned = unit.history().prune(events[4].at, 2).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(pruned, gone);
        let kept = all(store, id, 10).await;
        let mut expected = events[5 - left..].to_vec();
        expected.reverse();
        assert_eq!(kept, expected);
    }
}
