//! What a source is: a place that secrets are read from.

use async_trait::async_trait;
use grantd_model::{Secret, SecretReference, Timestamp};

use crate::{Freshness, SourceError, pointer};

/// A secret as it was read.
#[derive(Debug)]
pub struct SecretRead {
    /// The value, as it is.
    pub value: Secret<String>,
    /// What the source calls this version of it.
    pub version: Option<String>,
    /// When this version was made, where the source tells.
    pub changed_at: Option<Timestamp>,
}

impl SecretRead {
    /// The text that a reference points at in it.
    ///
    /// # Errors
    /// When there is none, or it is empty.
    pub fn part(&self, reference: &SecretReference) -> Result<Self, SourceError> {
        let value = match &reference.key {
            Some(key) => pointer::text_at(&self.value, &reference.path, key)?,
            None => self.value.clone(),
        };
        if value.expose().is_empty() {
            return Err(SourceError::Empty {
                path: reference.path.clone(),
            });
        }
        if value.expose().contains('\0') {
            return Err(SourceError::NotText {
                path: reference.path.clone(),
            });
        }
        Ok(Self {
            value,
            version: self.version.clone(),
            changed_at: self.changed_at,
        })
    }

    /// Editors and `echo` end the last line of a file, and no one means that by the secret.
    pub(crate) fn without_line_end(mut self) -> Self {
        let text = self.value.expose();
        if let Some(line) = text.strip_suffix('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            self.value = Secret::new(line.to_owned());
        }
        self
    }
}

/// Something that is listed in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browsed {
    /// Its name, the last part of a path.
    pub name: String,
    /// Whether there is more below.
    pub is_folder: bool,
}

/// A place that secrets are read from. Reading is bounded in time and size.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Checks what can be checked without reading: the form of the path.
    ///
    /// # Errors
    /// When the path is outside of the source, or a version is asked for that it does not keep.
    fn check(&self, reference: &SecretReference) -> Result<(), SourceError>;

    /// Reads the value at the reference's path and version; its key is applied by the caller.
    ///
    /// # Errors
    /// When there is nothing, it may not be read, or the source can not be asked.
    async fn read(&self, reference: &SecretReference) -> Result<SecretRead, SourceError>;

    /// Sees whether the source lets grantd in, as far as that goes without reading a secret.
    ///
    /// # Errors
    /// When it does not, or can not be asked.
    async fn probe(&self) -> Result<(), SourceError> {
        Ok(())
    }

    /// Keeps alive what grantd is let in by, where that ends when nobody uses it.
    async fn keep_alive(&self) {}

    /// Whether it can tell what it holds.
    fn lists(&self) -> bool {
        true
    }

    /// Lists what is right below a path; the empty one is the top.
    ///
    /// # Errors
    /// When the source does not list, or can not be asked.
    async fn browse(&self, below: &str) -> Result<Vec<Browsed>, SourceError>;
}

/// What a source signs in with itself.
#[async_trait]
pub trait OwnSecret: Send + Sync {
    /// The secret as it is now.
    ///
    /// # Errors
    /// When it can not be had.
    async fn secret(&self, freshness: Freshness) -> Result<Secret<String>, SourceError>;
}
