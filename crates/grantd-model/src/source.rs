//! Secret sources that an admin adds: where they are, how grantd signs in to them, and what they may
//! serve.
//!
//! What reads this machine (folders, variables, programs) is declared in the configuration instead.

pub mod bounds;
pub mod draft;
pub mod https;
pub mod vault;

use std::time::Duration;

pub use bounds::{PathBound, Served, SourceBounds};
pub use draft::{HttpsDraft, LoginDraft, SourceDraft, VaultDraft};
pub use https::HttpsSettings;
pub use vault::{KvVersion, VaultLogin, VaultSettings};

use crate::secret_reference::SourceName;
use crate::{Change, Origin, Revision, SecretEntry, SecretValue, SourceId};

/// A secret source that an admin added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its id, for ever.
    pub id: SourceId,
    /// Its name in references, for ever.
    pub name: SourceName,
    /// Counts updates.
    pub revision: Revision,
    /// What people set.
    pub settings: SourceSettings,
    /// What grantd signs in with, where that takes a secret.
    pub secret: Option<SecretEntry>,
    /// The highest version that its secret ever had.
    pub secret_counter: u32,
    /// When and by whom it was added.
    pub created: Change,
    /// When and by whom it was last changed.
    pub updated: Change,
}

impl Source {
    /// The source that holds what grantd signs in to this one with.
    #[must_use]
    pub fn needs(&self) -> Option<&SourceName> {
        match &self.secret.as_ref()?.value {
            SecretValue::External(reference) => Some(&reference.source),
            SecretValue::Internal(_) => None,
        }
    }
}

/// What people set of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSettings {
    /// What it is for.
    pub description: String,
    /// What it is.
    pub kind: SourceKind,
    /// What it may serve.
    pub bounds: SourceBounds,
    /// How long a secret is used until it is read again.
    pub fresh: Duration,
    /// How much longer it is used while the source can not be asked.
    pub stale: Duration,
    /// How many reads there are in a second, at most.
    pub reads_per_second: u32,
}

/// What a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind {
    /// The key-value engine of `HashiCorp` Vault or OpenBao.
    Vault(VaultSettings),
    /// A service that gives a secret by one GET.
    Https(HttpsSettings),
}

impl SourceKind {
    /// The name in documents.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Vault(_) => "vault",
            Self::Https(_) => "https",
        }
    }

    /// The origin that what grantd signs in with is sent to, and bound to.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::Vault(vault) => vault.origin(),
            Self::Https(https) => https.origin(),
        }
    }

    /// PEM certificates of the only authorities trusted.
    #[must_use]
    pub fn ca_bundle(&self) -> Option<&str> {
        match self {
            Self::Vault(vault) => vault.ca_bundle.as_deref(),
            Self::Https(https) => https.ca_bundle.as_deref(),
        }
    }

    /// Whether signing in takes a secret.
    #[must_use]
    pub const fn takes_secret(&self) -> bool {
        match self {
            Self::Vault(_) => true,
            Self::Https(https) => https.header.is_some(),
        }
    }

    /// Whether a secret that was given for one may be sent by the other: to the same place, that is known
    /// by the same authorities, in the same way.
    #[must_use]
    pub fn is_bound_alike(&self, other: &Self) -> bool {
        let same_way = match (self, other) {
            (Self::Vault(one), Self::Vault(two)) => {
                std::mem::discriminant(&one.login) == std::mem::discriminant(&two.login)
            }
            (Self::Https(one), Self::Https(two)) => one.header == two.header,
            _ => false,
        };
        same_way && self.origin() == other.origin() && self.ca_bundle() == other.ca_bundle()
    }
}
