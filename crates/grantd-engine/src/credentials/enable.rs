//! Enables and disables a credential.

use grantd_model::{Action, Actor, AuditAction, Change, Credential, ObjectId};

use super::find::find;
use super::update::hide;
use crate::directory::Effect;
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// Lets tokens be given out again, or no more; a credential that is so already stays as it is.
    ///
    /// # Errors
    /// Without a grant to manage it.
    pub async fn set_credential_enabled(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        enabled: bool,
    ) -> Result<Credential, EngineError> {
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let before = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Manage, &before)
            .map_err(|error| hide(error, wanted))?;
        if before.enabled == enabled {
            return Ok(before);
        }
        let after = Credential {
            enabled,
            revision: before.revision.next(),
            token_generation: before.token_generation.saturating_add(1),
            updated: Change {
                at: now,
                by: actor.reference(),
            },
            ..before.clone()
        };
        unit.credentials().update(&after, before.revision).await?;
        let action = if enabled {
            AuditAction::CredentialEnable
        } else {
            AuditAction::CredentialDisable
        };
        let object = (ObjectId::from(after.id), after.settings.name.as_str());
        self.record(unit.as_mut(), now, actor, action, object, Vec::new())
            .await?;
        self.commit(unit, Effect::Changed(Box::new(after.clone())))
            .await?;
        Ok(after)
    }
}
