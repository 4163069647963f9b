//! Lists secret sources, and who needs them.

use grantd_model::secret_reference::SourceName;
use grantd_model::source::SourceBounds;
use grantd_model::{Action, Actor, Source};
use grantd_secrets::{Browsed, SourceError, SourceListed};

use crate::{Engine, EngineError, access};

/// A secret source as an admin sees it.
#[derive(Debug, Clone)]
pub struct ShownSource {
    /// Name, kind, and how it fares.
    pub listed: SourceListed,
    /// What it may serve.
    pub bounds: SourceBounds,
    /// The source itself, unless the configuration declares it.
    pub source: Option<Source>,
    /// The other sources that sign in with a secret of this one.
    pub needed_by: Vec<SourceName>,
}

impl Engine {
    /// The names and kinds of all secret sources, to pick one, and how they fare.
    ///
    /// # Errors
    /// Without a grant to manage something, for which a source may be picked.
    pub fn list_sources(&self, actor: &Actor) -> Result<Vec<SourceListed>, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        let mut listed = self.parts().sources.list();
        if !actor.may_everywhere(Action::Admin) {
            for it in &mut listed {
                it.health.last_version = None;
                if let Some(fault) = &mut it.health.last_fault {
                    // it may tell of a path that belongs to others
                    fault.detail.clear();
                }
            }
        }
        Ok(listed)
    }

    /// All secret sources with their settings, by name.
    ///
    /// # Errors
    /// Without a grant to administer.
    pub async fn sources(&self, actor: &Actor) -> Result<Vec<ShownSource>, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.read().await?;
        let added = unit.sources().all().await?;
        drop(unit);
        let listed = self.parts().sources.list().into_iter();
        let shown = listed.filter_map(|listed| {
            let bounds = self.parts().sources.bounds(&listed.name)?;
            let is_this = |source: &&Source| !listed.is_declared && source.name == listed.name;
            let needing = added
                .iter()
                .filter(|other| other.needs() == Some(&listed.name));
            Some(ShownSource {
                bounds,
                source: added.iter().find(is_this).cloned(),
                needed_by: needing.map(|other| other.name.clone()).collect(),
                listed,
            })
        });
        Ok(shown.collect())
    }

    /// One secret source.
    ///
    /// # Errors
    /// Without a grant to administer; when there is none of this name.
    pub async fn source(
        &self,
        actor: &Actor,
        name: &SourceName,
    ) -> Result<ShownSource, EngineError> {
        let mut all = self.sources(actor).await?.into_iter();
        all.find(|shown| shown.listed.name == *name)
            .ok_or_else(|| missing(name))
    }

    /// What is right below a path of a source, as far as its bounds reach.
    ///
    /// # Errors
    /// Without a grant to manage something; when the source does not list, or can not be asked.
    pub async fn browse_source(
        &self,
        actor: &Actor,
        name: &SourceName,
        below: &str,
    ) -> Result<Vec<Browsed>, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        match self.parts().sources.browse(name, below).await {
            Err(SourceError::UnknownSource { name, .. }) => Err(missing(&name)),
            listed => Ok(listed?),
        }
    }
}

pub(super) fn missing(name: &SourceName) -> EngineError {
    EngineError::NotFound {
        what: "secret source",
        name: name.to_string(),
    }
}
