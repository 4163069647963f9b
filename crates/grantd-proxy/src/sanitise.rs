//! Which header fields travel on, and which belong to one connection (RFC 9110 section 7.6.1).
//!
//! Pure. Invariant: nothing that steers a connection or frames a message is copied from one side to the other;
//! what frames it there is made anew from the message itself.

use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING,
    UPGRADE,
};

/// Why the head of a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadFault {
    /// RFC 9112 section 6.1: anything but one `chunked` lets two servers see two bodies.
    #[error("`Transfer-Encoding` other than one `chunked` is not passed on")]
    TransferEncoding,
    /// A field `Connection` that is no list of tokens.
    #[error("a `Connection` that lists names of fields is expected")]
    Connection,
}

/// What a head says of its connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeadFacts {
    /// `Connection` lists `upgrade`, and there is one `Upgrade`.
    pub upgrade: bool,
    /// `TE` lists `trailers` (RFC 9110 section 10.1.4).
    pub trailers: bool,
}

/// Whether a field belongs to one connection.
#[must_use]
pub fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authentication-info"
            | "proxy-authorization"
            | "te"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// Copies what travels on, except for what `Connection` lists and what `leave` names.
///
/// # Errors
/// When the message could be understood as another one by the next server.
pub fn copy(
    from: &HeaderMap,
    room: usize,
    leave: impl Fn(&HeaderName) -> bool,
) -> Result<(HeaderMap, HeadFacts), HeadFault> {
    let mut facts = HeadFacts::default();
    let mut to = HeaderMap::with_capacity(from.len() + room);
    for (name, value) in from {
        if is_hop_by_hop(name) {
            continue;
        }
        if !leave(name) {
            to.append(name, value.clone());
        }
    }
    if from.contains_key(TRANSFER_ENCODING) {
        check_transfer_encoding(from)?;
    }
    for value in from.get_all(CONNECTION) {
        let text = value.to_str().map_err(|_| HeadFault::Connection)?;
        for listed in text.split(',').map(str::trim) {
            if listed.eq_ignore_ascii_case("upgrade") {
                let mut wanted = from.get_all(UPGRADE).iter();
                let first = wanted.next();
                facts.upgrade = first.is_some_and(|it| !is_http(it)) && wanted.next().is_none();
            } else if !is_usual(listed) {
                remove_listed(&mut to, listed)?;
            }
        }
    }
    if from.contains_key(TE) {
        facts.trailers = lists_trailers(from);
    }
    Ok((to, facts))
}

fn is_usual(listed: &str) -> bool {
    listed.is_empty()
        || listed.eq_ignore_ascii_case("keep-alive")
        || listed.eq_ignore_ascii_case("close")
        || listed.eq_ignore_ascii_case("te")
}

fn remove_listed(to: &mut HeaderMap, listed: &str) -> Result<(), HeadFault> {
    let name = HeaderName::from_bytes(listed.as_bytes()).map_err(|_| HeadFault::Connection)?;
    // whoever lists these does not want a connection but another message
    if name != HOST && name != CONTENT_LENGTH {
        to.remove(name);
    }
    Ok(())
}

fn check_transfer_encoding(from: &HeaderMap) -> Result<(), HeadFault> {
    let mut values = from.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    if values.next().is_some_and(is_chunked) && values.next().is_none() {
        Ok(())
    } else {
        Err(HeadFault::TransferEncoding)
    }
}

fn lists_trailers(from: &HeaderMap) -> bool {
    from.get_all(TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

/// Takes out of the head of an answer what belongs to its connection.
pub fn strip(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        // it was not what framed the message (RFC 9112 section 6.3)
        headers.remove(CONTENT_LENGTH);
    }
    if headers.contains_key(CONNECTION) {
        for name in listed(headers) {
            headers.remove(name);
        }
    }
    while let Some(name) = headers.keys().find(|name| is_hop_by_hop(name)).cloned() {
        headers.remove(name);
    }
}

/// The fields that `Connection` of an answer lists.
fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(CONNECTION).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(',').map(str::trim))
        .filter(|listed| !is_usual(listed))
        .filter_map(|listed| HeaderName::from_bytes(listed.as_bytes()).ok())
        .filter(|name| *name != CONTENT_LENGTH)
        .collect()
}

/// Whether what is asked for is HTTP itself, which is agreed on with each side apart.
fn is_http(value: &HeaderValue) -> bool {
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut protocols = text.split(',').map(str::trim);
    protocols.any(|it| it.starts_with("h2") || it.starts_with("http") || it.starts_with("tls"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(lines: &[(&str, &str)]) -> HeaderMap {
        let mut head = HeaderMap::new();
        for (name, value) in lines {
            let name: HeaderName = name.parse().unwrap();
            head.append(name, value.parse().unwrap());
        }
        head
    }

    fn names(head: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = head.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_belongs_to_a_connection_stays_there() {
        let from = head(&[
            ("accept", "*/*"),
            ("connection", "X-Hop, keep-alive"),
            ("connection", "x-other"),
            ("x-hop", "1"),
            ("x-other", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic YQ=="),
            ("te", "trailers, deflate"),
            ("upgrade", "websocket"),
            ("transfer-encoding", "Chunked"),
            ("content-type", "text/plain"),
        ]);
        let (to, facts) = copy(&from, 0, |_| false).unwrap();
        assert_eq!(names(&to), ["accept", "content-type"]);
        assert_eq!(
            facts,
            HeadFacts {
                upgrade: false,
                trailers: true
            }
        );
    }

    #[test]
    fn one_chunked_and_nothing_else() {
        for lines in [
            &[
                ("transfer-encoding", "identity"),
                ("transfer-encoding", "chunked"),
            ][..],
            &[
                ("transfer-encoding", "chunked"),
                ("transfer-encoding", "chunked"),
            ],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "chunked, chunked")],
            &[("transfer-encoding", "xchunked")],
            &[("transfer-encoding", "")],
        ] {
            let fault = copy(&head(lines), 0, |_| false).unwrap_err();
            assert_eq!(fault, HeadFault::TransferEncoding, "{lines:?}");
        }
    }

    #[test]
    fn an_upgrade_is_wanted_by_both_fields() {
        let wanted = |lines: &[(&str, &str)]| copy(&head(lines), 0, |_| false).unwrap().1.upgrade;
        assert!(wanted(&[
            ("connection", "Upgrade"),
            ("upgrade", "websocket")
        ]));
        assert!(!wanted(&[("connection", "Upgrade"), ("upgrade", "h2c")]));
        assert!(!wanted(&[
            ("connection", "Upgrade"),
            ("upgrade", "websocket, HTTP/2.0")
        ]));
        assert!(!wanted(&[("upgrade", "websocket")]));
        assert!(!wanted(&[("connection", "upgrade")]));
        assert!(!wanted(&[
            ("connection", "upgrade"),
            ("upgrade", "a"),
            ("upgrade", "b")
        ]));
    }

    #[test]
    fn who_lists_the_frame_changes_nothing() {
        let from = head(&[
            ("host", "a"),
            ("content-length", "3"),
            ("connection", "host, content-length"),
        ]);
        let (to, _) = copy(&from, 0, |_| false).unwrap();
        assert_eq!(names(&to), ["content-length", "host"]);
        let broken = head(&[("connection", "a b")]);
        assert_eq!(
            copy(&broken, 0, |_| false).unwrap_err(),
            HeadFault::Connection
        );
    }

    #[test]
    fn answers_are_stripped_too() {
        let mut answer = head(&[
            ("connection", "x-hop"),
            ("connection", "x-second"),
            ("x-hop", "1"),
            ("x-second", "1"),
            ("content-length", "7"),
            ("keep-alive", "1"),
            ("proxy-authenticate", "Basic"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("content-type", "a/b"),
        ]);
        strip(&mut answer);
        assert_eq!(names(&answer), ["content-type"]);
    }

    proptest! {
        #[test]
        fn nothing_of_the_connection_is_copied(
            lines in proptest::collection::vec(
                ("(connection|te|upgrade|keep-alive|x-a|x-b|host|transfer-encoding|proxy-authorization)",
                 "(x-a|x-b|upgrade|close|chunked|trailers|host|,| ){0,4}"), 0..8)
        ) {
            let mut from = HeaderMap::new();
            for (name, value) in &lines {
                let name: HeaderName = name.parse().unwrap();
                if let Ok(value) = HeaderValue::from_str(value) {
                    from.append(name, value);
                }
            }
            if let Ok((to, _)) = copy(&from, 0, |_| false) {
                prop_assert!(!to.keys().any(is_hop_by_hop));
                for value in from.get_all(CONNECTION) {
                    for listed in value.to_str().unwrap().split(',').map(str::trim) {
                        prop_assert!(listed == "host" || !to.contains_key(listed));
                    }
                }
                prop_assert!(from.get_all(TRANSFER_ENCODING).iter().count() <= 1);
            }
        }
    }
}
