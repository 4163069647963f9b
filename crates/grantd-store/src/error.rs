//! What can go wrong in a store.

use grantd_model::ErrorKind;

/// Which unique value is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The name, compared without regard to case.
    Name,
    /// The slug.
    Slug,
    /// The user name, compared without regard to case.
    UserName,
    /// A host.
    Host,
}

/// Why the store did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A unique value belongs to another row.
    #[error("the {} is taken", match .0 { Taken::Name => "name", Taken::Slug => "slug", Taken::UserName => "user name", Taken::Host => "host" })]
    Taken(Taken),
    /// The row is gone or has another revision than expected.
    #[error("the revision is not the current one")]
    Stale,
    /// No space is left for the database.
    #[error("the disk that holds the database is full")]
    Full,
    /// The database can not be written.
    #[error("the database is read-only")]
    ReadOnly,
    /// Another writer held the database for too long.
    #[error("the database is busy")]
    Busy,
    /// The database was written by a newer version of grantd.
    #[error(
        "the database has schema version {found}, this grantd knows {known} at most; start the newer \
         version that wrote it, or put the copy from before the migration in its place, \
         grantd.db.schema-N"
    )]
    Newer {
        /// The version in the database.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A migration that was applied differs from the one in this program.
    #[error("migration {version} of the database is not the one that this grantd knows")]
    ForeignMigration {
        /// Which one.
        version: i64,
    },
    /// A row does not hold what it should.
    #[error("{table} holds a value that can not be read: {detail}")]
    Corrupt {
        /// In which table.
        table: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// Anything else the database says.
    #[error("the database failed: {0}")]
    Database(String),
}

impl StoreError {
    /// What callers act on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Taken(_) => ErrorKind::Conflict,
            Self::Stale => ErrorKind::Stale,
            _ => ErrorKind::StoreFailed,
        }
    }
}
