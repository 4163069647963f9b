//! The installation's one row.

use async_trait::async_trait;
use grantd_model::{Sealed, Timestamp};
use sqlx::Row;

use super::faults::fault;
use super::unit::Repository;
use crate::{Installation, InstallationReader, InstallationWriter, StoreError};

#[async_trait]
impl InstallationReader for Repository<'_> {
    async fn get(&mut self) -> Result<Option<Installation>, StoreError> {
        let row = sqlx::query("SELECT id, created_at, keyring_check, audit_key FROM installation")
            .fetch_optional(&mut *self.0)
            .await
            .map_err(fault)?;
        row.map(|row| {
            Ok(Installation {
                id: row.try_get(0).map_err(fault)?,
                created_at: Timestamp::from_micros(row.try_get(1).map_err(fault)?),
                keyring_check: Sealed::from_bytes(row.try_get(2).map_err(fault)?),
                audit_key: row
                    .try_get::<Option<Vec<u8>>, _>(3)
                    .map_err(fault)?
                    .map(Sealed::from_bytes),
            })
        })
        .transpose()
    }
}

#[async_trait]
impl InstallationWriter for Repository<'_> {
    async fn insert(&mut self, installation: &Installation) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO installation (id, created_at, keyring_check, audit_key)
             SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM installation)",
        )
        .bind(&installation.id)
        .bind(installation.created_at.as_micros())
        .bind(installation.keyring_check.as_bytes())
        .bind(installation.audit_key.as_ref().map(Sealed::as_bytes))
        .execute(&mut *self.0)
        .await
        .map_err(fault)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Database(
                "the installation is there already".to_owned(),
            ));
        }
        Ok(())
    }

    async fn set_audit_key(&mut self, key: &Sealed) -> Result<(), StoreError> {
        sqlx::query("UPDATE installation SET audit_key = ? WHERE audit_key IS NULL")
            .bind(key.as_bytes())
            .execute(&mut *self.0)
            .await
            .map_err(fault)?;
        Ok(())
    }
}
