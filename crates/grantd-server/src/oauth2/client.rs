//! Who the client is: an API key, by Basic or in the body (RFC 6749 section 2.3.1), never both.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use grantd_model::{ApiKeySecret, KeyId, Secret};
use zeroize::{Zeroize, Zeroizing};

use super::error::OAuthError;
use super::form::Form;

/// The API key that the request shows.
pub(super) fn shown(headers: &HeaderMap, form: &mut Form) -> Result<ApiKeySecret, OAuthError> {
    if form.has_assertion {
        return Err(OAuthError::invalid_client(
            "client_secret_basic or client_secret_post is expected, client assertions are not taken",
        ));
    }
    let mut found = headers.get_all(AUTHORIZATION).iter();
    let basic = match (found.next(), found.next()) {
        (None, _) => None,
        (Some(header), None) => Some(basic(header.as_bytes())?),
        (Some(_), Some(_)) => {
            return Err(OAuthError::invalid_request(
                "one Authorization header is expected",
            ));
        }
    };
    let (id, secret) = match (basic, form.client_id.take(), form.client_secret.take()) {
        (Some(_), _, Some(_)) => {
            return Err(OAuthError::invalid_request(
                "one way of client authentication is expected, not both Basic and the body",
            ));
        }
        (Some((id, secret)), named, None) => {
            if named.is_some_and(|named| named != id) {
                return Err(OAuthError::invalid_request(
                    "the client_id of the body is another one than that of the header",
                ));
            }
            (id, secret)
        }
        (None, Some(id), Some(secret)) => (id, secret),
        (None, ..) => {
            return Err(OAuthError::invalid_client(
                "the id and the secret of an API key are expected, by Basic or in the body",
            ));
        }
    };
    key(&id, &secret)
        .ok_or_else(|| OAuthError::invalid_client("no API key has this id and this secret"))
}

/// Id and secret of the header, each decoded as a form's value (RFC 6749 appendix B); the
/// characters of an API key are the same encoded and not.
fn basic(header: &[u8]) -> Result<(String, Secret<String>), OAuthError> {
    let wrong = || {
        OAuthError::invalid_client(
            "the header Authorization: Basic with id and secret of an API key is expected",
        )
    };
    let text = std::str::from_utf8(header).map_err(|_| wrong())?;
    let (scheme, encoded) = text.split_once(' ').ok_or_else(wrong)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(wrong());
    }
    let mut bytes = data_encoding::BASE64
        .decode(encoded.trim().as_bytes())
        .map_err(|_| wrong())?;
    let halves = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.split_once(':'))
        .map(|(id, secret)| (decoded(id), Secret::new(decoded(secret))));
    bytes.zeroize();
    halves.ok_or_else(wrong)
}

fn decoded(text: &str) -> String {
    // as the value of a form, so that `+` and `%20` both are a space; what would end it there is a
    // part of it here
    let form = Zeroizing::new(format!("={}", text.replace('&', "%26")));
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    let value = pairs.next().map(|(_, value)| value.into_owned());
    value.unwrap_or_default()
}

/// The client id is the key's id, with or without `key_`; the secret is the part of the key behind
/// its id, or the whole key.
fn key(id: &str, secret: &Secret<String>) -> Option<ApiKeySecret> {
    let tail = id
        .strip_prefix(KeyId::PREFIX)
        .or_else(|| id.strip_prefix("gk_"))
        .unwrap_or(id);
    let id = KeyId::from_tail(tail).ok()?;
    let text = secret.expose();
    if text.starts_with("gk_") {
        let whole = ApiKeySecret::parse(text).ok()?;
        return (whole.id == id).then_some(whole);
    }
    ApiKeySecret::from_halves(id, text)
}
