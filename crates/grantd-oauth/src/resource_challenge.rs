//! What a resource says of a token that it does not take: RFC 6750 section 3.1, and the claims challenges of
//! continuous access evaluation.
//!
//! Invariant: what a server wrote goes no further than the token endpoint, and only if it is a JSON object.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use serde_json::{Map, Value};

use crate::challenge::parse_challenges;

/// The largest claims that are passed on, in bytes.
const MOST_CLAIMS: usize = 4096;

/// What a resource says in its challenge of Bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceChallenge {
    /// Nothing about the token.
    Nothing,
    /// The token is malformed, over or revoked (`invalid_token`).
    InvalidToken,
    /// The token is good and allows too little (`insufficient_scope`): another one would be no better.
    InsufficientScope,
    /// A token with these claims is wanted (`insufficient_claims`): JSON, to be sent as `claims`.
    Claims(String),
}

/// Reads the fields `WWW-Authenticate` of an answer; of several challenges the first that says something counts.
#[must_use]
pub fn resource_challenge(fields: &[&str]) -> ResourceChallenge {
    for challenge in parse_challenges(fields) {
        if challenge.scheme != "bearer" {
            continue;
        }
        match challenge.parameter("error") {
            Some("insufficient_claims") => {
                let claims = challenge.parameter("claims").and_then(decode);
                if let Some(claims) = claims {
                    return ResourceChallenge::Claims(claims);
                }
            }
            Some("insufficient_scope") => return ResourceChallenge::InsufficientScope,
            Some("invalid_token") => return ResourceChallenge::InvalidToken,
            _ => {}
        }
    }
    ResourceChallenge::Nothing
}

/// The claims in base64, of either alphabet, padded or not; none if that is no JSON object.
fn decode(text: &str) -> Option<String> {
    if text.len() > MOST_CLAIMS {
        return None;
    }
    let text = text.trim_end_matches('=').as_bytes();
    let bytes = BASE64_NOPAD
        .decode(text)
        .or_else(|_| BASE64URL_NOPAD.decode(text))
        .ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
    serde_json::to_string(&claims).ok()
}

/// The claims of a challenge together with those that a client sends anyway, such as what it is capable of; where
/// both say something, the challenge counts.
#[must_use]
pub fn with_claims(own: &str, challenge: &str) -> String {
    let parsed = |text| serde_json::from_str::<Value>(text).ok();
    match (parsed(own), parsed(challenge)) {
        (Some(mut own @ Value::Object(_)), Some(challenge)) => {
            merge(&mut own, challenge);
            own.to_string()
        }
        _ => challenge.to_owned(),
    }
}

fn merge(own: &mut Value, challenge: Value) {
    match (own, challenge) {
        (Value::Object(own), Value::Object(challenge)) => {
            for (name, value) in challenge {
                merge(own.entry(name).or_insert(Value::Null), value);
            }
        }
        (own, challenge) => *own = challenge,
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL};

    use super::*;

    const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

    #[test]
    fn claims_are_read_in_every_form_of_base64() {
        for encoded in [
            BASE64.encode(CLAIMS.as_bytes()),
            BASE64URL.encode(CLAIMS.as_bytes()),
            BASE64_NOPAD.encode(CLAIMS.as_bytes()),
        ] {
            let field = format!(
                "Bearer realm=\"\", authorization_uri=\"https://login.example/authorize\", \
                 error=\"insufficient_claims\", claims=\"{encoded}\""
            );
            assert_eq!(
                resource_challenge(&[&field]),
                ResourceChallenge::Claims(CLAIMS.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_object_is_no_claim() {
        let long = BASE64.encode(format!("{{\"a\":\"{}\"}}", "x".repeat(4000)).as_bytes());
        for claims in [
            BASE64.encode(b"[1]"),
            "%%%".to_owned(),
            String::new(),
            BASE64.encode(b"{\"a\":"),
            long,
        ] {
            let field = format!("Bearer error=\"insufficient_claims\", claims=\"{claims}\"");
            assert_eq!(resource_challenge(&[&field]), ResourceChallenge::Nothing);
        }
    }

    #[test]
    fn scope_and_token_are_told_apart() {
        for (field, expected) in [
            (
                "Bearer error=\"insufficient_scope\", scope=\"a\"",
                ResourceChallenge::InsufficientScope,
            ),
            (
                "Basic realm=\"x\", Bearer error=invalid_token",
                ResourceChallenge::InvalidToken,
            ),
            ("Bearer", ResourceChallenge::Nothing),
            ("DPoP error=\"invalid_token\"", ResourceChallenge::Nothing),
        ] {
            assert_eq!(resource_challenge(&[field]), expected, "{field}");
        }
        assert_eq!(resource_challenge(&[]), ResourceChallenge::Nothing);
    }

    #[test]
    fn a_challenge_joins_what_the_client_is_capable_of() {
        let own = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
        let merged: Value = serde_json::from_str(&with_claims(own, CLAIMS)).unwrap();
        assert_eq!(merged["access_token"]["xms_cc"]["values"][0], "cp1");
        assert_eq!(merged["access_token"]["nbf"]["value"], "1604106651");
        assert_eq!(with_claims("nonsense", CLAIMS), CLAIMS);
    }
}
