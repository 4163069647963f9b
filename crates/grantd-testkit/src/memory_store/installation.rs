//! The installation's one row.

use std::borrow::{Borrow, BorrowMut};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::Sealed;
use grantd_store::{Installation, InstallationReader, InstallationWriter, StoreError};

use super::state::{Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> InstallationReader for Repository<S> {
    async fn get(&mut self) -> Result<Option<Installation>, StoreError> {
        let row = self.0.borrow().installation.as_deref();
        Ok(row.cloned())
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> InstallationWriter for Repository<S> {
    async fn insert(&mut self, installation: &Installation) -> Result<(), StoreError> {
        let place = &mut self.0.borrow_mut().installation;
        if place.is_some() {
            return Err(StoreError::Database(
                "the installation is there already".to_owned(),
            ));
        }
        *place = Some(Arc::new(installation.clone()));
        Ok(())
    }

    async fn set_audit_key(&mut self, key: &Sealed) -> Result<(), StoreError> {
        if let Some(installation) = &mut self.0.borrow_mut().installation {
            let installation = Arc::make_mut(installation);
            installation.audit_key.get_or_insert_with(|| key.clone());
        }
        Ok(())
    }
}
