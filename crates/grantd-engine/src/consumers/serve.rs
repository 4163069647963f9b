//! What those who run consumers are told: each with its header fields, and when something has changed.

use std::collections::HashMap;

use grantd_model::consumer::FieldName;
use grantd_model::{Consumer, Credential, Secret};
use grantd_store::SealError;
use tokio::sync::watch;

use crate::{Engine, EngineError};

/// A consumer as it is served.
#[derive(Debug, Clone)]
pub struct ServedConsumer {
    /// The consumer, enabled or not.
    pub consumer: Consumer,
    /// The header fields that are set in each request, plain and secret ones; or why nothing may be sent.
    pub fields: Result<Vec<(FieldName, Secret<String>)>, NotServed>,
}

/// Why nothing may be sent through a consumer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotServed {
    /// A secret header field was not opened.
    #[error("a secret header field can not be opened: {0}")]
    Seal(#[from] SealError),
    /// An admin has taken the host away from the credential.
    #[error("the credential is not bound to the host `{host}`")]
    HostNotBound {
        /// The first such host.
        host: String,
    },
}

impl Engine {
    /// All consumers, for those who run them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn served_consumers(&self) -> Result<Vec<ServedConsumer>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let consumers = unit.consumers().all().await?;
        let mut credentials: HashMap<_, Credential> = HashMap::new();
        let mut served = Vec::with_capacity(consumers.len());
        for consumer in consumers {
            let id = consumer.settings.credential;
            if !credentials.contains_key(&id) {
                let found = unit.credentials().by_id(id).await?;
                credentials.extend(found.map(|it| (id, it)));
            }
            // one is not deleted as long as it is used
            if let Some(credential) = credentials.get(&id) {
                served.push(self.served(consumer, credential));
            }
        }
        Ok(served)
    }

    /// Tells when consumers, or what they use, may have changed.
    #[must_use]
    pub fn consumers_changed(&self) -> watch::Receiver<u64> {
        self.directory().consumers.subscribe()
    }

    /// A consumer with its header fields opened.
    pub(super) fn served(&self, consumer: Consumer, credential: &Credential) -> ServedConsumer {
        let fields = match consumer
            .settings
            .unbound_host(&credential.settings.bound_hosts)
        {
            Some(host) => Err(NotServed::HostNotBound {
                host: host.to_owned(),
            }),
            None => self.opened_fields(&consumer),
        };
        ServedConsumer { consumer, fields }
    }

    fn opened_fields(
        &self,
        consumer: &Consumer,
    ) -> Result<Vec<(FieldName, Secret<String>)>, NotServed> {
        let fields = consumer.fields.iter();
        fields
            .map(|field| {
                let name = FieldName::try_from(field.name.as_str());
                let name = name.map_err(|_| SealError::Malformed)?;
                Ok((name, self.opened_field(consumer, field)?))
            })
            .collect()
    }
}
