//! Looks at a database without changing anything, beside a grantd that runs or without one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use grantd_model::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::faults::fault;
use super::{BUSY_TIMEOUT, SqliteStore, migrations};
use crate::StoreError;

/// Which schema a database has, and which one this program makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaVersions {
    /// That of the database.
    pub found: i64,
    /// That of this program.
    pub known: i64,
}

impl SqliteStore {
    /// Opens a file to look at it: nothing is made, changed or brought up to date, and writing fails.
    ///
    /// # Errors
    /// When there is no such file, it is no database, or the system refuses.
    pub async fn open_to_look(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            // one that was closed is read without making side files
            .immutable(!has_log(path))
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .map_err(fault)?;
        Ok(Self {
            writer: pool.clone(),
            readers: pool,
            path: Arc::from(path),
            copying: Arc::default(),
            head: Arc::default(),
        })
    }

    /// Which schema it has.
    ///
    /// # Errors
    /// When it is no database of grantd, or can not be read.
    pub async fn schema(&self) -> Result<SchemaVersions, StoreError> {
        let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_migration")
            .fetch_one(&self.readers)
            .await
            .map_err(fault)?;
        Ok(SchemaVersions {
            found: row.try_get(0).map_err(fault)?,
            known: migrations::known(),
        })
    }

    /// When something was last recorded in it.
    ///
    /// # Errors
    /// When it can not be read.
    pub async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query(
            "SELECT MAX(at) FROM (
                 SELECT at FROM (SELECT at FROM audit_entry ORDER BY seq DESC LIMIT 1000)
                 UNION ALL
                 SELECT at FROM (SELECT at FROM token_event ORDER BY seq DESC LIMIT 1000)
             )",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(fault)?;
        let at: Option<i64> = row.try_get(0).map_err(fault)?;
        Ok(at.map(Timestamp::from_micros))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether there is a log is seen by its file"
)]
fn has_log(path: &Path) -> bool {
    let log = PathBuf::from(format!("{}-wal", path.display()));
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test looks at the files")]
mod tests {
    use std::time::Duration;

    use grantd_model::{Clock, Timestamp};

    use super::*;
    use crate::Store;

    struct Midnight;

    impl Clock for Midnight {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }

        fn since_boot(&self) -> Duration {
            Duration::ZERO
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn it_is_read_beside_a_writer_and_alone_and_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grantd.db");
        let writer = SqliteStore::open(&path, &Midnight).await.unwrap();
        for beside in [true, false] {
            if !beside {
                writer.close().await;
            }
            let before = names(folder.path());
            let look = SqliteStore::open_to_look(&path).await.unwrap();
            let versions = look.schema().await.unwrap();
            assert_eq!(versions.found, versions.known);
            assert_eq!(look.newest().await.unwrap(), None);
            let kept = look.read().await.unwrap().installation().get().await;
            assert_eq!(kept.unwrap(), None);
            assert!(look.probe().await.is_err(), "it can be written to");
            look.close().await;
            assert_eq!(names(folder.path()), before);
        }
        let absent = folder.path().join("absent.db");
        assert!(SqliteStore::open_to_look(&absent).await.is_err());
        assert_eq!(names(folder.path()), ["grantd.db"]);
    }
}
