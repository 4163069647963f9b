//! The contract on SQLite, and what only SQLite has: a file that can be busy, foreign or broken.

mod file;
mod killed;
mod large;
mod schema;
mod snapshot;
mod tamper;

use std::path::PathBuf;
use std::sync::Arc;

use grantd_store::SqliteStore;
use grantd_testkit::TestClock;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, SqlSafeStr};
use tempfile::TempDir;

mod contract {
    grantd_testkit::store_contract!(super::super::open);
}

async fn open() -> (TempDir, Arc<SqliteStore>) {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(&folder).await;
    (folder, Arc::new(store))
}

async fn open_in(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(&path(folder), &TestClock::default())
        .await
        .unwrap()
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("grantd.db")
}

/// A connection of its own to the file, as another program would have it.
async fn raw(folder: &TempDir) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path(folder))
        .connect()
        .await
        .unwrap()
}

async fn run(connection: &mut SqliteConnection, statement: impl SqlSafeStr) {
    sqlx::raw_sql(statement).execute(connection).await.unwrap();
}
