//! A look into a token that happens to be a JWT (RFC 7519).
//!
//! Nothing is verified, so nothing here is trusted: `exp` is a hint for when to renew.

use data_encoding::BASE64URL_NOPAD;
use grantd_model::{Secret, Timestamp};
use serde::Deserialize;

use super::scalar::Scalar;

/// The longest payload that is decoded, in characters of base64.
const MOST_CHARACTERS: usize = 64 * 1024;

#[derive(Deserialize)]
struct Claims {
    exp: Option<Scalar>,
}

/// When the token says that it ends (RFC 7519 section 4.1.4).
pub(super) fn expires_at(token: &Secret<String>) -> Option<Timestamp> {
    let mut parts = token.expose().split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || payload.len() > MOST_CHARACTERS {
        return None;
    }
    let payload = payload.trim_end_matches('=').as_bytes();
    let payload = Secret::new(BASE64URL_NOPAD.decode(payload).ok()?);
    let claims: Claims = serde_json::from_slice(payload.expose()).ok()?;
    let seconds = claims.exp?.whole_seconds()?;
    Some(Timestamp::from_seconds(seconds))
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
