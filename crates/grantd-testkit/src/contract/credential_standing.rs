//! Where credentials stand, and lists by it.

use std::time::Duration;

use grantd_model::health::Failing;
use grantd_model::{
    ActorRef, Credential, HealthRecord, ObjectId, Standing, Timestamp, UsageCount, UsageResult,
    Visibility,
};
use grantd_store::{CredentialQuery, CredentialSort, Store};

use super::{add, all_pages, everything, first, names};
use crate::fixtures::{Fixtures, labels};

fn failed(generation: u64) -> HealthRecord {
    HealthRecord {
        token_generation: generation,
        valid_at: None,
        failing: Some(Failing {
            since: Timestamp::from_seconds(10),
            last_at: Timestamp::from_seconds(20),
            times: 2,
            class: "timeout".to_owned(),
            detail: String::new(),
            remedy: None,
        }),
    }
}

fn worked(generation: u64) -> HealthRecord {
    HealthRecord::succeeded(generation, Timestamp::from_seconds(9))
}

fn ends_in(credential: &mut Credential, days: u64) {
    let end = everything().now.plus(Duration::from_hours(24 * days));
    credential.settings.secret_expires_at = Some(end);
}

/// One of each kind and those that are nearly of another; each with the standing that is expected.
async fn all(store: &dyn Store) -> Vec<(Credential, Standing)> {
    let fixtures = Fixtures::default();
    let mut all = Vec::new();
    for (name, health, days, enabled, standing) in [
        ("g failing", Some(failed(1)), None, true, Standing::Failing),
        (
            "f failing and ending",
            Some(failed(1)),
            Some(1),
            true,
            Standing::Failing,
        ),
        (
            "e disabled",
            Some(failed(1)),
            Some(1),
            false,
            Standing::Disabled,
        ),
        (
            "d ends",
            Some(worked(1)),
            Some(59),
            true,
            Standing::SecretEnds,
        ),
        (
            "c ends later",
            Some(worked(1)),
            Some(60),
            true,
            Standing::Valid,
        ),
        (
            "b ends unvalidated",
            None,
            Some(0),
            true,
            Standing::SecretEnds,
        ),
        ("a never", None, None, true, Standing::NeverValidated),
        ("Zebra valid", Some(worked(1)), None, true, Standing::Valid),
        (
            "y failed earlier",
            Some(failed(0)),
            None,
            true,
            Standing::NeverValidated,
        ),
        (
            "x worked earlier",
            Some(worked(0)),
            None,
            true,
            Standing::NeverValidated,
        ),
    ] {
        let mut credential = fixtures.credential(name);
        credential.enabled = enabled;
        if let Some(days) = days {
            ends_in(&mut credential, days);
        }
        add(store, &[&credential]).await;
        if let Some(health) = health {
            let mut unit = store.write().await.unwrap();
            let put = unit.history().put_health(credential.id, &health).await;
            put.unwrap();
            unit.commit().await.unwrap();
        }
        all.push((credential, standing));
    }
    all
}

/// Those of another generation tell nothing.
pub async fn each_stands_where_its_health_puts_it(store: &dyn Store) {
    let all = all(store).await;
    let mut unit = store.read().await.unwrap();
    let page = unit.credentials().page(&everything()).await.unwrap();
    for listed in &page.items {
        let name = listed.credential.settings.name.as_str();
        let expected = all.iter().find(|(it, _)| it.id == listed.credential.id);
        assert_eq!(
            listed.standing(everything().now),
            expected.unwrap().1,
            "{name}"
        );
    }
    for standing in Standing::ALL {
        let query = CredentialQuery {
            standing: Some(standing),
            page: first(2),
            ..everything()
        };
        let mut expected: Vec<Credential> = all
            .iter()
            .filter(|(_, its)| *its == standing)
            .map(|(credential, _)| credential.clone())
            .collect();
        expected.sort_by_key(|it| it.settings.name.as_str().to_lowercase());
        assert_eq!(all_pages(store, &query).await, expected, "{standing:?}");
    }
}

/// And of nothing else.
pub async fn standings_are_counted_of_what_is_seen(store: &dyn Store) {
    let all = all(store).await;
    let now = everything().now;
    let mut unit = store.read().await.unwrap();
    let counts = unit.credentials().standings(&Visibility::All, now).await;
    assert_eq!(
        counts.unwrap(),
        [
            (Standing::Failing, 2),
            (Standing::SecretEnds, 2),
            (Standing::NeverValidated, 3),
            (Standing::Valid, 2),
            (Standing::Disabled, 1),
        ]
    );
    let some = Visibility::Some {
        ids: [ObjectId::from(all[0].0.id)].into(),
        selectors: Vec::new(),
    };
    let counts = unit.credentials().standings(&some, now).await.unwrap();
    assert_eq!(counts, [(Standing::Failing, 1)]);
}

/// Failing, ending, never validated, valid, disabled; by name among themselves.
pub async fn those_that_need_somebody_come_first(store: &dyn Store) {
    all(store).await;
    let query = CredentialQuery {
        sort: CredentialSort::Attention,
        ..everything()
    };
    let expected = [
        "f failing and ending",
        "g failing",
        "b ends unvalidated",
        "d ends",
        "a never",
        "x worked earlier",
        "y failed earlier",
        "c ends later",
        "Zebra valid",
        "e disabled",
    ];
    assert_eq!(names(store, &query).await, expected);
    for limit in 1..4 {
        let query = CredentialQuery {
            page: first(limit),
            ..query.clone()
        };
        let found = all_pages(store, &query).await;
        let found: Vec<&str> = found.iter().map(|it| it.settings.name.as_str()).collect();
        assert_eq!(found, expected, "{limit}");
    }
}

/// Unknown ones at the end that says nothing of them.
pub async fn last_use_and_secret_end_order_a_list(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let [mut one, two, mut three] = ["one", "two", "three"].map(|name| fixtures.credential(name));
    ends_in(&mut one, 9);
    ends_in(&mut three, 3);
    add(store, &[&one, &two, &three]).await;
    for (credential, at) in [(&one, 100), (&two, 200)] {
        let count = UsageCount {
            minute: Timestamp::from_seconds(60),
            credential: credential.id,
            actor: ActorRef::System,
            result: UsageResult::HandedOut,
            count: 1,
        };
        let mut unit = store.write().await.unwrap();
        let at = Timestamp::from_seconds(at);
        unit.history().add_usage(&[count], at).await.unwrap();
        unit.commit().await.unwrap();
    }
    for (sort, descending, expected) in [
        (CredentialSort::LastUsed, true, ["two", "one", "three"]),
        (CredentialSort::LastUsed, false, ["three", "one", "two"]),
        (CredentialSort::SecretEnd, false, ["three", "one", "two"]),
    ] {
        let query = CredentialQuery {
            sort,
            descending,
            page: first(1),
            ..everything()
        };
        let found = all_pages(store, &query).await;
        let found: Vec<&str> = found.iter().map(|it| it.settings.name.as_str()).collect();
        assert_eq!(found, expected, "{sort:?}");
    }
}

/// In order, and only of what is seen.
pub async fn labels_in_use_are_listed_once(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let mut credentials = Vec::new();
    for (name, pairs) in [
        ("one", &[("team", "a"), ("stage", "test")][..]),
        ("two", &[("team", "a")]),
        ("three", &[("team", "b")]),
    ] {
        let mut credential = fixtures.credential(name);
        credential.settings.labels = labels(pairs);
        add(store, &[&credential]).await;
        credentials.push(credential);
    }
    let texts = |found: Vec<(grantd_model::LabelKey, grantd_model::LabelValue)>| {
        let texts = found
            .into_iter()
            .map(|(key, value)| format!("{key}={value}"));
        texts.collect::<Vec<_>>()
    };
    let mut unit = store.read().await.unwrap();
    let found = unit.credentials().labels(&Visibility::All, 10).await;
    assert_eq!(texts(found.unwrap()), ["stage=test", "team=a", "team=b"]);
    let found = unit.credentials().labels(&Visibility::All, 2).await;
    assert_eq!(texts(found.unwrap()), ["stage=test", "team=a"]);
    let some = Visibility::Some {
        ids: [ObjectId::from(credentials[2].id)].into(),
        selectors: Vec::new(),
    };
    let found = unit.credentials().labels(&some, 10).await;
    assert_eq!(texts(found.unwrap()), ["team=b"]);
}

/// Of enabled ones within the span, and only of what is seen.
pub async fn ends_of_secrets_are_listed_soonest_first(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let at = Timestamp::from_seconds;
    let mut ids = Vec::new();
    for (name, end, enabled) in [
        ("late", Some(at(300)), true),
        ("soon", Some(at(100)), true),
        ("as soon", Some(at(100)), true),
        ("over", Some(at(99)), true),
        ("beyond", Some(at(301)), true),
        ("never", None, true),
        ("off", Some(at(200)), false),
    ] {
        let mut credential = fixtures.credential(name);
        credential.settings.secret_expires_at = end;
        credential.enabled = enabled;
        add(store, &[&credential]).await;
        ids.push(credential.id);
    }
    let span = (at(100), at(301));
    let all = Visibility::All;
    let late = Visibility::Some {
        ids: [ObjectId::from(ids[0])].into(),
        selectors: Vec::new(),
    };
    let listed = [(ids[1], at(100)), (ids[2], at(100)), (ids[0], at(300))];
    for (visibility, after, most, expected) in [
        (&all, None, 10, &listed[..]),
        (&all, None, 1, &listed[..1]),
        (&all, Some(listed[0]), 1, &listed[1..2]),
        (&all, Some(listed[1]), 10, &listed[2..]),
        (&all, Some(listed[2]), 10, &[]),
        (&late, None, 10, &listed[2..]),
    ] {
        let mut unit = store.read().await.unwrap();
        let mut credentials = unit.credentials();
        let found = credentials.secret_ends(visibility, span, after, most).await;
        assert_eq!(found.unwrap(), expected);
    }
}

/// Of what is gone or not seen there is no name.
pub async fn names_are_of_those_that_are_there_and_seen(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (one, other) = (fixtures.credential("one"), fixtures.credential("other"));
    let gone = fixtures.credential("gone");
    add(store, &[&one, &other]).await;
    let some = Visibility::Some {
        ids: [ObjectId::from(other.id)].into(),
        selectors: Vec::new(),
    };
    let named = |credential: &Credential| (credential.id, credential.settings.name.clone());
    let mut both = vec![named(&one), named(&other)];
    both.sort();
    for (visibility, expected) in [(Visibility::All, both), (some, vec![named(&other)])] {
        let mut unit = store.read().await.unwrap();
        let asked = [one.id, gone.id, other.id];
        let found = unit.credentials().names(&visibility, &asked).await;
        let mut found = found.unwrap();
        found.sort();
        assert_eq!(found, expected);
    }
}
