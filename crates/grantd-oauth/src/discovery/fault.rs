//! Why a document is no metadata that can be used, and what is unusual about one that can.

use grantd_model::{ErrorKind, Invalid};

/// A document that must not be used. What is quoted of it is one line of at most 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// A body of more than [`MOST_METADATA_BYTES`](super::MOST_METADATA_BYTES).
    #[error("metadata of at most 1 MiB is expected, there is more")]
    TooLarge,
    /// RFC 8414 section 3.2 asks for a JSON object.
    #[error("metadata is expected to be a JSON object{}", aside(page.as_deref()))]
    NotAnObject {
        /// The words of the page for people that came in its place.
        page: Option<Box<str>>,
    },
    /// A member is there twice, so that two readers could read two documents.
    #[error("metadata is expected to have each member once, `{member}` is there again")]
    RepeatedMember {
        /// Its name.
        member: Box<str>,
    },
    /// RFC 8414 section 2 requires it.
    #[error("metadata is expected to have `{member}`, there is none")]
    MissingMember {
        /// Its name.
        member: &'static str,
    },
    /// A member is of another JSON type than RFC 8414 section 2 says.
    #[error("metadata is expected to have {expected} in `{member}`")]
    WrongType {
        /// Its name.
        member: &'static str,
        /// The type, such as `a string`.
        expected: &'static str,
    },
    /// RFC 8414 section 3.3: metadata of another issuer must not be used.
    #[error(
        "issuer is expected to be the one configured, letter by letter; metadata has `{found}`"
    )]
    OtherIssuer {
        /// The issuer that the document names.
        found: Box<str>,
    },
    /// The token endpoint is no place to send a secret to.
    #[error("token endpoint of the metadata can not be used: {reason}; it is `{found}`")]
    InvalidTokenEndpoint {
        /// The endpoint without its query.
        found: Box<str>,
        /// What is wrong with it.
        reason: Invalid,
    },
}

impl MetadataError {
    /// Stable, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotAnObject { .. } => "not_an_object",
            Self::RepeatedMember { .. } => "repeated_member",
            Self::MissingMember { .. } => "missing_member",
            Self::WrongType { .. } => "wrong_type",
            Self::OtherIssuer { .. } => "other_issuer",
            Self::InvalidTokenEndpoint { .. } => "invalid_token_endpoint",
        }
    }

    /// Who is at fault. Of two issuers that differ most often the configured one is mistyped.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherIssuer { .. } => ErrorKind::Invalid,
            Self::TooLarge
            | Self::NotAnObject { .. }
            | Self::RepeatedMember { .. }
            | Self::MissingMember { .. }
            | Self::WrongType { .. }
            | Self::InvalidTokenEndpoint { .. } => ErrorKind::AuthorizationServerMisbehaved,
        }
    }
}

fn aside(text: Option<&str>) -> String {
    text.map(|text| format!("; there is: {text}"))
        .unwrap_or_default()
}

/// Something unusual about metadata that is used nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataWarning {
    /// `grant_types_supported` is there without `client_credentials`, which some servers omit
    /// though they offer the grant.
    #[error("metadata does not list the client credentials grant")]
    GrantNotListed,
    /// The token endpoint is of another origin than the issuer, which some providers want.
    #[error("token endpoint is of another origin than the issuer: `{origin}`")]
    OtherOrigin {
        /// The origin, shortened.
        origin: Box<str>,
    },
    /// Values of a list are no text, malformed or too many, and are left out.
    #[error("`{member}` of the metadata has values that are left out")]
    PartialList {
        /// The list.
        member: &'static str,
    },
    /// A member of the wrong type, or an endpoint that can not be used, is left out.
    #[error("`{member}` of the metadata can not be used and is left out")]
    UnusableMember {
        /// Its name.
        member: &'static str,
    },
}

impl MetadataWarning {
    /// Stable, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::GrantNotListed => "grant_not_listed",
            Self::OtherOrigin { .. } => "other_origin",
            Self::PartialList { .. } => "partial_list",
            Self::UnusableMember { .. } => "unusable_member",
        }
    }
}
