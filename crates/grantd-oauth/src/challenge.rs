//! Challenges of `WWW-Authenticate` (RFC 9110 section 11.6.1): several in one field, several
//! fields, values as tokens or quoted.

/// The most challenges that are read.
const MOST: usize = 16;

/// One challenge (RFC 9110 section 11.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, in lower case.
    pub scheme: String,
    /// The parameters in order, their names in lower case.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter (RFC 9110 section 11.2).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// Reads every challenge of every field (RFC 9110 section 11.6.1); what is malformed ends its
/// field.
#[must_use]
pub fn parse_challenges(fields: &[&str]) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    for field in fields {
        parse_field(field, &mut challenges);
    }
    challenges.truncate(MOST);
    challenges
}

fn parse_field(field: &str, challenges: &mut Vec<Challenge>) {
    let mut rest = field;
    let mut current: Option<Challenge> = None;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((word, after)) = token(rest) else {
            break;
        };
        if after.trim_start_matches([' ', '\t']).starts_with('=') {
            let (Some(challenge), Some((value, after))) = (&mut current, value(after)) else {
                break;
            };
            challenge
                .parameters
                .push((word.to_ascii_lowercase(), value));
            rest = after;
            continue;
        }
        challenges.extend(current.take());
        current = Some(Challenge {
            scheme: word.to_ascii_lowercase(),
            parameters: Vec::new(),
        });
        rest = skip_token68(after);
    }
    challenges.extend(current);
}

/// `= value`, with the white space that RFC 9110 section 5.6.3 calls bad.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches([' ', '\t']).strip_prefix('=')?;
    let text = text.trim_start_matches([' ', '\t']);
    match text.strip_prefix('"') {
        Some(quoted) => quoted_string(quoted),
        None => token(text).map(|(word, rest)| (word.to_owned(), rest)),
    }
}

fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((position, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[position + 1..])),
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

/// Skips what is neither parameter nor scheme, as in `Negotiate YII=`.
fn skip_token68(text: &str) -> &str {
    let trimmed = text.trim_start_matches([' ', '\t']);
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    let after = trimmed
        .trim_start_matches(is_inside)
        .trim_start_matches('=');
    let is_alone = after.trim_start_matches([' ', '\t']).is_empty()
        || after.trim_start_matches([' ', '\t']).starts_with(',');
    if is_alone { after } else { text }
}

fn token(text: &str) -> Option<(&str, &str)> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_inside(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemes(field: &str) -> Vec<String> {
        let challenges = parse_challenges(&[field]);
        challenges.into_iter().map(|each| each.scheme).collect()
    }

    #[test]
    fn several_challenges_in_one_field() {
        let field = r#"Basic realm="a, b=\"c\"", Bearer error = invalid_token ,scope="x y", DPoP"#;
        let read = parse_challenges(&[field]);
        assert_eq!(schemes(field), ["basic", "bearer", "dpop"]);
        assert_eq!(read[0].parameter("realm"), Some("a, b=\"c\""));
        assert_eq!(read[1].parameter("error"), Some("invalid_token"));
        assert_eq!(read[1].parameter("scope"), Some("x y"));
    }

    #[test]
    fn token68_and_bare_schemes() {
        assert_eq!(schemes("Negotiate YII=, NTLM"), ["negotiate", "ntlm"]);
        assert_eq!(schemes("Negotiate, NTLM"), ["negotiate", "ntlm"]);
        assert_eq!(schemes("Basic"), ["basic"]);
    }

    #[test]
    fn malformed_fields_end() {
        assert_eq!(schemes("Bearer realm=\"open"), ["bearer"]);
        assert!(schemes("").is_empty());
        assert!(schemes("\u{e9}").is_empty());
    }
}
