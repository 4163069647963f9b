//! The history of tokens: events, health and usage.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::health::Failing;
use grantd_model::token_event::EventResult;
use grantd_model::usage::{HourCount, HourKind, UsageCount, UsageHour, UsageResult};
use grantd_model::{CredentialId, EventCause, HealthRecord, Timestamp, TokenEvent};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{
    EventQuery, HistoryReader, HistoryWriter, Page, Position, SortValue, StoreError, UsageQuery,
};

/// Microseconds.
const HOUR: i64 = 3_600_000_000;

const EVENT: &str = "token_event";
const HEALTH: &str = "credential_health";
const USAGE: &str = "token_usage";

#[async_trait]
impl HistoryReader for Repository<'_> {
    async fn events(&mut self, query: &EventQuery) -> Result<Page<TokenEvent>, StoreError> {
        let limit = query.page.limit;
        let rows = sqlx::query(
            "SELECT * FROM token_event
             WHERE credential_id = ?1 AND (?2 IS NULL OR seq < (SELECT seq FROM token_event WHERE id = ?2))
             ORDER BY seq DESC LIMIT ?3",
        )
        .bind(query.credential.to_string())
        .bind(query.page.after.as_ref().map(|position| position.id.clone()))
        .bind(i64::from(limit) + 1)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let events = rows.iter().map(event).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(events, limit, |event| Position {
            value: SortValue::Micros(event.at.as_micros()),
            id: event.id.to_string(),
        }))
    }

    async fn health(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, HealthRecord)>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM credential_health WHERE credential_id IN (SELECT value FROM json_each(?))",
        )
        .bind(serde_json::to_string(credentials).map_err(|error| corrupt(HEALTH, error))?)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(health).collect()
    }

    async fn usage(&mut self, query: &UsageQuery) -> Result<Vec<UsageCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM token_usage WHERE credential_id = ? AND minute >= ? AND minute < ?
             ORDER BY minute, actor, result LIMIT ?",
        )
        .bind(query.credential.to_string())
        .bind(query.from.as_micros())
        .bind(query.until.as_micros())
        .bind(i64::from(query.limit))
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(usage).collect()
    }

    async fn usage_hours(&mut self, query: &UsageQuery) -> Result<Vec<UsageHour>, StoreError> {
        let rows = sqlx::query(
            "SELECT minute / ?5 * ?5 AS hour, actor, result, SUM(count) AS count, MAX(minute) AS last
             FROM token_usage WHERE credential_id = ?1 AND minute >= ?2 AND minute < ?3
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT ?4",
        )
        .bind(query.credential.to_string())
        .bind(query.from.as_micros())
        .bind(query.until.as_micros())
        .bind(i64::from(query.limit))
        .bind(HOUR)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(usage_hour).collect()
    }

    async fn hours(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<HourCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT hour, kind, count FROM hour_count WHERE hour >= ? AND hour < ? ORDER BY hour, kind",
        )
        .bind(from.as_micros())
        .bind(until.as_micros())
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(hour_count).collect()
    }
}

impl Repository<'_> {
    async fn count_in_hour(
        &mut self,
        at: Timestamp,
        kind: &HourKind,
        count: u64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO hour_count (hour, kind, count) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )
        .bind(at.as_micros().div_euclid(HOUR).saturating_mul(HOUR))
        .bind(kind.to_text())
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }
}

#[async_trait]
impl HistoryWriter for Repository<'_> {
    async fn append(&mut self, event: &TokenEvent) -> Result<(), StoreError> {
        let (lifetime, same, failure) = match &event.result {
            EventResult::Issued { lifetime, same } => (Some(*lifetime), *same, None),
            EventResult::Failed {
                class,
                detail,
                remedy,
                retry_at,
            } => (None, false, Some((class, detail, remedy, retry_at))),
        };
        let actor = serde_json::to_string(&event.actor).map_err(|error| corrupt(EVENT, error))?;
        sqlx::query(
            "INSERT INTO token_event
             (id, at, credential_id, cause, actor, duration, secret_version, lifetime, same, class, detail, remedy, retry_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(event.id.to_string())
        .bind(event.at.as_micros())
        .bind(event.credential.to_string())
        .bind(event.cause.name())
        .bind(actor)
        .bind(micros(event.duration))
        .bind(event.secret_version)
        .bind(lifetime.map(micros))
        .bind(same)
        .bind(failure.map(|it| it.0.as_str()))
        .bind(failure.map(|it| it.1.as_str()))
        .bind(failure.and_then(|it| it.2.as_deref()))
        .bind(failure.and_then(|it| it.3.map(Timestamp::as_micros)))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        let kind = failure.map_or(HourKind::Issued, |it| HourKind::Failed(it.0.clone()));
        self.count_in_hour(event.at, &kind, 1).await
    }

    async fn put_health(
        &mut self,
        credential: CredentialId,
        record: &HealthRecord,
    ) -> Result<(), StoreError> {
        let failing = record.failing.as_ref();
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT OR REPLACE INTO credential_health
             (credential_id, token_generation, valid_at, failing_since, failing_last_at, failing_times,
              failing_class, failing_detail, failing_remedy)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM credential WHERE id = ?1)",
        )
        .bind(credential.to_string())
        .bind(signed(record.token_generation))
        .bind(record.valid_at.map(Timestamp::as_micros))
        .bind(failing.map(|it| it.since.as_micros()))
        .bind(failing.map(|it| it.last_at.as_micros()))
        .bind(failing.map(|it| signed(it.times)))
        .bind(failing.map(|it| it.class.as_str()))
        .bind(failing.map(|it| it.detail.as_str()))
        .bind(failing.and_then(|it| it.remedy.as_deref()))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn add_usage(&mut self, counts: &[UsageCount], at: Timestamp) -> Result<(), StoreError> {
        let mut hours: BTreeMap<(Timestamp, HourKind), u64> = BTreeMap::new();
        for count in counts {
            let actor =
                serde_json::to_string(&count.actor).map_err(|error| corrupt(USAGE, error))?;
            sqlx::query(
                "INSERT INTO token_usage (minute, credential_id, actor, result, count)
                 VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET count = count + excluded.count",
            )
            .bind(count.minute.as_micros())
            .bind(count.credential.to_string())
            .bind(actor)
            .bind(count.result.name())
            .bind(i64::try_from(count.count).unwrap_or(i64::MAX))
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
            let hour = hours
                .entry((count.minute, count.result.into()))
                .or_default();
            *hour = hour.saturating_add(count.count);
        }
        for ((minute, kind), count) in hours {
            self.count_in_hour(minute, &kind, count).await?;
        }
        let used: BTreeSet<CredentialId> = counts
            .iter()
            .filter(|count| count.result == UsageResult::HandedOut)
            .map(|count| count.credential)
            .collect();
        sqlx::query(
            "INSERT INTO credential_use (credential_id, last_used_at)
             SELECT id, ?1 FROM credential WHERE id IN (SELECT value FROM json_each(?2))
             ON CONFLICT DO UPDATE SET last_used_at = MAX(last_used_at, excluded.last_used_at)",
        )
        .bind(at.as_micros())
        .bind(serde_json::to_string(&used).map_err(|error| corrupt(USAGE, error))?)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        let mut gone = 0;
        for statement in [
            "DELETE FROM token_event WHERE seq IN
             (SELECT seq FROM token_event WHERE at < ? ORDER BY at LIMIT ?)",
            "DELETE FROM token_usage WHERE (credential_id, minute, actor, result) IN
             (SELECT credential_id, minute, actor, result FROM token_usage WHERE minute < ? LIMIT ?)",
            "DELETE FROM hour_count WHERE (hour, kind) IN
             (SELECT hour, kind FROM hour_count WHERE hour <= ? - 3600000000 LIMIT ?)",
        ] {
            let done = sqlx::query(statement)
                .bind(before.as_micros())
                .bind(i64::from(most))
                .execute(&mut *self.0)
                .await
                .map_err(fault)?;
            gone += done.rows_affected();
        }
        Ok(gone)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

fn event(row: &SqliteRow) -> Result<TokenEvent, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let lifetime: Option<i64> = row.try_get("lifetime").map_err(fault)?;
    let retry_at: Option<i64> = row.try_get("retry_at").map_err(fault)?;
    let wrong = |error: grantd_model::Invalid| corrupt(EVENT, error);
    Ok(TokenEvent {
        id: text("id")?.parse().map_err(wrong)?,
        at: Timestamp::from_micros(number("at")?),
        credential: text("credential_id")?.parse().map_err(wrong)?,
        cause: EventCause::try_from(text("cause")?.as_str()).map_err(wrong)?,
        actor: serde_json::from_str(&text("actor")?).map_err(|error| corrupt(EVENT, error))?,
        duration: duration(number("duration")?),
        secret_version: row.try_get("secret_version").map_err(fault)?,
        result: match lifetime {
            Some(lifetime) => EventResult::Issued {
                lifetime: duration(lifetime),
                same: row.try_get("same").map_err(fault)?,
            },
            None => EventResult::Failed {
                class: text("class")?,
                detail: text("detail")?,
                remedy: row.try_get("remedy").map_err(fault)?,
                retry_at: retry_at.map(Timestamp::from_micros),
            },
        },
    })
}

fn health(row: &SqliteRow) -> Result<(CredentialId, HealthRecord), StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let time = |name: &str| {
        let micros = row.try_get::<Option<i64>, _>(name).map_err(fault)?;
        Ok::<_, StoreError>(micros.map(Timestamp::from_micros))
    };
    let unsigned = |name: &str| {
        let number = row.try_get::<i64, _>(name).map_err(fault)?;
        u64::try_from(number).map_err(|error| corrupt(HEALTH, error))
    };
    let id = text("credential_id")?.parse();
    let failing = match (time("failing_since")?, time("failing_last_at")?) {
        (Some(since), Some(last_at)) => Some(Failing {
            since,
            last_at,
            times: unsigned("failing_times")?,
            class: text("failing_class")?,
            detail: text("failing_detail")?,
            remedy: row.try_get("failing_remedy").map_err(fault)?,
        }),
        _ => None,
    };
    Ok((
        id.map_err(|error: grantd_model::Invalid| corrupt(HEALTH, error))?,
        HealthRecord {
            token_generation: unsigned("token_generation")?,
            valid_at: time("valid_at")?,
            failing,
        },
    ))
}

fn usage(row: &SqliteRow) -> Result<UsageCount, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let id = text("credential_id")?.parse();
    Ok(UsageCount {
        minute: Timestamp::from_micros(number("minute")?),
        credential: id.map_err(|error: grantd_model::Invalid| corrupt(USAGE, error))?,
        actor: serde_json::from_str(&text("actor")?).map_err(|error| corrupt(USAGE, error))?,
        result: usage_result(&text("result")?),
        count: u64::try_from(number("count")?).unwrap_or(0),
    })
}

fn usage_result(text: &str) -> UsageResult {
    match text {
        "handed_out" => UsageResult::HandedOut,
        _ => UsageResult::Failed,
    }
}

fn usage_hour(row: &SqliteRow) -> Result<UsageHour, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    Ok(UsageHour {
        hour: Timestamp::from_micros(number("hour")?),
        actor: serde_json::from_str(&text("actor")?).map_err(|error| corrupt(USAGE, error))?,
        result: usage_result(&text("result")?),
        count: u64::try_from(number("count")?).unwrap_or(0),
        last: Timestamp::from_micros(number("last")?),
    })
}

fn hour_count(row: &SqliteRow) -> Result<HourCount, StoreError> {
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(fault);
    let kind: String = row.try_get("kind").map_err(fault)?;
    Ok(HourCount {
        hour: Timestamp::from_micros(number("hour")?),
        kind: HourKind::from_text(&kind),
        count: u64::try_from(number("count")?).unwrap_or(0),
    })
}
