//! SQLite's result codes, as errors that callers act on.

use crate::{StoreError, Taken};

/// Primary result codes (sqlite.org/rescode.html).
const BUSY: u32 = 5;
const READONLY: u32 = 8;
const FULL: u32 = 13;
/// `SQLITE_CONSTRAINT_UNIQUE`.
const UNIQUE: u32 = 2067;

/// Turns what sqlx reports into what callers act on.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
pub(super) fn fault(error: sqlx::Error) -> StoreError {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StoreError::Busy;
    }
    let Some(database) = error.as_database_error() else {
        return StoreError::Database(error.to_string());
    };
    let code = database
        .code()
        .and_then(|code| code.parse::<u32>().ok())
        .unwrap_or(0);
    if code == UNIQUE {
        if database.message().contains("credential.name_folded") {
            return StoreError::Taken(Taken::Name);
        }
        if database.message().contains("credential.slug") {
            return StoreError::Taken(Taken::Slug);
        }
    }
    match code & 0xff {
        BUSY => StoreError::Busy,
        READONLY => StoreError::ReadOnly,
        FULL => StoreError::Full,
        _ => StoreError::Database(database.message().to_owned()),
    }
}

/// A row that does not hold what it should.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
pub(super) fn corrupt(table: &'static str, detail: impl ToString) -> StoreError {
    StoreError::Corrupt {
        table,
        detail: detail.to_string(),
    }
}
