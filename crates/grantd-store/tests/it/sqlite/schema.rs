//! Which schema the file has.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use grantd_model::{HourKind, Timestamp};
use grantd_store::{SqliteStore, Store, StoreError};
use grantd_testkit::TestClock;
use grantd_testkit::contract::{add, everything, names};
use grantd_testkit::fixtures::Fixtures;
use sqlx::{ConnectOptions, Connection, Row, SqlSafeStr};
use tempfile::TempDir;

use super::{open_in, path, raw, run};

/// Opens a new database, closes it, changes it by hand and opens it again.
async fn reopened(change: impl SqlSafeStr) -> (TempDir, Result<SqliteStore, StoreError>) {
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
    let applied: Vec<_> = (1..)
        .zip(committed().into_iter().map(|it| it.name))
        .collect();
    assert_eq!(migrations(&folder).await, applied);
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_versions() {
    let newest = i64::try_from(committed().len()).unwrap();
    let statement = format!(
        "INSERT INTO schema_migration VALUES ({}, 'later', 'x', 0), ({}, 'later still', 'x', 0)",
        newest + 1,
        newest + 2
    );
    let (folder, opened) = reopened(sqlx::AssertSqlSafe(statement)).await;
    let error = opened.err().unwrap();
    assert!(
        matches!(error, StoreError::Newer { found, known } if found > newest && known == newest),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.contains("start the newer version"), "{text}");
    assert_eq!(
        migrations(&folder).await.len(),
        committed().len() + 2,
        "it is left alone"
    );
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
    let mut connection = ConnectOptions::connect(&connection).await.unwrap();
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
        assert_eq!(migrations(&folder).await.len(), committed().len());
    }
}

#[tokio::test]
async fn each_older_database_is_copied_before_it_is_brought_up_to_date() {
    let all = committed().len();
    for version in 1..all {
        let folder = tempfile::tempdir().unwrap();
        older(&folder, version).await;
        let store = open_in(&folder).await;
        assert_eq!(migrations(&folder).await.len(), all, "from {version}");
        add(&store, &[&Fixtures::default().credential("a")]).await;
        let copy = folder.path().join(format!("grantd.db.schema-{version}"));
        let mut copy = sqlx::sqlite::SqliteConnectOptions::new().filename(copy);
        copy = copy.create_if_missing(false);
        let mut copy = ConnectOptions::connect(&copy).await.unwrap();
        let versions = sqlx::query("SELECT version FROM schema_migration").fetch_all(&mut copy);
        assert_eq!(
            versions.await.unwrap().len(),
            version,
            "the copy is of before"
        );
    }
}

#[tokio::test]
async fn what_was_counted_before_the_console_came_is_in_its_lists() {
    let folder = tempfile::tempdir().unwrap();
    older(&folder, 2).await;
    let id = Fixtures::default().credential("a").id;
    let before = format!(
        "INSERT INTO credential
             (id, slug, name, name_folded, description, owner, provider, client_id,
              client_id_folded, token_endpoint, method, advanced, enabled, revision,
              token_generation, secret_counter, created_at, created_by, updated_at, updated_by)
             VALUES ('{id}', 'a', 'a', 'a', '', '', '', 'a', 'a', 'https://a.test/token', '',
              '{{}}', 1, 1, 1, 1, 0, '{{}}', 0, '{{}}');
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

/// A migration as it is committed.
pub(super) struct Migration {
    name: String,
    sql: String,
}

/// All that are committed, in their order.
pub(super) fn committed() -> Vec<Migration> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let (_, name) = stem.split_once('_').unwrap();
        Migration {
            name: name.to_owned(),
            sql: std::fs::read_to_string(&path).unwrap(),
        }
    };
    paths.into_iter().map(read).collect()
}

/// Makes a database as an older grantd left it.
pub(super) async fn older(folder: &TempDir, version: usize) {
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path(folder))
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    let table = "CREATE TABLE schema_migration (
                     version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL,
                     sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";
    run(&mut connection, table).await;
    for (number, migration) in (1..).zip(committed()).take(version) {
        let digest = digest(&SHA256, migration.sql.as_bytes());
        let row = format!(
            "INSERT INTO schema_migration VALUES ({number}, '{}', '{}', 0)",
            migration.name,
            HEXLOWER.encode(digest.as_ref())
        );
        run(&mut connection, sqlx::AssertSqlSafe(migration.sql)).await;
        run(&mut connection, sqlx::AssertSqlSafe(row)).await;
    }
    connection.close().await.unwrap();
}
