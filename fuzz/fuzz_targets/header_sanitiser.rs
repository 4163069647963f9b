//! Any text as the head of a request, a field a line: what travels on frames nothing and steers no connection.

#![no_main]

use grantd_proxy::sanitise;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let from = head(bytes);
    let Ok((to, facts)) = sanitise::copy(&from, 0, |_| false) else {
        return;
    };
    assert!(to.keys().all(|name| !sanitise::is_hop_by_hop(name)));
    for (name, value) in &to {
        assert!(from.get_all(name).iter().any(|it| it == value), "{name} is new");
    }
    for listed in listed(&from) {
        let is_frame = listed == HOST || listed == CONTENT_LENGTH;
        assert!(is_frame || !to.contains_key(&listed), "{listed} is listed");
    }
    let encodings: Vec<_> = from.get_all(TRANSFER_ENCODING).iter().collect();
    assert!(encodings.len() <= 1);
    assert!(encodings.iter().all(|it| it.as_bytes().eq_ignore_ascii_case(b"chunked")));
    if facts.upgrade {
        assert!(from.get_all("upgrade").iter().count() == 1);
    }
    let mut answer = from.clone();
    sanitise::strip(&mut answer);
    assert!(answer.keys().all(|name| !sanitise::is_hop_by_hop(name)));
    // once is as good as twice
    let again = sanitise::copy(&to, 0, |_| false);
    assert!(again.is_ok_and(|(again, _)| again == to));
});

fn head(bytes: &[u8]) -> HeaderMap {
    let mut head = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
            continue;
        };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            head.append(name, value);
        }
    }
    head
}

fn listed(head: &HeaderMap) -> Vec<HeaderName> {
    let values = head.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|text| text.split(','));
    names.filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok()).collect()
}
