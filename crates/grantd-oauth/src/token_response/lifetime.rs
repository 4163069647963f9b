//! How long a token lives: `expires_in`, else a hint, else the default.

use std::time::Duration;

use grantd_model::Secret;

use super::members::Members;
use super::scalar::Scalar;
use super::{LifetimeSource, ResponseContext, TokenWarning, jwt};

/// Ten years: longer than any token is meant to live, short enough to reckon with.
const MOST: u64 = 3650 * 24 * 3600;

/// The lifetime, counted from when the request was sent.
pub(super) fn of(
    members: &Members,
    token: &Secret<String>,
    context: &ResponseContext<'_>,
    warnings: &mut Vec<TokenWarning>,
) -> (Duration, LifetimeSource) {
    let expires_in = members.expires_in.as_ref();
    let seconds = expires_in
        .and_then(Scalar::whole_seconds)
        .and_then(|seconds| u64::try_from(seconds).ok());
    if let Some(seconds @ 1..) = seconds {
        if seconds > MOST {
            warnings.push(TokenWarning::LongExpiresIn);
        }
        let lifetime = Duration::from_secs(seconds.min(MOST));
        return (lifetime, LifetimeSource::ExpiresIn);
    }
    let (lifetime, used) = without_expires_in(token, context);
    warnings.push(match expires_in {
        None => TokenWarning::MissingExpiresIn { used },
        Some(_) => TokenWarning::InvalidExpiresIn { used },
    });
    (lifetime, used)
}

fn without_expires_in(
    token: &Secret<String>,
    context: &ResponseContext<'_>,
) -> (Duration, LifetimeSource) {
    match jwt::expires_at(token) {
        // A past `exp` is another clock, or a lie; in both cases it tells nothing.
        Some(end) if end > context.received_at => {
            let lifetime = end.since(context.requested_at);
            let lifetime = lifetime.min(Duration::from_secs(MOST));
            (lifetime, LifetimeSource::JwtExp)
        }
        _ => (context.default_lifetime, LifetimeSource::Default),
    }
}
