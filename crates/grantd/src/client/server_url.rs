//! URLs of grantds: such as a key may be sent to.

use url::{Host, Url};

use crate::failure::Failure;

/// Reads the URL of a grantd.
///
/// # Errors
/// When it is none, or the key would be shown to others.
pub(super) fn parse(text: &str) -> Result<Url, Failure> {
    let wrong = |expected: &str| Failure::usage(format!("the URL `{text}` is wrong: {expected}"));
    let Ok(url) = Url::parse(text) else {
        return Err(wrong("expected is such as `https://grantd.example.com`"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::usage(
            "the URL holds `user:password@`; the API key has a file of its own",
        ));
    }
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("expected is such as `https://grantd.example.com`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it is expected without `?` and `#`"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(wrong(
            "expected is https, as plain http would show the API key to the network",
        ));
    }
    Ok(url)
}

/// Whether it leads to this machine itself.
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
    fn urls_that_would_show_the_key_are_refused() {
        for (text, part) in [
            ("grantd.example", "expected is such as"),
            ("ftp://grantd.example", "expected is such as"),
            ("http://grantd.example", "expected is https"),
            ("https://me:pw@grantd.example", "user:password"),
            ("https://grantd.example/?a", "without `?`"),
        ] {
            let fault = parse(text).unwrap_err().to_string();
            assert!(fault.contains(part), "{text}: {fault}");
            assert!(!fault.contains("pw@"), "{fault}");
        }
        for text in [
            "http://127.0.0.1:1",
            "http://localhost:1",
            "http://[::1]:1",
            "https://a.example/x",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }
}
