//! Variables of grantd's own environment whose names begin with a declared prefix.

use async_trait::async_trait;
use grantd_model::{Invalid, Secret, SecretReference};

use crate::{Browsed, SecretRead, SecretSource, SourceError};

/// Reads environment variables.
#[derive(Debug)]
pub struct Environment {
    prefix: String,
}

impl Environment {
    /// A source of the variables with this prefix.
    ///
    /// # Errors
    /// When the prefix is empty, no name of a variable, or grantd's own.
    pub fn new(prefix: String) -> Result<Self, Invalid> {
        if !is_name(&prefix) {
            return Err(Invalid::new(
                "invalid_prefix",
                "a prefix of letters, digits and `_` is expected, such as `APP_SECRET_`",
            ));
        }
        if prefix.starts_with("GRANTD_") || "GRANTD_".starts_with(&prefix) {
            return Err(Invalid::new(
                "invalid_prefix",
                "a prefix apart from grantd's own `GRANTD_` is expected",
            ));
        }
        Ok(Self { prefix })
    }
}

#[async_trait]
impl SecretSource for Environment {
    fn check(&self, reference: &SecretReference) -> Result<(), SourceError> {
        if reference.version.is_some() {
            return Err(SourceError::NoVersions);
        }
        if reference.path.starts_with(&self.prefix) && is_name(&reference.path) {
            return Ok(());
        }
        Err(SourceError::Outside {
            path: reference.path.clone(),
            expected: format!("the name of a variable that begins with {}", self.prefix),
        })
    }

    async fn read(&self, reference: &SecretReference) -> Result<SecretRead, SourceError> {
        #[expect(clippy::disallowed_methods, reason = "this source is the environment")]
        let value = std::env::var(&reference.path);
        match value {
            Ok(value) => Ok(SecretRead {
                value: Secret::new(value),
                version: None,
                changed_at: None,
            }),
            Err(std::env::VarError::NotPresent) => Err(SourceError::NotFound {
                path: reference.path.clone(),
            }),
            Err(std::env::VarError::NotUnicode(_)) => Err(SourceError::NotText {
                path: reference.path.clone(),
            }),
        }
    }

    async fn browse(&self, below: &str) -> Result<Vec<Browsed>, SourceError> {
        if !below.is_empty() {
            return Ok(Vec::new());
        }
        #[expect(clippy::disallowed_methods, reason = "this source is the environment")]
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut listed: Vec<Browsed> = names
            .filter(|name| name.starts_with(&self.prefix) && is_name(name))
            .map(|name| Browsed {
                name,
                is_folder: false,
            })
            .collect();
        listed.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(listed)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
