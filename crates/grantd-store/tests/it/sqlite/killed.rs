//! A migration that is killed as `kill -9` does: the next start finds the schema of before or a later one, whole,
//! and goes on.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use grantd_store::SqliteStore;
use grantd_testkit::TestClock;
use sqlx::{AssertSqlSafe, Row};

use super::schema::{committed, older};
use super::{open_in, path, raw, run};

/// Names the database that a child of a test opens.
const OPENS: &str = "GRANTD_TEST_OPENS";

/// Enough for a migration to take a while.
const ROWS: u32 = 20_000;

/// The part of the child, which is killed at it; without a database to open there is nothing to do.
#[tokio::test]
async fn a_child_opens_what_it_is_told_to() {
    if let Some(path) = std::env::var_os(OPENS) {
        let path = PathBuf::from(path);
        SqliteStore::open(&path, &TestClock::default())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_migration_that_is_killed_is_done_by_the_next_start() {
    let kills = std::env::var("GRANTD_KILLS").ok();
    let kills: u64 = kills.and_then(|text| text.parse().ok()).unwrap_or(20);
    let whole = i64::try_from(committed().len()).unwrap();
    let (mut struck, mut between) = (0, 0);
    let original = tempfile::tempdir().unwrap();
    older(&original, 2).await;
    let events = format!(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {ROWS})
         INSERT INTO token_event
             (id, at, credential_id, cause, actor, duration, lifetime, same, class)
             SELECT n, n * 1000000, 'c', 'demand', '{{}}', 0, 1, 0, NULL FROM number;
         WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {ROWS})
         INSERT INTO audit_entry (id, at, actor, action, object, object_name, detail)
             SELECT n, n, '{{}}', 'key.create', 'o', 'o', '[]' FROM number;
         PRAGMA wal_checkpoint(TRUNCATE)"
    );
    run(&mut raw(&original).await, AssertSqlSafe(events)).await;
    for round in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(path(&original), path(&folder)).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sqlite::killed::a_child_opens_what_it_is_told_to",
            ])
            .env(OPENS, path(&folder))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_micros(5_000 + round * 7_919_003 % 500_000)).await;
        let was_running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        let versions = "SELECT count(*) FROM schema_migration";
        let before: i64 = sqlx::query_scalar(versions)
            .fetch_one(&mut raw(&folder).await)
            .await
            .unwrap();
        assert!((2..=whole).contains(&before), "round {round}: {before}");
        struck += u64::from(was_running && before < whole);
        between += u64::from(before > 2 && before < whole);
        let store = open_in(&folder).await;
        let mut connection = raw(&folder).await;
        for (statement, expected) in [
            (versions, whole),
            ("SELECT count(*) FROM token_event", i64::from(ROWS)),
            ("SELECT count(*) FROM audit_entry", i64::from(ROWS)),
            (
                "SELECT sum(count) FROM hour_count WHERE kind = 'issued'",
                i64::from(ROWS),
            ),
        ] {
            let row = sqlx::query(statement)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(row.get::<i64, _>(0), expected, "round {round}: {statement}");
        }
        let check: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(check, "ok", "round {round}");
        store.close().await;
    }
    eprintln!(
        "{kills} kills, {struck} of them before the schema was up to date, {between} in between"
    );
    assert!(struck > 0, "no kill struck the work");
}
