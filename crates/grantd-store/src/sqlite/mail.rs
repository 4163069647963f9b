//! What listeners remember.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use grantd_model::health::Failing;
use grantd_model::mail::{ActionAfter, SeenMark};
use grantd_model::{
    Invalid, ListenerId, ListenerPhase, ListenerState, MailAction, MailDelivery, MailHour, MailKey,
    MailLetter, PendingMail, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{
    LetterFilter, MailReader, MailWriter, Page, PageRequest, Position, SortValue, StoreError,
    Waiting,
};

const STATE: &str = "listener_state";
const DELIVERY: &str = "mail_delivery";
const ACTION: &str = "mail_action";
const LETTER: &str = "mail_letter";
const SEEN: &str = "mail_seen";
const PENDING: &str = "mail_pending";

/// How many rows one statement writes.
const ROWS: usize = 50;

#[async_trait]
impl MailReader for Repository<'_> {
    async fn state(&mut self, listener: ListenerId) -> Result<Option<ListenerState>, StoreError> {
        let row = sqlx::query("SELECT * FROM listener_state WHERE listener_id = ?")
            .bind(listener.to_string())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(state).transpose()
    }

    async fn states(&mut self) -> Result<Vec<(ListenerId, ListenerState)>, StoreError> {
        let rows = sqlx::query("SELECT * FROM listener_state")
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter()
            .map(|row| Ok((listener(row, STATE)?, state(row)?)))
            .collect()
    }

    async fn seen(
        &mut self,
        listener: ListenerId,
        marks: &[SeenMark],
    ) -> Result<BTreeSet<SeenMark>, StoreError> {
        let marks: Vec<String> = marks.iter().map(|mark| HEXLOWER.encode(mark)).collect();
        let rows = sqlx::query(
            "SELECT mark FROM mail_seen WHERE listener_id = ? AND mark IN
             (SELECT unhex(value) FROM json_each(?))",
        )
        .bind(listener.to_string())
        .bind(serde_json::to_string(&marks).map_err(|error| corrupt(SEEN, error))?)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter()
            .map(|row| {
                let mark: Vec<u8> = row.try_get(0).map_err(fault)?;
                SeenMark::try_from(mark.as_slice()).map_err(|error| corrupt(SEEN, error))
            })
            .collect()
    }

    async fn due_actions(
        &mut self,
        listener: ListenerId,
        by: Timestamp,
        most: u32,
    ) -> Result<Vec<MailAction>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM mail_action WHERE listener_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?",
        )
        .bind(listener.to_string())
        .bind(by.as_micros())
        .bind(i64::from(most))
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(action).collect()
    }

    async fn pending(
        &mut self,
        listener: ListenerId,
        newest_first: bool,
        most: u32,
    ) -> Result<Vec<PendingMail>, StoreError> {
        let statement = if newest_first {
            "SELECT * FROM mail_pending WHERE listener_id = ? ORDER BY received_at DESC, seq LIMIT ?"
        } else {
            "SELECT * FROM mail_pending WHERE listener_id = ? ORDER BY received_at, seq DESC LIMIT ?"
        };
        let rows = sqlx::query(statement)
            .bind(listener.to_string())
            .bind(i64::from(most))
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter()
            .map(|row| {
                Ok(PendingMail {
                    item: text(row, "item")?,
                    lasting_id: row.try_get("lasting_id").map_err(fault)?,
                    message_id: row.try_get("message_id").map_err(fault)?,
                    received_at: time(row, "received_at")?,
                })
            })
            .collect()
    }

    async fn pending_of(
        &mut self,
        listener: ListenerId,
        items: &[String],
    ) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query(
            "SELECT item FROM mail_pending WHERE listener_id = ?
             AND item IN (SELECT value FROM json_each(?))",
        )
        .bind(listener.to_string())
        .bind(serde_json::to_string(items).map_err(|error| corrupt(PENDING, error))?)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter().map(|row| text(row, "item")).collect()
    }

    async fn waiting(&mut self, listener: ListenerId) -> Result<Waiting, StoreError> {
        let row = sqlx::query(
            "SELECT
             (SELECT MIN(due_at) FROM mail_action WHERE listener_id = ?1) AS action_at,
             (SELECT MIN(due_at) FROM mail_letter WHERE listener_id = ?1) AS letter_at,
             (SELECT COUNT(*) FROM mail_action WHERE listener_id = ?1) AS actions,
             (SELECT fault FROM mail_action WHERE listener_id = ?1 AND fault IS NOT NULL
              ORDER BY attempts DESC, mail_key LIMIT 1) AS action_fault,
             (SELECT COUNT(due_at) FROM mail_letter WHERE listener_id = ?1) AS retrying,
             (SELECT COUNT(*) FROM mail_letter WHERE listener_id = ?1 AND due_at IS NULL) AS given_up",
        )
        .bind(listener.to_string())
        .fetch_one(&mut *self.0)
        .await
        .map_err(fault)?;
        let count = |name: &str| row.try_get::<i64, _>(name).map_err(fault).map(unsigned);
        let times = [time(&row, "action_at")?, time(&row, "letter_at")?];
        Ok(Waiting {
            next_at: times.into_iter().flatten().min(),
            actions: count("actions")?,
            action_fault: row.try_get("action_fault").map_err(fault)?,
            retrying: count("retrying")?,
            given_up: count("given_up")?,
        })
    }

    async fn troubled(&mut self, most: u32) -> Result<Vec<ListenerId>, StoreError> {
        let rows = sqlx::query(
            "SELECT listener_id FROM listener_state WHERE failing_since IS NOT NULL
             UNION SELECT listener_id FROM mail_letter WHERE due_at IS NULL
             ORDER BY listener_id LIMIT ?1",
        )
        .bind(most)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        rows.iter()
            .map(|row| {
                let id = text(row, "listener_id")?.parse();
                id.map_err(|error| corrupt("listener_state", error))
            })
            .collect()
    }

    async fn deliveries(
        &mut self,
        listener: ListenerId,
        page: &PageRequest,
    ) -> Result<Page<MailDelivery>, StoreError> {
        let after = page
            .after
            .as_ref()
            .and_then(|after| after.id.parse::<i64>().ok());
        let rows = sqlx::query(
            "SELECT * FROM mail_delivery WHERE listener_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
        )
        .bind(listener.to_string())
        .bind(after.unwrap_or(i64::MAX))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let rows = rows
            .iter()
            .map(|row| Ok((row.try_get::<i64, _>("seq").map_err(fault)?, delivery(row)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let page = Page::from_rows(rows, page.limit, |(seq, delivery)| Position {
            value: SortValue::Micros(delivery.at.as_micros()),
            id: seq.to_string(),
        });
        Ok(Page {
            items: page.items.into_iter().map(|(_, it)| it).collect(),
            next: page.next,
        })
    }

    async fn delivery(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<Option<MailDelivery>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM mail_delivery WHERE listener_id = ? AND mail_key = ?
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(listener.to_string())
        .bind(key.as_str())
        .fetch_optional(&mut *self.0)
        .await
        .map_err(fault)?;
        row.as_ref().map(delivery).transpose()
    }

    async fn letters(
        &mut self,
        listener: ListenerId,
        filter: LetterFilter,
        most: u32,
    ) -> Result<Vec<MailLetter>, StoreError> {
        let (statement, by) = match filter {
            LetterFilter::DueBy(by) => (
                "SELECT * FROM mail_letter WHERE listener_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?",
                by.as_micros(),
            ),
            LetterFilter::GivenUp => (
                "SELECT * FROM mail_letter WHERE listener_id = ? AND due_at IS NULL AND ? = 0
                 ORDER BY first_at DESC LIMIT ?",
                0,
            ),
            LetterFilter::All => (
                "SELECT * FROM mail_letter WHERE listener_id = ? AND ? = 0
                 ORDER BY first_at DESC LIMIT ?",
                0,
            ),
        };
        let rows = sqlx::query(statement)
            .bind(listener.to_string())
            .bind(by)
            .bind(i64::from(most))
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        rows.iter().map(letter).collect()
    }

    async fn letter(
        &mut self,
        listener: ListenerId,
        key: &MailKey,
    ) -> Result<Option<MailLetter>, StoreError> {
        let row = sqlx::query("SELECT * FROM mail_letter WHERE listener_id = ? AND mail_key = ?")
            .bind(listener.to_string())
            .bind(key.as_str())
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.as_ref().map(letter).transpose()
    }

    async fn hours(
        &mut self,
        listener: ListenerId,
        from: Timestamp,
    ) -> Result<Vec<MailHour>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM mail_hour WHERE listener_id = ? AND hour >= ? ORDER BY hour",
        )
        .bind(listener.to_string())
        .bind(from.as_micros())
        .fetch_all(&mut *self.0)
        .await
        .map_err(fault)?;
        let number = |row: &SqliteRow, name: &str| row.try_get::<i64, _>(name).map_err(fault);
        rows.iter()
            .map(|row| {
                Ok(MailHour {
                    hour: Timestamp::from_micros(number(row, "hour")?),
                    delivered: unsigned(number(row, "delivered")?),
                    failed: unsigned(number(row, "failed")?),
                    most_lag: Duration::from_micros(unsigned(number(row, "most_lag")?)),
                })
            })
            .collect()
    }
}

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

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn time(row: &SqliteRow, name: &str) -> Result<Option<Timestamp>, StoreError> {
    let micros = row.try_get::<Option<i64>, _>(name).map_err(fault)?;
    Ok(micros.map(Timestamp::from_micros))
}

fn must(row: &SqliteRow, name: &str) -> Result<Timestamp, StoreError> {
    let micros = row.try_get::<i64, _>(name).map_err(fault)?;
    Ok(Timestamp::from_micros(micros))
}

fn text(row: &SqliteRow, name: &str) -> Result<String, StoreError> {
    row.try_get(name).map_err(fault)
}

fn listener(row: &SqliteRow, table: &'static str) -> Result<ListenerId, StoreError> {
    let id = text(row, "listener_id")?.parse();
    id.map_err(|error: Invalid| corrupt(table, error))
}

fn key(row: &SqliteRow, table: &'static str) -> Result<MailKey, StoreError> {
    MailKey::new(text(row, "mail_key")?).map_err(|error| corrupt(table, error))
}

fn state(row: &SqliteRow) -> Result<ListenerState, StoreError> {
    let lag: Option<i64> = row.try_get("lag").map_err(fault)?;
    let phase = text(row, "phase")?;
    let failing = match (time(row, "failing_since")?, time(row, "failing_last_at")?) {
        (Some(since), Some(last_at)) => Some(Failing {
            since,
            last_at,
            times: unsigned(row.try_get("failing_times").map_err(fault)?),
            class: text(row, "failing_class")?,
            detail: text(row, "failing_detail")?,
            remedy: row.try_get("failing_remedy").map_err(fault)?,
        }),
        _ => None,
    };
    Ok(ListenerState {
        place: text(row, "place")?,
        folder: row.try_get("folder").map_err(fault)?,
        start: text(row, "start")?,
        cursor: row.try_get("sync_state").map_err(fault)?,
        phase: ListenerPhase::from_name(&phase).ok_or_else(|| corrupt(STATE, phase))?,
        began_at: time(row, "began_at")?,
        looked_at: time(row, "looked_at")?,
        delivered_at: time(row, "delivered_at")?,
        lag: lag.map(|lag| Duration::from_micros(unsigned(lag))),
        failing,
        next_look_at: time(row, "next_look_at")?,
    })
}

fn delivery(row: &SqliteRow) -> Result<MailDelivery, StoreError> {
    let took: i64 = row.try_get("took").map_err(fault)?;
    Ok(MailDelivery {
        listener: listener(row, DELIVERY)?,
        key: key(row, DELIVERY)?,
        item: text(row, "item")?,
        at: must(row, "at")?,
        received_at: time(row, "received_at")?,
        subject: text(row, "subject")?,
        sender: text(row, "sender")?,
        size: unsigned(row.try_get("size").map_err(fault)?),
        attachments: row.try_get("attachments").map_err(fault)?,
        took: Duration::from_micros(unsigned(took)),
        attempt: row.try_get("attempt").map_err(fault)?,
    })
}

fn action(row: &SqliteRow) -> Result<MailAction, StoreError> {
    let what = text(row, "what")?;
    Ok(MailAction {
        listener: listener(row, ACTION)?,
        key: key(row, ACTION)?,
        item: text(row, "item")?,
        what: ActionAfter::from_name(&what).ok_or_else(|| corrupt(ACTION, what))?,
        attempts: row.try_get("attempts").map_err(fault)?,
        due_at: must(row, "due_at")?,
        fault: row.try_get("fault").map_err(fault)?,
    })
}

fn letter(row: &SqliteRow) -> Result<MailLetter, StoreError> {
    Ok(MailLetter {
        listener: listener(row, LETTER)?,
        key: key(row, LETTER)?,
        item: text(row, "item")?,
        subject: text(row, "subject")?,
        sender: text(row, "sender")?,
        received_at: time(row, "received_at")?,
        first_at: must(row, "first_at")?,
        last_at: must(row, "last_at")?,
        attempts: row.try_get("attempts").map_err(fault)?,
        due_at: time(row, "due_at")?,
        class: text(row, "class")?,
        detail: text(row, "detail")?,
        again: row.try_get("again").map_err(fault)?,
    })
}
