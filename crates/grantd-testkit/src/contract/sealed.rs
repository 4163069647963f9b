//! Sealed values wherever they are.

use std::collections::BTreeSet;

use grantd_model::{SecondFactor, Secret, Timestamp};
use grantd_store::seal::key_id;
use grantd_store::{Installation, SealedAt, Store};

use super::add;
use crate::fixtures::{Fixtures, anywhere, sealer};

/// Of every kind, under one key, and then under another.
pub async fn every_sealed_value_is_found_and_replaced(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (old, new) = (sealer(1, 0), sealer(2, 0));
    let (old_key, new_key) = (old.keys().id, new.keys().id);
    let (old_key, new_key) = (old_key.as_str(), new_key.as_str());
    let fresh = || new.seal(&anywhere(), &Secret::from("s")).unwrap();
    let full = fixtures.full_credential("full");
    let source = fixtures.vault_source("vault");
    let mut user = fixtures.user("ada");
    user.second_factor = Some(SecondFactor {
        secret: fixtures.sealed(),
        version: 1,
        confirmed_at: None,
        last_step: 0,
        recovery: Vec::new(),
    });
    add(store, &[&full, &fixtures.credential("plain")]).await;
    let mut unit = store.write().await.unwrap();
    unit.sources().insert(&source).await.unwrap();
    let consumer = fixtures.consumer("orders", &full);
    unit.consumers().insert(&consumer).await.unwrap();
    unit.channels()
        .insert(&fixtures.channel("ops"))
        .await
        .unwrap();
    unit.users().insert(&user).await.unwrap();
    let installation = Installation {
        id: "x".to_owned(),
        created_at: Timestamp::from_micros(0),
        keyring_check: fixtures.sealed(),
        audit_key: Some(fixtures.sealed()),
    };
    unit.installation().insert(&installation).await.unwrap();
    unit.commit().await.unwrap();

    let mut unit = store.write().await.unwrap();
    let counted = unit.sealed().by_key().await.unwrap();
    let all = unit.sealed().under_others("another", None, 100).await;
    let all = all.unwrap();
    assert_eq!(counted, [(old_key.to_owned(), all.len() as u64)]);
    let none = unit.sealed().under_others(old_key, None, 100).await;
    assert_eq!(none.unwrap(), []);
    // read on from any place, they are the same and in the same order
    for most in 1..4 {
        let (mut pages, mut after) = (Vec::new(), None::<SealedAt>);
        loop {
            let mut sealed = unit.sealed();
            let page = sealed.under_others("another", after.as_ref(), most).await;
            drop(sealed);
            let page = page.unwrap();
            let Some((last, _)) = page.last() else { break };
            assert!(page.len() <= most as usize);
            after = Some(last.clone());
            pages.extend(page);
        }
        assert_eq!(pages, all, "{most} at once");
    }
    assert!(all.is_sorted_by_key(|(at, _)| at));
    let kinds: BTreeSet<_> = all
        .iter()
        .map(|(at, _)| match at {
            SealedAt::Installation => "installation",
            SealedAt::AuditKey => "audit",
            SealedAt::Credential(..) => "credential",
            SealedAt::Parameter(_, place, _) if place == "header" => "header",
            SealedAt::Parameter(..) => "parameter",
            SealedAt::Field(..) => "field of a consumer",
            SealedAt::Source(_) => "source",
            SealedAt::Channel(_) => "channel",
            SealedAt::EarlierOfChannel(_) => "earlier secret of a channel",
            SealedAt::Factor(_) => "factor",
        })
        .collect();
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    let elsewhere = fixtures.sealed();
    for (at, before) in &all {
        // one that was changed meanwhile stays
        unit.sealed()
            .replace(at, &elsewhere, &fresh())
            .await
            .unwrap();
        assert_eq!(key_id(before), Some(old_key));
    }
    assert_eq!(unit.sealed().by_key().await.unwrap(), counted);
    for (at, before) in &all {
        unit.sealed().replace(at, before, &fresh()).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = store.read().await.unwrap();
    let counted = unit.sealed().by_key().await.unwrap();
    assert_eq!(counted, [(new_key.to_owned(), all.len() as u64)]);
    let check = unit
        .installation()
        .get()
        .await
        .unwrap()
        .unwrap()
        .keyring_check;
    assert_eq!(key_id(&check), Some(new_key));
}
