//! What is unusual about an answer that is accepted nevertheless.

use grantd_model::ScopeSet;

use super::LifetimeSource;

/// Something unusual about an answer that is accepted nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenWarning {
    /// RFC 6749 section 5.1 requires `token_type`.
    #[error("the answer has no `token_type` and is taken for Bearer")]
    MissingTokenType,
    /// RFC 6749 section 7.1 knows no `BearerToken`, some servers do.
    #[error("the answer names a `token_type` like `BearerToken` and is taken for Bearer")]
    UnusualTokenType,
    /// RFC 6749 section 5.1 recommends `expires_in`.
    #[error("the answer has no `expires_in`")]
    MissingExpiresIn {
        /// Where the lifetime is from instead.
        used: LifetimeSource,
    },
    /// `expires_in` is zero, negative or no number.
    #[error("the answer has an `expires_in` that is no lifetime")]
    InvalidExpiresIn {
        /// Where the lifetime is from instead.
        used: LifetimeSource,
    },
    /// `expires_in` is more than ten years, and is cut to them.
    #[error("the answer has an `expires_in` of more than ten years")]
    LongExpiresIn,
    /// RFC 6749 section 3.3: the server may grant other scopes than those asked for.
    #[error("the scopes granted are not those asked for: `{granted}`")]
    ScopeDiffers {
        /// The scopes granted.
        granted: ScopeSet,
    },
    /// `scope` holds what no scope may hold (RFC 6749 section 3.3).
    #[error("the answer has a `scope` that can not be read")]
    UnreadableScope,
    /// RFC 6749 section 4.4.3: a refresh token should not come, and is thrown away.
    #[error("the answer has a refresh token, which is not used")]
    RefreshTokenIgnored,
    /// RFC 6749 section 5.1 asks for JSON.
    #[error("the answer is a form, not JSON")]
    FormEncoded,
}

impl TokenWarning {
    /// Stable, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingTokenType => "missing_token_type",
            Self::UnusualTokenType => "unusual_token_type",
            Self::MissingExpiresIn { .. } => "missing_expires_in",
            Self::InvalidExpiresIn { .. } => "invalid_expires_in",
            Self::LongExpiresIn => "long_expires_in",
            Self::ScopeDiffers { .. } => "scope_differs",
            Self::UnreadableScope => "unreadable_scope",
            Self::RefreshTokenIgnored => "refresh_token_ignored",
            Self::FormEncoded => "form_encoded",
        }
    }
}
