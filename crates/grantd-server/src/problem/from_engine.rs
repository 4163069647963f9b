//! What the engine reports, as problem documents. Only [`ErrorKind`] decides the code.

use std::time::Duration;

use grantd_engine::EngineError;
use grantd_model::ErrorKind;
use grantd_net::{NetError, SendFailure};
use grantd_oauth::{TokenError, explain};

use super::{Problem, ProblemCode};

/// How long whoever has reached a limit is to wait.
const MINUTE: Duration = Duration::from_mins(1);

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let code = code(error.kind());
        if matches!(
            code,
            ProblemCode::Internal | ProblemCode::SealBroken | ProblemCode::StoreFailed
        ) {
            tracing::error!(%error, "a request failed");
        }
        of(code, &error)
    }
}

fn of(code: ProblemCode, error: &EngineError) -> Problem {
    match error {
        EngineError::Fields(errors) => Problem::fields(errors.clone()),
        EngineError::NoToken { failure, retry_in } => {
            let problem = of(code, &failure.cause);
            if retry_in.is_zero() {
                problem
            } else {
                problem.retry_after(*retry_in)
            }
        }
        EngineError::Token(error) => of_token_error(code, error),
        EngineError::Send(failure) => of_send_failure(code, failure),
        EngineError::Source(error) => {
            let mut problem = Problem::of(code).detail(error.to_string());
            problem.0.remedy = Some(error.remedy().to_owned());
            problem
        }
        EngineError::PlanOutdated(detail) => Problem::of(ProblemCode::PlanOutdated).detail(detail),
        EngineError::InUse(detail) => Problem::of(ProblemCode::InUse).detail(detail),
        EngineError::TooManyTries { wait } => Problem::of(code)
            .detail(error.to_string())
            .retry_after(*wait),
        // every limit of grantd's own is of one minute
        EngineError::TooMany(detail) => Problem::of(code).detail(detail).retry_after(MINUTE),
        other => Problem::of(code).detail(other.to_string()),
    }
}

const fn code(kind: ErrorKind) -> ProblemCode {
    match kind {
        ErrorKind::Invalid => ProblemCode::ValidationFailed,
        ErrorKind::Unauthenticated => ProblemCode::Unauthenticated,
        ErrorKind::Forbidden => ProblemCode::Forbidden,
        ErrorKind::NotFound => ProblemCode::NotFound,
        ErrorKind::Conflict => ProblemCode::ChangedMeanwhile,
        ErrorKind::Stale => ProblemCode::Stale,
        ErrorKind::Disabled => ProblemCode::CredentialDisabled,
        ErrorKind::Policy => ProblemCode::EgressRefused,
        ErrorKind::SecretSourceFailed => ProblemCode::SecretSourceFailed,
        ErrorKind::AuthorizationServerRefused => ProblemCode::AuthorizationServerRefused,
        ErrorKind::AuthorizationServerMisbehaved => ProblemCode::AuthorizationServerMisbehaved,
        ErrorKind::RateLimited => ProblemCode::RateLimited,
        ErrorKind::TooMany => ProblemCode::TooManyRequests,
        ErrorKind::Unreachable => ProblemCode::Unreachable,
        ErrorKind::SealBroken => ProblemCode::SealBroken,
        ErrorKind::StoreFailed => ProblemCode::StoreFailed,
        ErrorKind::Internal => ProblemCode::Internal,
    }
}

fn of_send_failure(code: ProblemCode, failure: &SendFailure) -> Problem {
    let mut problem = Problem::of(code).detail(failure.to_string());
    if !matches!(failure.error, NetError::InvalidRequest(_)) {
        problem.0.remedy = Some(failure.error.remedy());
    }
    problem
}

fn of_token_error(code: ProblemCode, error: &TokenError) -> Problem {
    let mut problem = Problem::of(code).detail(error.to_string());
    if let Some(wait) = error.retry_after() {
        problem = problem.retry_after(wait);
    }
    if let Some(explanation) = explain(error) {
        problem.0.meaning = Some(explanation.meaning.to_owned());
        problem.0.remedy = Some(explanation.remedy.to_owned());
    }
    problem.0.authorization_server = Some(error.into());
    problem
}
