//! Why there is no token, as it is kept until the next try.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{Moment, Timestamp};
use grantd_net::NetError;
use grantd_oauth::explain;

use super::timing::Fault;
use crate::EngineError;

/// Why there is no token, and when it is tried again.
#[derive(Debug)]
pub struct TokenFailure {
    /// The cause.
    pub cause: EngineError,
    /// When it failed.
    pub at: Moment,
    /// How often in a row, of those that wait in the same way.
    pub times: u32,
    /// How long after that nothing is tried.
    pub wait: Duration,
}

impl TokenFailure {
    /// The failure as a caller gets it now.
    pub(crate) fn told(self: &Arc<Self>, now: Moment) -> EngineError {
        EngineError::NoToken {
            failure: Arc::clone(self),
            retry_in: self.retry_in(now),
        }
    }

    /// Whether nothing is tried yet.
    pub(crate) fn is_cooling(&self, now: Moment) -> bool {
        now.boot.saturating_sub(self.at.boot) < self.wait
    }

    /// When it is tried again at the earliest, by the wall clock of the failure.
    #[must_use]
    pub fn retry_at(&self) -> Timestamp {
        self.at.wall.plus(self.wait)
    }

    /// How long nothing is tried from now on.
    #[must_use]
    pub fn retry_in(&self, now: Moment) -> Duration {
        self.wait
            .saturating_sub(now.boot.saturating_sub(self.at.boot))
    }
}

/// What a failure says of the next try; none if the next one is another request.
pub(crate) fn fault(error: &EngineError) -> Option<Fault> {
    Some(match error {
        EngineError::Token(error) if error.is_configuration_fault() => Fault::Configuration,
        EngineError::Token(error) => Fault::Transient {
            retry_after: error.retry_after(),
        },
        EngineError::Send(failure) => match failure.error {
            NetError::Refused(_) | NetError::InvalidRequest(_) => Fault::Configuration,
            _ => Fault::Transient { retry_after: None },
        },
        EngineError::Seal(_)
        | EngineError::Build(_)
        | EngineError::Fields(_)
        | EngineError::SenderConstrained => Fault::Configuration,
        EngineError::Source(_)
        | EngineError::Store(_)
        | EngineError::CutOff
        | EngineError::Busy { .. }
        | EngineError::OverOnArrival => Fault::Transient { retry_after: None },
        EngineError::NoToken { failure, .. } => return fault(&failure.cause),
        EngineError::ChangedMeanwhile
        | EngineError::Disabled
        | EngineError::NotFound { .. }
        | EngineError::Unauthenticated(_)
        | EngineError::WrongPassword { .. }
        | EngineError::WrongCode { .. }
        | EngineError::Forbidden { .. }
        | EngineError::BeyondGrants(_)
        | EngineError::HostNotBound { .. }
        | EngineError::TooMany(_)
        | EngineError::InUse(_)
        | EngineError::TooManyTries { .. }
        | EngineError::Keyring(_)
        | EngineError::Stale { .. }
        | EngineError::PlanOutdated(_) => return None,
    })
}

/// Whether failures of this class may pass by themselves, as [`fault`] has it of the failure itself.
pub(crate) fn may_pass(class: &str) -> bool {
    matches!(
        class,
        "rate_limited"
            | "server_error"
            | "no_access_token"
            | "unsendable_token"
            | "repeated_member"
            | "unreadable_body"
            | "too_large"
            | "name_not_found"
            | "resolve_failed"
            | "connect_refused"
            | "connect_timeout"
            | "network_unreachable"
            | "connect_failed"
            | "proxy_refused"
            | "proxy_misbehaved"
            | "tls_failed"
            | "request_timeout"
            | "closed_early"
            | "header_too_large"
            | "malformed_answer"
            | "secret_source_failed"
            | "over_on_arrival"
            | "server_busy"
            | "store_failed"
            | "cut_off"
    )
}

/// What [`class`] gives of a request that has ended.
pub(crate) const CLASSES: [&str; 46] = [
    "invalid_client",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_grant",
    "invalid_scope",
    "invalid_target",
    "invalid_request",
    "access_denied",
    "refused",
    "no_such_endpoint",
    "redirected",
    "rate_limited",
    "server_error",
    "no_access_token",
    "unsendable_token",
    "repeated_member",
    "unreadable_body",
    "too_large",
    "unsupported_token_type",
    "sender_constrained",
    "over_on_arrival",
    "name_not_found",
    "resolve_failed",
    "connect_refused",
    "connect_timeout",
    "network_unreachable",
    "connect_failed",
    "tls_failed",
    "request_timeout",
    "closed_early",
    "header_too_large",
    "malformed_answer",
    "proxy_refused",
    "proxy_misbehaved",
    "egress_refused",
    "secret_source_failed",
    "seal_broken",
    "invalid_request_settings",
    "changed_meanwhile",
    "disabled",
    "deleted",
    "server_busy",
    "store_failed",
    "cut_off",
    "too_many",
    "refused_here",
];

/// What kind of failure it is: stable, `snake_case`, for events and metrics.
pub(crate) fn class(error: &EngineError) -> &'static str {
    match error {
        EngineError::Token(error) => error.class.code(),
        EngineError::Send(failure) => failure.error.code(),
        EngineError::Source(_) => "secret_source_failed",
        EngineError::Seal(_) => "seal_broken",
        EngineError::Build(_) | EngineError::Fields(_) => "invalid_request_settings",
        EngineError::SenderConstrained => "sender_constrained",
        EngineError::OverOnArrival => "over_on_arrival",
        EngineError::Busy { .. } => "server_busy",
        EngineError::ChangedMeanwhile => "changed_meanwhile",
        EngineError::Disabled => "disabled",
        EngineError::Store(_) => "store_failed",
        EngineError::NoToken { failure, .. } => class(&failure.cause),
        EngineError::NotFound { .. } => "deleted",
        EngineError::Unauthenticated(_)
        | EngineError::WrongPassword { .. }
        | EngineError::WrongCode { .. }
        | EngineError::Forbidden { .. }
        | EngineError::BeyondGrants(_)
        | EngineError::HostNotBound { .. }
        | EngineError::Stale { .. }
        | EngineError::PlanOutdated(_) => "refused_here",
        EngineError::TooMany(_) | EngineError::InUse(_) | EngineError::TooManyTries { .. } => {
            "too_many"
        }
        EngineError::Keyring(_) => "keyring_failed",
        EngineError::CutOff => "cut_off",
    }
}

/// What a person can do about it, where that is known.
pub(crate) fn remedy(error: &EngineError) -> Option<String> {
    match error {
        EngineError::Token(error) => {
            explain(error).map(|explanation| explanation.remedy.to_owned())
        }
        EngineError::Send(failure) => Some(failure.error.remedy()),
        EngineError::Source(error) => Some(error.remedy().to_owned()),
        EngineError::Busy { .. } => Some(
            "The authorization server is slow with what was asked before; see which credentials \
             of it fail."
                .to_owned(),
        ),
        EngineError::NoToken { failure, .. } => remedy(&failure.cause),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use grantd_net::{SendFailure, TlsFault};
    use grantd_oauth::{FailureClass, TokenError};
    use grantd_store::{SealError, StoreError};

    use super::*;

    #[test]
    fn a_class_passes_as_its_failure_does() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let send = |error| {
            EngineError::Send(SendFailure {
                error,
                phases: Vec::new(),
            })
        };
        let token = |class| {
            let mut error = TokenError::too_large(400);
            error.class = class;
            EngineError::Token(error)
        };
        let wait = Duration::ZERO;
        let errors = [
            token(FailureClass::InvalidClient),
            token(FailureClass::AccessDenied),
            token(FailureClass::NoSuchEndpoint),
            token(FailureClass::RateLimited { retry_after: None }),
            token(FailureClass::ServerError { retry_after: None }),
            token(FailureClass::NoAccessToken),
            token(FailureClass::UnreadableBody),
            token(FailureClass::TooLarge),
            send(NetError::ConnectRefused { address }),
            send(NetError::NetworkUnreachable { address }),
            send(NetError::Tls(TlsFault::Closed)),
            send(NetError::InvalidRequest(grantd_model::Invalid::new(
                "x", "x",
            ))),
            EngineError::Seal(SealError::Refused),
            EngineError::Store(StoreError::Busy),
            EngineError::SenderConstrained,
            EngineError::OverOnArrival,
            EngineError::Busy { after: wait },
            EngineError::CutOff,
        ];
        for error in errors {
            let passes = matches!(fault(&error), Some(Fault::Transient { .. }));
            assert_eq!(may_pass(class(&error)), passes, "{error}");
        }
    }
}
