//! What an authorization server issues.

use std::fmt;

use crate::{ScopeSet, Secret, Timestamp};

/// The type of an access token (RFC 6749 section 7.1), compared without case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TokenType {
    /// RFC 6750.
    Bearer,
    /// RFC 9449.
    DPoP,
    /// Another, as the server spells it.
    Other(String),
}

impl TokenType {
    /// Reads the type as a server spells it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.eq_ignore_ascii_case("bearer") {
            Self::Bearer
        } else if text.eq_ignore_ascii_case("dpop") {
            Self::DPoP
        } else {
            Self::Other(text.to_owned())
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer => "Bearer",
            Self::DPoP => "DPoP",
            Self::Other(name) => name,
        })
    }
}

/// An access token with what is known of it.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token itself.
    pub value: Secret<String>,
    /// How it is to be shown.
    pub token_type: TokenType,
    /// When it ends, counted from when its request was sent.
    pub expires_at: Timestamp,
    /// The scopes granted, where the server said so or none differ.
    pub scope: Option<ScopeSet>,
}
