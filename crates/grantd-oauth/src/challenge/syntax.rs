//! The pieces that a challenge is made of (RFC 9110 sections 5.6 and 11.2), each with what follows
//! it.

/// White space that RFC 9110 section 5.6.3 calls bad, and that is there.
pub(super) const BWS: [char; 2] = [' ', '\t'];

/// A token (RFC 9110 section 5.6.2).
pub(super) fn token(text: &str) -> Option<(&str, &str)> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    split(text, is_inside)
}

/// `= value`. A value without quotation marks may hold what should stand in some, as URLs and
/// base64 do in the fields of many servers, and may be missing.
pub(super) fn parameter_value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches(BWS).strip_prefix('=')?;
    let text = text.trim_start_matches(BWS);
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted_string(quoted);
    }
    if text.is_empty() || text.starts_with(',') {
        return Some((String::new(), text));
    }
    let is_inside = |c: char| c.is_ascii_graphic() && !"\",;".contains(c);
    split(text, is_inside).map(|(value, rest)| (value.to_owned(), rest))
}

/// The rest of a quoted string (RFC 9110 section 5.6.4) after its first quotation mark.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((position, c)) = characters.next() {
        let c = match c {
            '"' => return Some((value, &text[position + 1..])),
            '\\' => characters.next()?.1,
            c => c,
        };
        if c.is_control() && c != '\t' {
            return None;
        }
        value.push(c);
    }
    None
}

/// What stands alone after a scheme and is neither parameter nor scheme, as in `Negotiate YII=`.
pub(super) fn token68(text: &str) -> (Option<&str>, &str) {
    let trimmed = text.trim_start_matches(BWS);
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    let after = trimmed
        .trim_start_matches(is_inside)
        .trim_start_matches('=');
    let found = &trimmed[..trimmed.len() - after.len()];
    let end = after.trim_start_matches(BWS);
    let is_alone = end.is_empty() || end.starts_with(',');
    match found {
        "" => (None, text),
        found if is_alone => (Some(found), after),
        _ => (None, text),
    }
}

fn split(text: &str, is_inside: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|c| !is_inside(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
