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
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{
    LetterFilter, MailReader, Page, PageRequest, Position, SortValue, StoreError, Waiting,
};

const STATE: &str = "listener_state";
const DELIVERY: &str = "mail_delivery";
pub(super) const ACTION: &str = "mail_action";
const LETTER: &str = "mail_letter";
pub(super) const SEEN: &str = "mail_seen";
pub(super) const PENDING: &str = "mail_pending";

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
             (SELECT MIN(received_at) FROM mail_letter WHERE listener_id = ?1 AND due_at IS NOT NULL
              AND again = 0 AND received_at >= began_at) AS oldest_letter_at,
             (SELECT MIN(received_at) FROM mail_pending WHERE listener_id = ?1
              AND received_at >= began_at) AS oldest_pending_at,
             (SELECT COUNT(*) FROM mail_letter WHERE listener_id = ?1 AND due_at IS NULL) AS given_up
             FROM (SELECT MAX(began_at) AS began_at FROM listener_state WHERE listener_id = ?1)",
        )
        .bind(listener.to_string())
        .fetch_one(&mut *self.0)
        .await
        .map_err(fault)?;
        let count = |name: &str| row.try_get::<i64, _>(name).map_err(fault).map(unsigned);
        let times = [time(&row, "action_at")?, time(&row, "letter_at")?];
        let oldest = [
            time(&row, "oldest_letter_at")?,
            time(&row, "oldest_pending_at")?,
        ];
        Ok(Waiting {
            next_at: times.into_iter().flatten().min(),
            actions: count("actions")?,
            action_fault: row.try_get("action_fault").map_err(fault)?,
            retrying: count("retrying")?,
            oldest_at: oldest.into_iter().flatten().min(),
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
