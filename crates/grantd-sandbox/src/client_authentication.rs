//! Client authentication by secret (RFC 6749 section 2.3.1): Basic and in the body, one at a time.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};
use data_encoding::BASE64;
use grantd_model::{BasicEncoding, Secret};

use crate::config::{AllowedMethods, SandboxClient};
use crate::form::Form;
use crate::oauth_error::OAuthError;
use crate::state::Shared;

/// One sentence for both, so that nobody learns which client ids there are.
const UNKNOWN_OR_WRONG: &str = "the client is unknown or its secret is wrong";

/// What a request presents, decoded and not yet checked.
#[derive(Debug)]
pub(crate) struct Presented {
    /// Whom the request says it comes from.
    pub(crate) client_id: String,
    secret: Secret<String>,
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Basic,
    Post,
}

impl Presented {
    /// Reads what a request presents.
    pub(crate) fn read(
        shared: &Shared,
        headers: &HeaderMap,
        form: &Form,
    ) -> Result<Self, OAuthError> {
        let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
        let authorization = authorizations.next();
        if authorizations.next().is_some() {
            return Err(OAuthError::invalid_request(
                "one Authorization header is expected, there are several",
            ));
        }
        let (client_id, secret) = (form.get("client_id"), form.get("client_secret"));
        let Some(authorization) = authorization else {
            return Self::from_body(client_id, secret);
        };
        if secret.is_some() {
            return Err(OAuthError::invalid_request(
                "one client authentication method is expected, the request uses both the header \
                 and the body (RFC 6749 section 2.3)",
            ));
        }
        let presented = Self::from_header(shared, authorization.as_bytes())?;
        if client_id.is_some_and(|id| id != presented.client_id) {
            return Err(OAuthError::invalid_request(
                "the same client_id is expected in the header and in the body",
            ));
        }
        Ok(presented)
    }

    /// Checks the secret and the method. Where the secret was rotated, that one counts.
    pub(crate) fn authenticate<'a>(
        &self,
        shared: &'a Shared,
        rotated: Option<&Secret<String>>,
    ) -> Result<&'a SandboxClient, OAuthError> {
        let client = shared.clients.get(&self.client_id);
        // An unknown client costs the same comparison.
        let expected = rotated
            .or(client.map(|client| &client.client_secret))
            .unwrap_or(&self.secret);
        let equal = equal(self.secret.expose(), expected.expose());
        let Some(client) = client.filter(|_| equal) else {
            return Err(OAuthError::invalid_client(UNKNOWN_OR_WRONG));
        };
        match (self.method, client.methods) {
            (Method::Basic, AllowedMethods::Post) => Err(OAuthError::invalid_client(
                "this client must send its credentials in the body (client_secret_post)",
            )),
            (Method::Post, AllowedMethods::Basic) => Err(OAuthError::invalid_client(
                "this client must send its credentials in the Authorization header \
                 (client_secret_basic)",
            )),
            _ => Ok(client),
        }
    }

    fn from_body(client_id: Option<&str>, secret: Option<&str>) -> Result<Self, OAuthError> {
        match (client_id, secret) {
            (Some(client_id), Some(secret)) => Ok(Self {
                client_id: client_id.to_owned(),
                secret: Secret::from(secret),
                method: Method::Post,
            }),
            _ => Err(OAuthError::invalid_client(
                "client authentication is expected: Basic, or client_id and client_secret in the \
                 body",
            )),
        }
    }

    fn from_header(shared: &Shared, value: &[u8]) -> Result<Self, OAuthError> {
        let value = std::str::from_utf8(value).unwrap_or_default();
        let (scheme, encoded) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(OAuthError::invalid_client(
                "the Basic scheme is expected in the Authorization header",
            ));
        }
        let text = BASE64
            .decode(encoded.trim().as_bytes())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Secret::new)
            .ok_or_else(|| {
                OAuthError::invalid_request("base64 of UTF-8 text is expected behind Basic")
            })?;
        let Some((id, secret)) = text.expose().split_once(':') else {
            return Err(OAuthError::invalid_request(
                "client id, colon and client secret are expected behind Basic",
            ));
        };
        let raw = is_raw(shared, id);
        let decoded = if raw {
            Some((id.to_owned(), secret.to_owned()))
        } else {
            form_decode(id).zip(form_decode(secret))
        };
        let (client_id, secret) = decoded.ok_or_else(|| {
            OAuthError::invalid_request(
                "percent-encoding of client id and client secret is expected behind Basic \
                 (RFC 6749 section 2.3.1)",
            )
        })?;
        if !raw && is_raw(shared, &client_id) {
            return Err(OAuthError::invalid_client(UNKNOWN_OR_WRONG));
        }
        Ok(Self {
            client_id,
            secret: Secret::new(secret),
            method: Method::Basic,
        })
    }
}

fn is_raw(shared: &Shared, client_id: &str) -> bool {
    let client = shared.clients.get(client_id);
    client.is_some_and(|client| client.basic_decoding == BasicEncoding::Raw)
}

/// Compares in a time that does not tell how much of the secret was right.
fn equal(given: &str, expected: &str) -> bool {
    let given = digest(&SHA256, given.as_bytes());
    let expected = digest(&SHA256, expected.as_bytes());
    verify_slices_are_equal(given.as_ref(), expected.as_ref()).is_ok()
}

/// Decodes one form-encoded value; nothing if an escape is broken or the result is no UTF-8.
fn form_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = digit(bytes.next()).zip(digit(bytes.next()))?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_may_be_written_both_ways() {
        assert_eq!(form_decode("a+b%20c%2Bd%2be").as_deref(), Some("a b c+d+e"));
        assert_eq!(form_decode("caf%C3%A9").as_deref(), Some("caf\u{e9}"));
    }

    #[test]
    fn broken_escapes_are_refused() {
        for bad in ["%", "%2", "%zz", "a%", "%ff", "%+1"] {
            assert_eq!(form_decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_equal_secrets_are_equal() {
        assert!(equal("", "") && equal("s%:+ x", "s%:+ x"));
        assert!(!equal("a", "b") && !equal("a", "aa") && !equal("", "a"));
    }
}
