//! Finds one API key.

use grantd_model::{Action, Actor, ApiKey, KeyId};

use crate::{Engine, EngineError, access};

impl Engine {
    /// One API key, revoked or not; never its secret.
    ///
    /// # Errors
    /// Without a grant to administer, or when there is none.
    pub async fn get_key(&self, actor: &Actor, id: KeyId) -> Result<ApiKey, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.read().await?;
        let found = unit.keys().by_id(id).await?;
        found.ok_or_else(|| EngineError::NotFound {
            what: "API key",
            name: id.to_string(),
        })
    }
}
