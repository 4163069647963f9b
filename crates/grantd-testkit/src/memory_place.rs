//! A place for a keyring that is gone with the test.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use grantd_engine::{InstallationError, KeyringPlace};
use grantd_store::Keyring;

/// Keeps a keyring in memory.
#[derive(Debug, Default)]
pub struct MemoryPlace {
    kept: Mutex<Option<Keyring>>,
    refuses: bool,
}

impl MemoryPlace {
    /// One with this keyring in it.
    #[must_use]
    pub fn holding(keyring: &Keyring) -> Self {
        Self {
            kept: Mutex::new(Some(keyring.clone())),
            refuses: false,
        }
    }

    /// One that nothing can be kept in.
    #[must_use]
    pub const fn refusing() -> Self {
        Self {
            kept: Mutex::new(None),
            refuses: true,
        }
    }

    /// The ids of the keys that are kept, that of the one that seals first.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let ids = kept.as_ref().map(Keyring::ids).unwrap_or_default();
        ids.into_iter().map(str::to_owned).collect()
    }

    /// Keeps it.
    pub(crate) fn put(&self, keyring: &Keyring) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(keyring.clone());
    }

    fn try_to_put(&self, keyring: &Keyring) -> Result<(), InstallationError> {
        if self.refuses {
            return Err(InstallationError::Fixed {
                place: self.told(),
                remedy: "set another one",
            });
        }
        self.put(keyring);
        Ok(())
    }
}

#[async_trait]
impl KeyringPlace for MemoryPlace {
    fn told(&self) -> String {
        "in memory".to_owned()
    }

    async fn load(&self) -> Result<Option<Keyring>, InstallationError> {
        Ok(self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn create(&self, keyring: &Keyring) -> Result<(), InstallationError> {
        self.try_to_put(keyring)
    }

    async fn replace(&self, keyring: &Keyring) -> Result<(), InstallationError> {
        self.try_to_put(keyring)
    }
}
