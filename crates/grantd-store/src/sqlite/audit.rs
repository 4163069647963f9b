//! The audit log.

use async_trait::async_trait;
use grantd_model::{AuditAction, AuditEntry, ObjectId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{AuditQuery, AuditReader, AuditWriter, Page, Position, SortValue, StoreError};

const TABLE: &str = "audit_entry";

#[async_trait]
impl AuditReader for Repository<'_> {
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        let limit = query.page.limit;
        let rows = statement(query)
            .build()
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

/// Selects the rows of a page and one more. Each filter stands there only where it narrows, so that
/// its index is used.
fn statement(query: &AuditQuery) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(
        "SELECT id, at, actor, action, object, object_name, detail FROM audit_entry WHERE 1",
    );
    if query.without_fetches {
        // as the partial indexes say it, so that they are used
        sql.push(" AND action <> 'token.fetch'");
    }
    if let Some(object) = &query.object {
        sql.push(" AND object = ").push_bind(object.to_string());
    }
    if let Some(action) = query.action {
        sql.push(" AND action = ").push_bind(action.name());
    }
    if let Some(actor) = &query.actor {
        sql.push(" AND json_extract(actor, '$.id') = ")
            .push_bind(actor.clone());
    }
    if let Some(from) = query.from {
        sql.push(" AND at >= ").push_bind(from.as_micros());
    }
    if let Some(until) = query.until {
        sql.push(" AND at < ").push_bind(until.as_micros());
    }
    if let Some(after) = &query.page.after {
        sql.push(" AND seq < (SELECT seq FROM audit_entry WHERE id = ")
            .push_bind(after.id.clone())
            .push(")");
    }
    sql.push(" ORDER BY seq DESC LIMIT ")
        .push_bind(i64::from(query.page.limit) + 1);
    sql
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
