//! What an answer says of the token that was sent: whether another one is worth a try.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use grantd_engine::Refusal;
use grantd_model::consumer::MOST_PATTERN_BYTES;
use grantd_oauth::{ResourceChallenge, resource_challenge};
use http::header::{CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use http::{Method, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use memchr::memmem;
use tokio::time::timeout;

use crate::problem::Problem;
use crate::route::Route;

/// A field by which a caller says that a request may be sent twice.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What an answer says of the token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing, or nothing that another one would change.
    Pass,
    /// It is refused.
    Refused(Refusal),
    /// It is, if the body holds the pattern of the rule.
    IfBodySays,
}

/// Judges by status and fields.
pub(crate) fn judge(route: &Route, status: StatusCode, headers: &HeaderMap) -> Verdict {
    let challenges: Vec<&str> = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    match resource_challenge(&challenges) {
        ResourceChallenge::InsufficientScope => return Verdict::Pass,
        ResourceChallenge::Claims(claims) => return Verdict::Refused(Refusal::Claims(claims)),
        ResourceChallenge::InvalidToken | ResourceChallenge::Nothing => {}
    }
    let rule = &route.settings().rejected;
    if !rule.statuses.contains(&status.as_u16()) {
        return Verdict::Pass;
    }
    if let Some((name, text)) = &route.rejected_field {
        let holds = |value: &http::HeaderValue| {
            let value = String::from_utf8_lossy(value.as_bytes()).to_lowercase();
            value.contains(text.as_str())
        };
        if !headers.get_all(name).iter().any(holds) {
            return Verdict::Pass;
        }
    }
    if rule.body.is_some() {
        Verdict::IfBodySays
    } else {
        Verdict::Refused(Refusal::Rejected)
    }
}

/// Reads the beginning of a body, for so long, and tells whether the pattern of the rule is in it, with what was
/// read.
///
/// # Errors
/// When the body breaks off.
pub(crate) async fn body_says(
    route: &Route,
    answer: &mut Response<Incoming>,
    limit: Duration,
) -> Result<(bool, Option<Bytes>), Problem> {
    let Some(pattern) = &route.settings().rejected.body else {
        return Ok((false, None));
    };
    let most = u64::try_from(MOST_PATTERN_BYTES).unwrap_or(u64::MAX);
    let events = answer.headers().get(CONTENT_TYPE);
    let is_stream = events.is_some_and(|it| it.as_bytes().starts_with(b"text/event-stream"));
    if is_stream || answer.body().size_hint().lower() > most {
        return Ok((false, None));
    }
    let mut read = BytesMut::new();
    let body = answer.body_mut();
    let reading = async {
        while read.len() <= MOST_PATTERN_BYTES && !body.is_end_stream() {
            match body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        read.extend_from_slice(&piece);
                    }
                }
                Some(Err(_)) => return Err(Problem::ClosedEarly),
                None => break,
            }
        }
        Ok(())
    };
    // what does not come in time is passed on unread
    if let Ok(broken @ Err(_)) = timeout(limit, reading).await {
        broken?;
    }
    let says =
        read.len() <= MOST_PATTERN_BYTES && memmem::find(&read, pattern.as_bytes()).is_some();
    Ok((says, Some(read.freeze())))
}

/// Whether a request may be sent again after the service may have done something about it (RFC 9110 section
/// 9.2.2).
pub(crate) fn is_idempotent(method: &Method, headers: &HeaderMap) -> bool {
    method.is_idempotent() || headers.contains_key(IDEMPOTENCY_KEY)
}

/// Whether it may be sent again after this status said that the token is of no use: with 401 nothing was done.
pub(crate) fn may_repeat(status: StatusCode, method: &Method, headers: &HeaderMap) -> bool {
    status == StatusCode::UNAUTHORIZED || is_idempotent(method, headers)
}
