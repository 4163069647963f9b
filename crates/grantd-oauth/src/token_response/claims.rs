//! What a token that is a JWT says of itself, for people (RFC 7519 section 4.1, RFC 9068
//! section 2.2, and what Entra and Okta have in their place).
//!
//! Nothing is verified: a hint, to see that the token is for whom and for what it should be.
//! Invariant: neither the token nor its signature is in it.

use grantd_model::{Secret, Timestamp};
use serde::Deserialize;

use super::jwt;
use super::scalar::Scalar;
use crate::excerpt::Quoter;

/// The most texts that are shown of a list.
const MOST: usize = 64;

/// Claims of a token, unverified. Each text is one line of at most 200 characters, each list has at
/// most 64 of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenClaims {
    /// `iss` (RFC 7519 section 4.1.1).
    pub issuer: Option<Box<str>>,
    /// `aud` (RFC 7519 section 4.1.3): one or several.
    pub audience: Vec<Box<str>>,
    /// `sub` (RFC 7519 section 4.1.2).
    pub subject: Option<Box<str>>,
    /// `client_id` (RFC 9068 section 2.2), else `azp`, else Entra's `appid`, else Okta's `cid`.
    pub client_id: Option<Box<str>>,
    /// `tid`: the tenant, in tokens of Entra.
    pub tenant: Option<Box<str>>,
    /// `scope` (RFC 9068 section 2.2.3), else `scp`.
    pub scopes: Vec<Box<str>>,
    /// `roles` (RFC 9068 section 2.2.3.1): what Entra grants an application.
    pub roles: Vec<Box<str>>,
    /// `iat` (RFC 7519 section 4.1.6).
    pub issued_at: Option<Timestamp>,
    /// `exp` (RFC 7519 section 4.1.4).
    pub expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<Scalar>,
    aud: Option<Scalar>,
    sub: Option<Scalar>,
    client_id: Option<Scalar>,
    azp: Option<Scalar>,
    appid: Option<Scalar>,
    cid: Option<Scalar>,
    tid: Option<Scalar>,
    scope: Option<Scalar>,
    scp: Option<Scalar>,
    roles: Option<Scalar>,
    iat: Option<Scalar>,
    exp: Option<Scalar>,
}

/// Looks into a token that is a signed JWT; none if it is not. What repeats one of these secrets is
/// redacted.
#[must_use]
pub fn jwt_claims(token: &Secret<String>, secrets: &[&Secret<String>]) -> Option<TokenClaims> {
    let claims: Claims = jwt::claims(token)?;
    let signature = jwt::signature(token)?;
    let quoter = Quoter::new(400, secrets, Some(&signature));
    let text = |value: Option<Scalar>| {
        let text = value.and_then(single)?;
        Some(quoter.value(&text)).filter(|text| !text.is_empty())
    };
    let texts = |values: Vec<String>| -> Vec<Box<str>> {
        let shown = values.iter().map(|value| quoter.value(value));
        shown.filter(|text| !text.is_empty()).take(MOST).collect()
    };
    let time = |value: Option<Scalar>| {
        let seconds = value.as_ref().and_then(Scalar::whole_seconds);
        seconds.map(Timestamp::from_seconds)
    };
    let client_id = claims.client_id.or(claims.azp);
    let client_id = client_id.or(claims.appid).or(claims.cid);
    Some(TokenClaims {
        issuer: text(claims.iss),
        audience: texts(several(claims.aud)),
        subject: text(claims.sub),
        client_id: text(client_id),
        tenant: text(claims.tid),
        scopes: texts(words(claims.scope.or(claims.scp))),
        roles: texts(several(claims.roles)),
        issued_at: time(claims.iat),
        expires_at: time(claims.exp),
    })
}

fn single(value: Scalar) -> Option<String> {
    match value {
        Scalar::Text(_) | Scalar::Integer(_) => value.into_text(),
        _ => None,
    }
}

/// A text, or those of a list.
fn several(value: Option<Scalar>) -> Vec<String> {
    match value {
        Some(Scalar::List(texts)) => texts,
        Some(value) => single(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Scopes are divided by spaces, or are a list.
fn words(value: Option<Scalar>) -> Vec<String> {
    let texts = several(value);
    let words = texts.iter().flat_map(|text| text.split_ascii_whitespace());
    words.take(MOST).map(str::to_owned).collect()
}
