//! Deletes a credential.

use grantd_model::{Action, Actor, AuditAction, Credential, ObjectId, Revision, Slug};
use grantd_store::{ConsumerQuery, ListenerQuery, Page, PageRequest, WriteUnit};

use super::find::find;
use super::update::hide;
use crate::directory::Effect;
use crate::{CredentialRef, Engine, EngineError, access};

impl Engine {
    /// Deletes a credential with its secrets. Its slug may be used again, its id never is.
    ///
    /// # Errors
    /// Without a grant to manage it; when the revision is not the expected one; while an email
    /// listener or an HTTP consumer uses it.
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

/// How many listeners, and how many consumers, are named that use a credential.
const MOST_NAMED: u32 = 5;

/// Refuses where listeners or consumers use it.
async fn check_unused(
    unit: &mut dyn WriteUnit,
    credential: &Credential,
) -> Result<(), EngineError> {
    let page = PageRequest {
        limit: MOST_NAMED,
        after: None,
    };
    let query = ListenerQuery {
        part: None,
        credential: Some(credential.id),
        page: page.clone(),
    };
    let listeners = unit.listeners().page(&query).await?;
    let query = ConsumerQuery {
        part: None,
        credential: Some(credential.id),
        page,
    };
    let consumers = unit.consumers().page(&query).await?;
    let told: Vec<String> = [
        named("email listeners", &listeners, |it| &it.slug),
        named("HTTP consumers", &consumers, |it| &it.slug),
    ]
    .into_iter()
    .flatten()
    .collect();
    if told.is_empty() {
        return Ok(());
    }
    Err(EngineError::InUse(format!(
        "the credential is used by {}",
        told.join(", and by ")
    )))
}

/// Things that use a credential, for people; none if there are none.
fn named<T>(what: &str, used: &Page<T>, slug: impl Fn(&T) -> &Slug) -> Option<String> {
    let mut names: Vec<String> = used
        .items
        .iter()
        .map(|it| format!("`{}`", slug(it)))
        .collect();
    if used.next.is_some() {
        names.push("more".to_owned());
    }
    (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
}
