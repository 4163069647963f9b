//! Challenges of `WWW-Authenticate` (RFC 9110 section 11.6.1), of a token endpoint or a resource:
//! several in one field, several fields, values as tokens or quoted.
//!
//! Errors of Bearer (RFC 6750 section 3) and `DPoP` (RFC 9449 section 7.1) come in them.
//! Invariant: a value is what a server wrote, so it is shown by [`Challenge::shown`] alone.

use crate::excerpt::Quoter;

mod syntax;

use syntax::{BWS, parameter_value, token, token68};

/// The most challenges that are read.
const MOST: usize = 16;

/// The most parameters that are read of one challenge.
const MOST_PARAMETERS: usize = 32;

/// One challenge (RFC 9110 section 11.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, in lower case.
    pub scheme: String,
    /// What stands in the place of parameters, as after `Negotiate` (RFC 9110 section 11.2).
    pub token68: Option<String>,
    /// The parameters in order, their names in lower case, each once: of repeated ones, which RFC
    /// 9110 section 11.2 forbids, the first counts.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter, named in lower case (RFC 9110 section 11.2).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The value of a parameter for people: one line, at most 200 characters.
    #[must_use]
    pub fn shown(&self, name: &str) -> Option<Box<str>> {
        let value = self.parameter(name)?;
        Some(Quoter::new(401, &[], None).line(value))
    }

    fn push(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        if self.parameters.len() < MOST_PARAMETERS && self.parameter(&name).is_none() {
            self.parameters.push((name, value));
        }
    }
}

/// Reads every challenge of every field (RFC 9110 section 11.6.1), at most 16; what is malformed
/// ends its field.
#[must_use]
pub fn parse_challenges(fields: &[&str]) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    for field in fields {
        parse_field(field, &mut challenges);
    }
    challenges
}

fn parse_field(field: &str, challenges: &mut Vec<Challenge>) {
    let mut rest = field;
    let mut current: Option<Challenge> = None;
    while challenges.len() < MOST {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((word, after)) = token(rest) else {
            break;
        };
        if after.trim_start_matches(BWS).starts_with('=') {
            let (Some(challenge), Some((value, after))) = (&mut current, parameter_value(after))
            else {
                break;
            };
            challenge.push(word, value);
            rest = after;
            continue;
        }
        challenges.extend(current.take());
        let (token68, after) = token68(after);
        current = Some(Challenge {
            scheme: word.to_ascii_lowercase(),
            token68: token68.map(str::to_owned),
            parameters: Vec::new(),
        });
        rest = after;
    }
    if challenges.len() < MOST {
        challenges.extend(current);
    }
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
