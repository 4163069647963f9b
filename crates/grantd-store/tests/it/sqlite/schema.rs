//! Which schema the file has.

use grantd_model::{HourKind, Timestamp};
use grantd_store::{SqliteStore, Store, StoreError};
use grantd_testkit::TestClock;
use grantd_testkit::contract::{add, everything, names};
use grantd_testkit::fixtures::Fixtures;
use sqlx::Row;
use tempfile::TempDir;

use super::{open_in, path, raw, run};

/// Opens a new database, closes it, changes it by hand and opens it again.
async fn reopened(change: &'static str) -> (TempDir, Result<SqliteStore, StoreError>) {
    let folder = tempfile::tempdir().unwrap();
    open_in(&folder).await.close().await;
    run(&mut raw(&folder).await, change).await;
    let opened = SqliteStore::open(&path(&folder), &TestClock::default()).await;
    (folder, opened)
}

async fn migrations(folder: &TempDir) -> Vec<(i64, String)> {
    sqlx::query("SELECT version, name FROM schema_migration ORDER BY version")
        .fetch_all(&mut raw(folder).await)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect()
}

#[tokio::test]
async fn an_opened_database_is_not_migrated_again() {
    let (folder, opened) = reopened("SELECT 1").await;
    opened.unwrap();
    let applied = [
        (1, "initial".to_owned()),
        (2, "history".to_owned()),
        (3, "console".to_owned()),
        (4, "mail".to_owned()),
        (5, "sources".to_owned()),
    ];
    assert_eq!(migrations(&folder).await, applied);
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_versions() {
    let (folder, opened) = reopened(
        "INSERT INTO schema_migration VALUES (6, 'later', 'x', 0), (7, 'later still', 'x', 0)",
    )
    .await;
    let error = opened.err().unwrap();
    assert!(
        matches!(error, StoreError::Newer { found, known: 5 } if found > 5),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.contains("start the newer version"), "{text}");
    assert_eq!(migrations(&folder).await.len(), 7, "it is left alone");
}

#[tokio::test]
async fn another_text_of_a_migration_is_refused() {
    let (_folder, opened) = reopened("UPDATE schema_migration SET sha256 = 'x'").await;
    let error = opened.err().unwrap();
    assert!(
        matches!(error, StoreError::ForeignMigration { version: 1 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_version_that_never_was_is_refused() {
    let (_folder, opened) =
        reopened("UPDATE schema_migration SET version = 0 WHERE version = 1").await;
    let error = opened.err().unwrap();
    assert!(
        matches!(error, StoreError::ForeignMigration { version: 0 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_foreign_file_with_tables_of_the_same_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path(&folder))
        .create_if_missing(true);
    connection = connection.foreign_keys(false);
    let mut connection = sqlx::ConnectOptions::connect(&connection).await.unwrap();
    run(&mut connection, "CREATE TABLE credential (mine TEXT)").await;
    let opened = SqliteStore::open(&path(&folder), &TestClock::default()).await;
    let error = opened.err().unwrap();
    assert!(
        error.to_string().contains("credential already exists"),
        "{error}"
    );
    let mine = sqlx::query("SELECT mine FROM credential")
        .fetch_all(&mut connection)
        .await;
    assert!(mine.unwrap().is_empty(), "it is left alone");
    let half = sqlx::query("SELECT * FROM installation")
        .fetch_all(&mut connection)
        .await;
    assert!(half.is_err(), "a migration is applied whole or not at all");
}

#[tokio::test]
async fn two_that_open_a_new_file_at_once_make_one_schema() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let (path, clock) = (path(&folder), TestClock::default());
        let (one, two) = tokio::join!(
            SqliteStore::open(&path, &clock),
            SqliteStore::open(&path, &clock)
        );
        // SQLite does not wait for the lock while the journal is set up: one may have to try again
        let mut stores = Vec::new();
        for opened in [one, two] {
            match opened {
                Ok(store) => stores.push(store),
                Err(StoreError::Busy) => stores.push(open_in(&folder).await),
                Err(error) => panic!("{error}"),
            }
        }
        add(&stores[0], &[&Fixtures::default().credential("a")]).await;
        assert_eq!(names(&stores[1], &everything()).await, ["a"]);
        assert_eq!(migrations(&folder).await.len(), 5);
    }
}

#[tokio::test]
async fn an_older_database_is_copied_before_it_is_brought_up_to_date() {
    let (folder, opened) = reopened(
        "DROP INDEX credential_secret_by_source; DROP TABLE secret_source; DROP TABLE mail_pending; DROP TABLE mail_hour; DROP TABLE mail_letter; DROP TABLE mail_action; DROP TABLE mail_delivery;
         DROP TABLE mail_seen; DROP TABLE listener_state; DROP TABLE email_listener;
         DROP TABLE token_event; DROP TABLE credential_health; DROP TABLE token_usage;
         DROP TABLE console_session; DROP TABLE sign_in_link; DROP TABLE console_user;
         DROP TRIGGER credential_has_use; DROP TABLE credential_use; DROP TABLE hour_count;
         DROP INDEX credential_by_secret_end; DROP INDEX credential_by_standing;
         DROP INDEX audit_entry_by_actor; DROP INDEX audit_entry_by_time;
         DROP INDEX audit_entry_without_fetches; DROP INDEX audit_entry_by_object_without_fetches;
         DELETE FROM schema_migration WHERE version > 1",
    )
    .await;
    let store = opened.unwrap();
    assert_eq!(migrations(&folder).await.len(), 5);
    add(&store, &[&Fixtures::default().credential("a")]).await;
    let copy = folder.path().join("grantd.db.schema-1");
    let mut copy = sqlx::sqlite::SqliteConnectOptions::new().filename(copy);
    copy = copy.create_if_missing(false);
    let mut copy = sqlx::ConnectOptions::connect(&copy).await.unwrap();
    let versions = sqlx::query("SELECT version FROM schema_migration").fetch_all(&mut copy);
    assert_eq!(versions.await.unwrap().len(), 1, "the copy is of before");
    let later = sqlx::query("SELECT * FROM token_event").fetch_all(&mut copy);
    assert!(later.await.is_err(), "the copy is of before");
}

#[tokio::test]
async fn what_was_counted_before_the_console_came_is_in_its_lists() {
    let folder = tempfile::tempdir().unwrap();
    let credential = Fixtures::default().credential("a");
    let store = open_in(&folder).await;
    add(&store, &[&credential]).await;
    store.close().await;
    let id = credential.id;
    let before = format!(
        "DROP INDEX credential_secret_by_source; DROP TABLE secret_source; DROP TABLE mail_pending; DROP TABLE mail_hour; DROP TABLE mail_letter; DROP TABLE mail_action; DROP TABLE mail_delivery;
         DROP TABLE mail_seen; DROP TABLE listener_state; DROP TABLE email_listener;
         DROP TABLE console_session; DROP TABLE sign_in_link; DROP TABLE console_user;
         DROP TRIGGER credential_has_use; DROP TABLE credential_use; DROP TABLE hour_count;
         DROP INDEX credential_by_secret_end; DROP INDEX credential_by_standing;
         DROP INDEX audit_entry_by_actor; DROP INDEX audit_entry_by_time;
         DROP INDEX audit_entry_without_fetches; DROP INDEX audit_entry_by_object_without_fetches;
         DELETE FROM schema_migration WHERE version >= 3;
         INSERT INTO token_usage VALUES
             (7260000000, '{id}', '{{}}', 'handed_out', 5), (7320000000, '{id}', '{{}}', 'failed', 3),
             (7380000000, 'gone', '{{}}', 'handed_out', 2);
         INSERT INTO token_event
             (id, at, credential_id, cause, actor, duration, lifetime, same, class)
             VALUES ('1', 7200000000, '{id}', 'demand', '{{}}', 0, 1, 0, NULL),
                    ('2', 10799999999, '{id}', 'demand', '{{}}', 0, NULL, 0, 'timeout')"
    );
    run(&mut raw(&folder).await, sqlx::AssertSqlSafe(before)).await;
    let store = open_in(&folder).await;
    let mut unit = store.read().await.unwrap();
    let used = unit.credentials().last_used(&[id]).await.unwrap();
    assert_eq!(used, [(id, Timestamp::from_seconds(7260))]);
    let ever = (Timestamp::from_seconds(0), Timestamp::from_seconds(20_000));
    let hours = unit.history().hours(ever.0, ever.1).await.unwrap();
    let mut counts: Vec<(HourKind, u64)> =
        hours.into_iter().map(|it| (it.kind, it.count)).collect();
    counts.sort();
    let expected = [
        (HourKind::Issued, 1),
        (HourKind::Failed("timeout".to_owned()), 1),
        (HourKind::HandedOut, 7),
        (HourKind::Refused, 3),
    ];
    assert_eq!(counts, expected);
}
