//! What the headers say of a body: JSON (RFC 8259) in UTF-8, and nothing done to it.

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};

/// Refuses a body of another kind, saying what is expected.
pub(super) fn check(headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let content_type = text(CONTENT_TYPE).unwrap_or_default();
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !is_json(essence.trim()) {
        return Err("a body with `Content-Type: application/json` is expected");
    }
    if !parameters.split(';').all(is_utf8_or_other) {
        return Err("a body in UTF-8 is expected, the `charset` of `Content-Type` is another");
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return Err("a body as it is, without `Content-Encoding`, is expected");
    }
    Ok(())
}

fn is_json(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Whether a parameter of the media type names no other charset than UTF-8.
fn is_utf8_or_other(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let charset = value.trim().trim_matches('"');
    !name.trim().eq_ignore_ascii_case("charset") || charset.eq_ignore_ascii_case("utf-8")
}
