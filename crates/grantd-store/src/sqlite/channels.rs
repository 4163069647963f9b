//! Alert channels.

use async_trait::async_trait;
use grantd_model::{
    AlertChannel, Change, ChannelDraft, ChannelId, ChannelSecret, Invalid, Revision, Sealed, Slug,
    Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{ChannelReader, ChannelWriter, StoreError};

const TABLE: &str = "alert_channel";

#[async_trait]
impl ChannelReader for Repository<'_> {
    async fn by_id(&mut self, id: ChannelId) -> Result<Option<AlertChannel>, StoreError> {
        let row = sqlx::query("SELECT * FROM alert_channel WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(from_row).transpose()
    }

    async fn by_name(&mut self, name: &Slug) -> Result<Option<AlertChannel>, StoreError> {
        let row = sqlx::query("SELECT * FROM alert_channel WHERE name = ?")
            .bind(name.as_str())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(from_row).transpose()
    }

    async fn all(&mut self) -> Result<Vec<AlertChannel>, StoreError> {
        let rows = sqlx::query("SELECT * FROM alert_channel ORDER BY name")
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter().map(from_row).collect()
    }
}

#[async_trait]
impl ChannelWriter for Repository<'_> {
    async fn insert(&mut self, channel: &AlertChannel) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new(
            "INSERT INTO alert_channel (settings, secret_version, secret_sealed, secret_set_at, secret_set_by, \
             earlier_version, earlier_sealed, earlier_set_at, earlier_set_by, secret_counter, revision, \
             updated_at, updated_by, id, name, created_at, created_by) VALUES (",
        );
        push_values(&mut sql, channel)?;
        sql.push(", ").push_bind(channel.id.to_string());
        sql.push(", ").push_bind(channel.name.to_string());
        sql.push(", ").push_bind(channel.created.at.as_micros());
        sql.push(", ").push_bind(json(&channel.created.by)?);
        sql.push(")");
        sql.build().execute(&mut *self.0).await.map_err(fault)?;
        Ok(())
    }

    async fn update(
        &mut self,
        channel: &AlertChannel,
        expected: Revision,
    ) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new(
            "UPDATE alert_channel SET (settings, secret_version, secret_sealed, secret_set_at, secret_set_by, \
             earlier_version, earlier_sealed, earlier_set_at, earlier_set_by, secret_counter, revision, \
             updated_at, updated_by) = (",
        );
        push_values(&mut sql, channel)?;
        sql.push(") WHERE id = ").push_bind(channel.id.to_string());
        sql.push(" AND revision = ").push_bind(signed(expected));
        let done = sql.build().execute(&mut *self.0).await.map_err(fault)?;
        one_row(done.rows_affected())
    }

    async fn delete(&mut self, id: ChannelId, expected: Revision) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM alert_channel WHERE id = ? AND revision = ?")
            .bind(id.to_string())
            .bind(signed(expected))
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        one_row(done.rows_affected())
    }
}

/// What an update replaces, in the order of the statements.
fn push_values(sql: &mut QueryBuilder<Sqlite>, channel: &AlertChannel) -> Result<(), StoreError> {
    sql.push_bind(json(&ChannelDraft::of(&channel.settings))?);
    for secret in [&channel.secret, &channel.earlier] {
        let secret = secret.as_ref();
        let set_by = secret.map(|it| json(&it.set.by)).transpose()?;
        sql.push(", ")
            .push_bind(secret.map(|it| i64::from(it.version)));
        sql.push(", ")
            .push_bind(secret.map(|it| it.sealed.as_bytes().to_vec()));
        sql.push(", ")
            .push_bind(secret.map(|it| it.set.at.as_micros()));
        sql.push(", ").push_bind(set_by);
    }
    sql.push(", ").push_bind(i64::from(channel.secret_counter));
    sql.push(", ").push_bind(signed(channel.revision));
    sql.push(", ").push_bind(channel.updated.at.as_micros());
    sql.push(", ").push_bind(json(&channel.updated.by)?);
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

fn from_row(row: &SqliteRow) -> Result<AlertChannel, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let wrong = |error: Invalid| corrupt(TABLE, error);
    let change = |at: &str, by: &str| {
        Ok::<_, StoreError>(Change {
            at: Timestamp::from_micros(number(at)?),
            by: serde_json::from_str(&text(by)?).map_err(|error| corrupt(TABLE, error))?,
        })
    };
    let secret = |version: &str, sealed: &str, at: &str, by: &str| {
        let version: Option<i64> = row.try_get(version).map_err(fault)?;
        let Some(version) = version else {
            return Ok::<_, StoreError>(None);
        };
        Ok(Some(ChannelSecret {
            version: u32::try_from(version).map_err(|error| corrupt(TABLE, error))?,
            sealed: Sealed::from_bytes(row.try_get(sealed).map_err(fault)?),
            set: change(at, by)?,
        }))
    };
    let draft: ChannelDraft =
        serde_json::from_str(&text("settings")?).map_err(|error| corrupt(TABLE, error))?;
    let settings = draft.parse().map_err(|faults| {
        let first = faults.first().map(ToString::to_string);
        corrupt(TABLE, first.unwrap_or_default())
    })?;
    Ok(AlertChannel {
        id: text("id")?.parse().map_err(wrong)?,
        name: Slug::try_from(text("name")?).map_err(wrong)?,
        revision: Revision(u64::try_from(number("revision")?).unwrap_or(0)),
        settings,
        secret: secret(
            "secret_version",
            "secret_sealed",
            "secret_set_at",
            "secret_set_by",
        )?,
        earlier: secret(
            "earlier_version",
            "earlier_sealed",
            "earlier_set_at",
            "earlier_set_by",
        )?,
        secret_counter: u32::try_from(number("secret_counter")?)
            .map_err(|error| corrupt(TABLE, error))?,
        created: change("created_at", "created_by")?,
        updated: change("updated_at", "updated_by")?,
    })
}
