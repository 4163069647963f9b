//! Sealed values wherever they are.

use std::collections::BTreeMap;

use async_trait::async_trait;
use grantd_model::Sealed;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::faults::{corrupt, fault};
use super::unit::Repository;
use crate::{SealedAt, SealedReader, SealedWriter, StoreError};

/// The kinds of sealed values, in the order of their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Installation,
    AuditKey,
    Credential,
    Parameter,
    Field,
    Source,
    Channel,
    EarlierOfChannel,
    Factor,
}

/// The column that holds the values of a kind.
struct Column {
    table: &'static str,
    value: &'static str,
    /// What a row is found by: its primary key, so that reading goes on where it was.
    keys: &'static str,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Installation,
        Self::AuditKey,
        Self::Credential,
        Self::Parameter,
        Self::Field,
        Self::Source,
        Self::Channel,
        Self::EarlierOfChannel,
        Self::Factor,
    ];

    const fn of(at: &SealedAt) -> Self {
        match at {
            SealedAt::Installation => Self::Installation,
            SealedAt::AuditKey => Self::AuditKey,
            SealedAt::Credential(..) => Self::Credential,
            SealedAt::Parameter(..) => Self::Parameter,
            SealedAt::Field(..) => Self::Field,
            SealedAt::Source(_) => Self::Source,
            SealedAt::Channel(_) => Self::Channel,
            SealedAt::EarlierOfChannel(_) => Self::EarlierOfChannel,
            SealedAt::Factor(_) => Self::Factor,
        }
    }

    const fn column(self) -> Column {
        let (table, value, keys) = match self {
            // there is one row
            Self::Installation => ("installation", "keyring_check", "1"),
            Self::AuditKey => ("installation", "audit_key", "1"),
            Self::Credential => ("credential_secret", "sealed", "credential_id, version"),
            Self::Parameter => (
                "credential_parameter",
                "sealed",
                "credential_id, place, position",
            ),
            Self::Field => ("consumer_field", "sealed", "consumer_id, position"),
            Self::Source => ("secret_source", "secret_sealed", "id"),
            Self::Channel => ("alert_channel", "secret_sealed", "id"),
            Self::EarlierOfChannel => ("alert_channel", "earlier_sealed", "id"),
            Self::Factor => ("console_user", "factor_secret", "id"),
        };
        Column { table, value, keys }
    }

    /// The place of the value in a row of the keys.
    fn place(self, row: &SqliteRow) -> Result<SealedAt, StoreError> {
        let text = |at: usize| row.try_get::<String, _>(at).map_err(fault);
        let number = |at: usize| {
            let number: i64 = row.try_get(at).map_err(fault)?;
            Ok::<_, StoreError>(u32::try_from(number).unwrap_or(u32::MAX))
        };
        Ok(match self {
            Self::Installation => SealedAt::Installation,
            Self::AuditKey => SealedAt::AuditKey,
            Self::Credential => SealedAt::Credential(text(0)?, number(1)?),
            Self::Parameter => SealedAt::Parameter(text(0)?, text(1)?, number(2)?),
            Self::Field => SealedAt::Field(text(0)?, number(1)?),
            Self::Source => SealedAt::Source(text(0)?),
            Self::Channel => SealedAt::Channel(text(0)?),
            Self::EarlierOfChannel => SealedAt::EarlierOfChannel(text(0)?),
            Self::Factor => SealedAt::Factor(text(0)?),
        })
    }
}

/// The keys of a place, as a value of a row.
fn push_keys(sql: &mut QueryBuilder<Sqlite>, at: &SealedAt) {
    sql.push("(");
    match at {
        SealedAt::Installation | SealedAt::AuditKey => {
            sql.push("1");
        }
        SealedAt::Credential(id, number) | SealedAt::Field(id, number) => {
            sql.push_bind(id.clone()).push(", ");
            sql.push_bind(i64::from(*number));
        }
        SealedAt::Parameter(id, place, position) => {
            sql.push_bind(id.clone()).push(", ");
            sql.push_bind(place.clone()).push(", ");
            sql.push_bind(i64::from(*position));
        }
        SealedAt::Source(id)
        | SealedAt::Channel(id)
        | SealedAt::EarlierOfChannel(id)
        | SealedAt::Factor(id) => {
            sql.push_bind(id.clone());
        }
    }
    sql.push(")");
}

/// The length of the key's id and the id itself, which has at most 16 characters.
const HEAD: &str = "substr(sealed, 3, 17)";

#[async_trait]
impl SealedReader for Repository<'_> {
    async fn by_key(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let all = Kind::ALL.map(|kind| {
            let Column { table, value, .. } = kind.column();
            format!("SELECT {value} AS sealed FROM {table} WHERE {value} IS NOT NULL")
        });
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(HEAD)
            .push(" AS head, count(*) AS number FROM (")
            .push(all.join(" UNION ALL "))
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
        after: Option<&SealedAt>,
        most: u32,
    ) -> Result<Vec<(SealedAt, Sealed)>, StoreError> {
        let length = u8::try_from(key.len()).unwrap_or(u8::MAX);
        let head = [&[length], key.as_bytes()].concat();
        let mut found = Vec::new();
        for kind in Kind::ALL {
            if after.is_some_and(|after| Kind::of(after) > kind) {
                continue;
            }
            let left = most.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            if left == 0 {
                break;
            }
            let Column { table, value, keys } = kind.column();
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(format!("{keys}, {value} AS sealed FROM {table} "));
            sql.push(format!("WHERE {value} IS NOT NULL AND substr({value}, 3, "));
            sql.push_bind(i64::from(length) + 1).push(") <> ");
            sql.push_bind(head.clone());
            if let Some(after) = after.filter(|after| Kind::of(after) == kind) {
                sql.push(format!(" AND ({keys}) > "));
                push_keys(&mut sql, after);
            }
            sql.push(format!(" ORDER BY {keys} LIMIT "));
            sql.push_bind(i64::from(left));
            let rows = sql.build().fetch_all(&mut *self.0).await.map_err(fault)?;
            for row in &rows {
                let sealed = row.try_get("sealed").map_err(fault)?;
                found.push((kind.place(row)?, Sealed::from_bytes(sealed)));
            }
        }
        Ok(found)
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
        let Column { table, value, keys } = Kind::of(at).column();
        let mut sql = QueryBuilder::new("UPDATE ");
        sql.push(format!("{table} SET {value} = "));
        sql.push_bind(after.as_bytes().to_vec());
        sql.push(format!(" WHERE {value} = "));
        sql.push_bind(before.as_bytes().to_vec());
        sql.push(format!(" AND ({keys}) = "));
        push_keys(&mut sql, at);
        sql.build().execute(&mut *self.0).await.map_err(fault)?;
        Ok(())
    }
}
