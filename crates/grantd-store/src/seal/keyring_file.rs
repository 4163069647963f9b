//! The keyring as a file: JSON, mode 0600, written whole or not at all.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where the keyring file is read"
)]

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use grantd_model::{Secret, Timestamp};
use serde::Deserialize;
use zeroize::Zeroize;

use crate::whole_file;

use super::keyring::{KeyEncryptionKey, Keyring, check_id};

/// Far more than any keyring needs, in bytes.
const MOST_BYTES: u64 = 256 * 1024;

/// Why the keyring file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KeyringFileError {
    /// There is no such file.
    #[error(
        "the keyring {path} is missing, and the database holds values sealed with it; put back the \
         keyring of this database, a new one can not open them"
    )]
    Missing {
        /// Where it is expected.
        path: PathBuf,
    },
    /// Others than the owner may read or write it.
    #[error("the keyring {path} has mode {mode:04o}, expected is 0600; others may have read it")]
    Exposed {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is no keyring.
    #[error("the keyring {path} can not be read: {detail}")]
    Malformed {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The system refused.
    #[error("the keyring {path}: {source}")]
    Io {
        /// Where it is.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    primary: String,
    keys: Vec<KeyDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyDocument {
    id: String,
    created_at: Timestamp,
    key: Secret<String>,
}

/// Reads the keyring.
///
/// # Errors
/// When it is missing, others may read it, or it is no keyring.
pub fn load_keyring_file(path: &Path) -> Result<Keyring, KeyringFileError> {
    let io = |source| io_fault(path, source);
    // a pipe would hold the start up for ever: it is told apart before it is opened
    if std::fs::metadata(path).is_ok_and(|standing| !standing.is_file()) {
        let detail = "it is no plain file".to_owned();
        return Err(KeyringFileError::Malformed {
            path: path.to_owned(),
            detail,
        });
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(KeyringFileError::Missing {
                path: path.to_owned(),
            });
        }
        Err(error) => return Err(io(error)),
    };
    let mode = file.metadata().map_err(io)?.mode() & 0o7777;
    if mode & 0o177 != 0 {
        return Err(KeyringFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut bytes = Vec::new();
    let read = file.take(MOST_BYTES).read_to_end(&mut bytes);
    let bytes = Secret::new(bytes);
    read.map_err(io)?;
    std::str::from_utf8(bytes.expose())
        .map_err(|_| "it is no text in UTF-8".to_owned())
        .and_then(parse)
        .map_err(|detail| KeyringFileError::Malformed {
            path: path.to_owned(),
            detail,
        })
}

/// Writes a new keyring where none is, so that it is whole after any crash.
///
/// # Errors
/// When the system refuses, or a file stands there already.
pub fn create_keyring_file(path: &Path, keyring: &Keyring) -> Result<(), KeyringFileError> {
    let written = whole_file::write_new(path, render(keyring).expose().as_bytes());
    written.map_err(|source| io_fault(path, source))
}

/// Writes a keyring in the place of the one that stands there: after any crash it is the one or the other.
///
/// # Errors
/// When the system refuses.
pub fn replace_keyring_file(path: &Path, keyring: &Keyring) -> Result<(), KeyringFileError> {
    let written = whole_file::write_over(path, render(keyring).expose().as_bytes());
    written.map_err(|source| io_fault(path, source))
}

fn io_fault(path: &Path, source: std::io::Error) -> KeyringFileError {
    KeyringFileError::Io {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn parse(text: &str) -> Result<Keyring, String> {
    // serde's message may quote a value: only the place is repeated
    let document: Document = serde_json::from_str(text).map_err(|fault| {
        format!(
            "no keyring document, line {} column {}",
            fault.line(),
            fault.column()
        )
    })?;
    if document.format != 1 {
        return Err(format!("format 1 is expected, it is {}", document.format));
    }
    let mut keys = document
        .keys
        .into_iter()
        .map(decode)
        .collect::<Result<Vec<_>, _>>()?;
    let twice = keys.iter().enumerate().find(|(position, key)| {
        let mut before = keys.iter().take(*position);
        before.any(|other| other.id == key.id)
    });
    if let Some((_, key)) = twice {
        return Err(format!("the key `{}` stands there twice", key.id));
    }
    let primary = keys
        .iter()
        .position(|key| key.id == document.primary)
        .ok_or_else(|| {
            format!(
                "the primary key `{}` is not among the keys",
                document.primary
            )
        })?;
    let primary = keys.remove(primary);
    Ok(Keyring::from_keys(primary, keys))
}

fn decode(document: KeyDocument) -> Result<KeyEncryptionKey, String> {
    check_id(&document.id).map_err(|fault| fault.detail)?;
    let wrong = || format!("the key `{}` is not 32 bytes in base64", document.id);
    let mut bytes = BASE64
        .decode(document.key.expose().as_bytes())
        .map_err(|_| wrong())?;
    let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| wrong());
    bytes.zeroize();
    Ok(KeyEncryptionKey {
        key: Secret::new(key?),
        id: document.id,
        created_at: document.created_at,
    })
}

pub(super) fn render(keyring: &Keyring) -> Secret<String> {
    let keys: Vec<String> = keyring
        .own()
        .map(|key| {
            format!(
                "    {{\"id\": \"{}\", \"created_at\": \"{}\", \"key\": \"{}\"}}",
                key.id,
                key.created_at,
                BASE64.encode(key.key.expose())
            )
        })
        .collect();
    Secret::new(format!(
        "{{\n  \"format\": 1,\n  \"primary\": \"{}\",\n  \"keys\": [\n{}\n  ]\n}}\n",
        keyring.primary().id,
        keys.join(",\n")
    ))
}
