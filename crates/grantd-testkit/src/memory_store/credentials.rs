//! Credentials.

use std::borrow::{Borrow, BorrowMut};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::secret_reference::SourceName;
use grantd_model::{
    ClientAuthentication, Credential, CredentialId, LabelKey, LabelValue, Name, ObjectId, Revision,
    SecretList, SecretValue, Slug, Standing, Timestamp, Visibility,
};
use grantd_store::repository::folded;
use grantd_store::{
    CredentialQuery, CredentialReader, CredentialWriter, ListedCredential, Page, StoreError, Taken,
};

use super::state::{self, Repository, State};

#[async_trait]
impl<S: Borrow<State> + Send> CredentialReader for Repository<S> {
    async fn by_id(&mut self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        let found = self.0.borrow().credentials.get(&id);
        Ok(found.map(|credential| Credential::clone(credential)))
    }

    async fn by_slug(&mut self, slug: &Slug) -> Result<Option<Credential>, StoreError> {
        let mut all = self.0.borrow().credentials.values();
        let found = all.find(|credential| credential.slug == *slug);
        Ok(found.map(|credential| Credential::clone(credential)))
    }

    async fn page(
        &mut self,
        query: &CredentialQuery,
    ) -> Result<Page<ListedCredential>, StoreError> {
        let state = self.0.borrow();
        let all = state.credentials.values();
        let mut rows: Vec<_> = all
            .filter(|credential| wanted(credential, query))
            .map(|credential| listed(state, credential))
            .filter(|listed| {
                query
                    .standing
                    .is_none_or(|it| listed.standing(query.now) == it)
            })
            .map(|listed| (query.sort.position(&listed, query.now), listed))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        if query.descending {
            rows.reverse();
        }
        let after = query.page.after.as_ref();
        let rows = rows
            .into_iter()
            .filter(|(position, _)| match after {
                None => true,
                Some(after) if query.descending => position < after,
                Some(after) => position > after,
            })
            .take(query.page.limit as usize + 1)
            .map(|(_, listed)| listed)
            .collect();
        Ok(Page::from_rows(rows, query.page.limit, |listed| {
            query.sort.position(listed, query.now)
        }))
    }

    async fn standings(
        &mut self,
        visibility: &Visibility,
        now: Timestamp,
    ) -> Result<Vec<(Standing, u64)>, StoreError> {
        let state = self.0.borrow();
        let mut counts = BTreeMap::new();
        for credential in state.credentials.values() {
            if sees(visibility, credential) {
                *counts
                    .entry(listed(state, credential).standing(now))
                    .or_insert(0) += 1;
            }
        }
        Ok(counts.into_iter().collect())
    }

    async fn labels(
        &mut self,
        visibility: &Visibility,
        most: u32,
    ) -> Result<Vec<(LabelKey, LabelValue)>, StoreError> {
        let all = self.0.borrow().credentials.values();
        let labels: BTreeSet<_> = all
            .filter(|credential| sees(visibility, credential))
            .flat_map(|credential| credential.settings.labels.iter())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Ok(labels.into_iter().take(most as usize).collect())
    }

    async fn secret_ends(
        &mut self,
        visibility: &Visibility,
        (from, until): (Timestamp, Timestamp),
        after: Option<(CredentialId, Timestamp)>,
        most: u32,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        let all = self.0.borrow().credentials.values();
        let mut ends: Vec<_> = all
            .filter(|credential| credential.enabled && sees(visibility, credential))
            .filter_map(|credential| {
                let end = credential.settings.secret_expires_at?;
                let within = from <= end && end < until;
                within.then_some((credential.id, end))
            })
            .collect();
        let place = |(id, end): &(CredentialId, Timestamp)| (*end, *id);
        ends.retain(|it| after.is_none_or(|after| place(it) > place(&after)));
        ends.sort_by_key(place);
        ends.truncate(most as usize);
        Ok(ends)
    }

    async fn names(
        &mut self,
        visibility: &Visibility,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, Name)>, StoreError> {
        let all = &self.0.borrow().credentials;
        let found = credentials.iter().filter_map(|id| all.get(id));
        let seen = found.filter(|credential| sees(visibility, credential));
        Ok(seen
            .map(|credential| (credential.id, credential.settings.name.clone()))
            .collect())
    }

    async fn idle(&mut self, since: Timestamp, most: u32) -> Result<Vec<CredentialId>, StoreError> {
        let state = self.0.borrow();
        let all = state.credentials.values().filter(|it| it.enabled);
        let mut idle: Vec<_> = all
            .filter_map(|credential| {
                let health = state.health.get(&credential.id);
                let health = health.filter(|it| it.token_generation == credential.token_generation);
                let failed = health
                    .and_then(|it| it.failing.as_ref())
                    .map(|it| it.last_at);
                let valid = health.and_then(|it| it.valid_at);
                let last = Some(credential.updated.at).max(failed).max(valid)?;
                (last < since).then_some((last, credential.id))
            })
            .collect();
        idle.sort();
        idle.truncate(most as usize);
        Ok(idle.into_iter().map(|(_, id)| id).collect())
    }

    async fn last_used(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        let kept = &self.0.borrow().last_used;
        let found = credentials.iter();
        Ok(found.filter_map(|id| Some((*id, *kept.get(id)?))).collect())
    }
}

fn listed(state: &State, credential: &Credential) -> ListedCredential {
    ListedCredential {
        health: state.health.get(&credential.id).cloned(),
        last_used_at: state.last_used.get(&credential.id).copied(),
        credential: credential.clone(),
    }
}

fn sees(visibility: &Visibility, credential: &Credential) -> bool {
    visibility.sees(&ObjectId::from(credential.id), &credential.settings.labels)
}

#[async_trait]
impl<S: BorrowMut<State> + Send> CredentialWriter for Repository<S> {
    async fn insert(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let rows = &mut self.0.borrow_mut().credentials;
        if rows.values().any(|other| other.slug == credential.slug) {
            return Err(StoreError::Taken(Taken::Slug));
        }
        check_name(rows.values(), credential)?;
        state::insert(rows, credential.id, credential.clone())
    }

    async fn update(
        &mut self,
        credential: &Credential,
        expected: Revision,
    ) -> Result<(), StoreError> {
        let rows = &mut self.0.borrow_mut().credentials;
        let before = match rows.get(&credential.id) {
            Some(before) if before.revision == expected => Arc::clone(before),
            _ => return Err(StoreError::Stale),
        };
        check_name(rows.values(), credential)?;
        let after = Credential {
            slug: before.slug.clone(),
            created: before.created.clone(),
            ..credential.clone()
        };
        rows.insert(after.id, Arc::new(after));
        Ok(())
    }

    async fn delete(&mut self, id: CredentialId, expected: Revision) -> Result<(), StoreError> {
        let state = self.0.borrow_mut();
        match state.credentials.get(&id) {
            Some(credential) if credential.revision == expected => {
                state.credentials.remove(&id);
                state.health.remove(&id);
                state.last_used.remove(&id);
                Ok(())
            }
            _ => Err(StoreError::Stale),
        }
    }

    async fn secret_used(
        &mut self,
        id: CredentialId,
        version: u32,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(credential) = self.0.borrow_mut().credentials.get_mut(&id) {
            let list = secrets(&mut Arc::make_mut(credential).authentication);
            for entry in std::iter::once(&mut list.current).chain(&mut list.next) {
                if entry.version == version {
                    entry.last_used_at = Some(at);
                }
            }
        }
        Ok(())
    }
}

fn wanted(credential: &Credential, query: &CredentialQuery) -> bool {
    let settings = &credential.settings;
    let part = query.part.as_deref().map(folded);
    let named = |part: String| {
        [
            settings.name.as_str(),
            credential.slug.as_str(),
            settings.client_id.as_str(),
        ]
        .into_iter()
        .any(|text| folded(text).contains(&part))
    };
    part.is_none_or(named)
        && query.enabled.is_none_or(|it| it == credential.enabled)
        && query
            .labels
            .as_ref()
            .is_none_or(|selector| selector.selects(&settings.labels))
        && query
            .source
            .as_ref()
            .is_none_or(|source| uses(credential, source))
        && sees(&query.visibility, credential)
}

/// Whether one of its secrets is in a source.
fn uses(credential: &Credential, source: &SourceName) -> bool {
    let mut secrets = credential.authentication.secret().iter();
    secrets.any(|entry| match &entry.value {
        SecretValue::External(reference) => reference.source == *source,
        SecretValue::Internal(_) => false,
    })
}

fn check_name<'a>(
    mut rows: impl Iterator<Item = &'a Arc<Credential>>,
    wanted: &Credential,
) -> Result<(), StoreError> {
    let name = |credential: &Credential| folded(credential.settings.name.as_str());
    let taken = |other: &Arc<Credential>| other.id != wanted.id && name(other) == name(wanted);
    if rows.any(taken) {
        return Err(StoreError::Taken(Taken::Name));
    }
    Ok(())
}

const fn secrets(authentication: &mut ClientAuthentication<SecretList>) -> &mut SecretList {
    match authentication {
        ClientAuthentication::ClientSecretBasic { secret, .. }
        | ClientAuthentication::ClientSecretPost { secret } => secret,
    }
}
