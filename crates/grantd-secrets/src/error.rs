//! Why a secret was not read.

use grantd_model::{ErrorKind, Origin, secret_reference::SourceName};

use crate::Own;

/// Why a secret was not read. Messages hold names and paths, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No source of that name is declared.
    #[error("there is no secret source `{name}`; declared are: {declared}")]
    UnknownSource {
        /// The name asked for.
        name: SourceName,
        /// The names there are.
        declared: String,
    },
    /// The source may not serve secrets for this token endpoint.
    #[error("the secret source `{name}` does not serve secrets for {origin}")]
    OriginNotServed {
        /// The source.
        name: SourceName,
        /// Where the secret would be sent.
        origin: Origin,
    },
    /// The source serves no credential that says itself who passes for the origin.
    #[error(
        "the secret source `{name}` serves only credentials without CA bundle and egress proxy of \
         their own, this one has {own}"
    )]
    OwnCaOrProxy {
        /// The source.
        name: SourceName,
        /// What the credential brings itself.
        own: Own,
    },
    /// The path leaves what the source may serve.
    #[error("{path} is outside what the secret source may serve: {expected}")]
    Outside {
        /// The path asked for.
        path: String,
        /// What is expected.
        expected: String,
    },
    /// There is nothing at that path.
    #[error("the secret source holds nothing at {path}")]
    NotFound {
        /// The path asked for.
        path: String,
    },
    /// grantd may not read it.
    #[error("grantd may not read {path}")]
    Denied {
        /// The path asked for.
        path: String,
    },
    /// People who should not can read or change the file.
    #[error(
        "{path} has mode {mode:04o}: others may read or change it, expected is 0600, 0400 or 0440"
    )]
    Exposed {
        /// The path asked for.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The value is empty.
    #[error("the value at {path} is empty")]
    Empty {
        /// The path asked for.
        path: String,
    },
    /// The value is larger than any secret.
    #[error("the value at {path} is larger than {limit} bytes")]
    TooLarge {
        /// The path asked for.
        path: String,
        /// The limit.
        limit: u64,
    },
    /// The value is no text in UTF-8, or holds NUL.
    #[error("the value at {path} is not text in UTF-8")]
    NotText {
        /// The path asked for.
        path: String,
    },
    /// A key was given and the value is no JSON document.
    #[error("the value at {path} is no JSON document, and the reference asks for a key in it")]
    NotJson {
        /// The path asked for.
        path: String,
    },
    /// The JSON document has no text at that key.
    #[error("the JSON document at {path} has no text at {key}")]
    KeyMissing {
        /// The path asked for.
        path: String,
        /// The JSON pointer asked for.
        key: String,
    },
    /// The source keeps no versions.
    #[error("the secret source keeps no versions, and the reference asks for one")]
    NoVersions,
    /// The source did not answer.
    #[error("the secret source can not be read: {detail}")]
    Unavailable {
        /// Why, without the value.
        detail: String,
    },
}

impl SourceError {
    /// What callers act on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::SecretSourceFailed
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::UnknownSource { .. } => {
                "Pick a declared source, or have the operator declare it under [sources]."
            }
            Self::OriginNotServed { .. } => {
                "Have the operator add the origin to the source's `origins`."
            }
            Self::OwnCaOrProxy { .. } => {
                "Have the operator set `egress.ca_bundle` or `egress.proxy` for all, or `own_ca_and_proxy = true` on the source."
            }
            Self::Outside { .. } => "Pick a path inside what the source serves.",
            Self::NotFound { .. } => "Check the path, and that the secret has been put there.",
            Self::Denied { .. } => "Let the user that grantd runs as read it.",
            Self::Exposed { .. } => {
                "Take the rights of others away (chmod o= and g-w), or set `check_mode = false` on the source."
            }
            Self::Empty { .. } => "Put the secret there.",
            Self::TooLarge { .. } => "Check that the path is the secret's.",
            Self::NotText { .. } => "Store the secret as text.",
            Self::NotJson { .. } => "Take the key out of the reference, or store a JSON document.",
            Self::KeyMissing { .. } => "Check the JSON pointer against the document.",
            Self::NoVersions => "Take the version out of the reference.",
            Self::Unavailable { .. } => "Check the source; grantd tries again at the next need.",
        }
    }
}
