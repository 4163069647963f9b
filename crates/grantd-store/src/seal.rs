//! Encryption at rest: every secret has a data key of its own, wrapped by a key of the keyring.
//!
//! Format 1: `1`, algorithm (`1` = AES-256-GCM-SIV), length of the key id, key id, nonce (12 bytes),
//! wrapped data key (32 + 16), nonce (12), ciphertext + tag (16). The associated data of the
//! ciphertext is the [`Place`], so a value that is moved to another place is refused. Rotating the
//! keyring wraps data keys anew and leaves ciphertexts alone.

mod chain;
mod envelope;
mod keyring;
mod keyring_file;
mod passphrase;
mod place;

use std::sync::{Arc, PoisonError, RwLock};

use grantd_model::{ErrorKind, Randomness, Sealed, Secret, Timestamp};

pub use chain::{AuditChain, AuditFields, AuditLink, ChainEnd, Mac};
pub use keyring::{KeyMaterial, Keyring};
pub use keyring_file::{
    KeyringFileError, create_keyring_file, load_keyring_file, replace_keyring_file,
};
pub use passphrase::{PassphraseError, export_keyring, import_keyring};
pub use place::Place;

/// Why a sealed value was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The keyring lacks the key.
    #[error("the keyring does not hold the key `{id}` that the value is sealed with")]
    KeyMissing {
        /// Which key.
        id: String,
    },
    /// Altered, moved to another place, or sealed by a key of the same id that is another one.
    #[error("the sealed value does not belong to this place, or was altered")]
    Refused,
    /// Not a sealed value of a known format.
    #[error("the sealed value has an unknown format")]
    Malformed,
    /// The library refused to seal.
    #[error("the value could not be sealed")]
    NotSealed,
}

impl SealError {
    /// What callers act on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::SealBroken
    }
}

/// The id of the key that a value is under; none if it is no sealed value.
#[must_use]
pub fn key_id(sealed: &Sealed) -> Option<&str> {
    envelope::key_id(sealed.as_bytes())
}

/// What is known of the key that seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its id.
    pub id: String,
    /// When it was made; 1970 where that is not known.
    pub created_at: Timestamp,
    /// How many keys the keyring holds.
    pub number: usize,
}

/// Seals and opens values of one installation.
pub struct Sealer {
    /// Another one takes its place when keys are rotated; whoever seals goes on with the one it began with.
    keyring: RwLock<Arc<Keyring>>,
    installation: String,
    random: Arc<dyn Randomness>,
}

impl Sealer {
    /// A sealer for the installation with this id.
    #[must_use]
    pub fn new(keyring: Keyring, installation: String, random: Arc<dyn Randomness>) -> Self {
        Self {
            keyring: RwLock::new(Arc::new(keyring)),
            installation,
            random,
        }
    }

    /// The id of the installation.
    #[must_use]
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// The key that seals.
    #[must_use]
    pub fn keys(&self) -> KeyFacts {
        let keyring = self.keyring();
        let primary = keyring.primary();
        KeyFacts {
            id: primary.id.clone(),
            created_at: primary.created_at,
            number: keyring.keys().count(),
        }
    }

    /// The ids of all keys, that of the one that seals first.
    #[must_use]
    pub fn key_ids(&self) -> Vec<String> {
        self.keyring()
            .ids()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The keyring as it is now.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seals with another keyring from now on; it is kept where it belongs already.
    pub fn replace_keyring(&self, keyring: Keyring) {
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
    }

    /// The same value under the key that seals now; none where it is already. The ciphertext stays as it is.
    ///
    /// # Errors
    /// When the key that it is under is missing, or the value was altered.
    pub fn rewrap(&self, sealed: &Sealed) -> Result<Option<Sealed>, SealError> {
        envelope::rewrap(&self.keyring(), sealed, self.random.as_ref())
    }

    /// A new key for the chain of the audit log.
    #[must_use]
    pub fn audit_key(&self) -> Secret<String> {
        AuditChain::new_key(self.random.as_ref())
    }

    /// Seals a value for one place.
    ///
    /// # Errors
    /// When the cryptographic library refuses.
    pub fn seal(&self, place: &Place, value: &Secret<String>) -> Result<Sealed, SealError> {
        envelope::seal(
            self.keyring().primary(),
            &place.associated_data(&self.installation),
            value.expose().as_bytes(),
            self.random.as_ref(),
        )
    }

    /// Opens a value that was sealed for this very place.
    ///
    /// # Errors
    /// When it was sealed for another place, altered, or the key is missing.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Secret<String>, SealError> {
        let bytes = envelope::open(
            &self.keyring(),
            &place.associated_data(&self.installation),
            sealed,
        )?;
        match std::str::from_utf8(bytes.expose()) {
            Ok(text) => Ok(Secret::new(text.to_owned())),
            Err(_) => Err(SealError::Malformed),
        }
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({})", self.keys().id)
    }
}

#[cfg(test)]
mod tests;
