//! API keys.

use async_trait::async_trait;
use grantd_model::{ApiKey, Change, KeyId, Name, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{KeyReader, KeyWriter, Page, PageRequest, Position, SortValue, StoreError};

const TABLE: &str = "api_key";

#[async_trait]
impl KeyReader for Repository<'_> {
    async fn by_id(&mut self, id: KeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, secret_digest, grants, created_at, created_by, expires_at, revoked_at
             FROM api_key WHERE id = ?",
        )
        .bind(id.to_string())
        .fetch_optional(&mut *self.0)
        .await
        .map_err(fault)?;
        row.as_ref().map(from_row).transpose()
    }

    async fn page(&mut self, page: &PageRequest) -> Result<Page<ApiKey>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, secret_digest, grants, created_at, created_by, expires_at, revoked_at
             FROM api_key WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
        )
        .bind(page.after.as_ref().map(|position| position.id.clone()))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let keys = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(keys, page.limit, |key| Position {
            value: SortValue::Micros(key.created.at.as_micros()),
            id: key.id.to_string(),
        }))
    }
}

#[async_trait]
impl KeyWriter for Repository<'_> {
    async fn insert(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO api_key
             (id, name, secret_digest, grants, created_at, created_by, expires_at, revoked_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(key.id.to_string())
        .bind(key.name.as_str())
        .bind(key.secret_digest.as_slice())
        .bind(to_json(&key.grants)?)
        .bind(key.created.at.as_micros())
        .bind(to_json(&key.created.by)?)
        .bind(key.expires_at.map(Timestamp::as_micros))
        .bind(key.revoked_at.map(Timestamp::as_micros))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn revoke(&mut self, id: KeyId, at: Timestamp) -> Result<bool, StoreError> {
        let done =
            sqlx::query("UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
                .bind(at.as_micros())
                .bind(id.to_string())
                .execute(&mut *self.0)
                .await
                .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(TABLE, error))
}

fn from_row(row: &SqliteRow) -> Result<ApiKey, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let time = |name: &str| row.try_get::<Option<i64>, _>(name).map_err(fault);
    let digest: Vec<u8> = row.try_get("secret_digest").map_err(fault)?;
    Ok(ApiKey {
        id: text("id")?.parse().map_err(|error| corrupt(TABLE, error))?,
        name: Name::try_from(text("name")?).map_err(|error| corrupt(TABLE, error))?,
        secret_digest: digest
            .try_into()
            .map_err(|_| corrupt(TABLE, "a digest has another length"))?,
        grants: serde_json::from_str(&text("grants")?).map_err(|error| corrupt(TABLE, error))?,
        created: Change {
            at: Timestamp::from_micros(row.try_get("created_at").map_err(fault)?),
            by: serde_json::from_str(&text("created_by")?)
                .map_err(|error| corrupt(TABLE, error))?,
        },
        expires_at: time("expires_at")?.map(Timestamp::from_micros),
        revoked_at: time("revoked_at")?.map(Timestamp::from_micros),
    })
}
