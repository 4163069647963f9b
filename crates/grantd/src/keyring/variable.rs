//! A keyring in a variable of the environment.

use async_trait::async_trait;
use grantd_engine::{InstallationError, KeyringPlace};
use grantd_model::Secret;
use grantd_store::Keyring;

/// A variable.
pub(super) struct Variable {
    name: String,
    text: Option<Secret<String>>,
}

impl Variable {
    /// A variable and what it holds.
    pub(super) const fn new(name: String, text: Option<Secret<String>>) -> Self {
        Self { name, text }
    }

    fn refused(&self, detail: String) -> InstallationError {
        InstallationError::Place {
            place: self.told(),
            detail,
        }
    }
}

#[async_trait]
impl KeyringPlace for Variable {
    fn told(&self) -> String {
        format!("in the variable {}", self.name)
    }

    async fn load(&self) -> Result<Option<Keyring>, InstallationError> {
        let text = self.text.as_ref().ok_or_else(|| {
            self.refused(
                "it is not set; 32 random bytes in base64 are expected, such as `openssl rand -base64 32` \
                 prints"
                    .to_owned(),
            )
        })?;
        let keyring = Keyring::of_text(text);
        keyring.map(Some).map_err(|fault| {
            self.refused(format!(
                "{}; `openssl rand -base64 32` prints one",
                fault.detail
            ))
        })
    }

    async fn create(&self, _: &Keyring) -> Result<(), InstallationError> {
        Err(self.refused("it can not be written".to_owned()))
    }

    async fn replace(&self, _: &Keyring) -> Result<(), InstallationError> {
        Err(InstallationError::Fixed {
            place: self.told(),
            remedy: "put a new key before the present one in it, divided by a comma, and start grantd again; \
                     take the old one out when no value is left under it",
        })
    }
}
