//! Copies of a database that is in use, and what is seen in them.

use std::io::Read;

use grantd_model::AuditAction;
use grantd_store::backup::{Snapshot, Snapshots};
use grantd_store::{Store, StoreError, inspect, open_copy};
use grantd_testkit::contract::{add, everything, names};
use grantd_testkit::fixtures::{Fixtures, audit_chain, sealer};

use super::{open, open_in, path, raw, run};

fn content(mut snapshot: Snapshot) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot.content.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, snapshot.bytes);
    bytes
}

#[tokio::test]
async fn a_copy_holds_what_was_committed_and_nothing_of_an_open_unit() {
    let (folder, store) = open().await;
    let fixtures = Fixtures::default();
    add(store.as_ref(), &[&fixtures.full_credential("kept")]).await;
    let mut unit = store.write().await.unwrap();
    let entry = fixtures.entry(AuditAction::KeyCreate, fixtures.key("key").id);
    unit.installation()
        .insert(&fixtures.installation())
        .await
        .unwrap();
    unit.audit().append(&entry, &audit_chain(1)).await.unwrap();
    unit.commit().await.unwrap();
    // a writer at work holds nothing up
    let mut open_unit = store.write().await.unwrap();
    let half = fixtures.full_credential("half");
    open_unit.credentials().insert(&half).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    open_unit.commit().await.unwrap();

    assert_eq!(snapshot.facts.audit.seq, 1);
    let key = sealer(1, 0).keys().id;
    assert_eq!(snapshot.facts.keys[0].id, key);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"");
    assert_eq!(snapshot.sha256.len(), 2 * digest.as_ref().len());
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(path(&elsewhere), content(snapshot)).unwrap();
    let inspected = inspect(&path(&elsewhere)).await.unwrap();
    assert_eq!(inspected.damage, Vec::<String>::new());
    let mut copy = open_copy(&path(&elsewhere)).await.unwrap();
    assert!(copy.installation().get().await.unwrap().is_some());
    drop(copy);
    assert_eq!(
        names(&open_in(&elsewhere).await, &everything()).await,
        ["kept"]
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(
        left.len(),
        3,
        "the database and its side files alone: {left:?}"
    );
}

#[tokio::test]
async fn two_copies_at_once_are_both_whole_and_what_a_killed_one_left_goes() {
    let (folder, store) = open().await;
    add(
        store.as_ref(),
        &[&Fixtures::default().full_credential("kept")],
    )
    .await;
    let (one, two) = tokio::join!(store.snapshot(), store.snapshot());
    assert_eq!(content(one.unwrap()), content(two.unwrap()));
    let left_over = folder.path().join("grantd.db.copy");
    std::fs::write(&left_over, "half of a copy").unwrap();
    assert!(store.snapshot().await.is_ok());
    assert!(!left_over.exists());
    std::fs::write(&left_over, "half of a copy").unwrap();
    store.close().await;
    open_in(&folder).await;
    assert!(!left_over.exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_of_grantd_or_of_a_newer_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        path(&folder),
        "no database at all, but long enough to have been one",
    )
    .unwrap();
    let error = inspect(&path(&folder)).await.unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
    std::fs::remove_file(path(&folder)).unwrap();
    open_in(&folder).await.close().await;
    let mut connection = raw(&folder).await;
    run(
        &mut connection,
        "INSERT INTO schema_migration VALUES (999, 'later', '00', 0); PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .await;
    let error = inspect(&path(&folder)).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 999, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn damage_inside_is_found() {
    let (_folder, store) = open().await;
    add(
        store.as_ref(),
        &[&Fixtures::default().full_credential("kept")],
    )
    .await;
    let mut bytes = content(store.snapshot().await.unwrap());
    let middle = bytes.len() / 2;
    for byte in bytes.iter_mut().skip(middle).take(6000) {
        *byte ^= 0x55;
    }
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(path(&elsewhere), bytes).unwrap();
    match inspect(&path(&elsewhere)).await {
        Ok(inspected) => assert_ne!(inspected.damage, Vec::<String>::new()),
        Err(error) => assert!(error.to_string().contains("malformed"), "{error}"),
    }
}
