//! Any text as a path: what passes stays below where it begins, for a server that decodes it and for one that does
//! not.

#![no_main]

use grantd_proxy::path;
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|text: &str| {
    let path = format!("/{text}");
    let strictly = path::check(&path, true).is_ok();
    if strictly {
        assert!(path::check(&path, false).is_ok(), "less strictly it passes too");
    }
    if !strictly || path.contains(['?', '#']) {
        return;
    }
    let mut seen = path.clone();
    for _ in 0..3 {
        // a parser of URLs resolves dots and backslashes as browsers do
        let Ok(url) = Url::parse(&format!("https://a.example/base{seen}")) else {
            return;
        };
        assert!(url.path().starts_with("/base"), "{path:?} leads to {}", url.path());
        match decoded(&seen) {
            Some(once) if !once.contains(['?', '#']) => seen = once,
            _ => return,
        }
    }
});

fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        if *byte == b'%'
            && let [high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            bytes.push(u8::try_from(high * 16 + low).ok()?);
            rest = after;
        } else {
            bytes.push(*byte);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (text != path).then_some(text)
}
