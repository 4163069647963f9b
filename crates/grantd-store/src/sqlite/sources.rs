//! Secret sources that an admin added.

use async_trait::async_trait;
use grantd_model::secret_reference::SourceName;
use grantd_model::{
    Change, Invalid, Revision, Sealed, SecretEntry, SecretValue, Source, SourceDraft, SourceId,
    Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{SourceReader, SourceWriter, StoreError};

const TABLE: &str = "secret_source";

#[async_trait]
impl SourceReader for Repository<'_> {
    async fn by_name(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        let row = sqlx::query("SELECT * FROM secret_source WHERE name = ?")
            .bind(name.as_str())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(from_row).transpose()
    }

    async fn all(&mut self) -> Result<Vec<Source>, StoreError> {
        let rows = sqlx::query("SELECT * FROM secret_source ORDER BY name")
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter().map(from_row).collect()
    }
}

#[async_trait]
impl SourceWriter for Repository<'_> {
    async fn insert(&mut self, source: &Source) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new(
            "INSERT INTO secret_source (settings, secret_version, secret_sealed, secret_reference, \
             secret_set_at, secret_set_by, secret_counter, revision, updated_at, updated_by, id, name, \
             created_at, created_by) VALUES (",
        );
        push_values(&mut sql, source)?;
        sql.push(", ").push_bind(source.id.to_string());
        sql.push(", ").push_bind(source.name.to_string());
        sql.push(", ").push_bind(source.created.at.as_micros());
        sql.push(", ").push_bind(json(&source.created.by)?);
        sql.push(")");
        sql.build().execute(&mut *self.0).await.map_err(fault)?;
        Ok(())
    }

    async fn update(&mut self, source: &Source, expected: Revision) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new(
            "UPDATE secret_source SET (settings, secret_version, secret_sealed, secret_reference, \
             secret_set_at, secret_set_by, secret_counter, revision, updated_at, updated_by) = (",
        );
        push_values(&mut sql, source)?;
        sql.push(") WHERE id = ").push_bind(source.id.to_string());
        sql.push(" AND revision = ").push_bind(signed(expected));
        let done = sql.build().execute(&mut *self.0).await.map_err(fault)?;
        one_row(done.rows_affected())
    }

    async fn delete(&mut self, id: SourceId, expected: Revision) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM secret_source WHERE id = ? AND revision = ?")
            .bind(id.to_string())
            .bind(signed(expected))
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        one_row(done.rows_affected())
    }
}

/// What an update replaces, in the order of the statements.
fn push_values(sql: &mut QueryBuilder<Sqlite>, source: &Source) -> Result<(), StoreError> {
    let secret = source.secret.as_ref();
    let (sealed, reference) = match secret.map(|entry| &entry.value) {
        None => (None, None),
        Some(SecretValue::Internal(sealed)) => (Some(sealed.as_bytes().to_vec()), None),
        Some(SecretValue::External(reference)) => (None, Some(json(reference)?)),
    };
    let set_by = secret.map(|entry| json(&entry.set.by)).transpose()?;
    sql.push_bind(json(&SourceDraft::of(&source.settings))?);
    sql.push(", ")
        .push_bind(secret.map(|entry| i64::from(entry.version)));
    sql.push(", ").push_bind(sealed);
    sql.push(", ").push_bind(reference);
    sql.push(", ")
        .push_bind(secret.map(|entry| entry.set.at.as_micros()));
    sql.push(", ").push_bind(set_by);
    sql.push(", ").push_bind(i64::from(source.secret_counter));
    sql.push(", ").push_bind(signed(source.revision));
    sql.push(", ").push_bind(source.updated.at.as_micros());
    sql.push(", ").push_bind(json(&source.updated.by)?);
    Ok(())
}

const fn one_row(affected: u64) -> Result<(), StoreError> {
    if affected == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

fn signed(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(TABLE, error))
}

fn from_row(row: &SqliteRow) -> Result<Source, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let wrong = |error: Invalid| corrupt(TABLE, error);
    let change = |at: &str, by: &str| {
        Ok::<_, StoreError>(Change {
            at: Timestamp::from_micros(number(at)?),
            by: serde_json::from_str(&text(by)?).map_err(|error| corrupt(TABLE, error))?,
        })
    };
    let draft: SourceDraft =
        serde_json::from_str(&text("settings")?).map_err(|error| corrupt(TABLE, error))?;
    let settings = draft.parse().map_err(|faults| {
        let first = faults.first().map(ToString::to_string);
        corrupt(TABLE, first.unwrap_or_default())
    })?;
    let version: Option<i64> = row.try_get("secret_version").map_err(fault)?;
    let sealed: Option<Vec<u8>> = row.try_get("secret_sealed").map_err(fault)?;
    let secret = match version {
        None => None,
        Some(version) => Some(SecretEntry {
            version: u32::try_from(version).map_err(|error| corrupt(TABLE, error))?,
            value: match sealed {
                Some(sealed) => SecretValue::Internal(Sealed::from_bytes(sealed)),
                None => SecretValue::External(
                    serde_json::from_str(&text("secret_reference")?)
                        .map_err(|error| corrupt(TABLE, error))?,
                ),
            },
            set: change("secret_set_at", "secret_set_by")?,
            last_used_at: None,
        }),
    };
    Ok(Source {
        id: text("id")?.parse().map_err(wrong)?,
        name: SourceName::try_from(text("name")?.as_str()).map_err(wrong)?,
        revision: Revision(u64::try_from(number("revision")?).unwrap_or(0)),
        settings,
        secret,
        secret_counter: u32::try_from(number("secret_counter")?)
            .map_err(|error| corrupt(TABLE, error))?,
        created: change("created_at", "created_by")?,
        updated: change("updated_at", "updated_by")?,
    })
}
