//! Tokens for a mailbox server: of a credential, for the hosts that it is bound to, as long as it may open
//! the mailbox.

use std::sync::Arc;

use async_trait::async_trait;
use grantd_engine::{CredentialRef, Engine, EngineError, HeldToken, ListenerMemory, TokenWish};
use grantd_model::listener::{MailAddress, is_allowed_mailbox};
use grantd_model::{Actor, CredentialId, ErrorKind};

use crate::fault::MailFault;

/// Where tokens come from.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token that may be sent to this host.
    async fn token(&self, host: &str) -> Result<MailToken, MailFault>;

    /// The server refused it; tells whether another one may be had.
    async fn refused(&self, token: &MailToken) -> bool;
}

/// A token, with what is said of its credential.
pub struct MailToken {
    pub(super) held: Arc<HeldToken>,
    /// The client id, for what people are told.
    pub client_id: String,
    /// PEM certificates of the only authorities trusted.
    pub ca_bundle: Option<Arc<str>>,
}

/// Tokens of a credential, from the engine.
pub struct EngineTokens {
    engine: Engine,
    credential: CredentialId,
    mailbox: MailAddress,
    ca_bundle: Option<Arc<str>>,
}

impl EngineTokens {
    /// Tokens of this credential for this mailbox, for servers of these authorities.
    #[must_use]
    pub fn new(
        engine: Engine,
        credential: CredentialId,
        mailbox: MailAddress,
        ca_bundle: Option<Arc<str>>,
    ) -> Self {
        Self {
            engine,
            credential,
            mailbox,
            ca_bundle,
        }
    }
}

impl EngineTokens {
    /// Tries whether there are any.
    pub(crate) async fn any(&self) -> Result<(), MailFault> {
        let wanted = CredentialRef::Id(self.credential);
        let token = self
            .engine
            .token(&Actor::System, &wanted, &TokenWish::default())
            .await;
        token.map(drop).map_err(|error| token_fault(&error))
    }
}

#[async_trait]
impl TokenSource for EngineTokens {
    async fn token(&self, host: &str) -> Result<MailToken, MailFault> {
        let wanted = CredentialRef::Id(self.credential);
        let wish = TokenWish::default();
        let token = self.engine.token(&Actor::System, &wanted, &wish).await;
        let handed = token.map_err(|error| token_fault(&error))?;
        if !ListenerMemory::may_go_to(&handed.credential, host) {
            return Err(MailFault::Configuration {
                class: "host_not_bound",
                detail: format!(
                    "the credential is not bound to {host}; its token is not sent there"
                ),
                remedy: "An admin adds the host to the credential's bound hosts.".to_owned(),
            });
        }
        // an admin may have taken it away since the listener began with its step
        let allowed = &handed.credential.settings.allowed_mailboxes;
        if !is_allowed_mailbox(allowed, &self.mailbox) {
            return Err(MailFault::Configuration {
                class: "mailbox_not_allowed",
                detail: format!(
                    "the credential may not open the mailbox {} any more",
                    self.mailbox
                ),
                remedy: "An admin adds the mailbox to the credential's allowed mailboxes."
                    .to_owned(),
            });
        }
        Ok(MailToken {
            client_id: handed.credential.settings.client_id.to_string(),
            held: handed.token,
            ca_bundle: self.ca_bundle.clone(),
        })
    }

    async fn refused(&self, token: &MailToken) -> bool {
        let wanted = CredentialRef::Id(self.credential);
        let dropped = self
            .engine
            .reject_token(&Actor::System, &wanted, &token.held)
            .await;
        dropped.unwrap_or(false)
    }
}

/// What a missing token means for a listener.
pub(crate) fn token_fault(error: &EngineError) -> MailFault {
    let detail = format!("no access token: {error}");
    match error.kind() {
        ErrorKind::Unreachable | ErrorKind::RateLimited | ErrorKind::StoreFailed => {
            MailFault::Transient {
                class: "no_token",
                detail,
            }
        }
        ErrorKind::Disabled => MailFault::Configuration {
            class: "credential_disabled",
            detail: "the credential is disabled".to_owned(),
            remedy: "Enable the credential; the listener goes on by itself.".to_owned(),
        },
        _ => MailFault::Configuration {
            class: "no_token",
            detail,
            remedy: "Look at the page of the credential; it says what to do.".to_owned(),
        },
    }
}
