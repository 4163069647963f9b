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
            Self::Global(proxy) => {
                policy.check_proxied(url)?;
                check_readable(url, proxy, addresses)
            }
            Self::Chosen(proxy) => {
                policy.check_proxied(url)?;
                policy.check_addresses(proxy.url(), addresses)?;
                check_readable(url, proxy, addresses)
            }
        }
    }
}

/// A proxy reads what goes to a target in plain http, so that one has to be on this machine too.
fn check_readable(url: &Url, proxy: &ProxyUrl, addresses: &[IpAddr]) -> Result<(), Refusal> {
    if url.scheme() == "https" {
        return Ok(());
    }
    EgressPolicy::check_plain_http(proxy.url(), addresses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::RefusalReason;

    fn check(route: &Route, url: &str, addresses: &[&str]) -> Result<(), RefusalReason> {
        let policy = EgressPolicy::unrestricted();
        let addresses: Vec<IpAddr> = addresses.iter().map(|it| it.parse().unwrap()).collect();
        let url = url.parse().unwrap();
        let result = route.check(&policy, &url, &addresses);
        result.map_err(|refusal| refusal.reason)
    }

    #[test]
    fn plain_http_goes_only_to_a_proxy_on_this_machine() {
        let proxy = ProxyUrl::try_from("http://proxy.example.com:3128".to_owned()).unwrap();
        for route in [Route::Chosen(proxy.clone()), Route::Global(proxy)] {
            for url in ["http://127.0.0.1:8080/", "http://localhost:8080/"] {
                for here in [&["127.0.0.1"][..], &["127.9.9.9", "::1"]] {
                    assert_eq!(check(&route, url, here), Ok(()), "{route:?} {url}");
                }
                for away in [&["8.8.8.8"][..], &["10.0.0.5"], &["127.0.0.1", "8.8.8.8"]] {
                    let result = check(&route, url, away);
                    assert_eq!(result, Err(RefusalReason::PlainHttp), "{route:?} {url}");
                }
            }
            let tunnelled = check(&route, "https://login.example.com/", &["8.8.8.8"]);
            assert_eq!(tunnelled, Ok(()), "{route:?}");
        }
    }
}
