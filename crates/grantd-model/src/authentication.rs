//! How the client proves who it is at the token endpoint.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How id and secret are written into the `Authorization: Basic` header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasicEncoding {
    /// Percent-encoded, a space as `%20`, as RFC 6749 section 2.3.1 asks.
    #[default]
    Percent,
    /// As they are, for servers that never decode.
    Raw,
}

/// Client authentication, owning its secret in the form `S`: a [`crate::SecretList`] in the store,
/// a [`crate::SecretInput`] on the way in, a `Secret<String>` when a request is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAuthentication<S> {
    /// Id and secret in the Authorization header (RFC 6749 section 2.3.1).
    ClientSecretBasic {
        /// The client secret.
        secret: S,
        /// How both are encoded.
        encoding: BasicEncoding,
    },
    /// Id and secret in the body (RFC 6749 section 2.3.1, not recommended there).
    ClientSecretPost {
        /// The client secret.
        secret: S,
    },
}

impl<S> ClientAuthentication<S> {
    /// The method without its secret.
    pub const fn method(&self) -> AuthenticationMethod {
        match self {
            Self::ClientSecretBasic { encoding, .. } => {
                AuthenticationMethod::ClientSecretBasic(*encoding)
            }
            Self::ClientSecretPost { .. } => AuthenticationMethod::ClientSecretPost,
        }
    }

    /// The secret.
    pub const fn secret(&self) -> &S {
        match self {
            Self::ClientSecretBasic { secret, .. } | Self::ClientSecretPost { secret } => secret,
        }
    }

    /// The secret, taken out.
    pub fn into_secret(self) -> S {
        match self {
            Self::ClientSecretBasic { secret, .. } | Self::ClientSecretPost { secret } => secret,
        }
    }
}

/// A client authentication method without its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthenticationMethod {
    /// `client_secret_basic` with its encoding.
    ClientSecretBasic(BasicEncoding),
    /// `client_secret_post`.
    ClientSecretPost,
}

impl AuthenticationMethod {
    /// The name in IANA's registry of token endpoint authentication methods.
    #[must_use]
    pub const fn iana_name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic(_) => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }

    /// Puts a secret into the method.
    pub fn with_secret<S>(self, secret: S) -> ClientAuthentication<S> {
        match self {
            Self::ClientSecretBasic(encoding) => {
                ClientAuthentication::ClientSecretBasic { secret, encoding }
            }
            Self::ClientSecretPost => ClientAuthentication::ClientSecretPost { secret },
        }
    }
}

impl fmt::Display for AuthenticationMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.iana_name())
    }
}
