//! A keyring in a file whose keys the transit engine of a vault encrypts.
//!
//! The vault is needed at the start alone. Invariant: no key is written in clear text.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantd_engine::{InstallationError, KeyringPlace};
use grantd_model::{Secret, Timestamp};
use grantd_secrets::{Freshness, OwnSecret, SourceError, Vault};
use grantd_store::{KeyMaterial, Keyring};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Means, Patience};
use crate::config::TransitConfig;
use crate::failure::Failure;
use crate::{environment, files, output};

/// How long it is waited after the first failure; twice as long after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest that is waited.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long a command waits.
const COMMAND_WAITS: Duration = Duration::from_mins(1);

/// The keys as they are kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    /// The key of the transit engine.
    transit: String,
    /// The keys, the one that seals first.
    keys: Vec<WrappedKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrappedKey {
    id: String,
    created_at: Timestamp,
    /// What the transit engine made of it, such as `vault:v1:…`.
    wrapped: String,
}

/// A file, and the vault that opens it.
pub(super) struct Transit {
    path: PathBuf,
    key: String,
    address: String,
    vault: Vault,
    patience: Patience,
}

/// What grantd signs in with, read anew at each try.
enum SignIn {
    File(PathBuf),
    Variable(Secret<String>),
}

#[async_trait]
impl OwnSecret for SignIn {
    async fn secret(&self, _: Freshness) -> Result<Secret<String>, SourceError> {
        match self {
            Self::Variable(text) => Ok(text.clone()),
            Self::File(path) => {
                let read = files::read_secret(path).map(|(text, _)| text);
                read.map_err(|error| SourceError::LoginRefused {
                    detail: format!("{}: {error}", path.display()),
                })
            }
        }
    }
}

impl Transit {
    /// A keyring as it is declared.
    ///
    /// # Errors
    /// When what a vault is signed in to with, or its CA bundle, can not be read.
    pub(super) fn new(config: &TransitConfig, means: &Means<'_>) -> Result<Self, Failure> {
        let bundle = config.ca_bundle.as_deref().map(|path| {
            files::read_text(path).map_err(|error| {
                Failure::usage(format!("keyring.ca_bundle: {}: {error}", path.display()))
            })
        });
        let settings = config
            .settings(bundle.transpose()?)
            .map_err(|detail| Failure::usage(format!("keyring.{detail}")))?;
        if let Some(path) = &config.secret_file
            && matches!(files::read_secret(path), Ok((_, mode)) if mode & 0o027 != 0)
        {
            tracing::warn!(
                path = %path.display(),
                "keyring.secret_file: others may read or change it, expected is 0600, 0400 or 0440"
            );
        }
        let sign_in = match (&config.secret_file, &config.secret_variable) {
            (Some(path), _) => SignIn::File(path.clone()),
            (None, Some(name)) => match environment::secret(name) {
                Some(text) => SignIn::Variable(text),
                None => {
                    return Err(Failure::usage(format!(
                        "keyring.secret_variable: {name} is not set"
                    )));
                }
            },
            (None, None) => return Err(Failure::usage("keyring: a secret is expected")),
        };
        let path = config.path.clone();
        Ok(Self {
            path: path.unwrap_or_else(|| means.paths.folder().join("keyring.transit.json")),
            key: config.key.clone(),
            address: config.address.clone(),
            vault: Vault::new(
                settings,
                Arc::new(sign_in),
                Arc::clone(&means.outbound),
                Arc::clone(&means.clock),
            ),
            patience: means.patience,
        })
    }

    fn refused(&self, detail: &dyn std::fmt::Display) -> InstallationError {
        InstallationError::Place {
            place: self.told(),
            detail: detail.to_string(),
        }
    }

    /// The keys as they are kept; none before the first start.
    fn document(&self) -> Result<Option<Document>, InstallationError> {
        let text = match read(&self.path) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(None),
            Err(detail) => return Err(self.refused(&detail)),
        };
        let document: Document = serde_json::from_str(&text).map_err(|error| {
            self.refused(&format!(
                "it is no keyring document, line {} column {}",
                error.line(),
                error.column()
            ))
        })?;
        if document.format != 1 {
            return Err(self.refused(&format!("format 1 is expected, it is {}", document.format)));
        }
        Ok(Some(document))
    }

    fn text(&self, keys: Vec<WrappedKey>) -> Result<String, InstallationError> {
        let document = Document {
            format: 1,
            transit: self.key.clone(),
            keys,
        };
        let text = serde_json::to_string_pretty(&document).map_err(|error| self.refused(&error))?;
        Ok(format!("{text}\n"))
    }

    /// Does something at the vault; waits while it can not be asked, and says so.
    async fn patiently<T, F: Future<Output = Result<T, SourceError>>>(
        &self,
        work: impl Fn() -> F,
    ) -> Result<T, InstallationError> {
        let begun = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let error = match work().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let left = match self.patience {
                Patience::Endless => LONGEST_WAIT,
                Patience::Minute => COMMAND_WAITS.saturating_sub(begun.elapsed()),
            };
            if !may_pass(&error) || left.is_zero() {
                return Err(self.refused(&format!("{error}. {}", error.remedy())));
            }
            self.tell_of_waiting(&error, wait.min(left));
            tokio::time::sleep(wait.min(left)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    fn tell_of_waiting(&self, error: &SourceError, wait: Duration) {
        match self.patience {
            Patience::Endless => tracing::warn!(
                address = %self.address, %error, again_in_s = wait.as_secs(),
                "the start waits for the vault that opens the keyring"
            ),
            Patience::Minute => output::note(&format!(
                "waiting for the vault {} that opens the keyring, {} s at most: {error}",
                self.address,
                COMMAND_WAITS.as_secs()
            )),
        }
    }
}

/// Whether the vault may answer when it is asked again.
fn may_pass(error: &SourceError) -> bool {
    matches!(
        error,
        SourceError::Unavailable { .. }
            | SourceError::Unreachable {
                class: "unreachable" | "no_answer",
                ..
            }
            | SourceError::Sealed { .. }
            | SourceError::Busy { .. }
    )
}

#[async_trait]
impl KeyringPlace for Transit {
    fn told(&self) -> String {
        format!(
            "{}, encrypted by the transit key `{}` of {}",
            self.path.display(),
            self.key,
            self.address
        )
    }

    async fn load(&self) -> Result<Option<Keyring>, InstallationError> {
        let Some(document) = self.document()? else {
            return Ok(None);
        };
        if document.transit != self.key {
            return Err(self.refused(&format!(
                "the keys in the file are encrypted by the transit key `{}`; to move them, give the new keyring \
                 another path, and name this one in `[keyring.from]`",
                document.transit
            )));
        }
        let mut keys = Vec::with_capacity(document.keys.len());
        for key in document.keys {
            let opened = self
                .patiently(|| self.vault.decrypt(&self.key, &key.wrapped))
                .await?;
            keys.push(KeyMaterial {
                id: key.id,
                created_at: key.created_at,
                key: opened,
            });
        }
        let keyring = Keyring::of(keys).map_err(|fault| self.refused(&fault.detail))?;
        Ok(Some(keyring))
    }

    async fn create(&self, keyring: &Keyring) -> Result<(), InstallationError> {
        let mut keys = Vec::new();
        for key in keyring.material() {
            let wrapped = self
                .patiently(|| self.vault.encrypt(&self.key, &key.key))
                .await?;
            keys.push(wrapped_key(key, wrapped));
        }
        let text = self.text(keys)?;
        files::create_private(&self.path, &text).map_err(|error| self.refused(&error))
    }

    async fn replace(&self, keyring: &Keyring) -> Result<(), InstallationError> {
        // what is encrypted already stays as it is: the vault is asked for what is new alone
        let mut before = self.document()?.map_or_else(Vec::new, |it| it.keys);
        let mut keys = Vec::new();
        for key in keyring.material() {
            if let Some(at) = before.iter().position(|known| known.id == key.id) {
                keys.push(before.swap_remove(at));
                continue;
            }
            let wrapped = self.vault.encrypt(&self.key, &key.key).await;
            let wrapped =
                wrapped.map_err(|error| self.refused(&format!("{error}. {}", error.remedy())))?;
            keys.push(wrapped_key(key, wrapped));
        }
        let text = self.text(keys)?;
        files::write_private(&self.path, &text).map_err(|error| self.refused(&error))
    }
}

fn wrapped_key(key: KeyMaterial, wrapped: String) -> WrappedKey {
    WrappedKey {
        id: key.id,
        created_at: key.created_at,
        wrapped,
    }
}

fn read(path: &Path) -> Result<Option<String>, String> {
    match files::standing(path) {
        Ok(None) => Ok(None),
        Ok(Some(_)) => files::read_text(path)
            .map(Some)
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use grantd_net::{EgressPolicy, Net, NetConfig};

    use super::*;
    use crate::environment::Environment;
    use crate::state_folder::StatePaths;
    use crate::system::SystemClock;

    #[tokio::test(start_paused = true)]
    async fn a_command_waits_a_minute_for_a_vault_that_is_down_and_a_start_goes_on_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("token");
        files::create_private(&secret, "hvs.token").unwrap();
        // nobody listens there
        let config = format!(
            "address = \"http://127.0.0.1:9\"\nkey = \"grantd\"\nsecret_file = {:?}",
            secret.display().to_string()
        );
        let config: TransitConfig = toml::from_str(&config).unwrap();
        let egress = EgressPolicy::new(vec!["127.0.0.1/32".parse().unwrap()]);
        let paths = StatePaths::find(Some(folder.path()), &Environment::default()).unwrap();
        let transit = |patience| {
            let means = Means {
                paths: &paths,
                outbound: Arc::new(Net::new(NetConfig::new(egress.clone())).unwrap()),
                clock: Arc::new(SystemClock),
                patience,
            };
            Transit::new(&config, &means).unwrap()
        };
        let keyring =
            Keyring::generate(Timestamp::from_micros(0), &crate::system::SystemRandomness);
        let begun = Instant::now();
        let refused = transit(Patience::Minute)
            .create(&keyring)
            .await
            .unwrap_err();
        let waited = begun.elapsed().as_secs();
        assert!((60..90).contains(&waited), "{waited} s: {refused}");
        assert!(refused.to_string().contains("127.0.0.1:9"), "{refused}");
        let endless = transit(Patience::Endless);
        let hour = tokio::time::timeout(Duration::from_hours(1), endless.create(&keyring));
        assert!(hour.await.is_err());
    }
}
