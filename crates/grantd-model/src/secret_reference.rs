//! Where a credential's secret is: sealed in the store, or in a secret source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{check_line, text};
use crate::{Change, Invalid, Timestamp};

/// A sealed value: ciphertext with the id of the key that opens it, in the format of the store's
/// sealing. It can be shown and copied; without the keyring it says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes sealed bytes in.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The sealed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

text!(
    /// The name of a secret source, as the configuration declares it: 1 to 63 of `a-z 0-9 -`.
    SourceName,
    check_source
);

impl FromStr for SourceName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text)
    }
}

fn check_source(text: &str) -> Result<(), Invalid> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.starts_with(plain) && text.len() <= 63 && text.chars().all(|c| plain(c) || c == '-') {
        return Ok(());
    }
    Err(Invalid::new(
        "invalid_source_name",
        "the name of a secret source is expected: 1 to 63 of a-z, 0-9 and `-`",
    ))
}

/// Points at a secret in a secret source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReference {
    /// Which source.
    pub source: SourceName,
    /// Where in it: a file below its folder, the name of an environment variable, a vault path.
    pub path: String,
    /// JSON pointer (RFC 6901) into a value that is a JSON document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Which version, where the source keeps several; the newest if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl SecretReference {
    /// Checks the form of path, key and version.
    ///
    /// # Errors
    /// Names the member as a JSON pointer below the reference, and what is expected.
    pub fn check(&self) -> Result<(), (&'static str, Invalid)> {
        check_line(&self.path, 1024).map_err(|fault| ("/path", fault))?;
        if let Some(key) = &self.key {
            check_line(key, 1024).map_err(|fault| ("/key", fault))?;
            if !key.starts_with('/') {
                let fault = "a JSON pointer (RFC 6901) is expected, such as `/client_secret`";
                return Err(("/key", Invalid::new("invalid_pointer", fault)));
            }
        }
        if let Some(version) = &self.version {
            check_line(version, 128).map_err(|fault| ("/version", fault))?;
        }
        Ok(())
    }
}

/// Where one secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretValue {
    /// Sealed in the store (Secret Source: Internal).
    Internal(Sealed),
    /// Read from a source at each need (Secret Source: External).
    External(SecretReference),
}

/// One secret of a credential with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretEntry {
    /// From the credential's counter of secret values; never used twice.
    pub version: u32,
    /// Where it is.
    pub value: SecretValue,
    /// When and by whom it was set.
    pub set: Change,
    /// When the authorization server last accepted it.
    pub last_used_at: Option<Timestamp>,
}

/// The secrets of a credential in the order in which they are tried: the current one, then the
/// next one while a rotation is under way. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretList {
    /// The one in use.
    pub current: SecretEntry,
    /// Those that are tried when the current one is refused, in order.
    pub next: Vec<SecretEntry>,
}

impl SecretList {
    /// A list of one.
    #[must_use]
    pub const fn of(current: SecretEntry) -> Self {
        Self {
            current,
            next: Vec::new(),
        }
    }

    /// All, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &SecretEntry> {
        std::iter::once(&self.current).chain(&self.next)
    }
}
