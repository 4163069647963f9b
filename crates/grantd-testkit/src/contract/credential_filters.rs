//! Which credentials are on a list.

use std::collections::BTreeSet;

use grantd_model::{Credential, LabelSelector, Labels, ObjectId, Visibility};
use grantd_store::{CredentialQuery, Store};

use super::{add, all_pages, everything, first, names};
use crate::fixtures::{Fixtures, labels, selector};

fn part(text: &str) -> CredentialQuery {
    CredentialQuery {
        part: Some(text.to_owned()),
        ..everything()
    }
}

fn labelled(fixtures: &Fixtures, name: &str, pairs: &[(&str, &str)]) -> Credential {
    let mut credential = fixtures.credential(name);
    credential.settings.labels = labels(pairs);
    credential
}

/// In each of the three, and in no other field.
pub async fn a_part_is_found_in_name_slug_and_client_id(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let mut one = fixtures.credential("one");
    one.settings.client_id = "the-needle-id".try_into().unwrap();
    let mut two = fixtures.credential("two");
    two.slug = "a-needle-slug".try_into().unwrap();
    let three = fixtures.credential("three NEEDLES");
    let mut four = fixtures.credential("four");
    four.settings.description = "needle".into();
    four.settings.owner = "needle".into();
    four.settings.labels = labels(&[("needle", "needle")]);
    add(store, &[&one, &two, &three, &four]).await;
    assert_eq!(
        names(store, &part("needle")).await,
        ["one", "three NEEDLES", "two"]
    );
    assert_eq!(names(store, &part("NEEDLE-ID")).await, ["one"]);
    assert_eq!(names(store, &part("Needle-Slug")).await, ["two"]);
    assert!(names(store, &part("needless")).await.is_empty());
    assert_eq!(names(store, &part("")).await.len(), 4);
}

/// Umlauts, Cyrillic, and the Greek sigma, whose small form depends on its place.
pub async fn case_makes_no_difference_in_any_script(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let all = [
        "B\u{dc}RO \u{c4}pfel",
        "\u{416}\u{423}\u{41a}",
        "\u{3a3}\u{391}\u{3a3}\u{391}",
    ]
    .map(|name| fixtures.credential(name));
    add(store, &all.each_ref()).await;
    for (text, found) in [
        ("b\u{fc}ro", 0),
        ("\u{c4}PFEL", 0),
        ("\u{436}\u{443}", 1),
        ("\u{3c3}\u{3b1}\u{3c3}\u{3b1}", 2),
        ("\u{3a3}\u{391}\u{3a3}", 2),
    ] {
        let expected = all[found].settings.name.as_str();
        assert_eq!(names(store, &part(text)).await, [expected], "{text}");
    }
}

/// `%`, `_`, `*`, `?`, quotes and backslashes.
pub async fn signs_of_patterns_stand_for_themselves(store: &dyn Store) {
    let fixtures = Fixtures::default();
    for (number, sign) in ["%", "_", "*", "?", "'", "\"", "\\", "[a]", "''", ";--"]
        .into_iter()
        .enumerate()
    {
        let mut with = fixtures.credential(&format!("with{number} x{sign}y"));
        with.slug = format!("with-{number}").as_str().try_into().unwrap();
        let without = fixtures.credential(&format!("without{number} xay"));
        add(store, &[&with, &without]).await;
        let found = names(store, &part(&format!("x{sign}y"))).await;
        assert_eq!(found, [with.settings.name.as_str()], "{sign}");
    }
}

/// Or both together.
pub async fn enabled_and_disabled_are_told_apart(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let on = fixtures.credential("on");
    let mut off = fixtures.credential("off");
    off.enabled = false;
    add(store, &[&on, &off]).await;
    for (enabled, expected) in [
        (Some(true), vec!["on"]),
        (Some(false), vec!["off"]),
        (None, vec!["off", "on"]),
    ] {
        let query = CredentialQuery {
            enabled,
            ..everything()
        };
        assert_eq!(names(store, &query).await, expected);
    }
}

/// Key and value; a filter without labels finds nothing.
pub async fn every_label_of_a_filter_is_needed(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let one = labelled(&fixtures, "one", &[("team", "a"), ("env", "test")]);
    let two = labelled(&fixtures, "two", &[("team", "a")]);
    let three = labelled(&fixtures, "three", &[("team", "b"), ("env", "test")]);
    let four = labelled(&fixtures, "four", &[("env", "a"), ("a", "team")]);
    let five = fixtures.credential("five");
    add(store, &[&one, &two, &three, &four, &five]).await;
    for (pairs, expected) in [
        (&[("team", "a")][..], vec!["one", "two"]),
        (&[("team", "a"), ("env", "test")], vec!["one"]),
        (&[("team", "A")], vec![]),
        (&[("team", "a"), ("env", "prod")], vec![]),
        (&[], vec![]),
    ] {
        let query = CredentialQuery {
            labels: Some(selector(pairs)),
            ..everything()
        };
        assert_eq!(names(store, &query).await, expected, "{pairs:?}");
    }
}

/// Each selector needs all its labels, and one selector is enough.
pub async fn visibility_by_ids_and_by_labels_adds_up(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let one = labelled(&fixtures, "one", &[("team", "a"), ("env", "test")]);
    let two = labelled(&fixtures, "two", &[("team", "a")]);
    let three = labelled(&fixtures, "three", &[("team", "b")]);
    let four = fixtures.credential("four");
    add(store, &[&one, &two, &three, &four]).await;
    let ids = |wanted: &[&Credential]| -> BTreeSet<ObjectId> {
        wanted.iter().map(|it| ObjectId::from(it.id)).collect()
    };
    let both = selector(&[("team", "a"), ("env", "test")]);
    let none = LabelSelector(Labels::default());
    for (ids, selectors, expected) in [
        (ids(&[&four]), vec![], vec!["four"]),
        (ids(&[&four, &one]), vec![], vec!["four", "one"]),
        (
            ids(&[]),
            vec![selector(&[("team", "a")])],
            vec!["one", "two"],
        ),
        (ids(&[]), vec![both.clone()], vec!["one"]),
        (
            ids(&[&four]),
            vec![both, selector(&[("team", "b")])],
            vec!["four", "one", "three"],
        ),
        (ids(&[]), vec![none.clone()], vec![]),
        (ids(&[&two]), vec![none], vec!["two"]),
    ] {
        let query = CredentialQuery {
            visibility: Visibility::Some { ids, selectors },
            ..everything()
        };
        assert_eq!(names(store, &query).await, expected, "{query:?}");
    }
}

/// Neither with a search nor with a filter.
pub async fn visibility_of_nothing_shows_nothing(store: &dyn Store) {
    let fixtures = Fixtures::default();
    add(store, &[&labelled(&fixtures, "one", &[("team", "a")])]).await;
    let nothing = CredentialQuery {
        visibility: Visibility::Some {
            ids: BTreeSet::new(),
            selectors: Vec::new(),
        },
        ..everything()
    };
    assert!(names(store, &nothing).await.is_empty());
    let narrowed = CredentialQuery {
        part: Some("one".to_owned()),
        labels: Some(selector(&[("team", "a")])),
        ..nothing
    };
    assert!(names(store, &narrowed).await.is_empty());
}

/// All of them at once, over several pages.
pub async fn filters_hold_on_every_page(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let mut expected = Vec::new();
    for number in 0..24 {
        let team = if number % 2 == 0 { "a" } else { "b" };
        let mut credential = labelled(&fixtures, &format!("c{number:02}"), &[("team", team)]);
        credential.enabled = number % 3 == 0;
        if number % 4 == 0 {
            credential.settings.client_id = "found".try_into().unwrap();
        }
        add(store, &[&credential]).await;
        if number % 12 == 0 {
            expected.push(credential);
        }
    }
    let query = CredentialQuery {
        part: Some("found".to_owned()),
        enabled: Some(true),
        labels: Some(selector(&[("team", "a")])),
        visibility: Visibility::Some {
            ids: BTreeSet::new(),
            selectors: vec![selector(&[("team", "a")]), selector(&[("team", "b")])],
        },
        page: first(1),
        ..everything()
    };
    assert_eq!(all_pages(store, &query).await, expected);
}
