//! Adds to the audit log, and keeps its chain.

use async_trait::async_trait;
use grantd_model::{AuditEntry, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::faults::fault;
use super::known_head::KnownHead;
use super::unit::Repository;
use crate::seal::{AuditChain, AuditFields, AuditLink, ChainEnd, Mac};
use crate::{AuditQuery, AuditReader, AuditRow, AuditWriter, ChainState, Page, StoreError};

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

/// The log as a unit of work writes it.
pub(super) struct AuditLog<'a> {
    pub(super) rows: Repository<'a>,
    /// The end as this process left it.
    pub(super) known: &'a KnownHead,
    /// The end as this unit leaves it; none as long as it added nothing.
    pub(super) head: &'a mut Option<AuditLink>,
}

#[async_trait]
impl AuditReader for AuditLog<'_> {
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        self.rows.page(query).await
    }

    async fn chain(&mut self) -> Result<Option<ChainState>, StoreError> {
        state(&mut self.rows).await
    }

    async fn rows(&mut self, after: i64, most: u32) -> Result<Vec<AuditRow>, StoreError> {
        rows(&mut self.rows, after, most).await
    }
}

#[async_trait]
impl AuditWriter for AuditLog<'_> {
    async fn begin_chain(&mut self, chain: &AuditChain, at: Timestamp) -> Result<(), StoreError> {
        // a MAC that stands there is of no chain: nothing may take it for one of this
        let anchor = AuditLink {
            seq: newest(&mut self.rows).await?.seq,
            mac: Mac::ZERO,
        };
        let state = ChainState {
            begun_at: at,
            anchor,
            anchor_proof: chain.confirm(ChainEnd::Anchor, at, &anchor),
            head: anchor,
            head_proof: chain.confirm(ChainEnd::Head, at, &anchor),
        };
        *self.head = Some(anchor);
        put(&mut self.rows, &state).await
    }

    async fn append(&mut self, entry: &AuditEntry, chain: &AuditChain) -> Result<(), StoreError> {
        let newest = newest(&mut self.rows).await?;
        let state = state(&mut self.rows).await?;
        let mut state = state.unwrap_or_else(|| unconfirmed(newest));
        // an end that somebody else wrote is not made good by what is added behind it
        let is_ours = state.is_confirmed(ChainEnd::Head, chain)
            && (self.head.is_some() || self.known.fits(&state.head));
        // what somebody put in behind the end is found when the log is checked; nothing stops for it
        state.head.seq = state.head.seq.max(newest.seq);
        let fields = AuditFields::of(entry)?;
        state.head = chain.link(&state.head, &fields);
        state.head_proof = if is_ours {
            chain.confirm(ChainEnd::Head, state.begun_at, &state.head)
        } else {
            Mac::ZERO
        };
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
        .execute(&mut *self.rows.0)
        .await
        .map_err(fault)?;
        *self.head = Some(state.head);
        put(&mut self.rows, &state).await
    }

    async fn prune(
        &mut self,
        before: Timestamp,
        most: u32,
        chain: &AuditChain,
    ) -> Result<u64, StoreError> {
        let Some(mut state) = state(&mut self.rows).await? else {
            return Ok(0);
        };
        let mut anchor = state.anchor;
        let mut last = None;
        let mut gone = 0;
        for row in rows(&mut self.rows, i64::MIN, most).await? {
            if row.fields.at >= before.as_micros() {
                break;
            }
            // an entry from before the chain is secured by nothing, and goes by what it says
            if row.seq > state.anchor.seq {
                let link = chain.link(&anchor, &row.fields);
                if (row.seq, row.mac) != (link.seq, Some(link.mac)) {
                    tracing::warn!(
                        entry = row.seq,
                        "an entry of the audit log is not what was written: nothing is removed by age from there on"
                    );
                    break;
                }
                anchor = link;
            }
            last = Some(row.seq);
            gone += 1;
        }
        let Some(last) = last else { return Ok(0) };
        sqlx::query("DELETE FROM audit_entry WHERE seq <= ?")
            .bind(last)
            .execute(&mut *self.rows.0)
            .await
            .map_err(fault)?;
        if anchor != state.anchor {
            // a beginning that was not confirmed is not made good by what is removed
            state.anchor_proof = if state.is_confirmed(ChainEnd::Anchor, chain) {
                chain.confirm(ChainEnd::Anchor, state.begun_at, &anchor)
            } else {
                Mac::ZERO
            };
            state.anchor = anchor;
            put(&mut self.rows, &state).await?;
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
