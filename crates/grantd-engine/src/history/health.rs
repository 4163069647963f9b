//! Whether credentials work.

use grantd_model::{Action, Actor, Credential, Health};

use crate::{Engine, EngineError};

impl Engine {
    /// The health of these credentials, in their order, as the actor has read them.
    ///
    /// # Errors
    /// When the actor may not read one of them, or the store fails.
    pub async fn health_of(
        &self,
        actor: &Actor,
        credentials: &[Credential],
    ) -> Result<Vec<Health>, EngineError> {
        for credential in credentials {
            crate::access::on_credential(actor, Action::Read, credential)?;
        }
        let ids: Vec<_> = credentials.iter().map(|credential| credential.id).collect();
        let mut unit = self.parts().store.read().await?;
        let records = unit.history().health(&ids).await?;
        let now = self.now();
        let one = |credential: &Credential| {
            let record = records.iter().find(|(id, _)| *id == credential.id);
            Health::of(credential, record.map(|(_, record)| record), now)
        };
        Ok(credentials.iter().map(one).collect())
    }
}
