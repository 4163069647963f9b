//! The key-encryption keys of an installation.

use grantd_model::{Randomness, Secret, Timestamp};

/// One key-encryption key.
#[derive(Debug, Clone)]
pub(super) struct KeyEncryptionKey {
    /// Names it in every value sealed with it: 16 lower-case base32hex characters.
    pub(super) id: String,
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// AES-256.
    pub(super) key: Secret<[u8; 32]>,
}

impl KeyEncryptionKey {
    fn generate(now: Timestamp, random: &dyn Randomness) -> Self {
        let mut id = [0; 10];
        random.fill(&mut id);
        let mut key = [0; 32];
        random.fill(&mut key);
        Self {
            id: grantd_model::base32::encode(&id),
            created_at: now,
            key: Secret::new(key),
        }
    }
}

/// One or more keys; the primary one seals, all of them open.
#[derive(Debug, Clone)]
pub struct Keyring {
    primary: KeyEncryptionKey,
    earlier: Vec<KeyEncryptionKey>,
}

impl Keyring {
    /// A keyring with one new key.
    pub fn generate(now: Timestamp, random: &dyn Randomness) -> Self {
        Self {
            primary: KeyEncryptionKey::generate(now, random),
            earlier: Vec::new(),
        }
    }

    /// A keyring of these keys.
    pub(super) const fn from_keys(
        primary: KeyEncryptionKey,
        earlier: Vec<KeyEncryptionKey>,
    ) -> Self {
        Self { primary, earlier }
    }

    /// The key that seals.
    pub(super) const fn primary(&self) -> &KeyEncryptionKey {
        &self.primary
    }

    /// All keys, the primary one first.
    pub(super) fn keys(&self) -> impl Iterator<Item = &KeyEncryptionKey> {
        std::iter::once(&self.primary).chain(&self.earlier)
    }

    /// The key with this id.
    pub(super) fn find(&self, id: &str) -> Option<&KeyEncryptionKey> {
        self.keys().find(|key| key.id == id)
    }
}
