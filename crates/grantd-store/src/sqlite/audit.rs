//! The audit log.

use async_trait::async_trait;
use grantd_model::{AuditAction, AuditEntry, ObjectId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::audit_chain;
use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{AuditQuery, AuditReader, AuditRow, ChainState, Page, Position, SortValue, StoreError};

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

    async fn chain(&mut self) -> Result<Option<ChainState>, StoreError> {
        audit_chain::state(self).await
    }

    async fn rows(&mut self, after: i64, most: u32) -> Result<Vec<AuditRow>, StoreError> {
        audit_chain::rows(self, after, most).await
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
