//! A look into a token that happens to be a JWT (RFC 7519).
//!
//! Nothing is verified, so nothing here is trusted: `exp` is a hint for when to renew.

use data_encoding::BASE64URL_NOPAD;
use grantd_model::{Secret, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::scalar::Scalar;

/// The longest payload that is decoded, in characters of base64.
const MOST_CHARACTERS: usize = 64 * 1024;

/// The longest signature that is sought in other texts, in characters of base64.
const MOST_SIGNATURE: usize = 16 * 1024;

#[derive(Deserialize)]
struct Expiry {
    exp: Option<Scalar>,
}

/// When the token says that it ends (RFC 7519 section 4.1.4).
pub(super) fn expires_at(token: &Secret<String>) -> Option<Timestamp> {
    let claims: Expiry = claims(token)?;
    let seconds = claims.exp?.whole_seconds()?;
    Some(Timestamp::from_seconds(seconds))
}

/// The claims of a signed token (RFC 7519 section 3).
pub(super) fn claims<T: DeserializeOwned>(token: &Secret<String>) -> Option<T> {
    let [_header, payload, _signature] = parts(token)?;
    if payload.len() > MOST_CHARACTERS {
        return None;
    }
    let payload = payload.trim_end_matches('=').as_bytes();
    let payload = Secret::new(BASE64URL_NOPAD.decode(payload).ok()?);
    serde_json::from_slice(payload.expose()).ok()
}

/// The signature of a signed token, as it is written (RFC 7515 section 7.1), unless it is longer
/// than any that is made.
pub(super) fn signature(token: &Secret<String>) -> Option<Secret<String>> {
    let [_header, _payload, signature] = parts(token)?;
    (signature.len() <= MOST_SIGNATURE).then(|| Secret::from(signature))
}

/// The three parts of a signed token; an encrypted one has five.
fn parts(token: &Secret<String>) -> Option<[&str; 3]> {
    let mut parts = token.expose().split('.');
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> Secret<String> {
        let payload = BASE64URL_NOPAD.encode(payload.as_bytes());
        Secret::new(format!("eyJhbGciOiJub25lIn0.{payload}.c2ln"))
    }

    #[test]
    fn exp_is_found_in_a_jwt_alone() {
        let at = Some(Timestamp::from_seconds(1_800_000_000));
        assert_eq!(expires_at(&token(r#"{"sub":"a","exp":1800000000}"#)), at);
        assert_eq!(expires_at(&token(r#"{"exp":1800000000.5}"#)), at);
        for none in [r#"{"sub":"a"}"#, r#"{"exp":null}"#, "[]", "{"] {
            assert_eq!(expires_at(&token(none)), None, "{none}");
        }
        for opaque in ["", "abc", "a.b", "a.!.c", "a.b.c.d.e"] {
            assert_eq!(expires_at(&Secret::from(opaque)), None, "{opaque}");
        }
    }
}
