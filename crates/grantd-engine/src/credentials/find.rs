//! Finds one credential by slug or id.

use std::fmt;
use std::str::FromStr;

use grantd_model::{Action, Actor, Credential, CredentialId, Invalid, Slug};
use grantd_store::CredentialReader;

use crate::{Engine, EngineError, access};

/// Names a credential in a route or a command: by slug or by id. Only ids hold `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CredentialRef {
    /// By id.
    Id(CredentialId),
    /// By slug.
    Slug(Slug),
}

impl FromStr for CredentialRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.contains('_') {
            text.parse().map(Self::Id)
        } else {
            Slug::try_from(text).map(Self::Slug)
        }
    }
}

impl fmt::Display for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

/// Finds it, whoever asks; the caller checks access next.
pub(crate) async fn find<R: CredentialReader + ?Sized>(
    reader: &mut R,
    wanted: &CredentialRef,
) -> Result<Credential, EngineError> {
    let found = match wanted {
        CredentialRef::Id(id) => reader.by_id(*id).await?,
        CredentialRef::Slug(slug) => reader.by_slug(slug).await?,
    };
    found.ok_or_else(|| missing(wanted))
}

/// Finds the one that a listener or a consumer is to use; none if there is none, or the actor may neither manage it
/// nor get its tokens.
pub(crate) async fn find_usable<R: CredentialReader + ?Sized>(
    reader: &mut R,
    actor: &Actor,
    wanted: &str,
) -> Result<Option<Credential>, EngineError> {
    let Ok(wanted) = wanted.trim().parse() else {
        return Ok(None);
    };
    let credential = match find(reader, &wanted).await {
        Ok(credential) => credential,
        Err(EngineError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let may = |action| access::on_credential(actor, action, &credential).is_ok();
    Ok((may(Action::Manage) || may(Action::Token)).then_some(credential))
}

/// Says that it does not exist, in the words of the one who asked.
pub(crate) fn missing(wanted: &CredentialRef) -> EngineError {
    EngineError::NotFound {
        what: "credential",
        name: wanted.to_string(),
    }
}

impl Engine {
    /// One credential.
    ///
    /// # Errors
    /// When there is none that the actor may read.
    pub async fn get_credential(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
    ) -> Result<Credential, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let credential = find(unit.credentials().as_mut(), wanted).await?;
        access::on_credential(actor, Action::Read, &credential).map_err(|_| missing(wanted))?;
        Ok(credential)
    }
}
