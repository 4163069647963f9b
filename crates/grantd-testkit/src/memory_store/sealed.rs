//! Sealed values wherever they are.

use std::borrow::{Borrow, BorrowMut};
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::{Credential, ParameterValue, Sealed, SecretValue};
use grantd_store::seal::key_id;
use grantd_store::{Installation, SealedAt, SealedReader, SealedWriter, StoreError};

use super::state::{Repository, State};

/// Visits every sealed value, which may be changed on the way.
fn visit(state: &mut State, mut each: impl FnMut(SealedAt, &mut Sealed)) {
    if let Some(installation) = &mut state.installation {
        let installation: &mut Installation = Arc::make_mut(installation);
        each(SealedAt::Installation, &mut installation.keyring_check);
        if let Some(key) = &mut installation.audit_key {
            each(SealedAt::AuditKey, key);
        }
    }
    for credential in state.credentials.values_mut() {
        let credential: &mut Credential = Arc::make_mut(credential);
        let id = credential.id.to_string();
        let mut secrets = credential.authentication.secret().clone();
        for entry in std::iter::once(&mut secrets.current).chain(&mut secrets.next) {
            if let SecretValue::Internal(sealed) = &mut entry.value {
                each(SealedAt::Credential(id.clone(), entry.version), sealed);
            }
        }
        credential.authentication = credential.authentication.method().with_secret(secrets);
        for (place, list) in [
            ("parameter", &mut credential.parameters),
            ("header", &mut credential.headers),
        ] {
            for (position, parameter) in (0..).zip(list) {
                if let ParameterValue::Secret { sealed, .. } = &mut parameter.value {
                    let at = SealedAt::Parameter(id.clone(), place.to_owned(), position);
                    each(at, sealed);
                }
            }
        }
    }
    for consumer in state.consumers.values_mut() {
        let consumer = Arc::make_mut(consumer);
        let id = consumer.id.to_string();
        for (position, field) in (0..).zip(&mut consumer.fields) {
            if let ParameterValue::Secret { sealed, .. } = &mut field.value {
                each(SealedAt::Field(id.clone(), position), sealed);
            }
        }
    }
    for source in state.sources.values_mut() {
        let source = Arc::make_mut(source);
        let id = source.id.to_string();
        if let Some(entry) = &mut source.secret
            && let SecretValue::Internal(sealed) = &mut entry.value
        {
            each(SealedAt::Source(id), sealed);
        }
    }
    for channel in state.channels.values_mut() {
        let channel = Arc::make_mut(channel);
        let id = channel.id.to_string();
        if let Some(secret) = &mut channel.secret {
            each(SealedAt::Channel(id.clone()), &mut secret.sealed);
        }
        if let Some(secret) = &mut channel.earlier {
            each(SealedAt::EarlierOfChannel(id), &mut secret.sealed);
        }
    }
    for user in state.users.values_mut() {
        let user = Arc::make_mut(user);
        let id = user.id.to_string();
        if let Some(factor) = &mut user.second_factor {
            each(SealedAt::Factor(id), &mut factor.secret);
        }
    }
}

#[async_trait]
impl<S: Borrow<State> + Send> SealedReader for Repository<S> {
    async fn by_key(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut counts = BTreeMap::new();
        visit(&mut self.0.borrow().clone(), |_, sealed| {
            let id = key_id(sealed).unwrap_or_default().to_owned();
            *counts.entry(id).or_insert(0) += 1;
        });
        Ok(counts.into_iter().collect())
    }

    async fn under_others(
        &mut self,
        key: &str,
        after: Option<&SealedAt>,
        most: u32,
    ) -> Result<Vec<(SealedAt, Sealed)>, StoreError> {
        let mut found = BTreeMap::new();
        visit(&mut self.0.borrow().clone(), |at, sealed| {
            if key_id(sealed) != Some(key) && after.is_none_or(|after| *after < at) {
                found.insert(at, sealed.clone());
            }
        });
        Ok(found.into_iter().take(most as usize).collect())
    }
}

#[async_trait]
impl<S: BorrowMut<State> + Send> SealedWriter for Repository<S> {
    async fn replace(
        &mut self,
        at: &SealedAt,
        before: &Sealed,
        after: &Sealed,
    ) -> Result<(), StoreError> {
        visit(self.0.borrow_mut(), |place, sealed| {
            if place == *at && sealed == before {
                sealed.clone_from(after);
            }
        });
        Ok(())
    }
}
