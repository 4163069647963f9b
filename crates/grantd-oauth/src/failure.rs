//! Why a token request gave no token: in classes that callers act on.

use std::fmt;
use std::time::Duration;

use grantd_model::ErrorKind;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FailureClass {
    /// Client id, secret or method are wrong (RFC 6749 section 5.2).
    #[error("authorization server did not accept the client's id, secret or method")]
    InvalidClient,
    /// The client may not use this grant (RFC 6749 section 5.2).
    #[error("authorization server does not let this client use the client credentials grant")]
    UnauthorizedClient,
    /// The server does not know the grant (RFC 6749 section 5.2).
    #[error("authorization server does not support the client credentials grant")]
    UnsupportedGrantType,
    /// The grant is invalid (RFC 6749 section 5.2); some servers say so of client credentials.
    #[error("authorization server does not accept the grant")]
    InvalidGrant,
    /// A scope is unknown, malformed or not for this client (RFC 6749 section 5.2).
    #[error("authorization server did not accept the scope")]
    InvalidScope,
    /// A resource or audience is unknown (RFC 8707 section 2).
    #[error("authorization server did not accept the resource or audience")]
    InvalidTarget,
    /// A parameter is missing, unknown or repeated (RFC 6749 section 5.2).
    #[error("authorization server found the request invalid")]
    InvalidRequest,
    /// A rule of the server forbids it (RFC 6749 section 4.1.2.1, used here by several makes).
    #[error("authorization server denied access")]
    AccessDenied,
    /// Refused with a code or a status that has no class of its own.
    #[error("authorization server refused the request")]
    Refused,
    /// No token endpoint at this address (404, 405, 410, 501).
    #[error("there is no token endpoint at this address")]
    NoSuchEndpoint,
    /// An answer 3xx; redirects are not followed, they would carry the secret away.
    #[error("token endpoint redirects, which is not followed")]
    Redirected,
    /// A token whose type is not understood must not be used (RFC 6749 section 7.1).
    #[error("authorization server issued a token of a type that is not understood")]
    UnsupportedTokenType,
    /// Too many requests (RFC 6585 section 4).
    #[error("authorization server asks to wait")]
    RateLimited {
        /// How long (RFC 9110 section 10.2.3), as the server says; not capped.
        retry_after: Option<Duration>,
    },
    /// The server is in trouble (RFC 9110 section 15.6).
    #[error("authorization server failed")]
    ServerError {
        /// How long to wait (RFC 9110 section 10.2.3), as the server says; not capped.
        retry_after: Option<Duration>,
    },
    /// A success without `access_token`, or with an empty one (RFC 6749 section 5.1).
    #[error("authorization server answered without an access token")]
    NoAccessToken,
    /// A success whose `access_token` no header can carry (RFC 6749 appendix A.12).
    #[error("authorization server issued a token that no header can carry")]
    UnsendableToken,
    /// A success that says something twice (RFC 6749 section 3.2).
    #[error("authorization server answered with a member that is there twice")]
    RepeatedMember,
    /// A success whose body is no token response.
    #[error("authorization server answered something that is no token response")]
    UnreadableBody,
    /// A body of more than [`crate::MOST_BODY_BYTES`].
    #[error("authorization server answered with more than 1 MiB")]
    TooLarge,
}

impl FailureClass {
    /// Stable, `snake_case`, for events, metrics and problem documents.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRequest => "invalid_request",
            Self::AccessDenied => "access_denied",
            Self::Refused => "refused",
            Self::NoSuchEndpoint => "no_such_endpoint",
            Self::Redirected => "redirected",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::RateLimited { .. } => "rate_limited",
            Self::ServerError { .. } => "server_error",
            Self::NoAccessToken => "no_access_token",
            Self::UnsendableToken => "unsendable_token",
            Self::RepeatedMember => "repeated_member",
            Self::UnreadableBody => "unreadable_body",
            Self::TooLarge => "too_large",
        }
    }

    /// Whether the same request fails again until somebody edits something: long back-off.
    #[must_use]
    pub const fn is_configuration_fault(self) -> bool {
        !matches!(
            self,
            Self::RateLimited { .. }
                | Self::ServerError { .. }
                | Self::NoAccessToken
                | Self::UnsendableToken
                | Self::RepeatedMember
                | Self::UnreadableBody
                | Self::TooLarge
        )
    }

    /// How long the server asks to wait (RFC 9110 section 10.2.3).
    #[must_use]
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::ServerError { retry_after } => retry_after,
            _ => None,
        }
    }

    /// Who is at fault.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::InvalidClient
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidGrant
            | Self::InvalidScope
            | Self::InvalidTarget
            | Self::InvalidRequest
            | Self::AccessDenied
            | Self::Refused => ErrorKind::AuthorizationServerRefused,
            Self::RateLimited { .. } => ErrorKind::RateLimited,
            Self::NoSuchEndpoint
            | Self::Redirected
            | Self::UnsupportedTokenType
            | Self::ServerError { .. }
            | Self::NoAccessToken
            | Self::UnsendableToken
            | Self::RepeatedMember
            | Self::UnreadableBody
            | Self::TooLarge => ErrorKind::AuthorizationServerMisbehaved,
        }
    }
}

/// A token request that gave no token. All text is cleaned for people: one line, at most 200
/// characters, secrets redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenError {
    /// What kind of failure it is.
    pub class: FailureClass,
    /// The status code.
    pub status: u16,
    /// `error` (RFC 6749 section 5.2), or what the server has in its place.
    pub code: Option<Box<str>>,
    /// `error_description` (RFC 6749 section 5.2), or what the server has in its place.
    pub description: Option<Box<str>>,
    /// Codes of the server's make, such as `AADSTS7000215`, `MSIS9692` or `E0000004`.
    pub provider_codes: Vec<String>,
    /// The beginning of a body that is not understood, or where a redirect leads.
    pub excerpt: Option<Box<str>>,
}

impl TokenError {
    /// For a body that was not read to its end because it is larger than
    /// [`crate::MOST_BODY_BYTES`].
    #[must_use]
    pub const fn too_large(status: u16) -> Self {
        Self::new(FailureClass::TooLarge, status)
    }

    pub(crate) const fn new(class: FailureClass, status: u16) -> Self {
        Self {
            class,
            status,
            code: None,
            description: None,
            provider_codes: Vec::new(),
            excerpt: None,
        }
    }

    /// The same without the server's own words, for one whose words must not be shown.
    #[must_use]
    pub const fn unquoted(&self) -> Self {
        Self::new(self.class, self.status)
    }

    /// Whether the same request fails again until somebody edits something.
    #[must_use]
    pub const fn is_configuration_fault(&self) -> bool {
        self.class.is_configuration_fault()
    }

    /// How long the server asks to wait (RFC 9110 section 10.2.3).
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.class.retry_after()
    }

    /// Who is at fault.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.class.kind()
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.class)?;
        if let Some(code) = &self.code {
            write!(f, "{code}, ")?;
        }
        write!(f, "status {})", self.status)
    }
}

impl std::error::Error for TokenError {}
