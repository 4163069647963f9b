//! Opens the installation: database and keyring belong together, or the start ends here.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use grantd_model::{Action, Actor, Clock, Randomness, Secret, Timestamp, Visibility};
use grantd_store::seal::{KeyringFileError, create_keyring_file, load_keyring_file};
use grantd_store::{
    CredentialQuery, CredentialSort, Installation, Keyring, PageRequest, Place, SealError, Sealer,
    Store, StoreError,
};

use crate::{Engine, EngineError, access};

/// What is sealed to tell whether the keyring fits.
const CHECK: &str = "grantd keyring check";

/// Why the installation was not opened.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// The keyring file is of no use.
    #[error(transparent)]
    Keyring(#[from] KeyringFileError),
    /// There is no keyring where it is expected.
    #[error(
        "the keyring {place} is missing, and the database holds values sealed with it; put back the \
         keyring of this database, a new one can not open them"
    )]
    Missing {
        /// Where it is expected.
        place: String,
    },
    /// Values are under a key that the keyring does not hold.
    #[error(
        "the keyring {path} does not hold the key `{key}`, and {values} values are sealed with it"
    )]
    KeyMissing {
        /// Where the keyring is.
        path: String,
        /// Which key.
        key: String,
        /// How many values.
        values: u64,
    },
    /// The place of the keyring is of no use.
    #[error("the keyring {place}: {detail}")]
    Place {
        /// Where it is expected.
        place: String,
        /// What is wrong.
        detail: String,
    },
    /// The keyring is not the one of this database.
    #[error("the keyring {path} is not the one of this database: {source}")]
    WrongKeyring {
        /// Where the keyring is.
        path: String,
        /// What did not open.
        source: SealError,
    },
    /// The database holds rows and does not say of which installation.
    #[error(
        "the database holds credentials or keys and no installation row: it is not whole, and no new \
         keyring is made for it"
    )]
    NotWhole,
    /// A new installation could not be sealed.
    #[error(transparent)]
    Seal(SealError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is known of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationFacts {
    /// When it was made.
    pub created_at: Timestamp,
    /// The id of the key that seals.
    pub key_id: String,
    /// When that key was made, where that is known.
    pub key_created_at: Option<Timestamp>,
    /// How many keys the keyring holds.
    pub keys: usize,
    /// How many values are sealed.
    pub values: u64,
    /// How many of them are still under another key than the one that seals, and are brought under it.
    pub values_left: u64,
}

impl Engine {
    /// What is known of the installation.
    ///
    /// # Errors
    /// Without a grant to read everything; when the store fails.
    pub async fn installation(&self, actor: &Actor) -> Result<InstallationFacts, EngineError> {
        access::everywhere(actor, Action::Read)?;
        let mut unit = self.parts().store.read().await?;
        let installation = unit.installation().get().await?;
        let by_key = unit.sealed().by_key().await?;
        let (key_id, key_created_at, keys) = self.parts().sealer.keys();
        let count = |is_meant: &dyn Fn(&str) -> bool| -> u64 {
            let meant = by_key.iter().filter(|(key, _)| is_meant(key));
            meant.map(|(_, values)| values).sum()
        };
        Ok(InstallationFacts {
            created_at: installation.map_or(key_created_at, |it| it.created_at),
            key_id: key_id.to_owned(),
            key_created_at: (key_created_at != Timestamp::from_micros(0)).then_some(key_created_at),
            keys,
            values: count(&|_| true),
            values_left: count(&|key| key != key_id),
        })
    }
}

/// A place that a keyring is kept at.
#[async_trait]
pub trait KeyringPlace: Send + Sync {
    /// What it is called, for people.
    fn told(&self) -> String;

    /// The keyring; none if there is none so far.
    ///
    /// # Errors
    /// When it can not be read, or is of no use.
    async fn load(&self) -> Result<Option<Keyring>, InstallationError>;

    /// Keeps a new keyring where none is.
    ///
    /// # Errors
    /// When there is one, or it can not be kept there.
    async fn create(&self, keyring: &Keyring) -> Result<(), InstallationError>;
}

/// A file of mode 0600.
#[derive(Debug, Clone)]
pub struct KeyringFile(pub PathBuf);

#[async_trait]
impl KeyringPlace for KeyringFile {
    fn told(&self) -> String {
        self.0.display().to_string()
    }

    async fn load(&self) -> Result<Option<Keyring>, InstallationError> {
        match load_keyring_file(&self.0) {
            Ok(keyring) => Ok(Some(keyring)),
            Err(KeyringFileError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn create(&self, keyring: &Keyring) -> Result<(), InstallationError> {
        Ok(create_keyring_file(&self.0, keyring)?)
    }
}

/// Where the keyring is, and where it was before, as long as values are under its keys.
pub struct KeyringPlaces<'a> {
    /// The one that seals.
    pub current: &'a dyn KeyringPlace,
    /// The one that values are brought from.
    pub earlier: Option<&'a dyn KeyringPlace>,
}

/// Opens the installation in this store, or makes it on the first start. A database that knows its
/// installation never gets a new keyring, unless the earlier one is there that opens what it holds.
///
/// # Errors
/// When the keyring is missing, exposed, unreadable or another one's.
pub async fn open_installation(
    store: &dyn Store,
    places: KeyringPlaces<'_>,
    clock: &dyn Clock,
    random: Arc<dyn Randomness>,
) -> Result<Sealer, InstallationError> {
    let existing = store.read().await?.installation().get().await?;
    if existing.is_none() && !is_empty(store).await? {
        return Err(InstallationError::NotWhole);
    }
    let loaded = places.current.load().await?;
    let earlier = match places.earlier {
        Some(place) => match place.load().await? {
            None if is_moved(store, loaded.as_ref()).await? => {
                tracing::warn!(
                    place = place.told(),
                    "the keyring of before is gone and not needed any more; take `[keyring.from]` out"
                );
                None
            }
            None => {
                return Err(InstallationError::Missing {
                    place: place.told(),
                });
            }
            there => there,
        },
        None => None,
    };
    let current = match loaded {
        // a keyring without an installation is left from a first start that was cut off
        Some(keyring) => keyring,
        None if existing.is_none() || earlier.is_some() => {
            if let Some(earlier) = &earlier {
                // values are under keys of the new place already: one was there, and is lost
                if !is_moved(store, Some(earlier)).await? {
                    return Err(InstallationError::Missing {
                        place: places.current.told(),
                    });
                }
            }
            let keyring = Keyring::generate(clock.now(), random.as_ref());
            places.current.create(&keyring).await?;
            keyring
        }
        None => {
            return Err(InstallationError::Missing {
                place: places.current.told(),
            });
        }
    };
    let keyring = match earlier {
        Some(earlier) => current.with_earlier(earlier),
        None => current,
    };
    let Some(installation) = existing else {
        return begin_installation(store, keyring, clock, random).await;
    };
    let sealer = Sealer::new(keyring, installation.id.clone(), random);
    let check = sealer.open(&check_place(&installation.id), &installation.keyring_check);
    check.map_err(|source| InstallationError::WrongKeyring {
        path: places.current.told(),
        source,
    })?;
    let keys = store.read().await?.sealed().by_key().await?;
    let known = sealer.key_ids();
    if let Some((key, values)) = keys
        .into_iter()
        .find(|(key, _)| !known.contains(&key.as_str()))
    {
        return Err(InstallationError::KeyMissing {
            path: places.current.told(),
            key,
            values,
        });
    }
    Ok(sealer)
}

/// Whether a keyring opens all that is sealed.
async fn is_moved(store: &dyn Store, keyring: Option<&Keyring>) -> Result<bool, StoreError> {
    let known = keyring.map(Keyring::ids).unwrap_or_default();
    let in_use = store.read().await?.sealed().by_key().await?;
    Ok(in_use.iter().all(|(key, _)| known.contains(&key.as_str())))
}

async fn begin_installation(
    store: &dyn Store,
    keyring: Keyring,
    clock: &dyn Clock,
    random: Arc<dyn Randomness>,
) -> Result<Sealer, InstallationError> {
    let mut id = [0; 15];
    random.fill(&mut id);
    let id = grantd_model::base32::encode(&id);
    let sealer = Sealer::new(keyring, id.clone(), random);
    let keyring_check = sealer
        .seal(&check_place(&id), &Secret::from(CHECK))
        .map_err(InstallationError::Seal)?;
    let mut unit = store.write().await?;
    unit.installation()
        .insert(&Installation {
            id,
            created_at: clock.now(),
            keyring_check,
        })
        .await?;
    unit.commit().await?;
    Ok(sealer)
}

/// Whether there is nothing yet that a keyring could have sealed.
async fn is_empty(store: &dyn Store) -> Result<bool, StoreError> {
    let page = PageRequest {
        limit: 1,
        after: None,
    };
    let mut unit = store.read().await?;
    let keys = unit.keys().page(&page).await?;
    let query = CredentialQuery {
        part: None,
        enabled: None,
        standing: None,
        labels: None,
        source: None,
        now: Timestamp::from_micros(0),
        visibility: Visibility::All,
        sort: CredentialSort::Created,
        descending: false,
        page,
    };
    let credentials = unit.credentials().page(&query).await?;
    let users = unit.users().page(&query.page).await?;
    Ok(keys.items.is_empty() && credentials.items.is_empty() && users.items.is_empty())
}

fn check_place(installation: &str) -> Place {
    Place {
        table: "installation",
        row: installation.to_owned(),
        field: "keyring_check".to_owned(),
        version: 1,
        origin: None,
    }
}
