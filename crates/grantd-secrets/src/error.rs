//! Why a secret was not read.

use std::time::Duration;

use grantd_model::{ErrorKind, Origin, secret_reference::SourceName};
use grantd_net::NetError;

use crate::Own;

/// Why a secret was not read. Messages hold names and paths, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is no source of that name.
    #[error("there is no secret source `{name}`; there are: {known}")]
    UnknownSource {
        /// The name asked for.
        name: SourceName,
        /// The names there are.
        known: String,
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
    /// The source holds documents, and the reference asks for no key.
    #[error("the secret at {path} is a document, and the reference names no key in it")]
    KeyExpected {
        /// The path asked for.
        path: String,
    },
    /// The version is none that the source could have.
    #[error("`{version}` is no version of this secret source: {expected} is expected")]
    NotAVersion {
        /// The version asked for.
        version: String,
        /// What is expected.
        expected: &'static str,
    },
    /// The source can not tell what it holds.
    #[error("this secret source does not list what it holds")]
    NotListed,
    /// The source does not let grantd in.
    #[error("the secret source does not let grantd in: {detail}")]
    LoginRefused {
        /// What it said.
        detail: String,
    },
    /// The service answers this request with status 401.
    #[error("the service does not know who asks for {path}: it answers status 401")]
    Unauthenticated {
        /// The path asked for.
        path: String,
    },
    /// What grantd signs in to the source with can not be had.
    #[error("what grantd signs in to the secret source `{name}` with can not be had: {because}")]
    OwnSecret {
        /// The source.
        name: SourceName,
        /// Why.
        because: Box<SourceError>,
    },
    /// The vault is sealed.
    #[error("the secret source can not be read: {detail}")]
    Sealed {
        /// In which way.
        detail: String,
    },
    /// The source asks to wait.
    #[error("the secret source is asked too often or is busy{}", waiting(*after))]
    Busy {
        /// For how long.
        after: Option<Duration>,
    },
    /// The source answered something that is no secret.
    #[error("the secret source answered something unexpected: {detail}")]
    Strange {
        /// What.
        detail: String,
    },
    /// Different paths failed one after the other.
    #[error(
        "several paths of the secret source failed one after the other, so that it is not asked for a moment"
    )]
    Several {
        /// The class of the last fault.
        class: &'static str,
    },
    /// The source was not reached over the network.
    #[error("the secret source can not be read: {detail}")]
    Unreachable {
        /// `unreachable`; `egress_refused` where grantd itself may not connect; `no_answer` where there was a
        /// connection, and nothing whole came over it.
        class: &'static str,
        /// Why.
        detail: String,
        /// What can be done.
        remedy: String,
    },
    /// The source did not answer.
    #[error("the secret source can not be read: {detail}")]
    Unavailable {
        /// Why, without the value.
        detail: String,
    },
}

impl SourceError {
    /// What a fault of the network means.
    pub(crate) fn of_network(fault: &NetError) -> Self {
        Self::Unreachable {
            class: match fault {
                NetError::Refused(_) => "egress_refused",
                NetError::RequestTimeout { .. } | NetError::ClosedEarly { .. } => "no_answer",
                _ => "unreachable",
            },
            detail: fault.to_string(),
            remedy: fault.remedy(),
        }
    }

    /// What callers act on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::SecretSourceFailed
    }

    /// Its name in metrics and documents: stable, `snake_case`.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::UnknownSource { .. } => "unknown_source",
            Self::OriginNotServed { .. } | Self::OwnCaOrProxy { .. } => "not_served",
            Self::Outside { .. } => "outside",
            Self::NotFound { .. } => "missing",
            Self::Denied { .. } => "denied",
            Self::Exposed { .. } => "exposed",
            Self::Empty { .. } => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::NotText { .. } => "not_text",
            Self::NotJson { .. } => "not_json",
            Self::KeyMissing { .. } | Self::KeyExpected { .. } => "key_missing",
            Self::NoVersions | Self::NotAVersion { .. } => "wrong_version",
            Self::NotListed => "not_listed",
            Self::LoginRefused { .. } | Self::Unauthenticated { .. } | Self::OwnSecret { .. } => {
                "login_refused"
            }
            Self::Sealed { .. } => "sealed",
            Self::Busy { .. } => "busy",
            Self::Strange { .. } => "strange",
            Self::Several { class } | Self::Unreachable { class, .. } => class,
            Self::Unavailable { .. } => "unreachable",
        }
    }

    /// What it says about other paths of the source.
    #[must_use]
    pub fn extent(&self) -> Extent {
        match self {
            Self::LoginRefused { .. }
            | Self::OwnSecret { .. }
            | Self::Sealed { .. }
            | Self::Unavailable { .. } => Extent::Source,
            Self::Unreachable { class, .. } if *class != "no_answer" => Extent::Source,
            Self::Unreachable { .. }
            | Self::Unauthenticated { .. }
            | Self::Busy { .. }
            | Self::Several { .. }
            | Self::Strange { .. } => Extent::Unknown,
            _ => Extent::Path,
        }
    }

    /// The same for whoever asks for another path.
    pub(crate) fn for_others(&self) -> Self {
        match self {
            Self::Strange { .. } | Self::Unauthenticated { .. } => Self::Several {
                class: self.class(),
            },
            other => other.clone(),
        }
    }

    /// How long the source asks to wait.
    pub(crate) const fn asks_to_wait(&self) -> Duration {
        match self {
            Self::Busy { after: Some(after) } => *after,
            _ => Duration::ZERO,
        }
    }

    /// Whether it says nothing about the secret, so that what was read before may still serve.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.extent() != Extent::Path
    }

    /// What a person can do about it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        match self {
            Self::UnknownSource { .. } => "Pick one that is there, or have an admin add it.",
            Self::OriginNotServed { .. } => {
                "Have an admin add the origin to those that the source serves."
            }
            Self::OwnCaOrProxy { .. } => {
                "Have the operator set `egress.ca_bundle` or `egress.proxy` for all, or an admin allow `own_ca_and_proxy` on the source."
            }
            Self::Outside { .. } => "Pick a path inside what the source serves.",
            Self::NotFound { .. } => "Check the path, and that the secret has been put there.",
            Self::Denied { .. } => {
                "Let grantd read it: by the rights of the file, or by its policy in the vault."
            }
            Self::Exposed { .. } => {
                "Take the rights of others away (chmod o= and g-w), or set `check_mode = false` on the source."
            }
            Self::Empty { .. } => "Put the secret there.",
            Self::TooLarge { .. } => "Check that the path is the secret's.",
            Self::NotText { .. } => "Store the secret as text.",
            Self::NotJson { .. } => "Take the key out of the reference, or store a JSON document.",
            Self::KeyMissing { .. } => "Check the JSON pointer against the document.",
            Self::NoVersions => "Take the version out of the reference.",
            Self::KeyExpected { .. } => "Add the key: a JSON pointer such as `/client_secret`.",
            Self::NotAVersion { .. } => "Give a version of the source, or none for the newest.",
            Self::NotListed => "Type the path.",
            Self::LoginRefused { .. } => {
                "Check how grantd signs in to the source, and whether that has ended or was revoked."
            }
            Self::Unauthenticated { .. } => {
                "Check the secret that grantd is known by there, and that it may read this path."
            }
            Self::OwnSecret { because, .. } => because.remedy(),
            Self::Sealed { .. } => "Have the vault unsealed; grantd goes on by itself.",
            Self::Busy { .. } => {
                "Wait; if that goes on, raise the rate limit of the source or lower the reads per second of grantd."
            }
            Self::Strange { .. } => "Check address, mount and version of the source's settings.",
            Self::Several { .. } => "Test one of them; grantd asks again by itself.",
            Self::Unreachable { remedy, .. } => remedy,
            Self::Unavailable { .. } => "Check the source; grantd tries again at the next need.",
        }
    }
}

/// What a fault at one path says about the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nothing: the source has answered.
    Path,
    /// It may be of this path alone, or of all.
    Unknown,
    /// None of them can be read.
    Source,
}

fn waiting(after: Option<Duration>) -> String {
    after.map_or_else(String::new, |after| {
        format!(" and asks to wait {} s", after.as_secs())
    })
}
