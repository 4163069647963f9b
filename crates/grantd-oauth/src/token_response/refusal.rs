//! Makes a [`TokenError`] of an answer that holds no token (RFC 6749 section 5.2).

use url::Url;

use super::members::Members;
use super::{ResponseContext, TokenHttpResponse};
use crate::challenge::parse_challenges;
use crate::excerpt::{excerpt, line};
use crate::failure::{FailureClass, TokenError};
use crate::retry_after::parse_retry_after;

mod classify;
mod provider_codes;

/// An answer 3xx: told where it leads, without the query, and never followed.
pub(super) fn redirected(
    response: &TokenHttpResponse<'_>,
    context: &ResponseContext<'_>,
) -> TokenError {
    let to = response.location.map(|location| {
        let place = without_query(location);
        line(&format!("to {place}"), context.secrets)
    });
    TokenError {
        excerpt: to,
        ..TokenError::new(FailureClass::Redirected, response.status)
    }
}

/// An error of any shape, with any status.
pub(super) fn refused(
    response: &TokenHttpResponse<'_>,
    context: &ResponseContext<'_>,
    members: Option<Members>,
) -> TokenError {
    let secrets = context.secrets;
    let mut members = members.unwrap_or_default();
    if members.error.is_none() {
        take_challenge(&mut members, response.www_authenticate);
    }
    let text = members
        .description
        .as_deref()
        .or(members.message.as_deref());
    let code = members.error.as_deref().map(|code| line(code, secrets));
    let retry_after = response
        .retry_after
        .and_then(|value| parse_retry_after(value, context.received_at));
    let class = classify::classify(&classify::Facts {
        status: response.status,
        code: code.as_deref(),
        has_body: !response.body.trim_ascii().is_empty(),
        retry_after,
    });
    let shows_body = members.error.is_none() && text.is_none();
    TokenError {
        class,
        status: response.status,
        provider_codes: provider_codes::find(&members),
        description: text.map(|text| line(text, secrets)),
        code,
        excerpt: shows_body
            .then(|| excerpt(response.body, secrets))
            .flatten(),
    }
}

/// A success without a token: told with the names of what is there instead.
pub(super) fn no_access_token(
    response: &TokenHttpResponse<'_>,
    context: &ResponseContext<'_>,
    members: &Members,
) -> TokenError {
    let names = members.names.join(", ");
    TokenError {
        excerpt: (!names.is_empty())
            .then(|| line(&format!("the answer has: {names}"), context.secrets)),
        description: members
            .message
            .as_deref()
            .map(|message| line(message, context.secrets)),
        ..TokenError::new(FailureClass::NoAccessToken, response.status)
    }
}

/// RFC 6749 appendix A.12: a token with other characters could not be sent, or would end a header.
pub(super) fn unsendable_token(response: &TokenHttpResponse<'_>) -> TokenError {
    TokenError {
        excerpt: Some("`access_token` has characters that no token has".into()),
        ..TokenError::new(FailureClass::NoAccessToken, response.status)
    }
}

/// RFC 6749 section 7.1.
pub(super) fn unsupported_token_type(
    response: &TokenHttpResponse<'_>,
    context: &ResponseContext<'_>,
    name: &str,
) -> TokenError {
    TokenError {
        excerpt: Some(line(&format!("token_type: {name}"), context.secrets)),
        ..TokenError::new(FailureClass::UnsupportedTokenType, response.status)
    }
}

/// Some servers name the error in the challenge alone (RFC 6750 section 3).
fn take_challenge(members: &mut Members, fields: &[&str]) {
    for challenge in parse_challenges(fields) {
        if let Some(error) = challenge.parameter("error") {
            members.error = Some(error.to_owned());
            let description = challenge.parameter("error_description");
            members.description = members
                .description
                .take()
                .or(description.map(str::to_owned));
            return;
        }
    }
}

fn without_query(location: &str) -> String {
    match Url::parse(location) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => location
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}
