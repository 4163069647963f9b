//! Makes a new key that seals from now on, and forgets one that nothing is under any more.

use std::collections::BTreeSet;

use grantd_model::{Action, Actor, AuditAction, ObjectId};
use grantd_store::{Keyring, WriteUnit};

use super::damaged::DamagedValue;
use crate::{Engine, EngineError, InstallationFacts, access};

impl Engine {
    /// Makes a new key that seals from now on. What is sealed is brought under it while everything goes on;
    /// [`Engine::installation`] tells how far that is, and it goes on after a restart.
    ///
    /// # Errors
    /// Without a grant to administer everything; when the keyring can not be kept where it is.
    pub async fn rotate_keyring(&self, actor: &Actor) -> Result<InstallationFacts, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let (engine, by) = (self.clone(), actor.clone());
        // a key that is kept and not sealed with would be one too many
        self.to_the_end(async move {
            let _turn = engine.keyring_turn().lock().await;
            let fresh = Keyring::generate(engine.now(), engine.random());
            let (from, to) = (engine.parts().sealer.keys().id, fresh.ids().concat());
            let fresh = fresh.with_earlier(Keyring::clone(&engine.parts().sealer.keyring()));
            let change = Change {
                action: AuditAction::KeyringRotate,
                detail: vec![("from".to_owned(), from), ("to".to_owned(), to)],
            };
            engine.change_keyring(&by, fresh, change).await
        })
        .await?;
        // all of them are looked at anew
        self.damaged().replace(BTreeSet::new());
        self.keys_changed().notify_one();
        self.installation(actor).await
    }

    /// Takes a key out of the keyring that nothing is under any more. Backups that hold values under it can
    /// not be used without it from then on.
    ///
    /// # Errors
    /// Without a grant to administer everything; when there is no such key, it seals, or values are under it;
    /// when the keyring can not be kept where it is.
    pub async fn forget_key(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<InstallationFacts, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let (engine, by, key) = (self.clone(), actor.clone(), id.to_owned());
        self.to_the_end(async move {
            let _turn = engine.keyring_turn().lock().await;
            let sealer = &engine.parts().sealer;
            match sealer.key_ids().iter().position(|known| *known == key) {
                None => {
                    let what = "key of the keyring";
                    return Err(EngineError::NotFound { what, name: key });
                }
                Some(0) => {
                    let detail = format!("the key `{key}` seals; rotate the keyring first");
                    return Err(EngineError::InUse(detail));
                }
                Some(_) => {}
            }
            let keyring = sealer.keyring();
            if keyring.is_borrowed(&key) {
                return Err(EngineError::InUse(format!(
                    "the key `{key}` is kept where `[keyring.from]` says; take that out of the configuration"
                )));
            }
            let left = Keyring::clone(&keyring).without(&key);
            engine.forget_now(&by, left, key).await
        })
        .await?;
        self.installation(actor).await
    }

    /// Keeps a keyring without a key. Nothing is under the key as long as the unit is open, so that it is lost
    /// for nobody whenever grantd is killed.
    async fn forget_now(
        &self,
        actor: &Actor,
        left: Keyring,
        key: String,
    ) -> Result<(), EngineError> {
        let parts = self.parts();
        let mut unit = parts.store.write().await?;
        check_unused(unit.as_mut(), &key, &self.damaged().all()).await?;
        let object = (ObjectId::installation(), "keyring");
        let detail = vec![("key".to_owned(), key)];
        let action = AuditAction::KeyringForget;
        self.record(unit.as_mut(), self.now(), actor, action, object, detail)
            .await?;
        parts.keyring.replace(&left).await?;
        unit.commit().await?;
        parts.sealer.replace_keyring(left);
        Ok(())
    }

    /// Keeps another keyring and records that, or neither. The file comes first: no value is ever under a key
    /// that is nowhere. Killed in between, grantd seals with the new key at its next start.
    async fn change_keyring(
        &self,
        actor: &Actor,
        keyring: Keyring,
        change: Change,
    ) -> Result<(), EngineError> {
        let parts = self.parts();
        let before = parts.sealer.keyring();
        parts.keyring.replace(&keyring).await?;
        let recorded = self.record_keyring(actor, change).await;
        if recorded.is_err() {
            if let Err(error) = parts.keyring.replace(&before).await {
                tracing::error!(%error, "the keyring of before was not put back");
            }
            return recorded;
        }
        parts.sealer.replace_keyring(keyring);
        Ok(())
    }

    async fn record_keyring(&self, actor: &Actor, change: Change) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        let object = (ObjectId::installation(), "keyring");
        self.record(
            unit.as_mut(),
            self.now(),
            actor,
            change.action,
            object,
            change.detail,
        )
        .await?;
        Ok(unit.commit().await?)
    }
}

/// What is done to the keyring.
struct Change {
    action: AuditAction,
    detail: Vec<(String, String)>,
}

async fn check_unused(
    unit: &mut dyn WriteUnit,
    id: &str,
    damaged: &[DamagedValue],
) -> Result<(), EngineError> {
    let under = unit.sealed().by_key().await?;
    let Some((_, values)) = under.into_iter().find(|(key, _)| key == id) else {
        return Ok(());
    };
    let detail = format!("{values} values are still under the key `{id}`");
    Err(EngineError::InUse(match damaged.first() {
        None => format!("{detail}; they are brought under the one that seals"),
        Some(first) => format!(
            "{detail}, and {} values do not open, the first one is {first}; set these anew or delete what they \
             belong to",
            damaged.len()
        ),
    }))
}
