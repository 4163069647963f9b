//! The file: how it is opened, and what is said of one that can not be.

use std::time::Duration;

use grantd_model::ErrorKind;
use grantd_store::{SqliteStore, Store, StoreError};
use grantd_testkit::TestClock;
use grantd_testkit::contract::{add, everything, names};
use grantd_testkit::fixtures::Fixtures;
use sqlx::Row;

use super::{open, open_in, path, raw, run};

/// The fault of opening what is at the path of the database.
async fn refused(folder: &tempfile::TempDir) -> StoreError {
    let opened = SqliteStore::open(&path(folder), &TestClock::default()).await;
    opened.err().unwrap()
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening() {
    let folder = tempfile::tempdir().unwrap();
    let credential = Fixtures::default().full_credential("kept");
    let store = open_in(&folder).await;
    add(&store, &[&credential]).await;
    store.close().await;
    let wal = path(&folder).with_extension("db-wal");
    assert!(!wal.exists(), "closing leaves one file");
    let store = open_in(&folder).await;
    assert_eq!(names(&store, &everything()).await, ["kept"]);
}

#[tokio::test]
async fn the_journal_is_a_write_ahead_log_and_the_tables_are_sound() {
    let (folder, store) = open().await;
    add(store.as_ref(), &[&Fixtures::default().full_credential("a")]).await;
    let mut connection = raw(&folder).await;
    for (pragma, expected) in [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA integrity_check", "ok"),
    ] {
        let row = sqlx::query(pragma)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.get::<String, _>(0), expected, "{pragma}");
    }
    let astray = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(astray.is_empty());
    let loose = "SELECT count(*) FROM pragma_table_list
                 WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND NOT strict";
    let loose = sqlx::query(loose).fetch_one(&mut connection).await.unwrap();
    assert_eq!(loose.get::<i64, _>(0), 0, "every table is STRICT");
}

#[tokio::test]
async fn a_writer_of_another_process_is_waited_for_and_then_told() {
    let (folder, store) = open().await;
    let other = open_in(&folder).await;
    let held = store.write().await.unwrap();
    let since = tokio::time::Instant::now();
    let error = other.write().await.err().unwrap();
    assert!(matches!(error, StoreError::Busy), "{error}");
    assert_eq!(error.kind(), ErrorKind::StoreFailed);
    let waited = since.elapsed();
    assert!(
        (Duration::from_secs(4)..Duration::from_secs(10)).contains(&waited),
        "{waited:?}"
    );
    // readers are not held up, and neither is the next writer once the lock is gone
    assert!(names(&other, &everything()).await.is_empty());
    drop(held);
    let unit = other.write().await.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn a_writer_that_finds_the_lock_gone_in_time_goes_on() {
    let (folder, store) = open().await;
    let other = open_in(&folder).await;
    let held = store.write().await.unwrap();
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(held);
    };
    let (unit, ()) = tokio::join!(other.write(), release);
    unit.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = "this is a letter, not a database\n".repeat(100);
    std::fs::write(path(&folder), &text).unwrap();
    let error = refused(&folder).await;
    assert_eq!(
        error.to_string(),
        "the database failed: file is not a database"
    );
    assert_eq!(std::fs::read_to_string(path(&folder)).unwrap(), text);
}

#[tokio::test]
async fn a_folder_in_the_place_of_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(path(&folder)).unwrap();
    let error = refused(&folder).await;
    assert_eq!(
        error.to_string(),
        "the database failed: unable to open database file"
    );
}

#[tokio::test]
async fn a_file_in_a_folder_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing").join("grantd.db");
    let opened = SqliteStore::open(&missing, &TestClock::default()).await;
    assert!(matches!(opened, Err(StoreError::Database(_))));
    assert!(!missing.parent().unwrap().exists(), "no folder is made");
}

#[tokio::test]
async fn a_row_that_does_not_hold_what_it_should_is_told_with_its_table() {
    let (folder, store) = open().await;
    add(store.as_ref(), &[&Fixtures::default().full_credential("a")]).await;
    let mut connection = raw(&folder).await;
    for (statement, table) in [
        (
            "UPDATE credential SET token_endpoint = 'nowhere'",
            "credential",
        ),
        (
            "UPDATE credential SET token_endpoint = 'https://a.example/', advanced = '{}'",
            "credential",
        ),
        ("UPDATE credential_label SET value = ''", "credential_label"),
    ] {
        run(&mut connection, statement).await;
        let mut unit = store.read().await.unwrap();
        let error = unit.credentials().page(&everything()).await.unwrap_err();
        let StoreError::Corrupt { table: named, .. } = error else {
            panic!("{statement}: {error}");
        };
        assert_eq!(named, table, "{statement}");
    }
}
