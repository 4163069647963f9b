//! The key-encryption keys of an installation.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64;
use grantd_model::{Invalid, Randomness, Secret, Timestamp};
use zeroize::Zeroize;

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
    /// Those of another keyring that values are brought from; they stay where they are kept.
    borrowed: Vec<KeyEncryptionKey>,
}

/// A key as it leaves the keyring, to be wrapped elsewhere, and comes back.
#[derive(Debug, Clone)]
pub struct KeyMaterial {
    /// Names it in every value sealed with it.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// AES-256, in base64.
    pub key: Secret<String>,
}

/// The most characters of a key's id.
const MOST_ID: usize = 16;

/// Checks the id of a key.
pub(super) fn check_id(id: &str) -> Result<(), Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric();
    if !id.is_empty() && id.len() <= MOST_ID && id.chars().all(plain) {
        return Ok(());
    }
    let detail = format!("ids of keys are 1 to {MOST_ID} letters and digits, one is not");
    Err(Invalid::new("invalid_id", detail))
}

impl KeyMaterial {
    fn read(self) -> Result<KeyEncryptionKey, Invalid> {
        check_id(&self.id)?;
        let wrong = || {
            let detail = format!("the key `{}` is not 32 bytes in base64", self.id);
            Invalid::new("invalid_key", detail)
        };
        let mut bytes = BASE64
            .decode(self.key.expose().trim().as_bytes())
            .map_err(|_| wrong())?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| wrong());
        bytes.zeroize();
        Ok(KeyEncryptionKey {
            key: Secret::new(key?),
            id: self.id.clone(),
            created_at: self.created_at,
        })
    }
}

impl Keyring {
    /// A keyring of these keys, the primary one first.
    ///
    /// # Errors
    /// When there is none, one is no key, or one stands there twice.
    pub fn of(keys: Vec<KeyMaterial>) -> Result<Self, Invalid> {
        let mut read = Vec::with_capacity(keys.len());
        for key in keys {
            let key = key.read()?;
            if read.iter().any(|it: &KeyEncryptionKey| it.id == key.id) {
                let detail = format!("the key `{}` stands there twice", key.id);
                return Err(Invalid::new("twice", detail));
            }
            read.push(key);
        }
        if read.is_empty() {
            return Err(Invalid::new("required", "at least one key is expected"));
        }
        let primary = read.remove(0);
        Ok(Self::from_keys(primary, read))
    }

    /// The keys of a text: each 32 bytes in base64, divided by commas, the primary one first. Their ids are
    /// made of themselves, by a one-way function.
    ///
    /// # Errors
    /// As [`Keyring::of`].
    pub fn of_text(text: &Secret<String>) -> Result<Self, Invalid> {
        let keys = text.expose().split(',').enumerate().map(|(at, key)| {
            let number = KeyMaterial {
                id: (at + 1).to_string(),
                created_at: Timestamp::from_micros(0),
                key: Secret::from(key.trim()),
            };
            let read = number.clone().read()?;
            let digest = digest(
                &SHA256,
                &[b"grantd key id ", &read.key.expose()[..]].concat(),
            );
            let id = digest.as_ref().get(..10).unwrap_or_default();
            Ok(KeyMaterial {
                id: grantd_model::base32::encode(id),
                ..number
            })
        });
        Self::of(keys.collect::<Result<_, Invalid>>()?)
    }

    /// Its own keys, the primary one first, to be wrapped elsewhere.
    #[must_use]
    pub fn material(&self) -> Vec<KeyMaterial> {
        let keys = self.own().map(|key| KeyMaterial {
            id: key.id.clone(),
            created_at: key.created_at,
            key: Secret::new(BASE64.encode(key.key.expose())),
        });
        keys.collect()
    }

    /// The ids of its keys, the primary one first.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        self.keys().map(|key| key.id.as_str()).collect()
    }

    /// This one, which opens what another one opens as well.
    #[must_use]
    pub fn with_earlier(mut self, other: Self) -> Self {
        for key in std::iter::once(other.primary).chain(other.earlier) {
            if self.find(&key.id).is_none() {
                self.earlier.push(key);
            }
        }
        self.borrow(other.borrowed)
    }

    /// This one, which opens what another one opens that is kept elsewhere, and stays there.
    #[must_use]
    pub fn with_borrowed(self, other: Self) -> Self {
        let keys = std::iter::once(other.primary).chain(other.earlier);
        self.borrow(keys)
    }

    fn borrow(mut self, keys: impl IntoIterator<Item = KeyEncryptionKey>) -> Self {
        for key in keys {
            if self.find(&key.id).is_none() {
                self.borrowed.push(key);
            }
        }
        self
    }

    /// Whether a key is of another keyring that values are brought from.
    #[must_use]
    pub fn is_borrowed(&self, id: &str) -> bool {
        self.borrowed.iter().any(|key| key.id == id)
    }

    /// This one without a key that only opens.
    #[must_use]
    pub fn without(mut self, id: &str) -> Self {
        self.earlier.retain(|key| key.id != id);
        self
    }

    /// A keyring with one new key.
    pub fn generate(now: Timestamp, random: &dyn Randomness) -> Self {
        Self {
            primary: KeyEncryptionKey::generate(now, random),
            earlier: Vec::new(),
            borrowed: Vec::new(),
        }
    }

    /// A keyring of these keys.
    pub(super) const fn from_keys(
        primary: KeyEncryptionKey,
        earlier: Vec<KeyEncryptionKey>,
    ) -> Self {
        Self {
            primary,
            earlier,
            borrowed: Vec::new(),
        }
    }

    /// The key that seals.
    pub(super) const fn primary(&self) -> &KeyEncryptionKey {
        &self.primary
    }

    /// All keys, the primary one first.
    pub(super) fn keys(&self) -> impl Iterator<Item = &KeyEncryptionKey> {
        self.own().chain(&self.borrowed)
    }

    /// Those that are kept where it is kept, the primary one first.
    pub(super) fn own(&self) -> impl Iterator<Item = &KeyEncryptionKey> {
        std::iter::once(&self.primary).chain(&self.earlier)
    }

    /// The key with this id.
    pub(super) fn find(&self, id: &str) -> Option<&KeyEncryptionKey> {
        self.keys().find(|key| key.id == id)
    }
}
