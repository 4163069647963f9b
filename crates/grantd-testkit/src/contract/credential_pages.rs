//! Order, and paging that neither loses nor repeats a row.

use grantd_model::{Credential, Timestamp};
use grantd_store::{CredentialQuery, CredentialSort, ListedCredential, Store};

use super::{add, all_pages, behind, everything, first};
use crate::fixtures::Fixtures;

const SORTS: [CredentialSort; 6] = [
    CredentialSort::Name,
    CredentialSort::Created,
    CredentialSort::Updated,
    CredentialSort::Attention,
    CredentialSort::LastUsed,
    CredentialSort::SecretEnd,
];

/// Seven credentials whose order differs by name, by creation and by update; times repeat.
fn seven() -> Vec<Credential> {
    let fixtures = Fixtures::default();
    [
        ("delta", 1, 30),
        ("Alpha", 1, 20),
        ("\u{e4}pfel", 2, 20),
        ("alpha 2", 2, 20),
        ("Zeta", 2, 10),
        ("beta", 3, 30),
        ("\u{4e2d}\u{6587}", 4, 20),
    ]
    .into_iter()
    .map(|(name, created, updated)| {
        let mut credential = fixtures.credential(name);
        credential.created.at = Timestamp::from_seconds(created);
        credential.updated.at = Timestamp::from_seconds(updated);
        credential
    })
    .collect()
}

fn sorted(
    all: &[Credential],
    sort: CredentialSort,
    descending: bool,
    limit: u32,
) -> (CredentialQuery, Vec<Credential>) {
    let mut expected = all.to_vec();
    let now = everything().now;
    expected.sort_by_key(|credential| sort.position(&unused(credential), now));
    if descending {
        expected.reverse();
    }
    let query = CredentialQuery {
        sort,
        descending,
        page: first(limit),
        ..everything()
    };
    (query, expected)
}

fn unused(credential: &Credential) -> ListedCredential {
    ListedCredential {
        credential: credential.clone(),
        health: None,
        last_used_at: None,
    }
}

/// From one row a page to more than there are.
pub async fn every_order_is_kept_at_every_page_size(store: &dyn Store) {
    let all = seven();
    add(store, &all.iter().collect::<Vec<_>>()).await;
    for sort in SORTS {
        for descending in [false, true] {
            for limit in 1..=8 {
                let (query, expected) = sorted(&all, sort, descending, limit);
                let found = all_pages(store, &query).await;
                assert_eq!(found, expected, "{sort:?} {descending} {limit}");
            }
        }
    }
    let (query, _) = sorted(&all, CredentialSort::Name, false, 7);
    let mut unit = store.read().await.unwrap();
    let page = unit.credentials().page(&query).await.unwrap();
    assert_eq!(
        page.next, None,
        "nothing is behind a last page that is full"
    );
}

/// Where all rows have one value, their ids decide.
pub async fn equal_values_are_neither_lost_nor_repeated(store: &dyn Store) {
    let mut all = seven();
    for credential in &mut all {
        credential.created.at = Timestamp::from_seconds(5);
        credential.updated.at = Timestamp::from_seconds(5);
    }
    add(store, &all.iter().collect::<Vec<_>>()).await;
    for sort in SORTS {
        for descending in [false, true] {
            let (query, expected) = sorted(&all, sort, descending, 2);
            assert_eq!(all_pages(store, &query).await, expected, "{sort:?}");
        }
    }
}

/// Between two pages, rows are added and removed before, behind and at the border.
pub async fn rows_that_come_and_go_move_no_other(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let all = ["b", "d", "f", "h", "j"].map(|name| fixtures.credential(name));
    add(store, &all.each_ref()).await;
    let query = CredentialQuery {
        page: first(2),
        ..everything()
    };
    let mut unit = store.read().await.unwrap();
    let page = unit.credentials().page(&query).await.unwrap();
    drop(unit);
    assert_eq!(listed(&page.items), ["b", "d"]);

    let mut unit = store.write().await.unwrap();
    let mut credentials = unit.credentials();
    for name in ["a", "c", "e", "k"] {
        let credential = fixtures.credential(name);
        credentials.insert(&credential).await.unwrap();
    }
    for gone in [&all[0], &all[2]] {
        let done = credentials.delete(gone.id, gone.revision).await;
        done.unwrap();
    }
    drop(credentials);
    unit.commit().await.unwrap();

    let query = CredentialQuery {
        page: behind(page.next.unwrap(), 2),
        ..query
    };
    let rest = all_pages(store, &query).await;
    assert_eq!(names(&rest), ["e", "h", "j", "k"]);
}

/// The next page begins where it was.
pub async fn the_row_behind_which_a_page_begins_may_go(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let all = ["a", "b", "c", "d"].map(|name| fixtures.credential(name));
    add(store, &all.each_ref()).await;
    for descending in [false, true] {
        let query = CredentialQuery {
            descending,
            page: first(2),
            ..everything()
        };
        let mut unit = store.write().await.unwrap();
        let page = unit.credentials().page(&query).await.unwrap();
        let last = page.items.last().unwrap();
        let last = &last.credential;
        let done = unit.credentials().delete(last.id, last.revision).await;
        done.unwrap();
        let query = CredentialQuery {
            page: behind(page.next.unwrap(), 2),
            ..query
        };
        let rest = unit.credentials().page(&query).await.unwrap();
        let expected = if descending { ["b", "a"] } else { ["c", "d"] };
        assert_eq!(listed(&rest.items), expected);
        assert_eq!(rest.next, None);
        // dropped: the next round begins with all four
    }
}

fn names(credentials: &[Credential]) -> Vec<&str> {
    credentials
        .iter()
        .map(|credential| credential.settings.name.as_str())
        .collect()
}

fn listed(credentials: &[ListedCredential]) -> Vec<&str> {
    let names = credentials.iter();
    names
        .map(|listed| listed.credential.settings.name.as_str())
        .collect()
}
