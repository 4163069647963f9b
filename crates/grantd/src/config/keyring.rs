//! Section `[keyring]`: where the keys are that seal what is kept.

use std::path::PathBuf;

use grantd_model::source::{LoginDraft, SourceKind, VaultDraft, VaultSettings};
use grantd_model::{SourceDraft, documented};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

documented! {
    /// Where the keyring is. A table `[keyring.from]` of the same form says where it was before, until all that
    /// is sealed is brought from there.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
    pub(crate) enum KeyringConfig {
        /// A file of mode 0600, made at the first start.
        File {
            /// The file. Default: `keyring.json` in the state folder.
            path: Option<PathBuf>,
        },
        /// A variable of grantd's own environment: each key 32 bytes in base64, divided by commas, the one that
        /// seals first.
        Environment {
            /// Its name.
            variable: String,
        },
        /// A file whose keys are encrypted by the transit engine of a vault.
        Transit(Box<TransitConfig> => TransitConfig),
    }
}

documented! {
    /// A transit engine.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct TransitConfig {
        /// The address of the vault.
        pub(crate) address: String,
        /// The namespace that everything is in. Default: none.
        namespace: Option<String>,
        /// Where the engine is mounted. Default: `transit`.
        #[serde(default = "transit")]
        mount: String,
        /// The key that encrypts.
        pub(crate) key: String,
        /// How grantd signs in. Default: by a token.
        #[serde(default)]
        login: LoginDraft => LoginDraft,
        /// The file that holds what grantd signs in with. Default: none, then `secret_variable` is needed.
        pub(crate) secret_file: Option<PathBuf>,
        /// The variable that holds what grantd signs in with. Default: none, then `secret_file` is needed.
        pub(crate) secret_variable: Option<String>,
        /// PEM file of the only authorities trusted. Default: those of the system.
        pub(crate) ca_bundle: Option<PathBuf>,
        /// The file with the encrypted keys. Default: `keyring.transit.json` in the state folder.
        pub(crate) path: Option<PathBuf>,
    }
}

fn transit() -> String {
    "transit".to_owned()
}

impl TransitConfig {
    /// What a vault is asked with.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub(crate) fn settings(&self, ca_bundle: Option<String>) -> Result<VaultSettings, String> {
        let draft = SourceDraft {
            vault: Some(VaultDraft {
                address: self.address.clone(),
                namespace: self.namespace.clone(),
                mount: self.mount.clone(),
                login: self.login.clone(),
                ca_bundle,
                ..VaultDraft::default()
            }),
            paths: vec!["*".to_owned()],
            origins: vec!["*".to_owned()],
            ..SourceDraft::default()
        };
        let settings = draft.parse().map_err(|faults| {
            let told = faults.iter().map(|fault| {
                let place = fault
                    .pointer
                    .trim_start_matches("/vault/")
                    .replace('/', ".");
                format!("{place}: {}", fault.detail)
            });
            told.collect::<Vec<_>>().join("; ")
        })?;
        match settings.kind {
            SourceKind::Vault(vault) => Ok(vault),
            SourceKind::Https(_) => Err("a vault is expected".to_owned()),
        }
    }
}

/// Where the keyring is, and where it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyring {
    /// The one that seals.
    pub(crate) current: KeyringConfig,
    /// The one that values are brought from.
    pub(crate) from: Option<KeyringConfig>,
}

impl Keyring {
    /// Where it is, for people.
    pub(crate) fn told(&self) -> String {
        let one = |config: &KeyringConfig| match config {
            KeyringConfig::File { path: None } => "keyring.json in the state folder".to_owned(),
            KeyringConfig::File { path: Some(path) } => path.display().to_string(),
            KeyringConfig::Environment { variable } => format!("the variable {variable}"),
            KeyringConfig::Transit(transit) => {
                format!(
                    "encrypted by the transit key `{}` of {}",
                    transit.key, transit.address
                )
            }
        };
        match &self.from {
            None => one(&self.current),
            Some(from) => format!("{}, moved from {}", one(&self.current), one(from)),
        }
    }
}

impl Default for Keyring {
    fn default() -> Self {
        Self {
            current: KeyringConfig::File { path: None },
            from: None,
        }
    }
}

/// Reads the section; where it is wrong, says what and, if that is known, at which byte.
pub(super) fn read(section: Spanned<DeValue<'_>>) -> Result<Keyring, (Option<usize>, String)> {
    let span = section.span();
    let DeValue::Table(mut table) = section.into_inner() else {
        return Ok(Keyring::default());
    };
    let from = table.remove("from").map(one).transpose()?;
    let current = one(Spanned::new(span, DeValue::Table(table)))?;
    if from.as_ref() == Some(&current) {
        let detail = "from: another keyring than the one that seals is expected";
        return Err((None, detail.to_owned()));
    }
    Ok(Keyring { current, from })
}

fn one(table: Spanned<DeValue<'_>>) -> Result<KeyringConfig, (Option<usize>, String)> {
    let config = KeyringConfig::deserialize(ValueDeserializer::from(table)).map_err(|error| {
        let offset = error.span().map(|span| span.start);
        (offset, error.message().replace('\n', ", "))
    })?;
    let wrong = |detail: &str| Err((None, detail.to_owned()));
    match &config {
        KeyringConfig::File { path: Some(path) } if !path.is_absolute() => {
            wrong("path: an absolute path is expected")
        }
        KeyringConfig::Environment { variable }
            if variable.is_empty() || variable.starts_with("GRANTD_") =>
        {
            wrong("variable: the name of a variable apart from grantd's own `GRANTD_` is expected")
        }
        KeyringConfig::Transit(transit) => {
            if transit.secret_file.is_some() == transit.secret_variable.is_some() {
                return wrong(
                    "`secret_file` or `secret_variable` is expected, and one of them alone",
                );
            }
            // opened here alone to be checked
            transit.settings(None).map_err(|detail| (None, detail))?;
            Ok(config)
        }
        _ => Ok(config),
    }
}
