//! Why the engine did not do it.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{Action, ErrorKind, FieldError, Revision};
use grantd_net::SendFailure;
use grantd_oauth::{BuildError, TokenError};
use grantd_secrets::SourceError;
use grantd_store::{SealError, StoreError};

use crate::{InstallationError, TokenFailure};

/// Why the engine did not do it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Values are wrong, each named by its place.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldError>),
    /// No valid API key was shown.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// User name and password do not match.
    #[error("user name and password do not match")]
    WrongPassword {
        /// How many tries are left before one has to wait.
        left: u32,
    },
    /// The code of the second factor is not right.
    #[error("the code is not right; each code counts once")]
    WrongCode {
        /// How many tries are left before one has to wait.
        left: u32,
    },
    /// Somebody tried too often to get in.
    #[error("too many tries; wait {} s", .wait.as_secs())]
    TooManyTries {
        /// How long nobody is let in.
        wait: Duration,
    },
    /// The actor lacks a grant.
    #[error("a grant to {} is needed{}", action_name(*.action), .on)]
    Forbidden {
        /// What was asked for.
        action: Action,
        /// On what, as the end of the sentence; may be empty.
        on: String,
    },
    /// The actor's grants do not cover what it wants to give on or ask for.
    #[error("{0}")]
    BeyondGrants(String),
    /// There is no such thing, or none that the actor may see.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// Somebody changed it in between.
    #[error("it was changed in between; its revision now is {current}")]
    Stale {
        /// The revision now.
        current: Revision,
    },
    /// The plan is not the one that was shown.
    #[error("the plan is out of date: {0}")]
    PlanOutdated(String),
    /// The credential is disabled.
    #[error("the credential is disabled")]
    Disabled,
    /// A token of the credential may not go to this host.
    #[error(
        "the credential is not bound to the host `{host}`; an admin adds it to its bound hosts"
    )]
    HostNotBound {
        /// The host.
        host: String,
    },
    /// The credential was changed while its token was requested; the answer was dropped.
    #[error("the credential was changed while the token was requested; the token was dropped")]
    ChangedMeanwhile,
    /// The external secret was not read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A sealed secret was not opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The token request could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The token request got no answer.
    #[error(transparent)]
    Send(#[from] SendFailure),
    /// The answer holds no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token is bound to a key, which only the proxy can prove to hold (RFC 9449 section 5).
    #[error(
        "the authorization server issued a sender-constrained token, which can not be handed out"
    )]
    SenderConstrained,
    /// The token was over when it came.
    #[error("the token was over before it arrived")]
    OverOnArrival,
    /// There is no token.
    #[error("{}", .failure.cause)]
    NoToken {
        /// Why.
        failure: Arc<TokenFailure>,
        /// How long nothing is tried from now on.
        retry_in: Duration,
    },
    /// Its turn at the authorization server did not come in time.
    #[error(
        "other requests to the authorization server were under way, and none ended within {} s",
        .after.as_secs()
    )]
    Busy {
        /// How long was waited.
        after: Duration,
    },
    /// Something else needs it.
    #[error("{0}")]
    InUse(String),
    /// A limit is reached.
    #[error("{0}")]
    TooMany(String),
    /// The work was cut off by a fault of grantd.
    #[error("the work was cut off")]
    CutOff,
    /// The keyring could not be changed.
    #[error(transparent)]
    Keyring(Box<InstallationError>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InstallationError> for EngineError {
    fn from(error: InstallationError) -> Self {
        Self::Keyring(Box::new(error))
    }
}

impl EngineError {
    /// What callers act on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Fields(_) => ErrorKind::Invalid,
            Self::Unauthenticated(_) | Self::WrongPassword { .. } | Self::WrongCode { .. } => {
                ErrorKind::Unauthenticated
            }
            Self::Forbidden { .. } | Self::BeyondGrants(_) => ErrorKind::Forbidden,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Stale { .. } | Self::PlanOutdated(_) => ErrorKind::Stale,
            Self::ChangedMeanwhile | Self::InUse(_) => ErrorKind::Conflict,
            Self::Disabled => ErrorKind::Disabled,
            Self::HostNotBound { .. } => ErrorKind::Policy,
            Self::Source(error) => error.kind(),
            Self::Seal(error) => error.kind(),
            Self::Build(error) => error.kind(),
            Self::Send(error) => error.kind(),
            Self::Token(error) => error.kind(),
            Self::CutOff => ErrorKind::Internal,
            Self::SenderConstrained | Self::OverOnArrival => {
                ErrorKind::AuthorizationServerMisbehaved
            }
            Self::NoToken { failure, .. } => failure.cause.kind(),
            Self::Busy { .. } => ErrorKind::Unreachable,
            Self::TooMany(_) | Self::TooManyTries { .. } => ErrorKind::TooMany,
            Self::Keyring(error) => match error.as_ref() {
                InstallationError::Fixed { .. } => ErrorKind::Conflict,
                _ => ErrorKind::StoreFailed,
            },
            Self::Store(error) => error.kind(),
        }
    }

    /// One wrong value.
    pub(crate) fn field(error: FieldError) -> Self {
        Self::Fields(vec![error])
    }
}

const fn action_name(action: Action) -> &'static str {
    match action {
        Action::Read => "read",
        Action::Token => "get tokens",
        Action::Use => "send requests",
        Action::Manage => "manage",
        Action::Admin => "administer",
    }
}
