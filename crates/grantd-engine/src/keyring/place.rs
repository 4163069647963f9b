//! The places that a keyring is kept at.

use std::path::PathBuf;

use async_trait::async_trait;
use grantd_store::Keyring;
use grantd_store::seal::{
    KeyringFileError, create_keyring_file, load_keyring_file, replace_keyring_file,
};

use crate::InstallationError;

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

    /// Keeps another keyring in the place of the one that is there: the one or the other is there after any
    /// crash.
    ///
    /// # Errors
    /// When it can not be kept there.
    async fn replace(&self, keyring: &Keyring) -> Result<(), InstallationError>;
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

    async fn replace(&self, keyring: &Keyring) -> Result<(), InstallationError> {
        Ok(replace_keyring_file(&self.0, keyring)?)
    }
}
