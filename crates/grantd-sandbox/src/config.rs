//! What a sandbox is made of.

use std::time::Duration;

use grantd_model::{BasicEncoding, ClientId, Origin, Scope, ScopeSet, Secret};

/// The settings of a sandbox.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Its clients; of several with the same id the last one counts.
    pub clients: Vec<SandboxClient>,
    /// How long an access token lives, in whole seconds.
    pub token_lifetime: Duration,
    /// The issuer in the metadata; from the Host header of the request if absent.
    pub issuer: Option<Origin>,
    /// Its mailbox server.
    pub mail: MailConfig,
}

impl SandboxConfig {
    /// These clients, tokens of one hour, the issuer by the Host header.
    #[must_use]
    pub fn new(clients: Vec<SandboxClient>) -> Self {
        Self {
            clients,
            token_lifetime: Duration::from_hours(1),
            issuer: None,
            mail: MailConfig::default(),
        }
    }
}

/// The settings of the mailbox server.
#[derive(Debug, Clone, Default)]
pub struct MailConfig {
    /// The addresses of its mailboxes.
    pub mailboxes: Vec<String>,
    /// The scope of tokens that are meant for it; without one there is no mailbox server.
    pub scope: Option<Scope>,
    /// The clients that may open every mailbox.
    pub full_access: Vec<ClientId>,
}

/// A client that is registered at the sandbox.
#[derive(Debug, Clone)]
pub struct SandboxClient {
    /// Its id.
    pub client_id: ClientId,
    /// Its secret.
    pub client_secret: Secret<String>,
    /// The client authentication methods it may use.
    pub methods: AllowedMethods,
    /// How its Basic header is read: `Percent` takes both `+` and `%20` for a space, `Raw` decodes
    /// nothing, so the id must not hold a colon.
    pub basic_decoding: BasicEncoding,
    /// The scopes it may ask for and gets when it asks for none; absent if it takes no scope.
    pub scopes: Option<ScopeSet>,
}

/// The client authentication methods a client may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AllowedMethods {
    /// `client_secret_basic` alone.
    Basic,
    /// `client_secret_post` alone.
    Post,
    /// Either, one at a time.
    #[default]
    Both,
}
