//! Where the keys are that seal what is kept: a file, a variable, or a file that a vault's transit engine
//! encrypts.

mod transit;
mod variable;

use std::sync::Arc;

use grantd_engine::{InstallationError, KeyringFile, KeyringPlace};
use grantd_model::Clock;
use grantd_net::Outbound;

use crate::config::{Keyring, KeyringConfig};
use crate::environment;
use crate::failure::Failure;
use crate::state_folder::StatePaths;

use transit::Transit;
use variable::Variable;

/// The places that a configuration names.
pub(crate) struct Places {
    /// The one that seals.
    pub(crate) current: Arc<dyn KeyringPlace>,
    /// The one that values are brought from.
    pub(crate) earlier: Option<Box<dyn KeyringPlace>>,
}

impl Places {
    /// The keyring that they hold together, the one that seals first; none where there is none so far.
    ///
    /// # Errors
    /// When one can not be read.
    pub(crate) async fn load(&self) -> Result<Option<grantd_store::Keyring>, Failure> {
        let refused = |error: InstallationError| Failure::refused(error.to_string());
        let current = self.current.load().await.map_err(refused)?;
        let earlier = match &self.earlier {
            Some(earlier) => earlier.load().await.map_err(refused)?,
            None => None,
        };
        Ok(match (current, earlier) {
            (Some(current), Some(earlier)) => Some(current.with_earlier(earlier)),
            (current, earlier) => current.or(earlier),
        })
    }
}

/// What the places need to be read.
pub(crate) struct Means<'a> {
    pub(crate) paths: &'a StatePaths,
    pub(crate) outbound: Arc<dyn Outbound>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) patience: Patience,
}

/// How long a vault is waited for that can not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// A server at its start: as long as it takes, which the log tells.
    Endless,
    /// A command: a minute, which standard error tells.
    Minute,
}

/// Finds the places; nothing is read but what a vault is signed in to with.
///
/// # Errors
/// When that can not be read.
pub(crate) fn places(keyring: &Keyring, means: &Means<'_>) -> Result<Places, Failure> {
    let current = place(&keyring.current, means)?;
    let earlier = keyring.from.as_ref().map(|from| place(from, means));
    let earlier = earlier.transpose()?;
    if earlier
        .as_ref()
        .is_some_and(|it| it.told() == current.told())
    {
        return Err(Failure::usage(format!(
            "keyring.from: another keyring than the one that seals is expected, both are {}",
            current.told()
        )));
    }
    Ok(Places {
        current: Arc::from(current),
        earlier,
    })
}

fn place(config: &KeyringConfig, means: &Means<'_>) -> Result<Box<dyn KeyringPlace>, Failure> {
    Ok(match config {
        KeyringConfig::File { path } => {
            let path = path.clone().unwrap_or_else(|| means.paths.keyring());
            Box::new(KeyringFile(path))
        }
        KeyringConfig::Environment { variable } => Box::new(Variable::new(
            variable.clone(),
            environment::secret(variable),
        )),
        KeyringConfig::Transit(config) => Box::new(Transit::new(config, means)?),
    })
}
