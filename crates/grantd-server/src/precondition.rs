//! Optimistic concurrency: `If-Match` (RFC 9110 section 13.1.1) and `ETag`.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use grantd_engine::EngineError;
use grantd_model::Revision;

use crate::app::App;
use crate::problem::{Problem, ProblemCode};

/// How often a change for whichever revision is begun anew; each time somebody else's went through.
const MOST_ATTEMPTS: u32 = 1000;

/// The revision that a change is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// `*`: whichever is the current one.
    Any,
    /// `"r7"`.
    Is(Revision),
}

impl IfMatch {
    /// The revision to expect, given the current one.
    pub(crate) const fn expected(self, current: Revision) -> Revision {
        match self {
            Self::Any => current,
            Self::Is(revision) => revision,
        }
    }

    /// Refuses a revision that is not the current one, before anything of the change is looked at.
    pub(crate) fn check(self, current: Revision) -> Result<(), Problem> {
        if self.expected(current) == current {
            return Ok(());
        }
        Err(EngineError::Stale { current }.into())
    }

    /// Whether to begin anew with what is current now: `*` is never stale, but what was read
    /// before somebody else changed it is.
    pub(crate) const fn begins_anew(self, error: &EngineError, attempt: u32) -> bool {
        matches!((self, error), (Self::Any, EngineError::Stale { .. })) && attempt < MOST_ATTEMPTS
    }

    /// The revision to begin anew with, or the error.
    pub(crate) fn anew(self, error: EngineError, attempt: u32) -> Result<Revision, EngineError> {
        match error {
            EngineError::Stale { current } if self.begins_anew(&error, attempt) => Ok(current),
            error => Err(error),
        }
    }
}

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(IF_MATCH).iter();
        match (headers.next(), headers.next()) {
            (None, _) => Err(Problem::of(ProblemCode::PreconditionRequired).detail(
                "a header `If-Match` with the `ETag` of the version that was read is expected",
            )),
            (Some(value), None) => parse(value),
            (Some(_), Some(_)) => Err(unreadable()),
        }
    }
}

fn parse(value: &HeaderValue) -> Result<IfMatch, Problem> {
    let text = value.to_str().map_err(|_| unreadable())?.trim();
    if text == "*" {
        return Ok(IfMatch::Any);
    }
    text.strip_prefix("\"r")
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|digits| digits.chars().all(|c| c.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .map(|number| IfMatch::Is(Revision(number)))
        .ok_or_else(unreadable)
}

fn unreadable() -> Problem {
    Problem::of(ProblemCode::UnreadableRequest)
        .detail("one `If-Match` with one entity tag such as `\"r7\"`, or with `*`, is expected")
}

/// The entity tag of a revision.
pub(crate) fn etag(revision: Revision) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}
