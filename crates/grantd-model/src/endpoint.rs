//! Addresses that requests go to.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::Invalid;
use crate::text::is_one_of;

/// Parameters that would put a secret where anybody sees it.
const SECRET_PARAMETERS: [&str; 3] = ["client_secret", "client_assertion", "password"];

/// The longest URL that is accepted, in bytes.
const MOST_BYTES: usize = 2048;

/// Where tokens are requested (RFC 6749 section 3.2): https, or http on loopback; a query is kept,
/// a fragment or user information is refused.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenEndpoint(Url);

impl TokenEndpoint {
    /// The whole URL, query included: for sending, not for logs.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The endpoint without its query, as one authorization server is told from another.
    #[must_use]
    pub fn without_query(&self) -> String {
        format!("{}{}", self.origin().0, self.0.path())
    }

    /// The origin that a sealed secret is bound to.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin(self.0.origin().ascii_serialization())
    }
}

impl fmt::Display for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.without_query())
    }
}

impl TryFrom<String> for TokenEndpoint {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::try_from(text.as_str())
    }
}

impl TryFrom<&str> for TokenEndpoint {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        let url = parse(text, &["https", "http"])?;
        if url.fragment().is_some() {
            return Err(Invalid::new(
                "fragment",
                "a URL without `#…` is expected (RFC 6749 section 3.2)",
            ));
        }
        if let Some((name, _)) = url
            .query_pairs()
            .find(|(name, _)| is_one_of(name, &SECRET_PARAMETERS))
        {
            return Err(Invalid::new(
                "secret_in_url",
                format!("a URL without `{name}` is expected; what is secret has fields of its own"),
            ));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(Invalid::new(
                "https_required",
                "an https URL is expected; plain http would send the secret in clear text and is \
                 accepted for this machine only",
            ));
        }
        Ok(Self(url))
    }
}

impl From<TokenEndpoint> for String {
    fn from(endpoint: TokenEndpoint) -> Self {
        endpoint.0.into()
    }
}

/// Scheme, host and port (RFC 6454), as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin of a URL with a host.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// The origin as text, such as `https://login.example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let url = parse(&text, &["https", "http"])?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(Invalid::new(
                "invalid_origin",
                "scheme, host and port alone are expected, such as `https://login.example.com`",
            ));
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

/// An HTTP proxy that requests leave through: `http://host:port`, without user information.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for ProxyUrl {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let url = parse(&text, &["http"]).map_err(|fault| match fault.code {
            "user_information" => Invalid::new(
                fault.code,
                "a URL without `user:password@` is expected; grantd signs in at no proxy",
            ),
            _ => fault,
        })?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(Invalid::new(
                "invalid_proxy",
                "`http://host:port` alone is expected",
            ));
        }
        Ok(Self(url))
    }
}

impl From<ProxyUrl> for String {
    fn from(proxy: ProxyUrl) -> Self {
        proxy.to_string()
    }
}

pub(crate) fn parse(text: &str, schemes: &[&str]) -> Result<Url, Invalid> {
    if text.is_empty() {
        return Err(Invalid::new("required", "a URL is expected, it is empty"));
    }
    if text.len() > MOST_BYTES {
        return Err(Invalid::new(
            "too_long",
            "a URL of at most 2048 bytes is expected",
        ));
    }
    // the URL standard takes these out or turns them round, and the URL would be another one
    let quiet = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if let Some(c) = text.chars().find(|&c| quiet(c)) {
        return Err(Invalid::new(
            "invalid_url",
            format!(
                "a URL without white space, control characters and `\\` is expected, `{}` is one",
                c.escape_default()
            ),
        ));
    }
    let after_scheme = text.split_once(':').map_or("", |(_, rest)| rest);
    if !after_scheme.starts_with("//") || after_scheme.starts_with("///") {
        return Err(Invalid::new(
            "invalid_url",
            "an absolute URL such as `https://login.example.com/token` is expected",
        ));
    }
    let url = Url::parse(text).map_err(|fault| {
        Invalid::new(
            "invalid_url",
            format!("an absolute URL is expected: {fault}"),
        )
    })?;
    if !schemes.contains(&url.scheme()) {
        return Err(Invalid::new(
            "invalid_scheme",
            format!(
                "a URL that begins with `{}://` is expected",
                schemes.join("://` or `")
            ),
        ));
    }
    if !url.has_host() {
        return Err(Invalid::new("invalid_url", "a URL with a host is expected"));
    }
    if url.port() == Some(0) {
        return Err(Invalid::new(
            "invalid_url",
            "a port from 1 to 65535 is expected",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Invalid::new(
            "user_information",
            "a URL without `user:password@` is expected; secrets have fields of their own",
        ));
    }
    Ok(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_is_kept_and_origin_is_derived() {
        let endpoint =
            TokenEndpoint::try_from("https://Login.Example.com:443/auth?tenant=1").unwrap();
        assert_eq!(
            endpoint.to_string(),
            "https://login.example.com/auth?tenant=1"
        );
        assert_eq!(endpoint.origin().as_str(), "https://login.example.com");
        assert_eq!(format!("{endpoint:?}"), "https://login.example.com/auth");
    }

    #[test]
    fn wrong_urls_are_refused_with_their_reason() {
        for (text, code) in [
            ("", "required"),
            ("login.example.com/token", "invalid_url"),
            ("ftp://example.com/", "invalid_scheme"),
            ("https://example.com/#x", "fragment"),
            ("https://me:pw@example.com/", "user_information"),
            ("http://example.com/token", "https_required"),
            ("http://192.168.0.1/token", "https_required"),
            ("https://example.com:99999/", "invalid_url"),
            ("https://", "invalid_url"),
            ("https:///x", "invalid_url"),
            ("https:/login.example.com/x", "invalid_url"),
            ("https://example.com\\x", "invalid_url"),
            ("https://example.com/a\tb", "invalid_url"),
            ("https://example.com/\r\nX: y", "invalid_url"),
            ("https://example.com/t?client_secret=x", "secret_in_url"),
            ("https://example.com/t?a=1&Client_Secret=x", "secret_in_url"),
            ("https://example.com/t?%50ASSWORD=x", "secret_in_url"),
        ] {
            assert_eq!(
                TokenEndpoint::try_from(text).unwrap_err().code,
                code,
                "{text}"
            );
        }
        for good in [
            "http://127.0.0.1:9000/t",
            "http://localhost/t",
            "http://[::1]:1/t",
            "http://2130706433/t",
        ] {
            assert!(TokenEndpoint::try_from(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_proxy_is_host_and_port_alone() {
        let proxy = ProxyUrl::try_from("http://proxy.example:3128".to_owned()).unwrap();
        assert_eq!(proxy.to_string(), "http://proxy.example:3128");
        let fault = ProxyUrl::try_from("http://u:p@proxy.example".to_owned()).unwrap_err();
        assert!(fault.detail.ends_with("grantd signs in at no proxy"));
        assert!(ProxyUrl::try_from("socks5://proxy.example".to_owned()).is_err());
    }
}
