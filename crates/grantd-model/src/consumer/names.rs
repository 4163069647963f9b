//! Names of a consumer's world: where the service is, and what of a request is named.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::text::{check_line, text};
use crate::{Invalid, Origin, TokenEndpoint};

text!(
    /// The name of a header field in lower case (RFC 9110 section 5.1).
    FieldName,
    check_field_name
);
text!(
    /// A method, with regard to case (RFC 9110 section 9.1).
    MethodName,
    check_method
);
text!(
    /// A name or address by which a consumer is reached: in lower case, without port, an address of IPv6 without
    /// brackets.
    HostName,
    check_host
);
text!(
    /// What a path begins with: `/` with whole segments, in which nothing is encoded that need not be.
    PathPrefix,
    check_path_prefix
);
text!(
    /// Where a service is connected to: `host:port`, an address of IPv6 in brackets.
    UpstreamAddress,
    check_address
);

/// Fields that belong to the connection or the message, never to who sets fields.
const OWNED_FIELDS: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What may stand in a segment of a path as it is, besides letters and digits (RFC 3986 section 3.3).
const PLAIN_IN_PATH: &str = "-._~!$&'()*+,;=:@";

impl FieldName {
    /// `authorization`.
    #[must_use]
    pub fn authorization() -> Self {
        Self("authorization".to_owned())
    }
}

impl PathPrefix {
    /// Whether a path, without query, is this or below it.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        let prefix = self.as_str().trim_end_matches('/');
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl UpstreamAddress {
    /// The host, without the brackets of IPv6.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.0.rsplit_once(':').map_or("", |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        let port = self.0.rsplit_once(':').map(|(_, port)| port.parse());
        port.and_then(Result::ok).unwrap_or_default()
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn check_field_name(name: &str) -> Result<(), Invalid> {
    check_line(name, 128)?;
    if !is_token(name) || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(Invalid::new(
            "invalid_header_name",
            "the name of a header field in lower case is expected (RFC 9110 section 5.1)",
        ));
    }
    if OWNED_FIELDS.contains(&name) {
        return Err(Invalid::new(
            "reserved_name",
            format!("a header field that is not set for the connection is expected, `{name}` is"),
        ));
    }
    Ok(())
}

fn check_method(name: &str) -> Result<(), Invalid> {
    check_line(name, 32)?;
    if !is_token(name) {
        return Err(Invalid::new(
            "invalid_method",
            "a method is expected, such as `GET` (RFC 9110 section 9.1)",
        ));
    }
    if name == "CONNECT" || name == "TRACE" {
        return Err(Invalid::new(
            "invalid_method",
            format!("a method that can be passed on is expected, `{name}` can not"),
        ));
    }
    Ok(())
}

fn check_host(name: &str) -> Result<(), Invalid> {
    check_line(name, 253)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = name
        .split('.')
        .all(|label| !label.is_empty() && label.len() <= 63 && label.chars().all(plain));
    // an address has one way of being written, so that two consumers do not have the same one
    let is_address = name
        .parse::<IpAddr>()
        .is_ok_and(|address| address.to_string() == name);
    if is_name || is_address {
        return Ok(());
    }
    Err(Invalid::new(
        "invalid_host",
        "a host name in lower case without port is expected, such as `crm.internal.example`",
    ))
}

fn check_path_prefix(prefix: &str) -> Result<(), Invalid> {
    check_line(prefix, 1024)?;
    let fault = |detail| Err(Invalid::new("invalid_path", detail));
    if !prefix.starts_with('/') {
        return fault("a path that begins with `/` is expected, such as `/v1/orders`");
    }
    let segments = || prefix.split('/').skip(1);
    let last = segments().count().saturating_sub(1);
    let is_odd = |(place, segment): (usize, &str)| match segment {
        "" => place != last,
        segment => matches!(segment, "." | ".."),
    };
    if segments().enumerate().any(is_odd) {
        return fault("a path without `//`, `.` and `..` is expected");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '/' || PLAIN_IN_PATH.contains(c);
    if !prefix.chars().all(plain) {
        return fault("a path in which nothing is encoded is expected, such as `/v1/orders`");
    }
    Ok(())
}

fn check_address(text: &str) -> Result<(), Invalid> {
    let fault = || {
        Invalid::new(
            "invalid_address",
            "host and port are expected, such as `10.1.2.3:8443`",
        )
    };
    check_line(text, 260)?;
    let (host, port) = text.rsplit_once(':').ok_or_else(fault)?;
    let is_port = |number: u16| number != 0 && number.to_string() == port;
    if !port.parse().is_ok_and(is_port) {
        return Err(fault());
    }
    let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    match address {
        Some(address) => address.parse::<Ipv6Addr>().map(drop).ok(),
        None => check_host(host).ok().filter(|()| !host.contains(':')),
    }
    .ok_or_else(fault)
}

/// Where a service is: https, or http on this machine; without query, and without what a path must not hold.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The whole URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Its host, as bound hosts name it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The origin that secret fields are bound to.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of(&self.0)
    }

    /// The path before that of a request, without a slash at its end.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::try_from(text.as_str())
    }
}

impl TryFrom<&str> for BaseUrl {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        // what holds for a token endpoint holds here: https, no user information, no fragment
        let url = TokenEndpoint::try_from(text)?.url().clone();
        if url.query().is_some() {
            return Err(Invalid::new(
                "query",
                "a URL without `?…` is expected; the request brings its own",
            ));
        }
        if url.path().contains("//") {
            return Err(Invalid::new(
                "invalid_path",
                "a path without `//` is expected",
            ));
        }
        Ok(Self(url))
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> Self {
        url.0.into()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_whole_segments() {
        let prefix = PathPrefix::try_from("/v1/orders").unwrap();
        for (path, held) in [
            ("/v1/orders", true),
            ("/v1/orders/", true),
            ("/v1/orders/7", true),
            ("/v1/ordersx", false),
            ("/v1", false),
            ("/V1/orders", false),
        ] {
            assert_eq!(prefix.holds(path), held, "{path}");
        }
        assert!(PathPrefix::try_from("/").unwrap().holds("/anything"));
    }

    #[test]
    fn a_prefix_is_a_plain_path() {
        for text in [
            "v1", "", "//", "/a//", "/a//b", "/a/../b", "/./", "/a%2fb", "/a?b", "/ä",
        ] {
            assert!(PathPrefix::try_from(text).is_err(), "{text}");
        }
        for text in ["/", "/a", "/a/", "/a/b@c:d"] {
            assert!(PathPrefix::try_from(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_address_is_host_and_port() {
        for (text, host, port) in [
            ("10.1.2.3:8443", "10.1.2.3", 8443),
            ("[::1]:80", "::1", 80),
            ("a.example:1", "a.example", 1),
        ] {
            let address = UpstreamAddress::try_from(text).unwrap();
            assert_eq!((address.host(), address.port()), (host, port));
        }
        for text in [
            "10.1.2.3",
            "::1:80",
            "a:0",
            "a:+80",
            "a:080",
            "a:70000",
            ":80",
            "[a]:80",
            "[[::1]]:80",
            "a b:1",
        ] {
            assert!(UpstreamAddress::try_from(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_without_port() {
        for text in ["crm.internal.example", "localhost", "10.1.2.3", "::1"] {
            assert!(HostName::try_from(text).is_ok(), "{text}");
        }
        for text in [
            "", "CRM", "a..b", "a.", "a:80", "[::1]", "::0001", "a/b", "a_b",
        ] {
            assert!(HostName::try_from(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_base_url_is_an_origin_with_a_path() {
        let url = BaseUrl::try_from("https://api.example.com/v1/").unwrap();
        assert_eq!((url.host(), url.path()), ("api.example.com", "/v1"));
        assert_eq!(BaseUrl::try_from("https://a.example").unwrap().path(), "");
        for text in [
            "http://api.example.com",
            "https://a.example/?q=1",
            "https://a.example/a//b",
            "https://u:p@a.example/",
            "ftp://a.example/",
        ] {
            assert!(BaseUrl::try_from(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fields_of_the_connection_are_not_named() {
        for name in ["host", "te", "transfer-encoding", "X-Key", "a b", ""] {
            assert!(FieldName::try_from(name).is_err(), "{name}");
        }
        assert!(FieldName::try_from("x-api-key").is_ok());
        assert!(MethodName::try_from("CONNECT").is_err());
    }
}
