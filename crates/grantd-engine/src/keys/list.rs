//! Lists API keys.

use grantd_model::{Action, Actor, ApiKey};

use crate::{Engine, EngineError, Listing, access, cursor};

impl Engine {
    /// A page of all API keys, newest first; never their secrets.
    ///
    /// # Errors
    /// Without a grant to administer; when limit or cursor are wrong.
    pub async fn list_keys(
        &self,
        actor: &Actor,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Listing<ApiKey>, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let page = cursor::page(limit, cursor, "keys")?;
        let mut unit = self.parts().store.read().await?;
        let page = unit.keys().page(&page).await?;
        Ok(cursor::listing(page, "keys"))
    }
}
