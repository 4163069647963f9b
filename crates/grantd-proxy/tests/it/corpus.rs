//! Replays the committed corpora of the fuzz targets.

use std::path::Path;

use grantd_proxy::{path, sanitise};
use http::header::{HeaderMap, HeaderName, HeaderValue};

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    let files = std::fs::read_dir(folder).unwrap();
    let all: Vec<Vec<u8>> = files
        .map(|it| std::fs::read(it.unwrap().path()).unwrap())
        .collect();
    assert!(all.len() >= 10, "{name}: {} files", all.len());
    all
}

#[test]
fn no_head_of_the_corpus_steers_the_next_connection() {
    let mut passed = 0;
    for bytes in corpus("header_sanitiser") {
        let mut head = HeaderMap::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            let mut parts = line.splitn(2, |byte| *byte == b':');
            if let (Some(name), Some(value)) = (parts.next(), parts.next())
                && let Ok(name) = HeaderName::from_bytes(name)
                && let Ok(value) = HeaderValue::from_bytes(value)
            {
                head.append(name, value);
            }
        }
        if let Ok((copied, _)) = sanitise::copy(&head, 0, |_| false) {
            assert!(!copied.keys().any(sanitise::is_hop_by_hop), "{head:?}");
            passed += 1;
        }
    }
    assert!(passed >= 5, "{passed}");
}

#[test]
fn tricks_of_the_corpus_are_refused_and_the_others_pass() {
    let mut passed = 0;
    for bytes in corpus("path_rules") {
        let path = format!("/{}", String::from_utf8(bytes).unwrap());
        let strictly = path::check(&path, true);
        if path.contains("..") || path.contains('\\') || path.contains("%00") {
            assert!(strictly.is_err(), "{path}");
        }
        passed += usize::from(strictly.is_ok());
    }
    assert!(passed >= 3, "{passed}");
}
