//! A host with its port, as clients name it to a helper that is to have a password for it.
//!
//! Invariant: what another reader could take for another host is none.

use std::fmt;

use serde::Deserialize;
use url::Url;

use super::server_url::is_loopback;

/// A host by name or address, in lower case, and its port if one is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct HostPort {
    host: String,
    port: Option<u16>,
}

impl HostPort {
    /// Reads `host` or `host:port`; none where it is anything else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, digits)) if !digits.ends_with(']') => {
                if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                (host, Some(digits.parse().ok()?))
            }
            _ => (text.as_str(), None),
        };
        // URLs allow more, such as `*`, which is no host of anybody
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
        let url = Url::parse(&format!("https://{host}/")).ok()?;
        (host.bytes().all(usual) && url.host_str() == Some(host)).then(|| Self {
            host: host.to_owned(),
            port,
        })
    }

    /// Reads what is behind `https://`, or behind `http://` where that is this machine itself; a path behind the
    /// host is passed over. None where the network would see a password, or it is no such URL.
    pub(crate) fn of_server(server: &str) -> Option<Self> {
        let (scheme, rest) = server.split_once("://").unwrap_or(("https", server));
        let host = rest.split('/').next().unwrap_or_default();
        Self::read(host).filter(|it| it.is_private_by(scheme))
    }

    /// The host alone.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Whether the network sees nothing of what is sent there by this scheme.
    pub(crate) fn is_private_by(&self, scheme: &str) -> bool {
        match scheme {
            "https" => true,
            "http" => {
                Url::parse(&format!("http://{}/", self.host)).is_ok_and(|url| is_loopback(&url))
            }
            _ => false,
        }
    }
}

impl TryFrom<String> for HostPort {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text).ok_or_else(|| {
            format!(
                "`{text}` is no host; expected is such as `registry.example.com` or \
                 `registry.example.com:5000`"
            )
        })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_everybody_reads_alike_is_a_host() {
        for (text, expected) in [
            ("git.example.com", "git.example.com"),
            ("Git.Example.COM:8443", "git.example.com:8443"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]", "[::1]"),
            ("[::1]:5000", "[::1]:5000"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            let read = HostPort::read(text).map(|it| it.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            ":1",
            "a.example:",
            "a.example:+1",
            "a.example:65536",
            "a.example:1:2",
            "me@a.example",
            "a.example/b",
            "a.example\\b",
            "a.example?b",
            "a.example#b",
            "a.example ",
            "a.example\n",
            "https://a.example",
            "bücher.example",
            "0x7f.1",
            "*",
            "*.a.example",
            "::1",
        ] {
            assert_eq!(HostPort::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_server_is_its_host_unless_the_network_sees_what_is_sent() {
        for (server, expected) in [
            ("registry.example.com", Some("registry.example.com")),
            (
                "registry.example.com:5000",
                Some("registry.example.com:5000"),
            ),
            ("https://index.docker.io/v1/", Some("index.docker.io")),
            ("https://a.example:5000", Some("a.example:5000")),
            ("http://127.0.0.1:5000/v2/", Some("127.0.0.1:5000")),
            ("http://localhost", Some("localhost")),
            ("http://a.example", None),
            ("http://localhost.evil.example", None),
            ("ftp://a.example", None),
            ("https://me@a.example/", None),
            ("https://", None),
            ("", None),
        ] {
            let read = HostPort::of_server(server).map(|it| it.to_string());
            assert_eq!(read.as_deref(), expected, "{server}");
        }
    }
}
