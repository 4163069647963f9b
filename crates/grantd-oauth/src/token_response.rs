//! Reads the answer to a token request (RFC 6749 sections 5.1 and 5.2), tolerantly.
//!
//! Servers send numbers as strings, forms as JSON and errors with status 200; each such thing is
//! understood and told as a warning. Invariant: nothing that is not surely a token is one.

use std::time::Duration;

use grantd_model::{AccessToken, ScopeSet, Secret, Timestamp, TokenType};

use crate::excerpt::Quoter;
use crate::failure::TokenError;

mod claims;
mod jwt;
mod lifetime;
mod members;
mod names;
mod refusal;
mod scalar;
mod scope;
mod warning;

pub use claims::{TokenClaims, jwt_claims};
use members::{BodyForm, Members};
use scalar::Scalar;
pub use warning::TokenWarning;

/// The largest body that is read: 1 MiB.
pub const MOST_BODY_BYTES: usize = 1 << 20;

/// The longest access token: 64 KiB, far more than servers take in a header.
pub const MOST_TOKEN_BYTES: usize = 1 << 16;

/// What came back for a token request.
#[derive(Clone, Copy)]
pub struct TokenHttpResponse<'a> {
    /// The status code (RFC 9110 section 15).
    pub status: u16,
    /// `Content-Type` (RFC 9110 section 8.3).
    pub content_type: Option<&'a str>,
    /// `Retry-After` (RFC 9110 section 10.2.3).
    pub retry_after: Option<&'a str>,
    /// Every `WWW-Authenticate` field (RFC 9110 section 11.6.1).
    pub www_authenticate: &'a [&'a str],
    /// `Location` (RFC 9110 section 10.2.2); it is shown, never followed.
    pub location: Option<&'a str>,
    /// The body; the caller wipes it, for it may hold a token.
    pub body: &'a [u8],
}

/// What was asked, and when.
#[derive(Clone, Copy)]
pub struct ResponseContext<'a> {
    /// When the request was sent: lifetimes count from here.
    pub requested_at: Timestamp,
    /// When the answer was there.
    pub received_at: Timestamp,
    /// The scopes asked for (RFC 6749 section 3.3).
    pub requested_scope: Option<&'a ScopeSet>,
    /// The lifetime of a token that says nothing of its own.
    pub default_lifetime: Duration,
    /// What is redacted where the server repeats it: see
    /// [`TokenRequestParameters::secrets`](crate::TokenRequestParameters::secrets).
    pub secrets: &'a [&'a Secret<String>],
}

impl ResponseContext<'_> {
    /// The lifetime that is assumed where nothing tells one.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_mins(5);
}

/// A token response (RFC 6749 section 5.1).
#[derive(Debug, Clone)]
pub struct TokenResponse {
    /// The token, its type, its end and its scopes.
    pub access_token: AccessToken,
    /// How long it lives, counted from when the request was sent.
    pub lifetime: Duration,
    /// Where the lifetime is from.
    pub lifetime_source: LifetimeSource,
    /// When the server would have it renewed (`refresh_in`, as Entra sends it).
    pub refresh_at: Option<Timestamp>,
    /// What is unusual about the answer.
    pub warnings: Vec<TokenWarning>,
}

/// Where a token's lifetime is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifetimeSource {
    /// `expires_in` (RFC 6749 section 5.1).
    ExpiresIn,
    /// `exp` of the token itself (RFC 7519 section 4.1.4), unverified: a hint.
    JwtExp,
    /// The default.
    Default,
}

/// Reads an answer (RFC 6749 sections 5.1 and 5.2).
///
/// # Errors
/// When it is a refusal, or holds no token that can be used.
pub fn parse_token_response(
    response: &TokenHttpResponse<'_>,
    context: &ResponseContext<'_>,
) -> Result<TokenResponse, TokenError> {
    if (300..400).contains(&response.status) {
        return Err(refusal::redirected(response, context));
    }
    if response.body.len() > MOST_BODY_BYTES {
        return Err(TokenError::too_large(response.status));
    }
    let members = members::read(response.body, response.content_type);
    let is_success = (200..300).contains(&response.status);
    match members {
        Some((members, form))
            if is_success && form != BodyForm::Array && members.error.is_none() =>
        {
            accept(members, form, response, context)
        }
        // Of an array an error is read, but no success.
        Some((_, BodyForm::Array)) if is_success => {
            Err(refusal::refused(response, context, Members::default()))
        }
        members => {
            let members = members.map(|(members, _)| members).unwrap_or_default();
            Err(refusal::refused(response, context, members))
        }
    }
}

/// Whether a header can carry it (RFC 6750 section 2.1): of a length that servers take, without
/// white space around it, which would be lost on the way.
fn is_sendable(token: &str) -> bool {
    token.len() <= MOST_TOKEN_BYTES
        && token.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && token.trim_matches(' ').len() == token.len()
}

/// A success that names no error (RFC 6749 section 5.1).
fn accept(
    mut members: Members,
    form: BodyForm,
    response: &TokenHttpResponse<'_>,
    context: &ResponseContext<'_>,
) -> Result<TokenResponse, TokenError> {
    if let Some(name) = members.repeated {
        return Err(refusal::repeated_member(response, name));
    }
    let value = match members.access_token.take() {
        Some(value) if !value.expose().is_empty() => value,
        _ => return Err(refusal::no_access_token(response, context, &members)),
    };
    if !is_sendable(value.expose()) {
        return Err(refusal::unsendable_token(response));
    }
    let quoter = Quoter::new(response.status, context.secrets, Some(&value));
    let mut warnings = Vec::new();
    if form == BodyForm::Form {
        warnings.push(TokenWarning::FormEncoded);
    }
    let token_type = token_type(members.token_type.as_deref(), &mut warnings)
        .map_err(|name| refusal::unsupported_token_type(response, &quoter, &name))?;
    let (lifetime, lifetime_source) = lifetime::of(&members, &value, context, &mut warnings);
    let scope = scope::granted(
        members.scope.as_deref(),
        context.requested_scope,
        &quoter,
        &mut warnings,
    );
    if members.has_refresh_token {
        warnings.push(TokenWarning::RefreshTokenIgnored);
    }
    let refresh_in = members.refresh_in.as_ref().and_then(Scalar::whole_seconds);
    let refresh_in = refresh_in
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map(Duration::from_secs)
        .filter(|refresh_in| !refresh_in.is_zero() && *refresh_in < lifetime);
    Ok(TokenResponse {
        access_token: AccessToken {
            value,
            token_type,
            expires_at: context.requested_at.plus(lifetime),
            scope,
        },
        lifetime,
        lifetime_source,
        refresh_at: refresh_in.map(|refresh_in| context.requested_at.plus(refresh_in)),
        warnings,
    })
}

/// RFC 6749 section 7.1: the type decides how a token is used, so an unknown one is an error.
fn token_type(name: Option<&str>, warnings: &mut Vec<TokenWarning>) -> Result<TokenType, String> {
    let name = name.unwrap_or_default().trim();
    if name.is_empty() {
        warnings.push(TokenWarning::MissingTokenType);
        return Ok(TokenType::Bearer);
    }
    match TokenType::parse(name) {
        TokenType::Other(name) => {
            let letters = name.replace(['_', '-', ' '], "");
            if !letters.eq_ignore_ascii_case("bearertoken") {
                return Err(name);
            }
            warnings.push(TokenWarning::UnusualTokenType);
            Ok(TokenType::Bearer)
        }
        known => Ok(known),
    }
}
