//! What was told of which cause, and the outbox.

use async_trait::async_trait;
use grantd_model::alert::{DeliveryEnd, Trouble};
use grantd_model::{AlertCause, AlertDelivery, ChannelId, Invalid, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{AlertReader, AlertWriter, StoreError};

const CAUSE: &str = "alert_cause";
const DELIVERY: &str = "alert_delivery";

#[async_trait]
impl AlertReader for Repository<'_> {
    async fn causes(&mut self) -> Result<Vec<AlertCause>, StoreError> {
        let rows = sqlx::query("SELECT * FROM alert_cause ORDER BY object, trouble")
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter().map(cause).collect()
    }

    async fn due(
        &mut self,
        channel: ChannelId,
        by: Timestamp,
        most: u32,
    ) -> Result<Vec<AlertDelivery>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM alert_delivery WHERE channel_id = ? AND due_at <= ? ORDER BY seq LIMIT ?",
        )
        .bind(channel.to_string())
        .bind(by.as_micros())
        .bind(i64::from(most))
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(delivery).collect()
    }

    async fn waiting(&mut self) -> Result<Vec<(ChannelId, u64, Timestamp)>, StoreError> {
        let rows = sqlx::query(
            "SELECT channel_id, count(*) AS number, min(due_at) AS first FROM alert_delivery
             WHERE due_at IS NOT NULL GROUP BY channel_id",
        )
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let one = |row: &SqliteRow| {
            let id: String = row.try_get("channel_id").map_err(fault)?;
            let number: i64 = row.try_get("number").map_err(fault)?;
            let first: i64 = row.try_get("first").map_err(fault)?;
            Ok((
                id.parse()
                    .map_err(|error: Invalid| corrupt(DELIVERY, error))?,
                u64::try_from(number).unwrap_or_default(),
                Timestamp::from_micros(first),
            ))
        };
        rows.iter().map(one).collect()
    }

    async fn deliveries(
        &mut self,
        channel: ChannelId,
        most: u32,
    ) -> Result<Vec<AlertDelivery>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM alert_delivery WHERE channel_id = ? ORDER BY seq DESC LIMIT ?",
        )
        .bind(channel.to_string())
        .bind(i64::from(most))
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(delivery).collect()
    }

    async fn last_tried(&mut self) -> Result<Vec<AlertDelivery>, StoreError> {
        // of a row beside max() the other columns are those of the row that has it
        let rows = sqlx::query(
            "SELECT *, max(last_at) AS latest FROM alert_delivery WHERE last_at IS NOT NULL
             GROUP BY channel_id",
        )
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(delivery).collect()
    }
}

#[async_trait]
impl AlertWriter for Repository<'_> {
    async fn put_cause(&mut self, cause: &AlertCause) -> Result<(), StoreError> {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
        sqlx::query(
            "INSERT INTO alert_cause (object, trouble, since, is_told, told_at, recovered_at, untold, level, \
             end_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (object, trouble) DO UPDATE SET since = excluded.since, is_told = excluded.is_told, \
             told_at = excluded.told_at, recovered_at = excluded.recovered_at, untold = excluded.untold, \
             level = excluded.level, end_at = excluded.end_at",
        )
        .bind(&cause.object)
        .bind(cause.trouble.name())
        .bind(micros(cause.since))
        .bind(cause.is_told)
        .bind(micros(cause.told_at))
        .bind(micros(cause.recovered_at))
        .bind(i64::try_from(cause.untold).unwrap_or(i64::MAX))
        .bind(cause.level.map(i64::from))
        .bind(micros(cause.end))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn forget_cause(&mut self, object: &str, trouble: Trouble) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM alert_cause WHERE object = ? AND trouble = ?")
            .bind(object)
            .bind(trouble.name())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(())
    }

    async fn send(&mut self, delivery: &AlertDelivery) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new(
            "INSERT INTO alert_delivery (attempts, due_at, last_at, last_class, last_detail, settled, id, \
             channel_id, at, message) VALUES (",
        );
        push_values(&mut sql, delivery)?;
        sql.push(", ").push_bind(delivery.id.to_string());
        sql.push(", ").push_bind(delivery.channel.to_string());
        sql.push(", ").push_bind(delivery.at.as_micros());
        sql.push(", ").push_bind(json(&delivery.message)?);
        sql.push(")");
        sql.build().execute(&mut *self.0).await.map_err(fault)?;
        Ok(())
    }

    async fn replace(
        &mut self,
        read: &AlertDelivery,
        after: &AlertDelivery,
    ) -> Result<bool, StoreError> {
        let mut sql = QueryBuilder::new(
            "UPDATE alert_delivery SET (attempts, due_at, last_at, last_class, last_detail, settled) = (",
        );
        push_values(&mut sql, after)?;
        sql.push(") WHERE id = ").push_bind(read.id.to_string());
        sql.push(" AND attempts = ")
            .push_bind(i64::from(read.attempts));
        sql.push(" AND due_at IS ")
            .push_bind(read.due_at.map(Timestamp::as_micros));
        let done = sql.build().execute(&mut *self.0).await.map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn hurry(&mut self, channel: ChannelId, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE alert_delivery SET due_at = ?2, attempts = 0
             WHERE channel_id = ?1 AND due_at IS NOT NULL",
        )
        .bind(channel.to_string())
        .bind(at.as_micros())
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn prune_deliveries(&mut self, most: u32) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM alert_delivery WHERE due_at IS NULL AND seq IN (
                 SELECT seq FROM (
                     SELECT seq, row_number() OVER (PARTITION BY channel_id ORDER BY seq DESC) AS place
                     FROM alert_delivery
                 ) WHERE place > ?
             )",
        )
        .bind(i64::from(most))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(done.rows_affected())
    }
}

/// What becomes of a delivery, in the order of the statements.
fn push_values(sql: &mut QueryBuilder<Sqlite>, delivery: &AlertDelivery) -> Result<(), StoreError> {
    let last = delivery.last.as_ref();
    sql.push_bind(i64::from(delivery.attempts));
    sql.push(", ")
        .push_bind(delivery.due_at.map(Timestamp::as_micros));
    sql.push(", ").push_bind(last.map(|it| it.at.as_micros()));
    sql.push(", ").push_bind(last.map(|it| it.class.clone()));
    sql.push(", ").push_bind(last.map(|it| it.detail.clone()));
    sql.push(", ").push_bind(json(&delivery.settled)?);
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(DELIVERY, error))
}

fn cause(row: &SqliteRow) -> Result<AlertCause, StoreError> {
    let time = |name: &str| {
        let micros: Option<i64> = row.try_get(name).map_err(fault)?;
        Ok::<_, StoreError>(micros.map(Timestamp::from_micros))
    };
    let trouble: String = row.try_get("trouble").map_err(fault)?;
    let untold: i64 = row.try_get("untold").map_err(fault)?;
    let level: Option<i64> = row.try_get("level").map_err(fault)?;
    Ok(AlertCause {
        object: row.try_get("object").map_err(fault)?,
        trouble: Trouble::try_from(trouble.as_str()).map_err(|error| corrupt(CAUSE, error))?,
        since: time("since")?,
        is_told: row.try_get("is_told").map_err(fault)?,
        told_at: time("told_at")?,
        recovered_at: time("recovered_at")?,
        untold: u64::try_from(untold).unwrap_or_default(),
        level: level.map(|level| u32::try_from(level).unwrap_or_default()),
        end: time("end_at")?,
    })
}

fn delivery(row: &SqliteRow) -> Result<AlertDelivery, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let wrong = |error: Invalid| corrupt(DELIVERY, error);
    let number = |name: &str| row.try_get::<Option<i64>, _>(name).map_err(fault);
    let last = match number("last_at")? {
        None => None,
        Some(at) => Some(DeliveryEnd {
            at: Timestamp::from_micros(at),
            class: text("last_class")?,
            detail: text("last_detail")?,
        }),
    };
    Ok(AlertDelivery {
        id: text("id")?.parse().map_err(wrong)?,
        channel: text("channel_id")?.parse().map_err(wrong)?,
        at: Timestamp::from_micros(number("at")?.unwrap_or_default()),
        message: serde_json::from_str(&text("message")?)
            .map_err(|error| corrupt(DELIVERY, error))?,
        attempts: u32::try_from(number("attempts")?.unwrap_or_default()).unwrap_or_default(),
        due_at: number("due_at")?.map(Timestamp::from_micros),
        last,
        settled: serde_json::from_str(&text("settled")?)
            .map_err(|error| corrupt(DELIVERY, error))?,
    })
}
