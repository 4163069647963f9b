//! A URL that a token may be sent to.

use url::Url;

use crate::client::is_loopback;
use crate::failure::Failure;

/// A URL of https, or of http to this machine itself.
///
/// Curl is given the URL as it was read here, so that both mean the same host.
#[derive(Debug)]
pub(super) struct Target {
    url: Url,
    host: String,
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it is none, holds a password, or the network would see the token.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        // what is behind it may be secret
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        let wrong = |expected: &str| Failure::usage(format!("the URL `{shown}`: {expected}"));
        let read = Url::parse(text).ok();
        let web = read.filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some((url, host)) = web.and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some((url, host))
        }) else {
            return Err(wrong(
                "an https URL is expected, such as `https://api.example.com/`",
            ));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::usage(format!(
                "the URL of `{host}` is expected without `user:password@`; the token is shown there"
            )));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(wrong(
                "https is expected, as plain http would show the token to the network",
            ));
        }
        Ok(Self { url, host })
    }

    /// Refuses a host that is not bound to the credential.
    ///
    /// # Errors
    /// Names the host, and those that are bound.
    pub(super) fn check_bound(
        &self,
        bound_hosts: &[String],
        credential: &str,
    ) -> Result<(), Failure> {
        if bound_hosts.iter().any(|bound| covers(bound, &self.host)) {
            return Ok(());
        }
        let bound = match bound_hosts {
            [] => "no host is bound to it".to_owned(),
            hosts => format!("bound to it are {}", hosts.join(", ")),
        };
        Err(Failure::usage(format!(
            "no token of `{credential}` is sent to `{}`: {bound}; an admin sets them by `grantd \
             credential update {credential} --bound-host HOST`",
            self.host
        )))
    }

    /// Whether it is of plain http.
    pub(super) fn is_http(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The URL.
    pub(super) fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

/// Whether a bound host is this host; `*.` stands for one name or several below it.
fn covers(bound: &str, host: &str) -> bool {
    match bound.strip_prefix("*.") {
        Some(parent) => host
            .strip_suffix(parent)
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => bound == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_targets() {
        for text in [
            "https://a.example",
            "https://a.example:8443/x?y",
            "http://127.0.0.1:1/",
            "http://localhost/",
            "http://[::1]/",
        ] {
            assert!(Target::parse(text).is_ok(), "{text}");
        }
        for (text, part) in [
            ("a.example/x", "an https URL is expected"),
            ("localhost:80/x", "an https URL is expected"),
            ("ftp://a.example", "an https URL is expected"),
            ("-K", "an https URL is expected"),
            ("http://a.example/x?canary", "https is expected"),
            ("http://localhost.evil.example/", "https is expected"),
            ("https://me:canary@a.example/", "without `user:password@`"),
            ("https://canary@a.example/", "without `user:password@`"),
        ] {
            let fault = Target::parse(text).unwrap_err().to_string();
            assert!(fault.contains(part), "{text}: {fault}");
            assert!(!fault.contains("canary"), "{fault}");
        }
    }

    #[test]
    fn the_host_is_the_one_that_curl_is_given() {
        for (text, host, url) in [
            ("https://A.Example/b", "a.example", "https://a.example/b"),
            (
                "https://a.example\\@b.example/",
                "a.example",
                "https://a.example/@b.example/",
            ),
            ("https:a.example", "a.example", "https://a.example/"),
            (
                "https://a.example/\n\t#b",
                "a.example",
                "https://a.example/#b",
            ),
            ("http://0x7f.1/", "127.0.0.1", "http://127.0.0.1/"),
            (
                "https://bücher.example",
                "xn--bcher-kva.example",
                "https://xn--bcher-kva.example/",
            ),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!((target.host.as_str(), target.as_str()), (host, url));
        }
    }

    #[test]
    fn a_bound_host_covers_itself_or_the_names_below() {
        for (bound, host, covered) in [
            ("a.example", "a.example", true),
            ("a.example", "b.a.example", false),
            ("a.example", "aa.example", false),
            ("a.example", "a.example.", false),
            ("*.a.example", "b.a.example", true),
            ("*.a.example", "c.b.a.example", true),
            ("*.a.example", "a.example", false),
            ("*.a.example", ".a.example", false),
            ("*.a.example", "ba.example", false),
        ] {
            assert_eq!(covers(bound, host), covered, "{bound} {host}");
        }
    }

    #[test]
    fn a_refusal_names_the_host_and_those_that_are_bound() {
        let target = Target::parse("https://c.example/?canary").unwrap();
        let hosts = ["a.example".to_owned(), "*.b.example".to_owned()];
        assert_eq!(
            target.check_bound(&hosts, "sales").unwrap_err().to_string(),
            "grantd: no token of `sales` is sent to `c.example`: bound to it are a.example, \
             *.b.example; an admin sets them by `grantd credential update sales --bound-host HOST`\n"
        );
        let none = target.check_bound(&[], "sales").unwrap_err().to_string();
        assert!(none.contains("no host is bound to it"), "{none}");
    }
}
