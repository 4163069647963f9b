//! Writes what listeners remember.

use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use grantd_model::mail::SeenMark;
use grantd_model::{
    ListenerId, ListenerState, MailAction, MailDelivery, MailHour, MailKey, MailLetter,
    PendingMail, Timestamp,
};
use sqlx::QueryBuilder;

use super::faults::{corrupt, fault};
use super::mail::{ACTION, PENDING, SEEN};
use super::unit::Repository;
use crate::{MailWriter, StoreError};

/// How many rows one statement writes.
const ROWS: usize = 50;

#[async_trait]
impl MailWriter for Repository<'_> {
    async fn put_state(
        &mut self,
        listener: ListenerId,
        state: &ListenerState,
    ) -> Result<(), StoreError> {
        let failing = state.failing.as_ref();
        sqlx::query(
            "INSERT OR REPLACE INTO listener_state
             (listener_id, place, folder, start, sync_state, phase, began_at, looked_at, delivered_at, lag,
              failing_since, failing_last_at, failing_times, failing_class, failing_detail,
              failing_remedy, next_look_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(listener.to_string())
        .bind(state.place.as_str())
        .bind(state.folder.as_deref())
        .bind(state.start.as_str())
        .bind(state.cursor.as_deref())
        .bind(state.phase.name())
        .bind(state.began_at.map(Timestamp::as_micros))
        .bind(state.looked_at.map(Timestamp::as_micros))
        .bind(state.delivered_at.map(Timestamp::as_micros))
        .bind(state.lag.map(micros))
        .bind(failing.map(|it| it.since.as_micros()))
        .bind(failing.map(|it| it.last_at.as_micros()))
        .bind(failing.map(|it| signed(it.times)))
        .bind(failing.map(|it| it.class.as_str()))
        .bind(failing.map(|it| it.detail.as_str()))
        .bind(failing.and_then(|it| it.remedy.as_deref()))
        .bind(state.next_look_at.map(Timestamp::as_micros))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn forget_passed_over(&mut self, listener: ListenerId) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM mail_pending WHERE listener_id = ?",
            "DELETE FROM mail_seen WHERE listener_id = ? AND passed_over = 1",
        ] {
            sqlx::query(statement)
                .bind(listener.to_string())
                .execute(&mut *self.0)
                .await
                .map_err(fault)?;
        }
        Ok(())
    }

    async fn see(
        &mut self,
        listener: ListenerId,
        marks: &[SeenMark],
        at: Timestamp,
        passed_over: bool,
    ) -> Result<(), StoreError> {
        let marks: Vec<String> = marks.iter().map(|mark| HEXLOWER.encode(mark)).collect();
        sqlx::query(
            "INSERT INTO mail_seen (listener_id, mark, at, passed_over)
             SELECT ?1, unhex(value), ?3, ?4 FROM json_each(?2) WHERE 1
             ON CONFLICT DO UPDATE SET at = MAX(at, excluded.at),
             passed_over = MIN(passed_over, excluded.passed_over)",
        )
        .bind(listener.to_string())
        .bind(serde_json::to_string(&marks).map_err(|error| corrupt(SEEN, error))?)
        .bind(at.as_micros())
        .bind(passed_over)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn add_pending(
        &mut self,
        listener: ListenerId,
        mails: &[PendingMail],
    ) -> Result<(), StoreError> {
        for some in mails.chunks(ROWS) {
            let mut sql = QueryBuilder::new(
                "INSERT OR IGNORE INTO mail_pending
                 (listener_id, item, lasting_id, message_id, received_at) ",
            );
            sql.push_values(some, |mut row, it| {
                row.push_bind(listener.to_string())
                    .push_bind(it.item.as_str())
                    .push_bind(it.lasting_id.as_deref())
                    .push_bind(it.message_id.as_deref())
                    .push_bind(it.received_at.map(Timestamp::as_micros));
            });
            sql.build().execute(&mut *self.0).await.map_err(fault)?;
        }
        Ok(())
    }

    async fn remove_pending(
        &mut self,
        listener: ListenerId,
        items: &[String],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM mail_pending WHERE listener_id = ?
             AND item IN (SELECT value FROM json_each(?))",
        )
        .bind(listener.to_string())
        .bind(serde_json::to_string(items).map_err(|error| corrupt(PENDING, error))?)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn add_deliveries(&mut self, deliveries: &[MailDelivery]) -> Result<(), StoreError> {
        for some in deliveries.chunks(ROWS) {
            let mut sql = QueryBuilder::new(
                "INSERT INTO mail_delivery
                 (listener_id, mail_key, item, at, received_at, subject, sender, size, attachments,
                  took, attempt) ",
            );
            sql.push_values(some, |mut row, it| {
                row.push_bind(it.listener.to_string())
                    .push_bind(it.key.as_str())
                    .push_bind(it.item.as_str())
                    .push_bind(it.at.as_micros())
                    .push_bind(it.received_at.map(Timestamp::as_micros))
                    .push_bind(it.subject.as_str())
                    .push_bind(it.sender.as_str())
                    .push_bind(signed(it.size))
                    .push_bind(it.attachments)
                    .push_bind(micros(it.took))
                    .push_bind(it.attempt);
            });
            sql.build().execute(&mut *self.0).await.map_err(fault)?;
        }
        Ok(())
    }

    async fn moved(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
        item: &str,
    ) -> Result<(), StoreError> {
        for statement in [
            "UPDATE mail_delivery SET item = ? WHERE listener_id = ? AND mail_key = ?",
            "UPDATE mail_letter SET item = ? WHERE listener_id = ? AND mail_key = ?",
        ] {
            sqlx::query(statement)
                .bind(item)
                .bind(listener.to_string())
                .bind(key.as_str())
                .execute(&mut *self.0)
                .await
                .map_err(fault)?;
        }
        Ok(())
    }

    async fn add_to_hour(
        &mut self,
        listener: ListenerId,
        hour: &MailHour,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO mail_hour (listener_id, hour, delivered, failed, most_lag)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET delivered = delivered + excluded.delivered,
             failed = failed + excluded.failed, most_lag = MAX(most_lag, excluded.most_lag)",
        )
        .bind(listener.to_string())
        .bind(hour.hour.as_micros())
        .bind(signed(hour.delivered))
        .bind(signed(hour.failed))
        .bind(micros(hour.most_lag))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn put_actions(&mut self, actions: &[MailAction]) -> Result<(), StoreError> {
        for some in actions.chunks(ROWS) {
            let mut sql = QueryBuilder::new(
                "INSERT OR REPLACE INTO mail_action
                 (listener_id, mail_key, item, what, attempts, due_at, fault) ",
            );
            sql.push_values(some, |mut row, it| {
                row.push_bind(it.listener.to_string())
                    .push_bind(it.key.as_str())
                    .push_bind(it.item.as_str())
                    .push_bind(it.what.name())
                    .push_bind(it.attempts)
                    .push_bind(it.due_at.as_micros())
                    .push_bind(it.fault.as_deref());
            });
            sql.build().execute(&mut *self.0).await.map_err(fault)?;
        }
        Ok(())
    }

    async fn remove_actions(
        &mut self,
        listener: ListenerId,
        keys: &[MailKey],
    ) -> Result<(), StoreError> {
        let keys: Vec<&str> = keys.iter().map(MailKey::as_str).collect();
        sqlx::query(
            "DELETE FROM mail_action WHERE listener_id = ?
             AND mail_key IN (SELECT value FROM json_each(?))",
        )
        .bind(listener.to_string())
        .bind(serde_json::to_string(&keys).map_err(|error| corrupt(ACTION, error))?)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn put_letter(&mut self, letter: &MailLetter) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO mail_letter
             (listener_id, mail_key, item, subject, sender, received_at, first_at, last_at, attempts,
              due_at, class, detail, again)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(letter.listener.to_string())
        .bind(letter.key.as_str())
        .bind(letter.item.as_str())
        .bind(letter.subject.as_str())
        .bind(letter.sender.as_str())
        .bind(letter.received_at.map(Timestamp::as_micros))
        .bind(letter.first_at.as_micros())
        .bind(letter.last_at.as_micros())
        .bind(letter.attempts)
        .bind(letter.due_at.map(Timestamp::as_micros))
        .bind(letter.class.as_str())
        .bind(letter.detail.as_str())
        .bind(letter.again)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        Ok(())
    }

    async fn remove_letter(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM mail_letter WHERE listener_id = ? AND mail_key = ?")
            .bind(listener.to_string())
            .bind(key.as_str())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(done.rows_affected() == 1)
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        let mut gone = 0;
        for statement in [
            "DELETE FROM mail_seen WHERE (listener_id, mark) IN
             (SELECT listener_id, mark FROM mail_seen WHERE at < ? LIMIT ?)",
            "DELETE FROM mail_delivery WHERE seq IN
             (SELECT seq FROM mail_delivery WHERE at < ? ORDER BY at LIMIT ?)",
            "DELETE FROM mail_hour WHERE (listener_id, hour) IN
             (SELECT listener_id, hour FROM mail_hour WHERE hour < ? - 3600000000 LIMIT ?)",
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

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
