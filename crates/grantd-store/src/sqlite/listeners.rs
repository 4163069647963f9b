//! Email listeners.

use async_trait::async_trait;
use grantd_model::{
    Change, Invalid, Listener, ListenerDraft, ListenerId, Revision, Slug, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::repository::folded;
use crate::{ListenerQuery, ListenerReader, ListenerWriter, Page, Position, SortValue, StoreError};

const TABLE: &str = "email_listener";
const SELECT: &str = "SELECT id, slug, name, credential_id, settings, paused, revision, created_at, \
    created_by, updated_at, updated_by FROM email_listener";

#[async_trait]
impl ListenerReader for Repository<'_> {
    async fn by_id(&mut self, id: ListenerId) -> Result<Option<Listener>, StoreError> {
        self.one("id", id.to_string()).await
    }

    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Listener>, StoreError> {
        self.one("slug", slug.to_string()).await
    }

    async fn page(&mut self, query: &ListenerQuery) -> Result<Page<Listener>, StoreError> {
        let mut sql = QueryBuilder::new(SELECT);
        sql.push(" WHERE 1");
        if let Some(part) = &query.part {
            let part = folded(part);
            sql.push(" AND (instr(name_folded, ")
                .push_bind(part.clone())
                .push(") OR instr(slug, ")
                .push_bind(part.clone())
                .push(") OR instr(lower(json_extract(settings, '$.mailbox')), ")
                .push_bind(part)
                .push("))");
        }
        if let Some(credential) = query.credential {
            sql.push(" AND credential_id = ")
                .push_bind(credential.to_string());
        }
        if let Some(Position {
            value: SortValue::Text(after),
            ..
        }) = &query.page.after
        {
            sql.push(" AND name_folded > ").push_bind(after.clone());
        }
        sql.push(" ORDER BY name_folded LIMIT ")
            .push_bind(i64::from(query.page.limit) + 1);
        let rows = sql.build().fetch_all(&mut *self.0).await.map_err(fault)?;
        let listeners = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(listeners, query.page.limit, position))
    }

    async fn all(&mut self) -> Result<Vec<Listener>, StoreError> {
        let rows = sqlx::query(SELECT)
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter().map(from_row).collect()
    }
}

impl Repository<'_> {
    async fn one(
        &mut self,
        column: &'static str,
        value: String,
    ) -> Result<Option<Listener>, StoreError> {
        let mut sql = QueryBuilder::new(SELECT);
        sql.push(" WHERE ")
            .push(column)
            .push(" = ")
            .push_bind(value);
        let row = sql
            .build()
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(from_row).transpose()
    }
}

#[async_trait]
impl ListenerWriter for Repository<'_> {
    async fn insert(&mut self, listener: &Listener) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO email_listener
             (name, name_folded, credential_id, settings, paused, revision, updated_at, updated_by, id,
              slug, created_at, created_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(listener.settings.name.as_str())
        .bind(folded(listener.settings.name.as_str()))
        .bind(listener.settings.credential.to_string())
        .bind(json(&ListenerDraft::of(&listener.settings))?)
        .bind(listener.paused)
        .bind(signed(listener.revision))
        .bind(listener.updated.at.as_micros())
        .bind(json(&listener.updated.by)?)
        .bind(listener.id.to_string())
        .bind(listener.slug.to_string())
        .bind(listener.created.at.as_micros())
        .bind(json(&listener.created.by)?)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn update(&mut self, listener: &Listener, expected: Revision) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE email_listener SET
             name = ?, name_folded = ?, credential_id = ?, settings = ?, paused = ?, revision = ?,
             updated_at = ?, updated_by = ?
             WHERE id = ? AND revision = ?",
        )
        .bind(listener.settings.name.as_str())
        .bind(folded(listener.settings.name.as_str()))
        .bind(listener.settings.credential.to_string())
        .bind(json(&ListenerDraft::of(&listener.settings))?)
        .bind(listener.paused)
        .bind(signed(listener.revision))
        .bind(listener.updated.at.as_micros())
        .bind(json(&listener.updated.by)?)
        .bind(listener.id.to_string())
        .bind(signed(expected))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        one_row(done.rows_affected())
    }

    async fn delete(&mut self, id: ListenerId, expected: Revision) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM email_listener WHERE id = ? AND revision = ?")
            .bind(id.to_string())
            .bind(signed(expected))
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        one_row(done.rows_affected())
    }
}

fn position(listener: &Listener) -> Position {
    Position {
        value: SortValue::Text(folded(listener.settings.name.as_str())),
        id: listener.id.to_string(),
    }
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

fn from_row(row: &SqliteRow) -> Result<Listener, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let wrong = |error: Invalid| corrupt(TABLE, error);
    let change = |at: &str, by: &str| {
        Ok::<_, StoreError>(Change {
            at: Timestamp::from_micros(number(at)?),
            by: serde_json::from_str(&text(by)?).map_err(|error| corrupt(TABLE, error))?,
        })
    };
    let draft: ListenerDraft =
        serde_json::from_str(&text("settings")?).map_err(|error| corrupt(TABLE, error))?;
    let credential = text("credential_id")?.parse().map_err(wrong)?;
    let settings = draft.parse(credential).map_err(|faults| {
        let first = faults.first().map(ToString::to_string);
        corrupt(TABLE, first.unwrap_or_default())
    })?;
    Ok(Listener {
        id: text("id")?.parse().map_err(wrong)?,
        slug: Slug::try_from(text("slug")?.as_str()).map_err(wrong)?,
        revision: Revision(u64::try_from(number("revision")?).unwrap_or(0)),
        settings,
        paused: row.try_get("paused").map_err(fault)?,
        created: change("created_at", "created_by")?,
        updated: change("updated_at", "updated_by")?,
    })
}
