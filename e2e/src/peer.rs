//! The authorization servers the tests run against.

mod alert_receivers;
mod glewlwyd;
mod mitmproxy;
mod oidc_provider;
mod openbao;

pub use alert_receivers::{AlertReceivers, USER};
pub use glewlwyd::Glewlwyd;
pub use mitmproxy::Mitmproxy;
pub use oidc_provider::{Grant, OidcProvider, Settings};
pub use openbao::OpenBao;

/// The scopes every peer knows.
pub const SCOPES: [&str; 2] = ["mail.read", "https://outlook.office365.com/.default"];

/// How a client authenticates at the token endpoint, by its IANA name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

/// A client as it is registered at a peer.
#[derive(Debug, Clone)]
pub struct Client {
    /// The client identifier.
    pub id: String,
    /// The client secret.
    pub secret: String,
    /// How it sends its secret.
    pub method: Method,
}

impl Method {
    /// The name in the IANA registry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

impl Client {
    /// A client that authenticates by `method`.
    #[must_use]
    pub fn new(id: &str, secret: &str, method: Method) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            method,
        }
    }
}
