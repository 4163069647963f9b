//! Sealed values wherever they are.

use std::collections::BTreeMap;

use async_trait::async_trait;
use grantd_model::Sealed;
use sqlx::{QueryBuilder, Row};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{SealedAt, SealedReader, SealedWriter, StoreError};

/// All of them: in which table, by which three keys. The id of the key stands behind its length.
const ALL: &str = "\
    SELECT 'installation' AS what, '' AS one, '' AS two, 0 AS three, keyring_check AS sealed FROM installation \
    UNION ALL SELECT 'audit', '', '', 0, audit_key FROM installation WHERE audit_key IS NOT NULL \
    UNION ALL SELECT 'credential', credential_id, '', version, sealed FROM credential_secret WHERE sealed IS NOT NULL \
    UNION ALL SELECT 'parameter', credential_id, place, position, sealed FROM credential_parameter WHERE sealed IS NOT NULL \
    UNION ALL SELECT 'source', id, '', 0, secret_sealed FROM secret_source WHERE secret_sealed IS NOT NULL \
    UNION ALL SELECT 'channel', id, '', 0, secret_sealed FROM alert_channel WHERE secret_sealed IS NOT NULL \
    UNION ALL SELECT 'earlier', id, '', 0, earlier_sealed FROM alert_channel WHERE earlier_sealed IS NOT NULL \
    UNION ALL SELECT 'factor', id, '', 0, factor_secret FROM console_user WHERE factor_secret IS NOT NULL";

/// The length of the key's id and the id itself, which has at most 16 characters.
const HEAD: &str = "substr(sealed, 3, 17)";

#[async_trait]
impl SealedReader for Repository<'_> {
    async fn by_key(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(HEAD)
            .push(" AS head, count(*) AS number FROM (")
            .push(ALL)
            .push(") GROUP BY 1");
        let rows = sql.build().fetch_all(&mut *self.0).await.map_err(fault)?;
        let mut counts = BTreeMap::new();
        for row in rows {
            let head: Vec<u8> = row.try_get("head").map_err(fault)?;
            let number: i64 = row.try_get("number").map_err(fault)?;
            // behind a shorter id something else begins
            let (length, rest) = head
                .split_first()
                .ok_or_else(|| corrupt("sealed values", "one is empty"))?;
            let id = rest.get(..usize::from(*length)).unwrap_or(rest);
            let id = String::from_utf8_lossy(id).into_owned();
            *counts.entry(id).or_insert(0) += u64::try_from(number).unwrap_or_default();
        }
        Ok(counts.into_iter().collect())
    }

    async fn under_others(
        &mut self,
        key: &str,
        most: u32,
    ) -> Result<Vec<(SealedAt, Sealed)>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT * FROM (");
        let length = u8::try_from(key.len()).unwrap_or(u8::MAX);
        let head = [&[length], key.as_bytes()].concat();
        sql.push(ALL).push(") WHERE substr(sealed, 3, ");
        sql.push_bind(i64::from(length) + 1).push(") <> ");
        sql.push_bind(head)
            .push(" LIMIT ")
            .push_bind(i64::from(most));
        let rows = sql.build().fetch_all(&mut *self.0).await.map_err(fault)?;
        rows.iter()
            .map(|row| {
                let text = |name: &str| row.try_get::<String, _>(name).map_err(fault);
                let number: i64 = row.try_get("three").map_err(fault)?;
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                let at = match text("what")?.as_str() {
                    "installation" => SealedAt::Installation,
                    "audit" => SealedAt::AuditKey,
                    "credential" => SealedAt::Credential(text("one")?, number),
                    "parameter" => SealedAt::Parameter(text("one")?, text("two")?, number),
                    "source" => SealedAt::Source(text("one")?),
                    "channel" => SealedAt::Channel(text("one")?),
                    "earlier" => SealedAt::EarlierOfChannel(text("one")?),
                    "factor" => SealedAt::Factor(text("one")?),
                    other => return Err(corrupt("sealed values", other)),
                };
                let sealed = row.try_get("sealed").map_err(fault)?;
                Ok((at, Sealed::from_bytes(sealed)))
            })
            .collect()
    }
}

#[async_trait]
impl SealedWriter for Repository<'_> {
    async fn replace(
        &mut self,
        at: &SealedAt,
        before: &Sealed,
        after: &Sealed,
    ) -> Result<(), StoreError> {
        let mut sql = QueryBuilder::new("UPDATE ");
        let (table, column) = match at {
            SealedAt::Installation => ("installation", "keyring_check"),
            SealedAt::AuditKey => ("installation", "audit_key"),
            SealedAt::Credential(..) => ("credential_secret", "sealed"),
            SealedAt::Parameter(..) => ("credential_parameter", "sealed"),
            SealedAt::Source(_) => ("secret_source", "secret_sealed"),
            SealedAt::Channel(_) => ("alert_channel", "secret_sealed"),
            SealedAt::EarlierOfChannel(_) => ("alert_channel", "earlier_sealed"),
            SealedAt::Factor(_) => ("console_user", "factor_secret"),
        };
        sql.push(table).push(" SET ").push(column).push(" = ");
        sql.push_bind(after.as_bytes().to_vec());
        sql.push(" WHERE ").push(column).push(" = ");
        sql.push_bind(before.as_bytes().to_vec());
        match at {
            SealedAt::Installation | SealedAt::AuditKey => {}
            SealedAt::Credential(id, version) => {
                sql.push(" AND credential_id = ").push_bind(id.clone());
                sql.push(" AND version = ").push_bind(i64::from(*version));
            }
            SealedAt::Parameter(id, place, position) => {
                sql.push(" AND credential_id = ").push_bind(id.clone());
                sql.push(" AND place = ").push_bind(place.clone());
                sql.push(" AND position = ").push_bind(i64::from(*position));
            }
            SealedAt::Source(id)
            | SealedAt::Channel(id)
            | SealedAt::EarlierOfChannel(id)
            | SealedAt::Factor(id) => {
                sql.push(" AND id = ").push_bind(id.clone());
            }
        }
        sql.build().execute(&mut *self.0).await.map_err(fault)?;
        Ok(())
    }
}
