//! From a name to its addresses: asked once per connection, never for a literal address.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;
use thiserror::Error;

/// Looks up names. Callers bound the time.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All addresses of a name, in the order in which they are to be tried.
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError>;
}

/// Why a name has no addresses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// The name does not exist, or has no address.
    #[error("no such name")]
    NotFound,
    /// Nobody could say.
    #[error("{0}")]
    Failed(String),
}

/// The resolver of the system: name service switch, hosts file, DNS.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    #[expect(clippy::disallowed_methods, reason = "the one look-up of names")]
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let found = tokio::net::lookup_host((host, 0))
            .await
            .map_err(|fault| classify(&fault))?;
        let mut addresses = Vec::new();
        for address in found.map(|address| address.ip()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() {
            return Err(ResolveError::NotFound);
        }
        Ok(addresses)
    }
}

/// The standard library keeps only the text of getaddrinfo's fault, so the text decides.
fn classify(fault: &io::Error) -> ResolveError {
    let text = fault.to_string();
    let not_found = [
        "Name or service not known",
        "No address associated",
        "Name does not resolve",
        "nodename nor servname",
    ];
    if not_found.iter().any(|part| text.contains(part)) {
        return ResolveError::NotFound;
    }
    let detail = text
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(&text);
    ResolveError::Failed(detail.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_name_is_told_from_a_silent_server() {
        let missing =
            io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(classify(&missing), ResolveError::NotFound);
        let silent = io::Error::other(
            "failed to lookup address information: Temporary failure in name resolution",
        );
        assert_eq!(
            classify(&silent),
            ResolveError::Failed("temporary failure in name resolution".to_owned())
        );
    }
}
