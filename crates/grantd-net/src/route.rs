//! The way that a request takes, and what is checked on it.

use std::net::IpAddr;

use grantd_model::ProxyUrl;
use url::Url;

use crate::guard::EgressPolicy;
use crate::refusal::Refusal;

/// The way that a request takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Route {
    /// Straight to the target.
    Direct,
    /// Through the operator's proxy, whose address is trusted.
    Global(ProxyUrl),
    /// Through a proxy of the request, whose address is checked.
    Chosen(ProxyUrl),
}

impl Route {
    /// The proxy on the way.
    pub(crate) fn proxy(&self) -> Option<&ProxyUrl> {
        match self {
            Self::Direct => None,
            Self::Global(proxy) | Self::Chosen(proxy) => Some(proxy),
        }
    }

    /// Checks the target, and the addresses that are to be connected to.
    pub(crate) fn check(
        &self,
        policy: &EgressPolicy,
        url: &Url,
        addresses: &[IpAddr],
    ) -> Result<(), Refusal> {
        match self {
            Self::Direct => policy.check(url, addresses),
            Self::Global(_) => policy.check_proxied(url),
            Self::Chosen(proxy) => {
                policy.check_proxied(url)?;
                policy.check_addresses(proxy.url(), addresses)
            }
        }
    }
}
