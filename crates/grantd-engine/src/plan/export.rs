//! Exports what is there, without secrets.

use std::collections::BTreeMap;

use grantd_model::{Action, Actor, Credential, CredentialId, Listener, ObjectId, Slug, Source};
use grantd_store::{CredentialQuery, CredentialSort, PageRequest};

use crate::{Engine, EngineError, access};

/// How many credentials are read at once.
const PAGE: u32 = 200;

/// Everything that the actor may read. Whoever shows it leaves out the secrets, which are sealed in it.
#[derive(Debug, Default)]
pub struct Exported {
    /// Secret sources that an admin added; an admin alone gets them.
    pub sources: Vec<Source>,
    /// Credentials, by name.
    pub credentials: Vec<Credential>,
    /// Email listeners.
    pub listeners: Vec<ExportedListener>,
}

/// An email listener with the slug of its credential.
#[derive(Debug)]
pub struct ExportedListener {
    /// The listener.
    pub listener: Listener,
    /// The credential, by the name that is the same everywhere.
    pub credential: Option<Slug>,
}

impl Engine {
    /// Everything that the actor may read, as it is at one moment.
    ///
    /// # Errors
    /// Without a grant to read something; when the store fails.
    pub async fn export(&self, actor: &Actor) -> Result<Exported, EngineError> {
        access::somewhere(actor, Action::Read)?;
        let mut unit = self.parts().store.read().await?;
        let mut exported = Exported::default();
        if actor.may_everywhere(Action::Admin) {
            exported.sources = unit.sources().all().await?;
        }
        let mut after = None;
        loop {
            let query = CredentialQuery {
                part: None,
                enabled: None,
                standing: None,
                labels: None,
                source: None,
                now: self.now(),
                visibility: actor.visibility(Action::Read),
                sort: CredentialSort::Name,
                descending: false,
                page: PageRequest { limit: PAGE, after },
            };
            let page = unit.credentials().page(&query).await?;
            let listed = page.items.into_iter().map(|it| it.credential);
            exported.credentials.extend(listed);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let slugs: BTreeMap<CredentialId, Slug> = exported
            .credentials
            .iter()
            .map(|it| (it.id, it.slug.clone()))
            .collect();
        for listener in unit.listeners().all().await? {
            let object = ObjectId::from(listener.id);
            if actor.may(Action::Read, &object, &listener.settings.labels) {
                let credential = slugs.get(&listener.settings.credential).cloned();
                exported.listeners.push(ExportedListener {
                    listener,
                    credential,
                });
            }
        }
        Ok(exported)
    }
}
