//! Lists the secret sources that are declared.

use grantd_model::secret_reference::SourceName;
use grantd_model::{Action, Actor};

use crate::{Engine, EngineError, access};

impl Engine {
    /// The names and kinds of all secret sources.
    ///
    /// # Errors
    /// Without a grant to manage something, for which a source may be picked.
    pub fn list_sources(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(SourceName, &'static str)>, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        Ok(self
            .parts()
            .sources
            .iter()
            .map(|(name, kind)| (name.clone(), kind))
            .collect())
    }
}
