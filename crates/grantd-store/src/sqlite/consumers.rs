//! HTTP consumers.

use std::collections::HashMap;

use async_trait::async_trait;
use grantd_model::consumer::HostName;
use grantd_model::{
    Change, Consumer, ConsumerDraft, ConsumerId, Invalid, Parameter, ParameterValue, Revision,
    Sealed, Slug, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::repository::folded;
use crate::{ConsumerQuery, ConsumerReader, ConsumerWriter, Page, Position, SortValue, StoreError};

const TABLE: &str = "consumer";

#[async_trait]
impl ConsumerReader for Repository<'_> {
    async fn by_id(&mut self, id: ConsumerId) -> Result<Option<Consumer>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT * FROM consumer WHERE id = ");
        sql.push_bind(id.to_string());
        Ok(self.consumers(sql).await?.pop())
    }

    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Consumer>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT * FROM consumer WHERE slug = ");
        sql.push_bind(slug.to_string());
        Ok(self.consumers(sql).await?.pop())
    }

    async fn id_of_host(&mut self, host: &HostName) -> Result<Option<ConsumerId>, StoreError> {
        let row = sqlx::query("SELECT consumer_id FROM consumer_host WHERE host = ?")
            .bind(host.as_str())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        let Some(row) = row else { return Ok(None) };
        let id: String = row.try_get(0).map_err(fault)?;
        let id = id.parse().map_err(|error: Invalid| corrupt(TABLE, error));
        id.map(Some)
    }

    async fn page(&mut self, query: &ConsumerQuery) -> Result<Page<Consumer>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT * FROM consumer WHERE 1");
        if let Some(part) = &query.part {
            let part = folded(part);
            sql.push(" AND (instr(name_folded, ")
                .push_bind(part.clone())
                .push(") OR instr(slug, ")
                .push_bind(part.clone())
                .push(") OR instr(lower(json_extract(settings, '$.base_url')), ")
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
        let consumers = self.consumers(sql).await?;
        Ok(Page::from_rows(consumers, query.page.limit, position))
    }

    async fn all(&mut self) -> Result<Vec<Consumer>, StoreError> {
        self.consumers(QueryBuilder::new("SELECT * FROM consumer"))
            .await
    }
}

#[async_trait]
impl ConsumerWriter for Repository<'_> {
    async fn insert(&mut self, consumer: &Consumer) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new(
            "INSERT INTO consumer (name, name_folded, credential_id, settings, enabled, secret_counter, \
             revision, updated_at, updated_by, id, slug, created_at, created_by) VALUES (",
        );
        push_values(&mut sql, consumer)?;
        sql.push(", ").push_bind(consumer.id.to_string());
        sql.push(", ").push_bind(consumer.slug.to_string());
        sql.push(", ").push_bind(consumer.created.at.as_micros());
        sql.push(", ").push_bind(json(&consumer.created.by)?);
        sql.push(")");
        sql.build().execute(&mut *self.0).await.map_err(fault)?;
        self.insert_consumer_parts(consumer).await
    }

    async fn update(&mut self, consumer: &Consumer, expected: Revision) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new(
            "UPDATE consumer SET (name, name_folded, credential_id, settings, enabled, secret_counter, \
             revision, updated_at, updated_by) = (",
        );
        push_values(&mut sql, consumer)?;
        sql.push(") WHERE id = ").push_bind(consumer.id.to_string());
        sql.push(" AND revision = ").push_bind(signed(expected));
        let done = sql.build().execute(&mut *self.0).await.map_err(fault)?;
        one_row(done.rows_affected())?;
        for statement in [
            "DELETE FROM consumer_host WHERE consumer_id = ?",
            "DELETE FROM consumer_field WHERE consumer_id = ?",
        ] {
            sqlx::query(statement)
                .bind(consumer.id.to_string())
                .execute(&mut *self.0)
                .await
                .map_err(fault)?;
        }
        self.insert_consumer_parts(consumer).await
    }

    async fn delete(&mut self, id: ConsumerId, expected: Revision) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM consumer WHERE id = ? AND revision = ?")
            .bind(id.to_string())
            .bind(signed(expected))
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        one_row(done.rows_affected())
    }
}

impl Repository<'_> {
    /// Reads consumers with their header fields, in the order of the statement.
    async fn consumers(
        &mut self,
        mut sql: QueryBuilder<Sqlite>,
    ) -> Result<Vec<Consumer>, StoreError> {
        let rows = sql.build().fetch_all(&mut *self.0).await.map_err(fault)?;
        let ids: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("id"))
            .collect::<Result<_, _>>()
            .map_err(fault)?;
        let parts = sqlx::query(
            "SELECT * FROM consumer_field WHERE consumer_id IN (SELECT value FROM json_each(?))
             ORDER BY consumer_id, position",
        )
        .bind(json(&ids)?)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let mut fields: HashMap<String, Vec<_>> = HashMap::new();
        for row in &parts {
            let id = row.try_get("consumer_id").map_err(fault)?;
            fields.entry(id).or_default().push(field(row)?);
        }
        let rows = rows.iter().zip(&ids);
        rows.map(|(row, id)| from_row(row, fields.remove(id).unwrap_or_default()))
            .collect()
    }

    async fn insert_consumer_parts(&mut self, consumer: &Consumer) -> Result<(), StoreError> {
        let id = consumer.id.to_string();
        for host in &consumer.settings.hosts {
            sqlx::query("INSERT INTO consumer_host (consumer_id, host) VALUES (?, ?)")
                .bind(&id)
                .bind(host.as_str())
                .execute(&mut *self.0)
                .await
                .map_err(fault)?;
        }
        for (position, field) in (0_i64..).zip(&consumer.fields) {
            let (plain, sealed, version) = match &field.value {
                ParameterValue::Plain(plain) => (Some(plain), None, 0),
                ParameterValue::Secret { version, sealed } => {
                    (None, Some(sealed.as_bytes()), *version)
                }
            };
            sqlx::query(
                "INSERT INTO consumer_field (consumer_id, position, name, plain, sealed, version)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(&id)
            .bind(position)
            .bind(&field.name)
            .bind(plain)
            .bind(sealed)
            .bind(version)
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        }
        Ok(())
    }
}

/// What an update replaces, in the order of the statements.
fn push_values(sql: &mut QueryBuilder<Sqlite>, consumer: &Consumer) -> Result<(), StoreError> {
    let settings = &consumer.settings;
    // the header fields have a table of their own
    let draft = ConsumerDraft {
        headers: Vec::new(),
        ..ConsumerDraft::of(consumer)
    };
    sql.push_bind(settings.name.to_string());
    sql.push(", ").push_bind(folded(settings.name.as_str()));
    sql.push(", ").push_bind(settings.credential.to_string());
    sql.push(", ").push_bind(json(&draft)?);
    sql.push(", ").push_bind(consumer.enabled);
    sql.push(", ").push_bind(i64::from(consumer.secret_counter));
    sql.push(", ").push_bind(signed(consumer.revision));
    sql.push(", ").push_bind(consumer.updated.at.as_micros());
    sql.push(", ").push_bind(json(&consumer.updated.by)?);
    Ok(())
}

fn position(consumer: &Consumer) -> Position {
    Position {
        value: SortValue::Text(folded(consumer.settings.name.as_str())),
        id: consumer.id.to_string(),
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

/// A row of `consumer_field`.
fn field(row: &SqliteRow) -> Result<Parameter<ParameterValue>, StoreError> {
    let plain: Option<String> = row.try_get("plain").map_err(fault)?;
    let sealed: Option<Vec<u8>> = row.try_get("sealed").map_err(fault)?;
    let value = match (plain, sealed) {
        (Some(plain), None) => ParameterValue::Plain(plain),
        (None, Some(sealed)) => ParameterValue::Secret {
            version: row.try_get("version").map_err(fault)?,
            sealed: Sealed::from_bytes(sealed),
        },
        _ => {
            let detail = "neither or both of plain and sealed";
            return Err(corrupt("consumer_field", detail));
        }
    };
    Ok(Parameter {
        name: row.try_get("name").map_err(fault)?,
        value,
    })
}

fn from_row(
    row: &SqliteRow,
    fields: Vec<Parameter<ParameterValue>>,
) -> Result<Consumer, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let wrong = |error: Invalid| corrupt(TABLE, error);
    let change = |at: &str, by: &str| {
        Ok::<_, StoreError>(Change {
            at: Timestamp::from_micros(number(at)?),
            by: serde_json::from_str(&text(by)?).map_err(|error| corrupt(TABLE, error))?,
        })
    };
    let draft: ConsumerDraft =
        serde_json::from_str(&text("settings")?).map_err(|error| corrupt(TABLE, error))?;
    let credential = text("credential_id")?.parse().map_err(wrong)?;
    let (settings, _) = draft.parse(credential).map_err(|faults| {
        let first = faults.first().map(ToString::to_string);
        corrupt(TABLE, first.unwrap_or_default())
    })?;
    Ok(Consumer {
        id: text("id")?.parse().map_err(wrong)?,
        slug: Slug::try_from(text("slug")?.as_str()).map_err(wrong)?,
        revision: Revision(u64::try_from(number("revision")?).unwrap_or(0)),
        secret_counter: row.try_get("secret_counter").map_err(fault)?,
        enabled: row.try_get("enabled").map_err(fault)?,
        settings,
        fields,
        created: change("created_at", "created_by")?,
        updated: change("updated_at", "updated_by")?,
    })
}
