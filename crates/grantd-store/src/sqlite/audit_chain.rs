//! Adds to the audit log, and keeps its chain.

use async_trait::async_trait;
use grantd_model::{AuditEntry, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::fault;
use super::unit::Repository;
use crate::seal::{AuditChain, AuditFields, AuditLink, ChainEnd, Mac};
use crate::{AuditRow, AuditWriter, ChainState, StoreError};

/// Where the chain begins and ends; none before it has begun.
pub(super) async fn state(
    repository: &mut Repository<'_>,
) -> Result<Option<ChainState>, StoreError> {
    let row = sqlx::query(
        "SELECT begun_at, anchor_seq, anchor_mac, anchor_proof, head_seq, head_mac, head_proof
         FROM audit_chain",
    )
    .fetch_optional(&mut *repository.0)
    .await
    .map_err(fault)?;
    row.map(|row| {
        let number = |at: usize| row.try_get::<i64, _>(at).map_err(fault);
        Ok(ChainState {
            begun_at: Timestamp::from_micros(number(0)?),
            anchor: AuditLink {
                seq: number(1)?,
                mac: mac(&row, 2)?,
            },
            anchor_proof: mac(&row, 3)?,
            head: AuditLink {
                seq: number(4)?,
                mac: mac(&row, 5)?,
            },
            head_proof: mac(&row, 6)?,
        })
    })
    .transpose()
}

/// A MAC; one that was altered so that it is none counts as zero, which confirms nothing.
fn mac(row: &SqliteRow, at: usize) -> Result<Mac, StoreError> {
    let bytes: Vec<u8> = row.try_get(at).map_err(fault)?;
    Ok(Mac::from_bytes(&bytes).unwrap_or(Mac::ZERO))
}

/// Entries as they are stored.
pub(super) async fn rows(
    repository: &mut Repository<'_>,
    after: i64,
    most: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, mac, id, at, actor, action, object, object_name, detail FROM audit_entry
         WHERE seq > ? ORDER BY seq LIMIT ?",
    )
    .bind(after)
    .bind(i64::from(most))
    .fetch_all(&mut *repository.0)
    .await
    .map_err(fault)?;
    rows.iter()
        .map(|row| {
            let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
            let mac: Option<Vec<u8>> = row.try_get("mac").map_err(fault)?;
            Ok(AuditRow {
                seq: row.try_get("seq").map_err(fault)?,
                mac: mac.map(|mac| Mac::from_bytes(&mac).unwrap_or(Mac::ZERO)),
                fields: AuditFields {
                    id: text("id")?,
                    at: row.try_get("at").map_err(fault)?,
                    actor: text("actor")?,
                    action: text("action")?,
                    object: text("object")?,
                    object_name: text("object_name")?,
                    detail: text("detail")?,
                },
            })
        })
        .collect()
}

#[async_trait]
impl AuditWriter for Repository<'_> {
    async fn begin_chain(&mut self, chain: &AuditChain, at: Timestamp) -> Result<(), StoreError> {
        let anchor = newest(self).await?;
        let state = ChainState {
            begun_at: at,
            anchor,
            anchor_proof: chain.confirm(ChainEnd::Anchor, at, &anchor),
            head: anchor,
            head_proof: chain.confirm(ChainEnd::Head, at, &anchor),
        };
        put(self, &state).await
    }

    async fn append(&mut self, entry: &AuditEntry, chain: &AuditChain) -> Result<(), StoreError> {
        let newest = newest(self).await?;
        let mut state = state(self).await?.unwrap_or_else(|| unconfirmed(newest));
        // what somebody put in behind the end is found when the log is checked; nothing stops for it
        state.head.seq = state.head.seq.max(newest.seq);
        let fields = AuditFields::of(entry)?;
        state.head = chain.link(&state.head, &fields);
        state.head_proof = chain.confirm(ChainEnd::Head, state.begun_at, &state.head);
        sqlx::query(
            "INSERT INTO audit_entry
                 (seq, mac, id, at, actor, action, object, object_name, detail)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(state.head.seq)
        .bind(state.head.mac.as_bytes().as_slice())
        .bind(fields.id)
        .bind(fields.at)
        .bind(fields.actor)
        .bind(fields.action)
        .bind(fields.object)
        .bind(fields.object_name)
        .bind(fields.detail)
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        put(self, &state).await
    }

    async fn prune(
        &mut self,
        before: Timestamp,
        most: u32,
        chain: &AuditChain,
    ) -> Result<u64, StoreError> {
        let Some(mut state) = state(self).await? else {
            return Ok(0);
        };
        let oldest = sqlx::query("SELECT seq, mac, at FROM audit_entry ORDER BY seq LIMIT ?")
            .bind(i64::from(most))
            .fetch_all(&mut *self.0)
            .await
            .map_err(fault)?;
        let mut last = None;
        let mut gone = 0;
        for row in &oldest {
            let at: i64 = row.try_get("at").map_err(fault)?;
            if at >= before.as_micros() {
                break;
            }
            let mac: Option<Vec<u8>> = row.try_get("mac").map_err(fault)?;
            last = Some(AuditLink {
                seq: row.try_get("seq").map_err(fault)?,
                mac: mac
                    .and_then(|mac| Mac::from_bytes(&mac))
                    .unwrap_or(Mac::ZERO),
            });
            gone += 1;
        }
        let Some(last) = last else { return Ok(0) };
        sqlx::query("DELETE FROM audit_entry WHERE seq <= ?")
            .bind(last.seq)
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        if last.seq > state.anchor.seq {
            // a beginning that was not confirmed is not made good by what is removed
            let was = chain.confirm(ChainEnd::Anchor, state.begun_at, &state.anchor);
            state.anchor_proof = if was == state.anchor_proof {
                chain.confirm(ChainEnd::Anchor, state.begun_at, &last)
            } else {
                Mac::ZERO
            };
            state.anchor = last;
            put(self, &state).await?;
        }
        Ok(gone)
    }
}

/// The state of a chain whose own was lost.
const fn unconfirmed(link: AuditLink) -> ChainState {
    ChainState {
        begun_at: Timestamp::from_micros(0),
        anchor: link,
        anchor_proof: Mac::ZERO,
        head: link,
        head_proof: Mac::ZERO,
    }
}

/// The link of the newest entry.
async fn newest(repository: &mut Repository<'_>) -> Result<AuditLink, StoreError> {
    let row = sqlx::query("SELECT seq, mac FROM audit_entry ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *repository.0)
        .await
        .map_err(fault)?;
    row.map_or(Ok(AuditLink::START), |row| {
        let mac: Option<Vec<u8>> = row.try_get("mac").map_err(fault)?;
        let mac = mac.and_then(|mac| Mac::from_bytes(&mac));
        Ok(AuditLink {
            seq: row.try_get("seq").map_err(fault)?,
            mac: mac.unwrap_or(Mac::ZERO),
        })
    })
}

async fn put(repository: &mut Repository<'_>, state: &ChainState) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT OR REPLACE INTO audit_chain
             (one, begun_at, anchor_seq, anchor_mac, anchor_proof, head_seq, head_mac, head_proof)
         VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(state.begun_at.as_micros())
    .bind(state.anchor.seq)
    .bind(state.anchor.mac.as_bytes().as_slice())
    .bind(state.anchor_proof.as_bytes().as_slice())
    .bind(state.head.seq)
    .bind(state.head.mac.as_bytes().as_slice())
    .bind(state.head_proof.as_bytes().as_slice())
    .execute(&mut *repository.0)
    .await
    .map_err(fault)?;
    Ok(())
}
