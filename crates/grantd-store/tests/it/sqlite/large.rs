//! Lists stay quick when there are many credentials.

use std::time::Duration;

use grantd_store::{CredentialQuery, CredentialSort, Store};
use grantd_testkit::contract::{all_pages, everything, first};
use grantd_testkit::fixtures::{Fixtures, labels, selector};
use tokio::time::Instant;

use super::open;

const MANY: usize = 10_000;

/// What no page may take, on any machine and without optimisation.
const BOUND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_page_of_ten_thousand_comes_in_time() {
    let (_folder, store) = open().await;
    let fixtures = Fixtures::default();
    let mut unit = store.write().await.unwrap();
    for number in 0..MANY {
        let mut credential = fixtures.credential(&format!("Credential {number:05}"));
        let team = format!("t{}", number % 100);
        credential.settings.labels = labels(&[("team", &team)]);
        unit.credentials().insert(&credential).await.unwrap();
    }
    unit.commit().await.unwrap();

    for sort in [
        CredentialSort::Name,
        CredentialSort::Created,
        CredentialSort::Updated,
        CredentialSort::Attention,
        CredentialSort::LastUsed,
        CredentialSort::SecretEnd,
    ] {
        for (query, expected) in [
            (everything(), 50),
            (
                CredentialQuery {
                    part: Some("09999".to_owned()),
                    ..everything()
                },
                1,
            ),
            (
                CredentialQuery {
                    labels: Some(selector(&[("team", "t7")])),
                    ..everything()
                },
                50,
            ),
        ] {
            let query = CredentialQuery {
                sort,
                page: first(50),
                ..query
            };
            let since = Instant::now();
            let mut unit = store.read().await.unwrap();
            let page = unit.credentials().page(&query).await.unwrap();
            let took = since.elapsed();
            assert_eq!(page.items.len(), expected);
            assert!(took < BOUND, "{took:?} for {query:?}");
        }
    }
    let query = CredentialQuery {
        descending: true,
        ..everything()
    };
    let all = all_pages(store.as_ref(), &query).await;
    assert_eq!(all.len(), MANY);
    assert_eq!(all[0].settings.name.as_str(), "Credential 09999");
}
