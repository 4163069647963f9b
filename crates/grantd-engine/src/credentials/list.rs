//! Lists credentials.

use std::collections::BTreeMap;

use grantd_model::secret_reference::SourceName;
use grantd_model::{
    Action, Actor, CredentialId, LabelKey, LabelSelector, LabelValue, Name, Standing, Timestamp,
};
use grantd_store::CredentialQuery;

use crate::{Engine, EngineError, Listing, cursor};

pub use grantd_store::{CredentialSort, ListedCredential};

/// The most labels that are listed.
const MOST_LABELS: u32 = 200;

/// The most ends of secrets that are listed.
const MOST_ENDS: u32 = 1000;

/// Which credentials are wanted, in which order.
#[derive(Debug, Clone, Default)]
pub struct CredentialFilter {
    /// A part of name, slug or client id, without regard to case.
    pub part: Option<String>,
    /// Only enabled ones, or only disabled ones.
    pub enabled: Option<bool>,
    /// Only those that stand so.
    pub standing: Option<Standing>,
    /// Only those with these labels.
    pub labels: Option<LabelSelector>,
    /// Only those with a secret in this secret source.
    pub source: Option<SourceName>,
    /// The order.
    pub sort: CredentialSort,
    /// The other way round.
    pub descending: bool,
    /// The most credentials: 1 to 200.
    pub limit: u32,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Engine {
    /// A page of the credentials that the actor may read.
    ///
    /// # Errors
    /// When limit or cursor are wrong.
    pub async fn list_credentials(
        &self,
        actor: &Actor,
        filter: &CredentialFilter,
    ) -> Result<Listing<ListedCredential>, EngineError> {
        let visibility = actor.visibility(Action::Read);
        let query = format!(
            "credentials {:?} {:?} {:?} {:?} {:?} {:?} {}",
            filter.part,
            filter.enabled,
            filter.standing,
            filter.labels,
            filter.source,
            filter.sort,
            filter.descending
        );
        let page = cursor::page(filter.limit, filter.cursor.as_deref(), &query)?;
        let wanted = CredentialQuery {
            part: filter.part.clone(),
            enabled: filter.enabled,
            standing: filter.standing,
            now: self.now(),
            labels: filter.labels.clone(),
            source: filter.source.clone(),
            visibility,
            sort: filter.sort,
            descending: filter.descending,
            page,
        };
        let mut unit = self.parts().store.read().await?;
        let page = unit.credentials().page(&wanted).await?;
        Ok(cursor::listing(page, &query))
    }

    /// How many of the credentials that the actor may read stand how; those of which there is none
    /// are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_standings(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(Standing, u64)>, EngineError> {
        let visibility = actor.visibility(Action::Read);
        let mut unit = self.parts().store.read().await?;
        let mut credentials = unit.credentials();
        Ok(credentials.standings(&visibility, self.now()).await?)
    }

    /// The enabled credentials that the actor may read and whose secret ends from now on and
    /// within the first warning, the soonest first; at most 1000.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_secret_ends(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(CredentialId, Timestamp)>, EngineError> {
        let visibility = actor.visibility(Action::Read);
        let now = self.now();
        let span = (now, Standing::warned_before(now));
        let mut unit = self.parts().store.read().await?;
        let mut credentials = unit.credentials();
        Ok(credentials
            .secret_ends(&visibility, span, None, MOST_ENDS)
            .await?)
    }

    /// The names of the credentials among these that are there and that the actor may read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn credential_names(
        &self,
        actor: &Actor,
        wanted: &[CredentialId],
    ) -> Result<BTreeMap<CredentialId, Name>, EngineError> {
        let visibility = actor.visibility(Action::Read);
        let mut unit = self.parts().store.read().await?;
        let names = unit.credentials().names(&visibility, wanted).await?;
        Ok(names.into_iter().collect())
    }

    /// The labels in use by the credentials that the actor may read, in order; at most 200.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_labels(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(LabelKey, LabelValue)>, EngineError> {
        let visibility = actor.visibility(Action::Read);
        let mut unit = self.parts().store.read().await?;
        let labels = unit.credentials().labels(&visibility, MOST_LABELS).await?;
        Ok(labels)
    }
}
