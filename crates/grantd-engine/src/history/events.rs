//! Lists the events of a credential.

use grantd_model::{Action, Actor, TokenEvent};
use grantd_store::EventQuery;

use crate::credentials::find::{find, missing};
use crate::{CredentialRef, Engine, EngineError, Listing, access, cursor};

impl Engine {
    /// A page of a credential's token requests, newest first.
    ///
    /// # Errors
    /// When there is no credential that the actor may read; when limit or cursor are wrong.
    pub async fn list_events(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Listing<TokenEvent>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let credential = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Read, &credential).map_err(|_| missing(wanted))?;
        let query = format!("events {}", credential.id);
        let page = EventQuery {
            credential: credential.id,
            page: cursor::page(limit, cursor, &query)?,
        };
        let page = unit.history().events(&page).await?;
        Ok(cursor::listing(page, &query))
    }
}
