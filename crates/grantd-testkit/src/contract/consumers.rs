//! HTTP consumers.

use grantd_model::{Consumer, ParameterValue, Revision, Slug};
use grantd_store::{ConsumerQuery, Store, StoreError, Taken};

use super::{add, first};
use crate::fixtures::{Fixtures, parameter};

/// A credential, and a consumer that uses it, both kept.
async fn kept(store: &dyn Store, name: &str) -> (Fixtures, Consumer) {
    let fixtures = Fixtures::default();
    let credential = fixtures.credential("caller");
    add(store, &[&credential]).await;
    let consumer = fixtures.consumer(name, &credential);
    put(store, &[&consumer]).await;
    (fixtures, consumer)
}

async fn put(store: &dyn Store, consumers: &[&Consumer]) {
    let mut unit = store.write().await.unwrap();
    for consumer in consumers {
        unit.consumers().insert(consumer).await.unwrap();
    }
    unit.commit().await.unwrap();
}

fn wanted(part: Option<&str>, limit: u32) -> ConsumerQuery {
    ConsumerQuery {
        part: part.map(str::to_owned),
        credential: None,
        page: first(limit),
    }
}

/// By id, by slug, by its host, and among all.
pub async fn a_consumer_comes_back_as_it_was_put(store: &dyn Store) {
    let (fixtures, one) = kept(store, "Orders").await;
    let credential = fixtures.credential("another");
    add(store, &[&credential]).await;
    let mut bare = fixtures.consumer("Bare", &credential);
    bare.fields = Vec::new();
    bare.settings.hosts = Vec::new();
    put(store, &[&bare]).await;
    let mut unit = store.read().await.unwrap();
    let mut consumers = unit.consumers();
    for expected in [&one, &bare] {
        let by_id = consumers.by_id(expected.id).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(expected));
        let by_slug = consumers.by_slug(&expected.slug).await.unwrap();
        assert_eq!(by_slug.as_ref(), Some(expected));
    }
    let host = &one.settings.hosts[0];
    assert_eq!(consumers.id_of_host(host).await.unwrap(), Some(one.id));
    let nobodys = &"nobody.example".try_into().unwrap();
    assert_eq!(consumers.id_of_host(nobodys).await.unwrap(), None);
    let none: &Slug = &"none".try_into().unwrap();
    assert_eq!(consumers.by_slug(none).await.unwrap(), None);
    let mut all = consumers.all().await.unwrap();
    all.sort_by_key(|it| it.id);
    assert_eq!(all, [one, bare]);
}

/// Header fields and hosts with it.
pub async fn an_update_replaces_all_but_slug_and_creation(store: &dyn Store) {
    let (fixtures, one) = kept(store, "Orders").await;
    let other = fixtures.credential("another");
    add(store, &[&other]).await;
    let another = fixtures.consumer("Renamed", &other);
    let mut settings = another.settings;
    settings.hosts = ["b.example", "a.example"]
        .map(|it| it.try_into().unwrap())
        .into();
    settings.replay_bytes = 0;
    let changed = Consumer {
        revision: Revision(2),
        secret_counter: 7,
        enabled: false,
        settings,
        fields: vec![
            parameter("accept", ParameterValue::Plain(String::new())),
            one.fields[0].clone(),
        ],
        updated: another.updated,
        ..one.clone()
    };
    let sent = Consumer {
        slug: "other".try_into().unwrap(),
        created: another.created,
        ..changed.clone()
    };
    let mut unit = store.write().await.unwrap();
    let update = unit.consumers().update(&sent, Revision(1)).await;
    update.unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let mut consumers = unit.consumers();
    let gone = consumers.id_of_host(&one.settings.hosts[0]).await;
    assert_eq!(gone.unwrap(), None);
    assert_eq!(consumers.all().await.unwrap(), [changed]);
}

/// Names without regard to case; by another one that is added or changed.
pub async fn names_slugs_and_hosts_of_consumers_are_taken(store: &dyn Store) {
    let (fixtures, one) = kept(store, "Büro").await;
    let credential = fixtures.credential("another");
    add(store, &[&credential]).await;
    let two = fixtures.consumer("Two", &credential);
    let three = fixtures.consumer("Three", &credential);
    put(store, &[&two]).await;
    let named = |it: &Consumer| {
        let mut it = it.clone();
        it.settings.name = "BÜRO".try_into().unwrap();
        it
    };
    let hosted = |it: &Consumer| {
        let mut it = it.clone();
        it.settings.hosts.push(one.settings.hosts[0].clone());
        it
    };
    let slugged = Consumer {
        slug: one.slug.clone(),
        ..three.clone()
    };
    for (expected, added, changed) in [
        (Taken::Name, named(&three), Some(named(&two))),
        // a slug never changes
        (Taken::Slug, slugged, None),
        (Taken::Host, hosted(&three), Some(hosted(&two))),
    ] {
        let mut unit = store.write().await.unwrap();
        let taken = unit.consumers().insert(&added).await.unwrap_err();
        drop(unit);
        let is_it = |taken: &StoreError| matches!(taken, StoreError::Taken(it) if *it == expected);
        assert!(is_it(&taken), "{taken:?}");
        if let Some(changed) = changed {
            let mut unit = store.write().await.unwrap();
            let taken = unit.consumers().update(&changed, Revision(1)).await;
            let taken = taken.unwrap_err();
            assert!(is_it(&taken), "{taken:?}");
        }
    }
    // its own are not
    let mut unit = store.write().await.unwrap();
    let update = unit.consumers().update(&two, Revision(1)).await;
    update.unwrap();
}

/// Name, slug and hosts; and its credential may go.
pub async fn what_a_consumer_leaves_is_free_again(store: &dyn Store) {
    let (_, one) = kept(store, "Orders").await;
    let mut unit = store.write().await.unwrap();
    unit.consumers().delete(one.id, Revision(1)).await.unwrap();
    unit.commit().await.unwrap();
    put(store, &[&one]).await;
    let mut unit = store.write().await.unwrap();
    unit.consumers().delete(one.id, Revision(1)).await.unwrap();
    let credential = one.settings.credential;
    let deleted = unit.credentials().delete(credential, Revision(1)).await;
    deleted.unwrap();
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    assert_eq!(unit.consumers().all().await.unwrap(), []);
    assert_eq!(unit.sealed().by_key().await.unwrap(), []);
}

/// So is its deletion.
pub async fn a_stale_change_of_a_consumer_is_refused(store: &dyn Store) {
    let (_, one) = kept(store, "Orders").await;
    let mut unit = store.write().await.unwrap();
    let stale = unit.consumers().update(&one, Revision(2)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let stale = unit.consumers().delete(one.id, Revision(2)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    unit.consumers().delete(one.id, Revision(1)).await.unwrap();
    let gone = unit.consumers().delete(one.id, Revision(1)).await;
    assert!(matches!(gone, Err(StoreError::Stale)), "{gone:?}");
}

/// Parts of name, slug and base URL; and those of one credential.
pub async fn consumers_are_paged_by_name_and_found_by_parts(store: &dyn Store) {
    let (fixtures, _) = kept(store, "b").await;
    let other = fixtures.credential("other");
    add(store, &[&other]).await;
    let mut c = fixtures.consumer("C orders", &other);
    c.settings.base_url = "https://shop.example.net/API".try_into().unwrap();
    let a = fixtures.consumer("a", &other);
    put(store, &[&c, &a]).await;
    let names = async |query: ConsumerQuery| {
        let mut unit = store.read().await.unwrap();
        let page = unit.consumers().page(&query).await.unwrap();
        let names = page.items.iter().map(|it| it.settings.name.to_string());
        (names.collect::<Vec<_>>(), page.next)
    };
    let (page, next) = names(wanted(None, 2)).await;
    assert_eq!(page, ["a", "b"]);
    let mut rest = wanted(None, 2);
    rest.page.after = next;
    assert_eq!(names(rest).await, (vec!["C orders".to_owned()], None));
    for (part, expected) in [
        ("c ORDERS", 1),
        ("c-orders", 1),
        ("example.NET/api", 1),
        ("api.example", 2),
        ("zz", 0),
    ] {
        let found = names(wanted(Some(part), 9)).await.0;
        assert_eq!(found.len(), expected, "{part}");
    }
    let mut of_other = wanted(None, 9);
    of_other.credential = Some(other.id);
    assert_eq!(names(of_other).await.0, ["a", "C orders"]);
}
