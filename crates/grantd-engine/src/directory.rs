//! Credentials and keys that are in use, in memory, so that handing out a token reads no database.
//!
//! Invariant: what is here is what the store holds; every change of the store that goes through
//! [`Engine::commit`] is seen here before its caller is told of it.

use std::sync::Arc;

use grantd_model::secret_reference::SourceName;
use grantd_model::{
    Actor, ApiKey, Credential, CredentialId, KeyId, ObjectId, Slug, Source, Timestamp,
};
use grantd_store::WriteUnit;
use tokio::sync::watch;

use crate::credentials::find::missing;
use crate::snapshot_map::SnapshotMap;
use crate::token::scoped::ScopedTokens;
use crate::turns::Turns;
use crate::{CredentialRef, Engine, EngineError};

/// A credential with its tokens.
pub(crate) struct Known {
    pub(crate) credential: Arc<Credential>,
    /// Its id as grants name it.
    pub(crate) object: ObjectId,
    pub(crate) tokens: Arc<ScopedTokens>,
}

/// An API key.
pub(crate) struct KnownKey {
    actor: Arc<Actor>,
    pub(crate) digest: [u8; 32],
    expires_at: Option<Timestamp>,
    is_revoked: bool,
}

impl KnownKey {
    /// Whom it stands for, if it is still of use.
    pub(crate) fn actor(&self, now: Timestamp) -> Result<&Arc<Actor>, EngineError> {
        if self.is_revoked {
            return Err(EngineError::Unauthenticated("the API key has been revoked"));
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(EngineError::Unauthenticated("the API key has expired"));
        }
        Ok(&self.actor)
    }
}

/// What is in use.
#[derive(Default)]
pub(crate) struct Directory {
    credentials: SnapshotMap<CredentialId, Arc<Known>>,
    slugs: SnapshotMap<Slug, CredentialId>,
    keys: SnapshotMap<KeyId, Arc<KnownKey>>,
    reading: Turns,
    /// Counts what may concern those who run listeners.
    pub(crate) listeners: watch::Sender<u64>,
    /// Counts what may concern those who run consumers.
    pub(crate) consumers: watch::Sender<u64>,
}

/// What a change of the store means for the directory.
pub(crate) enum Effect {
    /// Nothing that is in use changes.
    Nothing,
    /// The credential is so now.
    Changed(Box<Credential>),
    /// The credential is gone.
    Gone(CredentialId, Slug),
    /// The key is of no use any more.
    Revoked(KeyId),
    /// A listener is another one now, or has something to do.
    Listeners,
    /// A consumer is another one now.
    Consumers,
    /// The secret source is so now.
    SourceChanged(Box<Source>),
    /// The secret source is gone.
    SourceGone(SourceName),
    /// The secret source is another one now, or serves less: tokens made with its secrets are dropped.
    SourceServesOther(SourceName),
}

impl Directory {
    /// The credential, if it is in use.
    pub(crate) fn get(&self, wanted: &CredentialRef) -> Option<Arc<Known>> {
        match wanted {
            CredentialRef::Id(id) => self.credentials.get(id),
            CredentialRef::Slug(slug) => self.credentials.get(&self.slugs.get(slug)?),
        }
    }

    /// The credential of this slug, if it is in use.
    pub(crate) fn of_slug(&self, slug: &str) -> Option<Arc<Known>> {
        self.credentials.get(&self.slugs.get(slug)?)
    }

    /// The key, if it is in use.
    pub(crate) fn key(&self, id: KeyId) -> Option<Arc<KnownKey>> {
        self.keys.get(&id)
    }

    fn tell_listeners(&self) {
        self.listeners
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn tell_consumers(&self) {
        self.consumers
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// All credentials that are in use.
    pub(crate) fn all(&self) -> Vec<Arc<Known>> {
        let all = self.credentials.all().into_iter();
        all.map(|(_, known)| known).collect()
    }

    /// How many credentials are in use.
    pub(crate) fn len(&self) -> usize {
        self.credentials.len()
    }

    fn apply(&self, effect: Effect) {
        match effect {
            // those are kept elsewhere
            Effect::Nothing
            | Effect::SourceChanged(_)
            | Effect::SourceGone(_)
            | Effect::SourceServesOther(_) => {}
            Effect::Listeners => self.tell_listeners(),
            Effect::Consumers => self.tell_consumers(),
            Effect::Changed(credential) => {
                let credential = Arc::new(*credential);
                let id = credential.id;
                self.credentials.change(&id, |known| {
                    // two changes may get here in another order than they got into the store
                    if known.credential.revision >= credential.revision {
                        return Some(Arc::clone(known));
                    }
                    if known.tokens.token_generation != credential.token_generation {
                        known.tokens.retire();
                        return None;
                    }
                    // an edit may be what was missing
                    known.tokens.end_cool_downs();
                    Some(Arc::new(Known {
                        object: known.object.clone(),
                        credential,
                        tokens: Arc::clone(&known.tokens),
                    }))
                });
                // who wakes up finds the change
                self.tell_listeners();
                self.tell_consumers();
            }
            Effect::Gone(id, slug) => {
                self.slugs.change(&slug, |_| None);
                self.credentials.change(&id, |known| {
                    known.tokens.retire();
                    None
                });
                self.tell_consumers();
            }
            Effect::Revoked(id) => self.keys.change(&id, |_| None),
        }
    }
}

impl Engine {
    /// Commits a unit and makes its effect known, whether or not the caller waits for it.
    pub(crate) async fn commit(
        &self,
        unit: Box<dyn WriteUnit>,
        effect: Effect,
    ) -> Result<(), EngineError> {
        self.commit_all(unit, vec![effect]).await
    }

    /// The same for a unit with several effects, in this order.
    pub(crate) async fn commit_all(
        &self,
        unit: Box<dyn WriteUnit>,
        effects: Vec<Effect>,
    ) -> Result<(), EngineError> {
        let engine = self.clone();
        self.to_the_end(async move {
            unit.commit().await?;
            for effect in effects {
                engine.make_known(effect);
            }
            Ok(())
        })
        .await
    }

    fn make_known(&self, effect: Effect) {
        match &effect {
            Effect::SourceChanged(source) => self.put_source(source),
            Effect::SourceGone(name) => self.parts().sources.remove(name),
            Effect::SourceServesOther(name) => {
                self.drop_tokens_of(|reference| reference.source == *name);
            }
            _ => {}
        }
        self.directory().apply(effect);
    }

    /// The credential with its tokens, whoever asks; the caller checks access next.
    pub(crate) async fn known(&self, wanted: &CredentialRef) -> Result<Arc<Known>, EngineError> {
        loop {
            if let Some(known) = self.directory().get(wanted) {
                return Ok(known);
            }
            let _turn = self.directory().reading.take(wanted).await;
            if let Some(known) = self.directory().get(wanted) {
                return Ok(known);
            }
            if let Some(known) = self.read_in(wanted).await? {
                return Ok(known);
            }
        }
    }

    /// Reads the credential in; none if something was changed meanwhile, so that what was read may
    /// be outdated.
    async fn read_in(&self, wanted: &CredentialRef) -> Result<Option<Arc<Known>>, EngineError> {
        let directory = self.directory();
        let id = match wanted {
            CredentialRef::Id(id) => *id,
            CredentialRef::Slug(slug) => {
                let epoch = directory.slugs.epoch(slug);
                let mut unit = self.parts().store.read().await?;
                let found = unit.credentials().by_slug(slug).await?;
                let id = found.ok_or_else(|| missing(wanted))?.id;
                directory.slugs.insert_new(slug.clone(), id, epoch);
                id
            }
        };
        let epoch = directory.credentials.epoch(&id);
        let mut unit = self.parts().store.read().await?;
        let found = unit.credentials().by_id(id).await?;
        let credential = found.ok_or_else(|| missing(wanted))?;
        let known = Arc::new(Known {
            object: id.into(),
            tokens: Arc::new(ScopedTokens::new(
                id,
                credential.token_generation,
                accepted_last(&credential),
            )),
            credential: Arc::new(credential),
        });
        Ok(directory.credentials.insert_new(id, known, epoch))
    }

    /// The key, of use or not.
    pub(crate) async fn known_key(&self, id: KeyId) -> Result<Arc<KnownKey>, EngineError> {
        let directory = self.directory();
        loop {
            if let Some(known) = directory.keys.get(&id) {
                return Ok(known);
            }
            let _turn = directory.reading.take(&id).await;
            if let Some(known) = directory.keys.get(&id) {
                return Ok(known);
            }
            let epoch = directory.keys.epoch(&id);
            let mut unit = self.parts().store.read().await?;
            let key = unit.keys().by_id(id).await?.ok_or(NOT_VALID)?;
            let known = Arc::new(known_key(key));
            // one that may have been revoked while it was read is read again
            if let Some(kept) = directory.keys.insert_new(id, known, epoch) {
                return Ok(kept);
            }
        }
    }
}

/// The same words for an unknown key and a wrong secret.
pub(crate) const NOT_VALID: EngineError = EngineError::Unauthenticated("the API key is not valid");

fn known_key(key: ApiKey) -> KnownKey {
    KnownKey {
        digest: key.secret_digest,
        expires_at: key.expires_at,
        is_revoked: key.revoked_at.is_some(),
        actor: Arc::new(Actor::Key {
            id: key.id,
            name: key.name.into(),
            grants: key.grants,
            expires_at: key.expires_at,
        }),
    }
}

/// The version of the secret that the authorization server accepted last; 0 if none.
fn accepted_last(credential: &Credential) -> u32 {
    let used = credential.authentication.secret().iter();
    used.filter(|entry| entry.last_used_at.is_some())
        .max_by_key(|entry| entry.last_used_at)
        .map_or(0, |entry| entry.version)
}

#[cfg(test)]
mod tests {
    use grantd_model::Revision;
    use grantd_testkit::fixtures::Fixtures;

    use super::*;

    fn changed(credential: &Credential, revision: u64, token_generation: u64) -> Effect {
        Effect::Changed(Box::new(Credential {
            revision: Revision(revision),
            token_generation,
            ..credential.clone()
        }))
    }

    #[test]
    fn changes_that_come_in_another_order_leave_the_last_one() {
        let credential = Fixtures::default().credential("a");
        let (id, generation) = (credential.id, credential.token_generation);
        let directory = Directory::default();
        let put = || {
            let known = Known {
                object: ObjectId::from(id),
                tokens: Arc::new(ScopedTokens::new(id, generation, 0)),
                credential: Arc::new(credential.clone()),
            };
            let epoch = directory.credentials.epoch(&id);
            directory.credentials.insert_new(id, Arc::new(known), epoch)
        };
        let revision = || {
            let known = directory.get(&CredentialRef::Id(id))?;
            Some(known.credential.revision.0)
        };

        let known = put().unwrap();
        directory.apply(changed(&credential, 3, generation));
        directory.apply(changed(&credential, 2, generation));
        assert_eq!(revision(), Some(3));
        assert!(!known.tokens.is_retired());
        // one that began a generation and was overtaken by its successor
        directory.apply(changed(&credential, 5, generation + 1));
        assert_eq!(revision(), None, "it is read again");
        assert!(known.tokens.is_retired());
        directory.apply(changed(&credential, 4, generation));
        assert_eq!(revision(), None);
    }
}
