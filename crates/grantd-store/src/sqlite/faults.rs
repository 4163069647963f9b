//! SQLite's result codes, as errors that callers act on.

use crate::{StoreError, Taken};

/// Primary result codes (sqlite.org/rescode.html).
const BUSY: u32 = 5;
const READONLY: u32 = 8;
const FULL: u32 = 13;
/// `SQLITE_CONSTRAINT_UNIQUE`.
const UNIQUE: u32 = 2067;

/// Columns whose values are unique, and what is taken where one is there already.
const UNIQUE_COLUMNS: [(&str, Taken); 10] = [
    ("credential.name_folded", Taken::Name),
    ("credential.slug", Taken::Slug),
    ("email_listener.name_folded", Taken::Name),
    ("email_listener.slug", Taken::Slug),
    ("consumer.name_folded", Taken::Name),
    ("consumer.slug", Taken::Slug),
    ("consumer_host.host", Taken::Host),
    ("secret_source.name", Taken::Name),
    ("alert_channel.name", Taken::Name),
    ("console_user.name_folded", Taken::UserName),
];

/// Turns what sqlx reports into what callers act on.
pub(super) fn fault(error: sqlx::Error) -> StoreError {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StoreError::Busy;
    }
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy,
            error => StoreError::Database(error.to_string()),
        };
    };
    let code = database
        .code()
        .and_then(|code| code.parse::<u32>().ok())
        .unwrap_or(0);
    if code == UNIQUE {
        let mut columns = UNIQUE_COLUMNS.iter();
        if let Some((_, taken)) = columns.find(|(column, _)| database.message().contains(column)) {
            return StoreError::Taken(*taken);
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

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

    async fn fault_of(statements: &[&'static str]) -> StoreError {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for statement in statements {
            if let Err(error) = sqlx::raw_sql(*statement).execute(&mut connection).await {
                return fault(error);
            }
        }
        panic!("nothing failed");
    }

    #[tokio::test]
    async fn no_space_left_is_told_as_full() {
        let error = fault_of(&[
            "CREATE TABLE t (v)",
            "PRAGMA max_page_count = 3",
            "INSERT INTO t VALUES (randomblob(100000))",
        ])
        .await;
        assert!(matches!(error, StoreError::Full), "{error}");
    }

    #[tokio::test]
    async fn what_can_not_be_written_is_told_as_read_only() {
        let error = fault_of(&["PRAGMA query_only = ON", "CREATE TABLE t (v)"]).await;
        assert!(matches!(error, StoreError::ReadOnly), "{error}");
    }
}
