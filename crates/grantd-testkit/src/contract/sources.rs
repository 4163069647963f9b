//! Secret sources that an admin added.

use grantd_model::secret_reference::SourceName;
use grantd_model::{
    Credential, Revision, SecretList, SecretReference, SecretValue, Source, Timestamp,
};
use grantd_store::{CredentialQuery, Store, StoreError, Taken};

use super::{add, everything, names};
use crate::fixtures::Fixtures;

async fn put(store: &dyn Store, sources: &[&Source]) {
    let mut unit = store.write().await.unwrap();
    for source in sources {
        unit.sources().insert(source).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn found(store: &dyn Store, name: &SourceName) -> Option<Source> {
    let mut unit = store.read().await.unwrap();
    unit.sources().by_name(name).await.unwrap()
}

fn reference(source: &SourceName, path: &str) -> SecretValue {
    SecretValue::External(SecretReference {
        source: source.clone(),
        path: path.to_owned(),
        key: Some("/secret".to_owned()),
        version: None,
    })
}

/// With a sealed secret, with one elsewhere, with none, and after a change.
pub async fn a_source_comes_back_as_it_was_put(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let sealed = fixtures.vault_source("vault");
    let mut elsewhere = fixtures.vault_source("another");
    elsewhere.secret.as_mut().unwrap().value = reference(&sealed.name, "grantd/login");
    let without = Source {
        secret: None,
        secret_counter: 0,
        ..fixtures.https_source("service")
    };
    put(store, &[&sealed, &elsewhere, &without]).await;
    for source in [&sealed, &elsewhere, &without] {
        assert_eq!(found(store, &source.name).await.as_ref(), Some(source));
    }
    let mut changed = Source {
        revision: Revision(2),
        ..without.clone()
    };
    "Changed".clone_into(&mut changed.settings.description);
    changed.updated.at = Timestamp::from_seconds(1_800_000_000);
    changed.secret.clone_from(&sealed.secret);
    changed.secret_counter = 1;
    let mut unit = store.write().await.unwrap();
    unit.sources().update(&changed, Revision(1)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(found(store, &without.name).await, Some(changed));
    let mut unit = store.read().await.unwrap();
    let all = unit.sources().all().await.unwrap();
    let all: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(all, ["another", "service", "vault"]);
}

/// Names are unique, revisions are expected.
pub async fn what_a_source_may_not_is_refused(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let source = fixtures.vault_source("vault");
    put(store, &[&source]).await;
    let mut unit = store.write().await.unwrap();
    let taken = unit.sources().insert(&fixtures.vault_source("vault")).await;
    assert!(
        matches!(taken, Err(StoreError::Taken(Taken::Name))),
        "{taken:?}"
    );
    let stale = unit.sources().update(&source, Revision(7)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let stale = unit.sources().delete(source.id, Revision(7)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    unit.sources()
        .delete(source.id, source.revision)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    assert_eq!(found(store, &source.name).await, None);
}

/// Be it by the current secret or by the next one.
pub async fn credentials_of_a_source_are_found(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let source = fixtures.vault_source("vault");
    put(store, &[&source]).await;
    let with = |credential: Credential, change: &dyn Fn(&mut SecretList)| {
        let mut secrets = credential.authentication.secret().clone();
        change(&mut secrets);
        Credential {
            authentication: credential.authentication.method().with_secret(secrets),
            ..credential
        }
    };
    let by_secret = with(fixtures.credential("by secret"), &|secrets| {
        secrets.current.value = reference(&source.name, "apps/one");
    });
    let by_next = with(fixtures.credential("by next"), &|secrets| {
        let mut next = secrets.current.clone();
        next.version += 1;
        next.value = reference(&source.name, "apps/two");
        secrets.next.push(next);
    });
    let by_other = with(fixtures.credential("by other"), &|secrets| {
        let other = SourceName::try_from("vault-2").unwrap();
        secrets.current.value = reference(&other, "apps/one");
    });
    let by_none = fixtures.credential("by none");
    add(store, &[&by_secret, &by_next, &by_other, &by_none]).await;
    let query = CredentialQuery {
        source: Some(source.name),
        ..everything()
    };
    assert_eq!(names(store, &query).await, ["by next", "by secret"]);
}
