//! Opens the installation: database and keyring belong together, or the start ends here.

use std::sync::Arc;

use grantd_model::{Clock, Randomness, Secret, Timestamp, Visibility};
use grantd_store::seal::KeyringFileError;
use grantd_store::{
    AuditChain, CredentialQuery, CredentialSort, Installation, Keyring, PageRequest, Place,
    ReadUnit, SealError, SealedAt, Sealer, Store, StoreError, WriteUnit,
};

use crate::KeyringPlace;

/// What is sealed to tell whether the keyring fits, and that the audit log was given a chain: who has no
/// keyring can not make it look as if there never was one. Before, it was another text.
const CHAINED: &str = "grantd keyring check, the audit log is chained";

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
    /// The keyring is set from outside.
    #[error("the keyring {place} can not be changed from here: {remedy}")]
    Fixed {
        /// Where it is.
        place: String,
        /// What is to be done in place of it.
        remedy: &'static str,
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

/// Where the keyring is, and where it was before, as long as values are under its keys.
pub struct KeyringPlaces<'a> {
    /// The one that seals.
    pub current: &'a dyn KeyringPlace,
    /// The one that values are brought from.
    pub earlier: Option<&'a dyn KeyringPlace>,
}

/// What opens what is kept.
#[derive(Debug)]
pub struct Opened {
    /// Seals and opens secrets.
    pub sealer: Sealer,
    /// Chains the audit log.
    pub audit: AuditChain,
}

/// What opens what an installation keeps, and nothing was changed for it.
#[derive(Debug)]
pub struct Existing {
    /// Opens secrets.
    pub sealer: Sealer,
    /// Checks the audit log; none where its key is not there.
    pub audit: Option<AuditChain>,
    /// Whether the log was given a chain: its key is then there, or somebody took it away.
    pub is_chained: bool,
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
) -> Result<Opened, InstallationError> {
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
        Some(earlier) => current.with_borrowed(earlier),
        None => current,
    };
    if existing.is_none() {
        return begin_installation(store, keyring, clock, random).await;
    }
    let told = places.current.told();
    let mut unit = store.read().await?;
    let existing = open_existing(unit.as_mut(), &told, keyring, random).await?;
    drop(unit);
    open_audit(store, existing, clock).await
}

/// Whether the keyring opens the installation in this store; nothing is made or changed.
///
/// # Errors
/// When there is no installation, or the keyring is missing, exposed, unreadable or another one's.
pub async fn check_installation(
    store: &dyn Store,
    places: KeyringPlaces<'_>,
    random: Arc<dyn Randomness>,
) -> Result<(), InstallationError> {
    let missing = |place: &dyn KeyringPlace| InstallationError::Missing {
        place: place.told(),
    };
    let current = places.current.load().await?;
    let mut keyring = current.ok_or_else(|| missing(places.current))?;
    if let Some(place) = places.earlier {
        match place.load().await? {
            Some(earlier) => keyring = keyring.with_borrowed(earlier),
            None if is_moved(store, Some(&keyring)).await? => {}
            None => return Err(missing(place)),
        }
    }
    let mut unit = store.read().await?;
    let told = places.current.told();
    let opened = open_existing(unit.as_mut(), &told, keyring, random).await;
    opened.map(drop)
}

/// Opens the installation that is in a database with a keyring, and changes nothing.
///
/// # Errors
/// When the keyring is not the one of the database, or a key that values are under is not in it.
pub async fn open_existing(
    unit: &mut dyn ReadUnit,
    place: &str,
    keyring: Keyring,
    random: Arc<dyn Randomness>,
) -> Result<Existing, InstallationError> {
    let installation = unit.installation().get().await?;
    let installation = installation.ok_or(InstallationError::NotWhole)?;
    let sealer = Sealer::new(keyring, installation.id.clone(), random);
    let check = sealer.open(&check_place(&installation.id), &installation.keyring_check);
    let check = check.map_err(|source| InstallationError::WrongKeyring {
        path: place.to_owned(),
        source,
    })?;
    let keys = unit.sealed().by_key().await?;
    let known = sealer.key_ids();
    if let Some((key, values)) = keys.into_iter().find(|(key, _)| !known.contains(key)) {
        return Err(InstallationError::KeyMissing {
            path: place.to_owned(),
            key,
            values,
        });
    }
    let audit = installation.audit_key.as_ref().map(|sealed| {
        let key = sealer.open(&audit_place(&installation.id), sealed);
        key.and_then(|key| AuditChain::under(&key))
    });
    let audit = audit.transpose().map_err(InstallationError::Seal)?;
    Ok(Existing {
        sealer,
        audit,
        is_chained: check.expose() == CHAINED,
    })
}

/// Begins the chain of a log that never had one. Where the key of one was taken away, nothing is begun: the
/// log goes on under a new key, and the check tells.
async fn open_audit(
    store: &dyn Store,
    existing: Existing,
    clock: &dyn Clock,
) -> Result<Opened, InstallationError> {
    let Existing {
        sealer,
        audit,
        is_chained,
    } = existing;
    let mut unit = store.write().await?;
    let audit = match audit {
        Some(audit) if is_chained => return Ok(Opened { sealer, audit }),
        Some(audit) => audit,
        None => {
            let key = sealer.audit_key();
            let value = sealer.seal(&audit_place(sealer.installation()), &key);
            let value = value.map_err(InstallationError::Seal)?;
            unit.installation().set_audit_key(&value).await?;
            let chain = AuditChain::under(&key).map_err(InstallationError::Seal)?;
            if is_chained {
                tracing::error!(
                    "somebody took the key of the audit log away: it is not intact, and has a new key"
                );
            } else if unit.audit().chain().await?.is_none() {
                unit.audit().begin_chain(&chain, clock.now()).await?;
                tracing::info!("the audit log is chained from here on");
            }
            chain
        }
    };
    if !is_chained {
        mark_chained(unit.as_mut(), &sealer).await?;
    }
    unit.commit().await?;
    Ok(Opened { sealer, audit })
}

/// Keeps under the keyring that the log has a chain.
async fn mark_chained(unit: &mut dyn WriteUnit, sealer: &Sealer) -> Result<(), InstallationError> {
    let row = unit.installation().get().await?;
    let row = row.ok_or(InstallationError::NotWhole)?;
    let check = sealer.seal(&check_place(&row.id), &Secret::from(CHAINED));
    let check = check.map_err(InstallationError::Seal)?;
    unit.sealed()
        .replace(&SealedAt::Installation, &row.keyring_check, &check)
        .await?;
    Ok(())
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
) -> Result<Opened, InstallationError> {
    let mut id = [0; 15];
    random.fill(&mut id);
    let id = grantd_model::base32::encode(&id);
    let sealer = Sealer::new(keyring, id.clone(), random);
    let key = sealer.audit_key();
    let audit = AuditChain::under(&key).map_err(InstallationError::Seal)?;
    let keyring_check = sealer.seal(&check_place(&id), &Secret::from(CHAINED));
    let audit_key = sealer.seal(&audit_place(&id), &key);
    let now = clock.now();
    let mut unit = store.write().await?;
    unit.installation()
        .insert(&Installation {
            id,
            created_at: now,
            keyring_check: keyring_check.map_err(InstallationError::Seal)?,
            audit_key: Some(audit_key.map_err(InstallationError::Seal)?),
        })
        .await?;
    unit.audit().begin_chain(&audit, now).await?;
    unit.commit().await?;
    Ok(Opened { sealer, audit })
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

pub(crate) fn check_place(installation: &str) -> Place {
    place(installation, "keyring_check")
}

fn audit_place(installation: &str) -> Place {
    place(installation, "audit_key")
}

fn place(installation: &str, field: &str) -> Place {
    Place {
        table: "installation",
        row: installation.to_owned(),
        field: field.to_owned(),
        version: 1,
        origin: None,
    }
}
