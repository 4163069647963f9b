//! Which class a refusal is of: by its code where that is known, else by its status.

use std::time::Duration;

use crate::failure::FailureClass;

/// What is known of a refusal.
pub(super) struct Facts<'a> {
    pub(super) status: u16,
    pub(super) code: Option<&'a str>,
    pub(super) has_body: bool,
    pub(super) retry_after: Option<Duration>,
}

/// The class.
pub(super) fn classify(facts: &Facts<'_>) -> FailureClass {
    let retry_after = facts.retry_after;
    match facts.status {
        // What a server in trouble says of the client is not to be believed.
        429 => FailureClass::RateLimited { retry_after },
        408 | 425 | 500.. => FailureClass::ServerError { retry_after },
        status => {
            let by_code = facts.code.and_then(|code| by_code(code, retry_after));
            match by_code.unwrap_or_else(|| by_status(status, facts)) {
                // 401 is about authentication, even where the code speaks of authorization.
                FailureClass::UnauthorizedClient | FailureClass::AccessDenied if status == 401 => {
                    FailureClass::InvalidClient
                }
                class => class,
            }
        }
    }
}

/// RFC 6749 sections 5.2 and 4.1.2.1, RFC 8707 section 2, and what servers say instead.
fn by_code(code: &str, retry_after: Option<Duration>) -> Option<FailureClass> {
    Some(match code.trim().to_ascii_lowercase().as_str() {
        "invalid_client"
        | "invalid_client_id"
        | "invalid_client_credentials"
        | "incorrect_client_credentials" => FailureClass::InvalidClient,
        "unauthorized_client" => FailureClass::UnauthorizedClient,
        "unsupported_grant_type" => FailureClass::UnsupportedGrantType,
        "invalid_grant" => FailureClass::InvalidGrant,
        "invalid_scope" => FailureClass::InvalidScope,
        "invalid_target" | "invalid_resource" => FailureClass::InvalidTarget,
        "invalid_request" => FailureClass::InvalidRequest,
        "access_denied" => FailureClass::AccessDenied,
        "slow_down" | "too_many_requests" => FailureClass::RateLimited { retry_after },
        "server_error" | "temporarily_unavailable" => FailureClass::ServerError { retry_after },
        _ => return None,
    })
}

fn by_status(status: u16, facts: &Facts<'_>) -> FailureClass {
    match status {
        ..300 if facts.code.is_none() => FailureClass::UnreadableBody,
        401 => FailureClass::InvalidClient,
        // Some servers answer a wrong secret with 403 and nothing else.
        403 if !facts.has_body => FailureClass::InvalidClient,
        403 => FailureClass::AccessDenied,
        404 | 405 | 410 => FailureClass::NoSuchEndpoint,
        _ => FailureClass::Refused,
    }
}
