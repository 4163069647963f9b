//! The audit log.

use async_trait::async_trait;
use grantd_model::{AuditAction, AuditEntry, ObjectId, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{AuditQuery, AuditReader, AuditWriter, Page, Position, SortValue, StoreError};

const TABLE: &str = "audit_entry";

#[async_trait]
impl AuditReader for Repository<'_> {
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        let limit = query.page.limit;
        let rows = sqlx::query(
            "SELECT id, at, actor, action, object, object_name, detail FROM audit_entry
             WHERE (?1 IS NULL OR object = ?1) AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR seq < (SELECT seq FROM audit_entry WHERE id = ?3))
             ORDER BY seq DESC LIMIT ?4",
        )
        .bind(query.object.as_ref().map(ToString::to_string))
        .bind(query.action.map(AuditAction::name))
        .bind(query.page.after.as_ref().map(|position| position.id.clone()))
        .bind(i64::from(limit) + 1)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let entries = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(entries, limit, |entry| Position {
            value: SortValue::Micros(entry.at.as_micros()),
            id: entry.id.to_string(),
        }))
    }
}

#[async_trait]
impl AuditWriter for Repository<'_> {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let json = |error: serde_json::Error| corrupt(TABLE, error);
        sqlx::query(
            "INSERT INTO audit_entry (id, at, actor, action, object, object_name, detail)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(entry.id.to_string())
        .bind(entry.at.as_micros())
        .bind(serde_json::to_string(&entry.actor).map_err(json)?)
        .bind(entry.action.name())
        .bind(entry.object.as_str())
        .bind(&entry.object_name)
        .bind(serde_json::to_string(&entry.detail).map_err(json)?)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }
}

fn from_row(row: &SqliteRow) -> Result<AuditEntry, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    Ok(AuditEntry {
        id: text("id")?.parse().map_err(|error| corrupt(TABLE, error))?,
        at: Timestamp::from_micros(row.try_get("at").map_err(fault)?),
        actor: serde_json::from_str(&text("actor")?).map_err(|error| corrupt(TABLE, error))?,
        action: AuditAction::try_from(text("action")?).map_err(|error| corrupt(TABLE, error))?,
        object: ObjectId::try_from(text("object")?).map_err(|error| corrupt(TABLE, error))?,
        object_name: text("object_name")?,
        detail: serde_json::from_str(&text("detail")?).map_err(|error| corrupt(TABLE, error))?,
    })
}
