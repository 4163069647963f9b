//! Where a vault is and how grantd signs in to it.

use url::Url;

use crate::{Invalid, Origin};

/// Where a vault is and how it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultSettings {
    /// Its address, such as `https://vault.example.com:8200`; http on loopback alone.
    pub address: Url,
    /// The namespace that everything is in.
    pub namespace: Option<String>,
    /// Where the key-value engine is mounted.
    pub mount: String,
    /// Which version it has.
    pub kv: KvVersion,
    /// How grantd signs in.
    pub login: VaultLogin,
    /// PEM certificates of the only authorities trusted.
    pub ca_bundle: Option<String>,
}

impl VaultSettings {
    /// The origin that what grantd signs in with is sent to.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of(&self.address)
    }
}

/// Which version of the key-value engine is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvVersion {
    /// One value each.
    One,
    /// Every version of a value.
    Two,
}

/// How grantd signs in; what is secret of it is kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultLogin {
    /// With a token as it is, which is the secret.
    Token,
    /// With a role id and a secret id.
    AppRole {
        /// Where the method is mounted.
        mount: String,
        /// The role id; the secret id is the secret.
        role_id: String,
    },
    /// With the token of a Kubernetes service account.
    Kubernetes {
        /// Where the method is mounted.
        mount: String,
        /// The role; the token of the service account is the secret.
        role: String,
    },
    /// With a JWT that somebody else issued.
    Jwt {
        /// Where the method is mounted.
        mount: String,
        /// The role, unless the method has a default one; the JWT is the secret.
        role: Option<String>,
    },
    /// With a user name and a password.
    Userpass {
        /// Where the method is mounted.
        mount: String,
        /// The user name; the password is the secret.
        username: String,
    },
    /// With a TLS client certificate.
    Certificate {
        /// Where the method is mounted.
        mount: String,
        /// The role, unless every one that fits will do.
        role: Option<String>,
        /// The certificate with its chain, in PEM; its private key is the secret.
        certificate: String,
    },
}

impl VaultLogin {
    /// The name in documents.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::AppRole { .. } => "approle",
            Self::Kubernetes { .. } => "kubernetes",
            Self::Jwt { .. } => "jwt",
            Self::Userpass { .. } => "userpass",
            Self::Certificate { .. } => "cert",
        }
    }
}

/// The address of a service of secrets: https, or http on loopback, without user, query and fragment.
pub(super) fn address(text: &str) -> Result<Url, Invalid> {
    let wrong = || {
        Invalid::new(
            "invalid_address",
            "an address such as `https://vault.example.com:8200` is expected, without `/v1`; http is for loopback alone",
        )
    };
    let url: Url = text.parse().map_err(|_| wrong())?;
    let plain = url.username().is_empty() && url.password().is_none();
    let is_base = !url.path().trim_end_matches('/').ends_with("/v1");
    if plain && is_base && url.query().is_none() && url.fragment().is_none() && is_safe(&url) {
        Ok(url)
    } else {
        Err(wrong())
    }
}

/// Whether nobody on the way sees what is sent there.
pub(super) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            None => false,
        },
        _ => false,
    }
}
