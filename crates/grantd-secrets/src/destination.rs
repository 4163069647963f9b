//! Where a secret would be sent, as far as a source decides by it.

use std::fmt;

use grantd_model::{Origin, Settings};

/// Where a secret would be sent.
///
/// With a CA bundle or an egress proxy of its own a credential says itself who passes for the
/// origin, so the origin alone says nothing about who receives the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The origin of the token endpoint.
    pub origin: Origin,
    /// Whether the credential brings the authorities that the origin is known by.
    pub own_ca_bundle: bool,
    /// Whether the credential brings the proxy that its requests leave through.
    pub own_egress_proxy: bool,
}

impl Destination {
    /// Where the secret of a credential with these settings is sent.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            origin: settings.token_endpoint.origin(),
            own_ca_bundle: settings.ca_bundle.is_some(),
            own_egress_proxy: settings.egress_proxy.is_some(),
        }
    }

    /// What the credential brings itself of the way to the origin.
    pub(crate) const fn own(&self) -> Option<Own> {
        match (self.own_ca_bundle, self.own_egress_proxy) {
            (false, false) => None,
            (true, false) => Some(Own::CaBundle),
            (false, true) => Some(Own::EgressProxy),
            (true, true) => Some(Own::Both),
        }
    }
}

/// What a credential brings itself of the way to the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// A CA bundle.
    CaBundle,
    /// An egress proxy.
    EgressProxy,
    /// Both.
    Both,
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CaBundle => "a CA bundle",
            Self::EgressProxy => "an egress proxy",
            Self::Both => "a CA bundle and an egress proxy",
        })
    }
}
