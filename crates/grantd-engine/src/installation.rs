//! Opens the installation: database and keyring belong together, or the start ends here.

use std::path::Path;
use std::sync::Arc;

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
    /// When that key was made.
    pub key_created_at: Timestamp,
    /// How many keys the keyring holds.
    pub keys: usize,
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
        let (key_id, key_created_at, keys) = self.parts().sealer.keys();
        Ok(InstallationFacts {
            created_at: installation.map_or(key_created_at, |it| it.created_at),
            key_id: key_id.to_owned(),
            key_created_at,
            keys,
        })
    }
}

/// Opens the installation in this store, or makes it on the first start. A database that knows its
/// installation never gets a new keyring.
///
/// # Errors
/// When the keyring is missing, exposed, unreadable or another one's.
pub async fn open_installation(
    store: &dyn Store,
    keyring_path: &Path,
    clock: &dyn Clock,
    random: Arc<dyn Randomness>,
) -> Result<Sealer, InstallationError> {
    let existing = store.read().await?.installation().get().await?;
    if let Some(installation) = existing {
        let sealer = Sealer::new(
            load_keyring_file(keyring_path)?,
            installation.id.clone(),
            random,
        );
        return match sealer.open(&check_place(&installation.id), &installation.keyring_check) {
            Ok(_) => Ok(sealer),
            Err(source) => Err(InstallationError::WrongKeyring {
                path: keyring_path.display().to_string(),
                source,
            }),
        };
    }
    if !is_empty(store).await? {
        return Err(InstallationError::NotWhole);
    }
    // a keyring without an installation is left from a first start that was cut off
    let keyring = match load_keyring_file(keyring_path) {
        Ok(keyring) => keyring,
        Err(KeyringFileError::Missing { .. }) => {
            let keyring = Keyring::generate(clock.now(), random.as_ref());
            create_keyring_file(keyring_path, &keyring)?;
            keyring
        }
        Err(error) => return Err(error.into()),
    };
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
