//! What a source signs in with itself: sealed in the store, or in another source.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::secret_reference::SourceName;
use grantd_model::{Origin, Secret, SecretEntry, SecretValue, SourceId};
use grantd_secrets::{Destination, Freshness, OwnSecret, SourceError, Sources};
use grantd_store::{Place, Sealer};

/// How long it may take to read one in another source, which may have to sign in before.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The place of a source's own secret.
pub(crate) fn place(id: SourceId, version: u32, origin: &Origin) -> Place {
    Place {
        table: "secret_source",
        row: id.to_string(),
        field: "secret".to_owned(),
        version,
        origin: Some(origin.clone()),
    }
}

/// Where the own secret of a source at this origin is sent. CA bundle and way of a source are set by an
/// admin, as its bounds are: they are nothing that a credential brings.
pub(super) const fn destination(origin: Origin) -> Destination {
    Destination {
        origin,
        own_ca_bundle: false,
        own_egress_proxy: false,
    }
}

/// What a source signs in with.
pub(super) struct KeptSecret {
    pub(super) id: SourceId,
    pub(super) name: SourceName,
    pub(super) origin: Origin,
    pub(super) entry: Option<SecretEntry>,
    pub(super) sealer: Arc<Sealer>,
    /// The registry holds the sources, so they do not hold it.
    pub(super) sources: Weak<Sources>,
}

#[async_trait]
impl OwnSecret for KeptSecret {
    async fn secret(&self, freshness: Freshness) -> Result<Secret<String>, SourceError> {
        let entry = self
            .entry
            .as_ref()
            .ok_or_else(|| refused("it has no secret"))?;
        match &entry.value {
            SecretValue::Internal(sealed) => {
                let place = place(self.id, entry.version, &self.origin);
                let opened = self.sealer.open(&place, sealed);
                opened.map_err(|error| refused(&error.to_string()))
            }
            SecretValue::External(reference) => {
                let sources = self.sources.upgrade();
                let sources = sources.ok_or_else(|| refused("grantd ends"))?;
                let to = destination(self.origin.clone());
                let read = sources.read(reference, &to, freshness);
                let late = SourceError::Unavailable {
                    detail: format!("no secret within {} s", TIMEOUT.as_secs()),
                };
                let read = tokio::time::timeout(TIMEOUT, read).await;
                read.unwrap_or(Err(late))
                    .map(|read| read.value)
                    .map_err(|because| SourceError::OwnSecret {
                        name: self.name.clone(),
                        because: Box::new(because),
                    })
            }
        }
    }
}

/// A secret that somebody gives, to be tried.
pub(super) struct GivenSecret(pub(super) Secret<String>);

#[async_trait]
impl OwnSecret for GivenSecret {
    async fn secret(&self, _: Freshness) -> Result<Secret<String>, SourceError> {
        Ok(self.0.clone())
    }
}

fn refused(detail: &str) -> SourceError {
    SourceError::LoginRefused {
        detail: detail.to_owned(),
    }
}
