//! Deletes a credential.

use grantd_model::{Action, Actor, AuditAction, ObjectId, Revision};

use super::find::find;
use super::update::hide;
use crate::directory::Effect;
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// Deletes a credential with its secrets. Its slug may be used again, its id never is.
    ///
    /// # Errors
    /// Without a grant to manage it, or when the revision is not the expected one.
    pub async fn delete_credential(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        expected: Revision,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let credential = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Manage, &credential)
            .map_err(|error| hide(error, wanted))?;
        if credential.revision != expected {
            return Err(EngineError::Stale {
                current: credential.revision,
            });
        }
        unit.credentials().delete(credential.id, expected).await?;
        let object = (
            ObjectId::from(credential.id),
            credential.settings.name.as_str(),
        );
        let detail = vec![("slug".to_owned(), credential.slug.to_string())];
        self.record(
            unit.as_mut(),
            now,
            actor,
            AuditAction::CredentialDelete,
            object,
            detail,
        )
        .await?;
        self.commit(unit, Effect::Gone(credential.id, credential.slug))
            .await
    }
}
