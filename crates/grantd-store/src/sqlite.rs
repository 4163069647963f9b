//! The embedded back end: one SQLite file in WAL mode, one writer, readers beside it.

mod alerts;
mod audit;
mod audit_chain;
mod channels;
mod consumers;
mod copy;
mod credential_page;
mod credential_rows;
mod credentials;
mod faults;
mod history;
mod installation;
mod keys;
mod known_head;
mod listeners;
mod look;
mod mail;
mod mail_writer;
mod migrations;
mod room;
mod sealed;
mod sessions;
mod sources;
mod unit;
mod users;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::Clock;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Sqlite};
use tokio::sync::Mutex;

use crate::{ReadUnit, Store, StoreError, WriteUnit};
pub use copy::{Inspected, inspect, open_copy};
pub use look::SchemaVersions;

use faults::fault;
use known_head::KnownHead;
use unit::{SqliteRead, SqliteWrite};

/// How many readers there are beside the writer.
const READERS: u32 = 4;

/// How long a statement waits for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes the write lock at once, so that no transaction fails half-way for want of it.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// A store in one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: Pool<Sqlite>,
    readers: Pool<Sqlite>,
    path: Arc<Path>,
    /// Whoever copies the database has it.
    copying: Arc<Mutex<()>>,
    head: Arc<KnownHead>,
}

impl SqliteStore {
    /// Opens the file, makes it if it is absent, and brings its schema up to date; before an older
    /// schema is touched, a copy of the file is made beside it.
    ///
    /// # Errors
    /// When the file is no database, belongs to a newer grantd, or the system refuses.
    pub async fn open(path: &Path, clock: &dyn Clock) -> Result<Self, StoreError> {
        copy::remove_left_over(path)?;
        room::remove_left_over(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(fault)?;
        migrations::migrate(&writer, path, clock).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
            .await
            .map_err(fault)?;
        Ok(Self {
            writer,
            readers,
            path: Arc::from(path),
            copying: Arc::default(),
            head: Arc::default(),
        })
    }

    /// Writes what is open to the main file and closes all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn read(&self) -> Result<Box<dyn ReadUnit>, StoreError> {
        Ok(Box::new(SqliteRead(
            self.readers.begin().await.map_err(fault)?,
        )))
    }

    async fn write(&self) -> Result<Box<dyn WriteUnit>, StoreError> {
        let begun = match self.writer.begin_with(BEGIN).await {
            Err(error) if is_broken(&error) => {
                // SQLite ends a transaction by itself when the disk is full or fails, and the
                // connection then still counts one as open: it is of no use any more
                tracing::warn!(%error, "the writing connection is replaced");
                let connection = self.writer.acquire().await.map_err(fault)?;
                connection.close().await.map_err(fault)?;
                self.writer.begin_with(BEGIN).await
            }
            begun => begun,
        };
        let begun = begun.map_err(fault)?;
        Ok(Box::new(SqliteWrite::new(begun, Arc::clone(&self.head))))
    }

    async fn probe(&self) -> Result<(), StoreError> {
        // a number that nothing reads: SQLite writes its page all the same
        let written = sqlx::raw_sql("PRAGMA user_version = 0").execute(&self.writer);
        written.await.map_err(fault)?;
        let path = Arc::clone(&self.path);
        let tried = tokio::task::spawn_blocking(move || room::try_room(&path)).await;
        tried.map_err(|error| StoreError::Database(error.to_string()))?
    }
}

/// Whether it is the connection that is at fault, neither the database nor another writer.
fn is_broken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_none() && !matches!(error, sqlx::Error::PoolTimedOut)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test looks at the files")]
mod tests {
    use grantd_model::Timestamp;

    use super::*;
    use crate::Installation;

    struct Midnight;

    impl Clock for Midnight {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }

        fn since_boot(&self) -> Duration {
            Duration::ZERO
        }
    }

    #[tokio::test]
    async fn every_connection_is_set_up_for_durable_commits_and_whole_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grantd.db");
        let store = SqliteStore::open(&path, &Midnight).await.unwrap();
        for (pool, query_only) in [(&store.writer, 0), (&store.readers, 1)] {
            for (pragma, expected) in [
                ("PRAGMA synchronous", 2),
                ("PRAGMA foreign_keys", 1),
                ("PRAGMA busy_timeout", 5000),
                ("PRAGMA query_only", query_only),
            ] {
                let value: i64 = sqlx::query_scalar(pragma).fetch_one(pool).await.unwrap();
                assert_eq!(value, expected, "{pragma}");
            }
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_over_when_there_is_space_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grantd.db");
        let store = SqliteStore::open(&path, &Midnight).await.unwrap();
        let pages = |most: u32| {
            let pool = store.writer.clone();
            async move {
                let statement = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {most}"));
                sqlx::raw_sql(statement).execute(&pool).await.unwrap();
            }
        };
        pages(1).await;
        let mut installation = Installation {
            id: "x".repeat(100_000),
            created_at: Timestamp::from_micros(0),
            keyring_check: grantd_model::Sealed::from_bytes(vec![0]),
            audit_key: None,
        };
        let mut unit = store.write().await.unwrap();
        let inserted = unit.installation().insert(&installation).await;
        let full = match inserted {
            Ok(()) => unit.commit().await,
            Err(error) => {
                drop(unit);
                Err(error)
            }
        };
        assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
        store.probe().await.unwrap();
        pages(1_000_000).await;
        installation.id = "fits".to_owned();
        let mut unit = store.write().await.unwrap();
        unit.installation().insert(&installation).await.unwrap();
        unit.commit().await.unwrap();
        let kept = store.read().await.unwrap().installation().get().await;
        assert_eq!(kept.unwrap(), Some(installation));
    }

    #[tokio::test]
    async fn a_probe_writes_to_the_disk_and_tells_where_that_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grantd.db");
        let store = SqliteStore::open(&path, &Midnight).await.unwrap();
        let checkpoint = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)");
        checkpoint.execute(&store.writer).await.unwrap();
        let log = folder.path().join("grantd.db-wal");
        assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
        store.probe().await.unwrap();
        assert!(
            std::fs::metadata(&log).unwrap().len() > 0,
            "nothing was written"
        );
        let read_only = sqlx::raw_sql("PRAGMA query_only = ON");
        read_only.execute(&store.writer).await.unwrap();
        assert!(store.probe().await.is_err());
        assert!(!folder.path().join("grantd.db.probe").exists());
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_does_not_end_the_writing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grantd.db");
        let store = SqliteStore::open(&path, &Midnight).await.unwrap();
        let mut transaction = store.writer.begin_with(BEGIN).await.unwrap();
        // as SQLite does when the disk fails or is full
        let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *transaction).await;
        ended.unwrap();
        drop(transaction);
        for _ in 0..2 {
            let unit = store.write().await.unwrap();
            unit.commit().await.unwrap();
        }
    }
}
