//! Makes a [`TokenError`] of an answer that holds no token (RFC 6749 section 5.2).

use super::members::Members;
use super::{ResponseContext, TokenHttpResponse};
use crate::challenge::parse_challenges;
use crate::excerpt::{Quoter, without_query};
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
        Quoter::new(response.status, context.secrets, None).line(&format!("to {place}"))
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
    mut members: Members,
) -> TokenError {
    let token = members.access_token.take();
    let quoter = Quoter::new(response.status, context.secrets, token.as_ref());
    if members.error.is_none() {
        take_challenge(&mut members, response.www_authenticate);
    }
    let text = members.description.as_deref();
    let text = readable(text.or(members.message.as_deref()));
    let code = readable(members.error.as_deref());
    let retry_after = response
        .retry_after
        .and_then(|value| parse_retry_after(value, context.received_at));
    let class = classify::classify(&classify::Facts {
        status: response.status,
        code: members.error.as_deref(),
        has_body: !response.body.trim_ascii().is_empty(),
        retry_after,
    });
    let excerpt = (code.is_none() && text.is_none())
        .then(|| match members.names.told() {
            Some(names) if std::str::from_utf8(response.body).is_ok() => Some(quoter.line(&names)),
            _ => quoter.body(response.body),
        })
        .flatten();
    TokenError {
        class,
        status: response.status,
        provider_codes: provider_codes::find(&members),
        description: text.map(|text| quoter.value(text)),
        code: code.map(|code| quoter.value(code)),
        excerpt,
    }
}

/// A success without a token: told with the names of what is there instead.
pub(super) fn no_access_token(
    response: &TokenHttpResponse<'_>,
    context: &ResponseContext<'_>,
    members: &Members,
) -> TokenError {
    let quoter = Quoter::new(response.status, context.secrets, None);
    TokenError {
        excerpt: members.names.told().map(|names| quoter.line(&names)),
        description: readable(members.message.as_deref()).map(|message| quoter.line(message)),
        ..TokenError::new(FailureClass::NoAccessToken, response.status)
    }
}

/// RFC 6749 appendix A.12: a token with other characters could not be sent, or would end a header.
pub(super) fn unsendable_token(response: &TokenHttpResponse<'_>) -> TokenError {
    TokenError {
        excerpt: Some("`access_token` has characters that no token has".into()),
        ..TokenError::new(FailureClass::UnsendableToken, response.status)
    }
}

/// RFC 6749 section 3.2: which of two values counts is not for the reader to guess.
pub(super) fn repeated_member(response: &TokenHttpResponse<'_>, name: &str) -> TokenError {
    TokenError {
        excerpt: Some(format!("`{name}` is there twice").into()),
        ..TokenError::new(FailureClass::RepeatedMember, response.status)
    }
}

/// RFC 6749 section 7.1.
pub(super) fn unsupported_token_type(
    response: &TokenHttpResponse<'_>,
    quoter: &Quoter<'_>,
    name: &str,
) -> TokenError {
    let name = quoter.value(name);
    TokenError {
        excerpt: Some(quoter.line(&format!("token_type: {name}"))),
        ..TokenError::new(FailureClass::UnsupportedTokenType, response.status)
    }
}

/// Text that was read without a loss: in what was lost a secret can not be found.
fn readable(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.contains(char::REPLACEMENT_CHARACTER))
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
