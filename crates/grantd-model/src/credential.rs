//! The credential: what an administrator configures once, and tokens come from.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    ActorRef, Audience, ClientAuthentication, ClientId, CredentialId, Invalid, Labels, Name,
    Parameter, ParameterValue, ProxyUrl, Resource, ScopeSet, SecretList, Slug, Timestamp,
    TokenEndpoint,
};

/// Counts the updates of a credential, from 1; the `ETag` is `"r<revision>"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

impl Revision {
    /// The first.
    pub const FIRST: Self = Self(1);

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// When something was done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorRef,
}

/// What is known of the authorization server's make.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Nothing in particular.
    #[default]
    Generic,
    /// Microsoft Entra ID.
    Entra,
    /// Active Directory Federation Services.
    Adfs,
    /// Okta.
    Okta,
    /// Auth0: `audience` stands for the scope.
    Auth0,
    /// Google.
    Google,
}

impl Provider {
    /// Whether its token requests may go without a scope.
    #[must_use]
    pub const fn works_without_scope(self) -> bool {
        matches!(self, Self::Auth0)
    }
}

/// The scopes that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ScopeSetting {
    /// These.
    Set(ScopeSet),
    /// None, by choice: this server takes no scope.
    NotTaken,
}

impl ScopeSetting {
    /// The scopes to send, if any.
    #[must_use]
    pub const fn scopes(&self) -> Option<&ScopeSet> {
        match self {
            Self::Set(scopes) => Some(scopes),
            Self::NotTaken => None,
        }
    }
}

/// How long a token request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, TLS included: 1 to 60 s.
    pub connect: Duration,
    /// The request as a whole: 1 to 300 s.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
        }
    }
}

/// Everything of a credential that is no secret and that people set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What people call it; unique without regard to case.
    pub name: Name,
    /// What it is for.
    pub description: String,
    /// Who answers for it, with a way to reach them.
    pub owner: String,
    /// What it is sorted and granted by.
    pub labels: Labels,
    /// The authorization server's make.
    pub provider: Provider,
    /// The client's registration.
    pub client_id: ClientId,
    /// Where tokens are requested.
    pub token_endpoint: TokenEndpoint,
    /// The scopes asked for.
    pub scope: ScopeSetting,
    /// When the secret ends at the authorization server, as far as people know.
    pub secret_expires_at: Option<Timestamp>,
    /// Sent as `audience`.
    pub audience: Option<Audience>,
    /// Sent as `resource`, each (RFC 8707).
    pub resources: Vec<Resource>,
    /// How long a request may take.
    pub timeouts: Timeouts,
    /// PEM certificates of the only authorities trusted for the token endpoint.
    pub ca_bundle: Option<String>,
    /// The HTTP proxy that token requests leave through.
    pub egress_proxy: Option<ProxyUrl>,
    /// Hosts that a token may be sent to; set by an admin.
    pub bound_hosts: Vec<String>,
    /// Mailboxes that may be opened with it; set by an admin.
    pub allowed_mailboxes: Vec<String>,
}

/// A credential as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id, for ever.
    pub id: CredentialId,
    /// Its short name, for ever.
    pub slug: Slug,
    /// Counts updates.
    pub revision: Revision,
    /// Counts the updates that make its tokens void; an answer to a request of an earlier
    /// generation is dropped.
    pub token_generation: u64,
    /// The highest version that any of its secret values ever had; none is used twice, so that an
    /// old sealed value put back by hand does not open.
    pub secret_counter: u32,
    /// Whether tokens are given out.
    pub enabled: bool,
    /// What people set.
    pub settings: Settings,
    /// The client authentication method with its secrets.
    pub authentication: ClientAuthentication<SecretList>,
    /// Extra form parameters of the token request.
    pub parameters: Vec<Parameter<ParameterValue>>,
    /// Extra headers of the token request.
    pub headers: Vec<Parameter<ParameterValue>>,
    /// When and by whom it was added.
    pub created: Change,
    /// When and by whom it was last changed.
    pub updated: Change,
}

/// Checks free text of people: at most `most` characters, lines allowed.
///
/// # Errors
/// When it is too long or holds a control character other than a line end or tab.
pub fn check_free_text(text: &str, most: usize) -> Result<(), Invalid> {
    if text.chars().count() > most {
        return Err(Invalid::new(
            "too_long",
            format!("at most {most} characters are expected"),
        ));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(Invalid::new(
            "control_character",
            "text without control characters is expected",
        ));
    }
    Ok(())
}
