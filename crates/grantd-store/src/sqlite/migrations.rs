//! Brings the schema up to date. Migrations are append-only; each is one transaction.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use grantd_model::Clock;
use sqlx::{Pool, Row, Sqlite, SqliteConnection};

use super::copy;
use super::faults::fault;
use crate::{StoreError, whole_file};

/// All migrations in order; the position, from 1, is the version.
const MIGRATIONS: &[(&str, &str)] = &[
    (
        "initial",
        include_str!("../../migrations/sqlite/0001_initial.sql"),
    ),
    (
        "history",
        include_str!("../../migrations/sqlite/0002_history.sql"),
    ),
    (
        "console",
        include_str!("../../migrations/sqlite/0003_console.sql"),
    ),
    (
        "mail",
        include_str!("../../migrations/sqlite/0004_mail.sql"),
    ),
    (
        "sources",
        include_str!("../../migrations/sqlite/0005_sources.sql"),
    ),
    (
        "audit_chain",
        include_str!("../../migrations/sqlite/0006_audit_chain.sql"),
    ),
    (
        "alerts",
        include_str!("../../migrations/sqlite/0007_alerts.sql"),
    ),
    (
        "alert_receivers",
        include_str!("../../migrations/sqlite/0008_alert_receivers.sql"),
    ),
    (
        "consumers",
        include_str!("../../migrations/sqlite/0009_consumers.sql"),
    ),
];

/// The version that all of them make.
pub(super) fn known() -> i64 {
    count(MIGRATIONS.len())
}

/// Applies what is missing.
pub(super) async fn migrate(
    pool: &Pool<Sqlite>,
    path: &Path,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS schema_migration (
             version    INTEGER NOT NULL PRIMARY KEY,
             name       TEXT    NOT NULL,
             sha256     TEXT    NOT NULL,
             applied_at INTEGER NOT NULL
         ) STRICT",
    )
    .execute(pool)
    .await
    .map_err(fault)?;
    let mut connection = pool.acquire().await.map_err(fault)?;
    let found = version(&mut connection).await?;
    drop(connection);
    let known = count(MIGRATIONS.len());
    if found > 0 && found < known {
        copy_before(path, found).await?;
    }
    for (index, (name, sql)) in MIGRATIONS.iter().enumerate() {
        let version = count(index) + 1;
        if version > found {
            apply(pool, version, name, sql, clock).await?;
        }
    }
    Ok(())
}

/// The version of the schema, of which each migration is known.
///
/// # Errors
/// When it is of a newer grantd, or a migration is another one; when it is no database of grantd.
pub(super) async fn version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let applied = sqlx::query("SELECT version, sha256 FROM schema_migration ORDER BY version")
        .fetch_all(connection)
        .await
        .map_err(fault)?;
    let known = count(MIGRATIONS.len());
    let mut found = 0;
    for row in &applied {
        found = row.try_get::<i64, _>(0).map_err(fault)?;
        let sha256: String = row.try_get(1).map_err(fault)?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        let expected = usize::try_from(found.saturating_sub(1))
            .ok()
            .and_then(|index| MIGRATIONS.get(index));
        if expected.is_none_or(|(_, sql)| checksum(sql) != sha256) {
            return Err(StoreError::ForeignMigration { version: found });
        }
    }
    Ok(found)
}

async fn apply(
    pool: &Pool<Sqlite>,
    version: i64,
    name: &str,
    sql: &'static str,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(fault)?;
    // another process may have applied it since the versions were read
    let done = sqlx::query("SELECT 1 FROM schema_migration WHERE version = ?")
        .bind(version)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(fault)?;
    if done.is_some() {
        return transaction.rollback().await.map_err(fault);
    }
    sqlx::raw_sql(sql)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    sqlx::query(
        "INSERT INTO schema_migration (version, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
    )
    .bind(version)
    .bind(name)
    .bind(checksum(sql))
    .bind(clock.now().as_micros())
    .execute(&mut *transaction)
    .await
    .map_err(fault)?;
    transaction.commit().await.map_err(fault)
}

/// Copies the database beside itself, as `<file>.schema-<version>`, before its schema changes.
async fn copy_before(path: &Path, version: i64) -> Result<(), StoreError> {
    let kept = PathBuf::from(format!("{}.schema-{version}", path.display()));
    let fresh = PathBuf::from(format!("{}.schema-{version}.new", path.display()));
    copy::vacuum_into(path, &fresh).await?;
    sync(&fresh)
        .and_then(|()| whole_file::put_over(&fresh, &kept))
        .map_err(|error| {
            StoreError::Database(format!(
                "the copy {} before the migration: {error}",
                kept.display()
            ))
        })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the copy before a migration is a file"
)]
fn sync(path: &Path) -> std::io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}

fn checksum(sql: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, sql.as_bytes()).as_ref())
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
