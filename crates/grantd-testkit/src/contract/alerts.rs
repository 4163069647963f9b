//! What was told of which cause, and the outbox.

use std::time::Duration;

use grantd_model::alert::{DeliveryEnd, SettledReceiver, Trouble};
use grantd_model::{AlertCause, AlertDelivery, Credential, HealthRecord, Timestamp};
use grantd_store::Store;

use super::add;
use crate::fixtures::Fixtures;

const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

fn end(class: &str, seconds: i64) -> DeliveryEnd {
    DeliveryEnd {
        at: at(seconds),
        class: class.to_owned(),
        detail: "as it went".to_owned(),
    }
}

/// With everything and with nothing, in place of what was kept before.
pub async fn a_cause_is_kept_and_forgotten(store: &dyn Store) {
    let empty = AlertCause::new("source/vault".to_owned(), Trouble::Failing);
    let full = AlertCause {
        since: Some(at(1)),
        is_told: true,
        told_at: Some(at(2)),
        recovered_at: Some(at(3)),
        untold: 7,
        level: Some(14),
        end: Some(at(4)),
        ..AlertCause::new("cred_1".to_owned(), Trouble::Expiring)
    };
    let mut unit = store.write().await.unwrap();
    for cause in [
        &empty,
        &AlertCause::new("cred_1".to_owned(), Trouble::Expiring),
        &full,
    ] {
        unit.alerts().put_cause(cause).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = store.write().await.unwrap();
    let kept = unit.alerts().causes().await.unwrap();
    assert_eq!(kept, [full, empty.clone()]);
    unit.alerts()
        .forget_cause("cred_1", Trouble::Failing)
        .await
        .unwrap();
    unit.alerts()
        .forget_cause("cred_1", Trouble::Expiring)
        .await
        .unwrap();
    assert_eq!(unit.alerts().causes().await.unwrap(), [empty]);
}

/// By channel, and only what is due.
pub async fn what_is_due_comes_in_its_order(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (ops, other) = (fixtures.channel("ops"), fixtures.channel("other"));
    let due = |channel, seconds: Option<i64>| AlertDelivery {
        due_at: seconds.map(at),
        ..fixtures.alert(channel)
    };
    let late = AlertDelivery {
        attempts: 4,
        ..due(&ops, Some(50))
    };
    let first = due(&ops, Some(20));
    let second = due(&ops, Some(10));
    let over = AlertDelivery {
        last: Some(end(DeliveryEnd::DELIVERED, 5)),
        attempts: 3,
        ..due(&ops, None)
    };
    let elsewhere = due(&other, Some(10));
    let mut unit = store.write().await.unwrap();
    for channel in [&ops, &other] {
        unit.channels().insert(channel).await.unwrap();
    }
    for delivery in [&late, &first, &second, &over, &elsewhere] {
        unit.alerts().send(delivery).await.unwrap();
    }
    let mut alerts = unit.alerts();
    let found = alerts.due(ops.id, at(20), 10).await.unwrap();
    assert_eq!(found, [first.clone(), second.clone()]);
    assert_eq!(alerts.due(ops.id, at(20), 1).await.unwrap().len(), 1);
    let mut waiting = alerts.waiting().await.unwrap();
    waiting.sort();
    assert_eq!(waiting, [(ops.id, 3, at(10)), (other.id, 1, at(10))]);
    let listed = alerts.deliveries(ops.id, 3).await.unwrap();
    assert_eq!(listed, [over.clone(), second, first]);
    assert_eq!(alerts.last_tried().await.unwrap(), [over]);
    alerts.hurry(ops.id, at(7)).await.unwrap();
    let hurried = alerts.due(ops.id, at(7), 10).await.unwrap();
    let hurried: Vec<_> = hurried.iter().map(|it| (it.due_at, it.attempts)).collect();
    assert_eq!(hurried, [(Some(at(7)), 0); 3]);
    assert_eq!(alerts.due(other.id, at(7), 10).await.unwrap(), []);
}

/// With another one to come, and as the last one; not over what was changed since it was read.
pub async fn an_attempt_is_noted(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let channel = fixtures.channel("ops");
    let alert = fixtures.alert(&channel);
    let mut unit = store.write().await.unwrap();
    unit.channels().insert(&channel).await.unwrap();
    unit.alerts().send(&alert).await.unwrap();
    let mut alerts = unit.alerts();
    let settled = |address: &str, refused: Option<&str>| SettledReceiver {
        address: address.to_owned(),
        refused: refused.map(str::to_owned),
    };
    let failed = AlertDelivery {
        attempts: 1,
        due_at: Some(at(9)),
        last: Some(end("connect_refused", 1)),
        settled: vec![
            settled("a@example.com", None),
            settled("b@example.com", Some("550 who")),
        ],
        ..alert.clone()
    };
    assert!(alerts.replace(&alert, &failed).await.unwrap());
    let kept = alerts.deliveries(channel.id, 9).await.unwrap();
    assert_eq!(kept.as_slice(), std::slice::from_ref(&failed));
    let done = AlertDelivery {
        attempts: 2,
        due_at: None,
        last: Some(end(DeliveryEnd::DELIVERED, 2)),
        ..failed.clone()
    };
    assert!(!alerts.replace(&alert, &done).await.unwrap(), "it is stale");
    assert!(alerts.replace(&failed, &done).await.unwrap());
    assert!(
        !alerts.replace(&failed, &failed).await.unwrap(),
        "it is over"
    );
    let kept = alerts.deliveries(channel.id, 9).await.unwrap();
    assert_eq!(kept.as_slice(), std::slice::from_ref(&done));
    assert_eq!(alerts.waiting().await.unwrap(), []);
    let again = AlertDelivery {
        attempts: 0,
        due_at: Some(at(20)),
        ..done.clone()
    };
    assert!(alerts.replace(&done, &again).await.unwrap());
    assert_eq!(alerts.due(channel.id, at(20), 9).await.unwrap(), [again]);
}

/// By channel, the oldest first.
pub async fn what_is_over_is_pruned_and_what_waits_stays(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (ops, other) = (fixtures.channel("ops"), fixtures.channel("other"));
    let mut unit = store.write().await.unwrap();
    for channel in [&ops, &other] {
        unit.channels().insert(channel).await.unwrap();
    }
    let mut waits = Vec::new();
    for number in 0..6 {
        let alert = AlertDelivery {
            due_at: (number == 1).then(|| at(1)),
            ..fixtures.alert(&ops)
        };
        unit.alerts().send(&alert).await.unwrap();
        waits.push(alert.id);
    }
    unit.alerts().send(&fixtures.alert(&other)).await.unwrap();
    let mut alerts = unit.alerts();
    assert_eq!(alerts.prune_deliveries(2).await.unwrap(), 3);
    let kept = alerts.deliveries(ops.id, 9).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|it| it.id).collect();
    assert_eq!(kept, [waits[5], waits[4], waits[1]]);
    assert_eq!(alerts.deliveries(other.id, 9).await.unwrap().len(), 1);
}

/// Whatever is on its way.
pub async fn what_goes_to_a_channel_ends_with_it(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let channel = fixtures.channel("ops");
    let alert = fixtures.alert(&channel);
    let mut unit = store.write().await.unwrap();
    unit.channels().insert(&channel).await.unwrap();
    unit.alerts().send(&alert).await.unwrap();
    let gone = unit.channels().delete(channel.id, channel.revision).await;
    gone.unwrap();
    assert_eq!(unit.alerts().waiting().await.unwrap(), []);
    // an attempt that was under way finds nothing to note
    assert!(!unit.alerts().replace(&alert, &alert).await.unwrap());
    let refused = unit.alerts().send(&alert).await;
    assert!(refused.is_err(), "there is no such channel any more");
}

/// By the last request of either end at the present generation, and by the last change.
pub async fn idle_credentials_are_those_that_nobody_tried(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let long_ago = |name: &str| {
        let mut credential = fixtures.credential(name);
        credential.updated.at = at(-1000);
        credential
    };
    let [never, valid, failed, outdated] = ["never", "valid", "failed", "outdated"].map(long_ago);
    let changed = Credential {
        updated: fixtures.credential("x").updated,
        ..long_ago("changed")
    };
    let changed = {
        let mut changed = changed;
        changed.updated.at = at(100);
        changed
    };
    let disabled = Credential {
        enabled: false,
        ..long_ago("disabled")
    };
    add(
        store,
        &[&never, &valid, &failed, &outdated, &changed, &disabled],
    )
    .await;
    let mut unit = store.write().await.unwrap();
    let cause = || ("refused".to_owned(), String::new(), None);
    for (credential, health) in [
        (&valid, HealthRecord::succeeded(1, at(100))),
        (&failed, HealthRecord::failed(None, 1, at(-500), cause())),
        (&outdated, HealthRecord::succeeded(0, at(100))),
    ] {
        unit.history()
            .put_health(credential.id, &health)
            .await
            .unwrap();
    }
    let since = at(50);
    let idle = unit.credentials().idle(since, 10).await.unwrap();
    assert_eq!(idle, [never.id, outdated.id, failed.id]);
    assert_eq!(unit.credentials().idle(since, 1).await.unwrap(), [never.id]);
    let later = at(50).plus(Duration::from_secs(100));
    assert_eq!(unit.credentials().idle(later, 10).await.unwrap().len(), 5);
}
