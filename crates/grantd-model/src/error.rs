//! What can be wrong, in terms that callers act on.
//!
//! Every error of every crate maps to one [`ErrorKind`]; problem documents, retries and metrics
//! read only that.

use std::fmt;

use serde::Serialize;

/// Who is at fault and what can be done, for every error of grantd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request holds a value that is wrong; the caller mends it.
    Invalid,
    /// The request shows no valid API key.
    Unauthenticated,
    /// The caller is known and lacks the grant.
    Forbidden,
    /// No such thing, or none that the caller may see.
    NotFound,
    /// A unique value is taken, or the thing is in use.
    Conflict,
    /// The revision given is not the current one.
    Stale,
    /// The credential is disabled.
    Disabled,
    /// A rule of the operator forbids it, such as the egress guard.
    Policy,
    /// The source of an external secret did not give it.
    SecretSourceFailed,
    /// The authorization server understood and refused (RFC 6749 section 5.2).
    AuthorizationServerRefused,
    /// The authorization server answered something that is no token response.
    AuthorizationServerMisbehaved,
    /// The authorization server asks to wait (429).
    RateLimited,
    /// The caller has reached a limit of grantd.
    TooMany,
    /// No connection, no TLS or no answer in time.
    Unreachable,
    /// A sealed value can not be opened: moved, altered, or its key is missing.
    SealBroken,
    /// The store can not be read or written now.
    StoreFailed,
    /// A fault of grantd itself.
    Internal,
}

/// Why a value is not acceptable: a stable code and a sentence for people, without the value
/// where that could be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// What is wrong and what is expected.
    pub detail: String,
}

impl Invalid {
    /// Makes one from its code and its sentence.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// The same fault, at a place in a document.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>) -> FieldError {
        FieldError {
            pointer: pointer.into(),
            code: self.code,
            detail: self.detail,
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Invalid {}

/// A fault at one place of a request body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) to the value.
    pub pointer: String,
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// What is wrong and what is expected.
    pub detail: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.detail)
    }
}

/// Something that was accepted but that a person should know, at one place of a request body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// JSON pointer (RFC 6901) to the value.
    pub pointer: String,
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// What was done, or what is unusual.
    pub detail: String,
}
