//! Deletes a credential.

use grantd_model::{Action, Actor, AuditAction, Credential, ObjectId, Revision};
use grantd_store::{ListenerQuery, PageRequest, WriteUnit};

use super::find::find;
use super::update::hide;
use crate::directory::Effect;
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// Deletes a credential with its secrets. Its slug may be used again, its id never is.
    ///
    /// # Errors
    /// Without a grant to manage it; when the revision is not the expected one; while an email
    /// listener uses it.
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
        check_unused(unit.as_mut(), &credential).await?;
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

/// How many listeners are named that use a credential.
const MOST_NAMED: u32 = 5;

/// Refuses where listeners use it.
async fn check_unused(
    unit: &mut dyn WriteUnit,
    credential: &Credential,
) -> Result<(), EngineError> {
    let query = ListenerQuery {
        part: None,
        credential: Some(credential.id),
        page: PageRequest {
            limit: MOST_NAMED,
            after: None,
        },
    };
    let used = unit.listeners().page(&query).await?;
    if used.items.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = used
        .items
        .iter()
        .map(|listener| format!("`{}`", listener.slug))
        .collect();
    if used.next.is_some() {
        names.push("more".to_owned());
    }
    Err(EngineError::InUse(format!(
        "the credential is used by email listeners: {}",
        names.join(", ")
    )))
}
