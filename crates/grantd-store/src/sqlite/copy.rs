//! Copies the database while everything goes on, and looks into copies.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where the database is copied into a file"
)]

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Pool, Sqlite};

use super::faults::fault;
use super::unit::SqliteRead;
use super::{BUSY_TIMEOUT, SqliteStore, migrations};
use crate::backup::{KeyInUse, Snapshot, SnapshotFacts, Snapshots};
use crate::seal::AuditLink;
use crate::{ReadUnit, StoreError};

/// How much is read at once for the digest, in bytes.
const PIECE: usize = 256 * 1024;

#[async_trait]
impl Snapshots for SqliteStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let turn = self.copying.lock().await;
        let copy = copy_path(&self.path);
        let made = vacuum_into(&self.path, &copy).await;
        let file = match made {
            Ok(()) => File::open(&copy).map_err(|error| unread(&copy, &error)),
            Err(error) => Err(error),
        };
        let facts = match &file {
            Ok(_) => look_into(&copy).await,
            Err(_) => Err(StoreError::Full),
        };
        // from here on it is reached by the open file alone, and gone with it
        let removed = remove(&copy);
        drop(turn);
        let (file, facts) = (file?, facts?);
        removed?;
        let (file, bytes, sha256) = tokio::task::spawn_blocking(move || digest(file))
            .await
            .map_err(|error| StoreError::Database(error.to_string()))?
            .map_err(|error| unread(&copy, &error))?;
        Ok(Snapshot {
            facts,
            bytes,
            sha256,
            content: Box::new(file),
        })
    }
}

/// Removes the copy that a process left that was killed.
///
/// # Errors
/// When the system refuses.
pub(super) fn remove_left_over(database: &Path) -> Result<(), StoreError> {
    remove(&copy_path(database))
}

fn copy_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".copy");
    PathBuf::from(name)
}

/// Copies a database into a file for its owner alone, in the place of one that an earlier try left.
///
/// # Errors
/// When there is no room, or the database can not be read.
pub(super) async fn vacuum_into(database: &Path, copy: &Path) -> Result<(), StoreError> {
    remove(copy)?;
    // made for its owner alone: SQLite fills a file that is there and empty
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(copy);
    made.map_err(|error| unread(copy, &error))?;
    let options = SqliteConnectOptions::new()
        .filename(database)
        .busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await.map_err(fault)?;
    let path = copy.display().to_string().replace('\'', "''");
    let done = sqlx::raw_sql(AssertSqlSafe(format!("VACUUM INTO '{path}'")))
        .execute(&mut connection)
        .await
        .map_err(fault);
    connection.close().await.map_err(fault)?;
    done.map(drop)
}

async fn look_into(copy: &Path) -> Result<SnapshotFacts, StoreError> {
    facts(open_copy(copy).await?.as_mut()).await
}

/// A connection that changes nothing, to a file that nobody else changes.
async fn read_only(path: &Path) -> Result<Pool<Sqlite>, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true);
    let pool = SqlitePoolOptions::new().max_connections(1);
    pool.connect_with(options).await.map_err(fault)
}

async fn facts(unit: &mut dyn ReadUnit) -> Result<SnapshotFacts, StoreError> {
    let installation = unit.installation().get().await?;
    let keys = unit.sealed().by_key().await?;
    let chain = unit.audit().chain().await?;
    Ok(SnapshotFacts {
        installation: installation.map(|it| it.id).unwrap_or_default(),
        keys: keys
            .into_iter()
            .map(|(id, values)| KeyInUse { id, values })
            .collect(),
        audit: chain.map_or(AuditLink::START, |state| state.head),
    })
}

/// What a file that a backup was unpacked into holds.
#[derive(Debug)]
pub struct Inspected {
    /// What it is of.
    pub facts: SnapshotFacts,
    /// The version of its schema.
    pub schema: i64,
    /// What SQLite finds wrong with it; empty where all is well.
    pub damage: Vec<String>,
}

/// Looks into a database file that nobody has open, without changing it.
///
/// # Errors
/// When it is no database of grantd, or one of a newer grantd.
pub async fn inspect(path: &Path) -> Result<Inspected, StoreError> {
    let pool = read_only(path).await?;
    let mut connection = pool.acquire().await.map_err(fault)?;
    let schema = migrations::version(&mut connection).await?;
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(20)")
        .fetch_all(&mut *connection)
        .await
        .map_err(fault)?;
    let damage = found.into_iter().filter(|line| line != "ok").collect();
    drop(connection);
    Ok(Inspected {
        facts: look_into(path).await?,
        schema,
        damage,
    })
}

/// Reads a database file that nobody has open, without changing it.
///
/// # Errors
/// When it can not be read.
pub async fn open_copy(path: &Path) -> Result<Box<dyn ReadUnit>, StoreError> {
    let pool = read_only(path).await?;
    Ok(Box::new(SqliteRead(pool.begin().await.map_err(fault)?)))
}

fn digest(mut file: File) -> std::io::Result<(File, u64, String)> {
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        context.update(piece.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    file.rewind()?;
    Ok((file, bytes, HEXLOWER.encode(context.finish().as_ref())))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unread(path, &error)),
        _ => Ok(()),
    }
}

fn unread(path: &Path, error: &std::io::Error) -> StoreError {
    if matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    ) {
        return StoreError::Full;
    }
    StoreError::Database(format!("the copy {}: {error}", path.display()))
}
