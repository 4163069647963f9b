//! What goes in comes out, field by field.

use grantd_model::{AuthenticationMethod, BasicEncoding, Provider, ScopeSetting};
use grantd_store::Store;

use super::{add, everything, stored};
use crate::fixtures::Fixtures;

/// By id, by slug and in a list.
pub async fn a_full_one_comes_back(store: &dyn Store) {
    let credential = Fixtures::default().full_credential("B\u{fc}ro \u{4e2d}\u{6587} \u{1f4ec}");
    add(store, &[&credential]).await;
    assert_eq!(
        stored(store, credential.id).await.as_ref(),
        Some(&credential)
    );
    let mut unit = store.read().await.unwrap();
    let found = unit.credentials().by_slug(&credential.slug).await.unwrap();
    assert_eq!(found.as_ref(), Some(&credential));
    let page = unit.credentials().page(&everything()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].credential, credential);
    assert_eq!(page.next, None);
}

/// Without scope, too.
pub async fn a_minimal_one_comes_back(store: &dyn Store) {
    let mut credential = Fixtures::default().credential("a");
    credential.settings.scope = ScopeSetting::NotTaken;
    add(store, &[&credential]).await;
    assert_eq!(stored(store, credential.id).await, Some(credential));
}

/// Each value of each closed list.
pub async fn every_method_and_provider_comes_back(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let methods = [
        AuthenticationMethod::ClientSecretBasic(BasicEncoding::Percent),
        AuthenticationMethod::ClientSecretBasic(BasicEncoding::Raw),
        AuthenticationMethod::ClientSecretPost,
    ];
    let providers = [
        Provider::Generic,
        Provider::Entra,
        Provider::Adfs,
        Provider::Okta,
        Provider::Auth0,
        Provider::Google,
    ];
    for (number, provider) in providers.into_iter().enumerate() {
        let mut credential = fixtures.credential(&format!("c{number}"));
        credential.settings.provider = provider;
        let secrets = credential.authentication.clone().into_secret();
        credential.authentication = methods[number % methods.len()].with_secret(secrets);
        add(store, &[&credential]).await;
        assert_eq!(stored(store, credential.id).await, Some(credential));
    }
}

/// Labels, secrets, parameters and headers of several credentials on one page.
pub async fn parts_stay_with_their_credential(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let all = [
        fixtures.full_credential("a"),
        fixtures.credential("b"),
        fixtures.full_credential("c"),
    ];
    add(store, &all.each_ref()).await;
    let mut unit = store.read().await.unwrap();
    let page = unit.credentials().page(&everything()).await.unwrap();
    let found: Vec<_> = page.items.into_iter().map(|it| it.credential).collect();
    assert_eq!(found, all);
}

/// By id and by slug.
pub async fn what_is_not_there_is_none(store: &dyn Store) {
    let credential = Fixtures::default().credential("a");
    let mut unit = store.read().await.unwrap();
    let by_slug = unit.credentials().by_slug(&credential.slug).await.unwrap();
    assert_eq!(by_slug, None);
    let by_id = unit.credentials().by_id(credential.id).await.unwrap();
    assert_eq!(by_id, None);
    let page = unit.credentials().page(&everything()).await.unwrap();
    assert_eq!((page.items, page.next), (Vec::new(), None));
}
