//! Who sends a request: an API key in one of the fields that clients have for such things, or nobody on this
//! machine, where a consumer allows that.
//!
//! Invariant: what shows who somebody is never travels on.

use std::net::{IpAddr, SocketAddr};

use data_encoding::BASE64;
use grantd_model::ApiKeySecret;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use zeroize::Zeroizing;

/// A field of grantd's own, for callers whose `Authorization` is taken.
pub(crate) const OWN_FIELD: HeaderName = HeaderName::from_static("grantd-api-key");

/// Tells what a browser does on behalf of which site.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Fields that proxies add: whoever sent the request to them may be anywhere.
const PASSED_ON: [HeaderName; 6] = [
    http::header::FORWARDED,
    http::header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// What a request shows of its sender.
#[derive(Debug)]
pub(crate) enum Shown {
    /// This key.
    Key(ApiKeySecret),
    /// Something else, or nothing.
    Nothing,
}

/// Finds the key: in a field of grantd's own, as a Bearer token (RFC 6750), or as the password of Basic (RFC 7617),
/// whatever the user name.
pub(crate) fn shown(headers: &HeaderMap) -> Shown {
    let own = one(headers, &OWN_FIELD).and_then(parse);
    let key = own.or_else(|| {
        let text = one(headers, &AUTHORIZATION)?;
        let (scheme, rest) = text.split_once(' ')?;
        let rest = rest.trim_start_matches(' ');
        if scheme.eq_ignore_ascii_case("bearer") {
            parse(rest)
        } else if scheme.eq_ignore_ascii_case("basic") {
            password(rest)
        } else {
            None
        }
    });
    key.map_or(Shown::Nothing, Shown::Key)
}

/// The value of a field that is there once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn parse(text: &str) -> Option<ApiKeySecret> {
    ApiKeySecret::parse(text).ok()
}

fn password(encoded: &str) -> Option<ApiKeySecret> {
    let decoded = Zeroizing::new(BASE64.decode(encoded.as_bytes()).ok()?);
    let text = std::str::from_utf8(&decoded).ok()?;
    let (_, password) = text.split_once(':')?;
    parse(password)
}

/// Why somebody without a key is not let in although the consumer allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotLocal {
    /// It comes from elsewhere.
    #[error("an API key is expected; without one this consumer is used from this machine only")]
    Elsewhere,
    /// A page of some site has made a browser send it.
    #[error(
        "an API key is expected; a request that a web page has sent is not let through without one"
    )]
    Browser,
    /// A proxy has passed it on, for somebody who may be anywhere.
    #[error(
        "an API key is expected; a request that another proxy has passed on is not let through without one"
    )]
    Proxied,
    /// The name that was looked up is none of this machine: it may have been made to lead here.
    #[error("an API key is expected; without one the host in the request must be this machine")]
    Host,
}

/// Checks that a request without a key was sent by a program on this machine, not by a page in a browser on it
/// that was lured here.
///
/// # Errors
/// When it was not, or may not have been.
pub(crate) fn check_local(
    headers: &HeaderMap,
    host: Option<&str>,
    peer: SocketAddr,
) -> Result<(), NotLocal> {
    if !peer.ip().to_canonical().is_loopback() {
        return Err(NotLocal::Elsewhere);
    }
    // a page that another consumer has brought is of the same origin
    let is_foreign = |value: &HeaderValue| value != "none";
    if headers.contains_key(ORIGIN) || headers.get(FETCH_SITE).is_some_and(is_foreign) {
        return Err(NotLocal::Browser);
    }
    if PASSED_ON.iter().any(|name| headers.contains_key(name)) {
        return Err(NotLocal::Proxied);
    }
    // browsers tell of themselves only where a name is this machine's, so no other will do
    if host.is_some_and(is_this_machine) {
        Ok(())
    } else {
        Err(NotLocal::Host)
    }
}

/// Whether a host, without its port, is a name or an address of this machine.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = address.parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    let name = host.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "gk_06fl0k1ngo00000000000000000_0000000000000000000000000000000000000000000000000000";

    fn head(lines: &[(&str, &str)]) -> HeaderMap {
        let mut head = HeaderMap::new();
        for (name, value) in lines {
            let name: HeaderName = name.parse().unwrap();
            head.append(name, value.parse().unwrap());
        }
        head
    }

    struct Sevens;

    impl grantd_model::Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn key() -> String {
        let clock = grantd_model::Timestamp::from_seconds(1_700_000_000);
        let secret = ApiKeySecret {
            id: grantd_model::KeyId::new(clock, &Sevens),
            secret: grantd_model::Secret::new([3; 32]),
        };
        secret.to_text().expose().clone()
    }

    #[test]
    fn a_key_is_found_where_clients_put_it() {
        let key = key();
        let basic = format!("Basic {}", BASE64.encode(format!("git:{key}").as_bytes()));
        for lines in [
            vec![("authorization", format!("Bearer {key}"))],
            vec![("authorization", format!("bearer  {key}"))],
            vec![("authorization", basic)],
            vec![("grantd-api-key", key.clone())],
            vec![
                ("grantd-api-key", key.clone()),
                ("authorization", "Negotiate abc".to_owned()),
            ],
        ] {
            let lines: Vec<(&str, &str)> = lines
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert!(matches!(shown(&head(&lines)), Shown::Key(_)), "{lines:?}");
        }
    }

    #[test]
    fn two_of_them_are_none() {
        let bearer = format!("Bearer {}", key());
        let twice = head(&[("authorization", &bearer), ("authorization", &bearer)]);
        assert!(matches!(shown(&twice), Shown::Nothing));
        for value in ["Bearer", "Bearer x", "Basic %", "Basic YQ==", KEY] {
            let head = head(&[("authorization", value)]);
            assert!(matches!(shown(&head), Shown::Nothing), "{value}");
        }
    }

    #[test]
    fn without_a_key_it_must_be_a_program_here() {
        let here: SocketAddr = "127.0.0.1:5".parse().unwrap();
        let mapped: SocketAddr = "[::ffff:127.0.0.1]:5".parse().unwrap();
        let there: SocketAddr = "192.0.2.1:5".parse().unwrap();
        let check = |lines: &[(&str, &str)], host, peer| check_local(&head(lines), host, peer);
        for host in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.9.9.9"] {
            assert_eq!(check(&[], Some(host), here), Ok(()), "{host}");
        }
        assert_eq!(check(&[], Some("localhost"), mapped), Ok(()));
        assert_eq!(
            check(&[], Some("localhost"), there),
            Err(NotLocal::Elsewhere)
        );
        for host in ["evil.example", "localhost.evil.example", "192.0.2.7", ""] {
            assert_eq!(check(&[], Some(host), here), Err(NotLocal::Host), "{host}");
        }
        assert_eq!(check(&[], None, here), Err(NotLocal::Host));
        for line in [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let result = check(&[line], Some("localhost"), here);
            assert_eq!(result, Err(NotLocal::Browser), "{line:?}");
        }
        for name in ["forwarded", "via", "x-forwarded-for", "x-real-ip"] {
            let result = check(&[(name, "1")], Some("localhost"), here);
            assert_eq!(result, Err(NotLocal::Proxied), "{name}");
        }
        let typed = check(&[("sec-fetch-site", "none")], Some("localhost"), here);
        assert_eq!(typed, Ok(()));
    }
}
