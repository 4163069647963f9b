//! What a configuration finds on this machine.

use grantd_model::Clock;
use grantd_store::Keyring;

use crate::config::{Config, KeyringConfig};
use crate::system::SystemClock;
use crate::tls_files::Dates;
use crate::{environment, files};

/// What keeps a server from starting.
pub(super) fn faults(config: &Config) -> Vec<String> {
    let current = Some(("keyring", &config.keyring.current));
    let from = config.keyring.from.as_ref();
    let keyrings = current
        .into_iter()
        .chain(from.map(|from| ("keyring.from", from)));
    keyrings
        .filter_map(|(section, keyring)| Some(format!("{section}.{}", keyring_fault(keyring)?)))
        .collect()
}

fn keyring_fault(keyring: &KeyringConfig) -> Option<String> {
    match keyring {
        KeyringConfig::File { path } => {
            let path = path.as_ref()?;
            // a file that can not be seen from here may be grantd's own
            let is_folder = matches!(files::standing(path), Ok(Some(found)) if found.is_folder);
            is_folder.then(|| format!("path: {} is a folder, a file is expected", path.display()))
        }
        KeyringConfig::Environment { variable } => match environment::secret(variable) {
            None => Some(format!("variable: {variable} is not set")),
            Some(text) => {
                let fault = Keyring::of_text(&text).err()?;
                Some(format!("variable: {variable}: {}", fault.detail))
            }
        },
        KeyringConfig::Transit(_) => None,
    }
}

/// What a server starts with, and fails with later.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    // what can not be read is a fault already
    let read = config
        .server
        .tls_files()
        .and_then(|files| files.read().ok());
    let dates = read.and_then(|read| Dates::of(&read.identity, SystemClock.now()).fault());
    let dates = dates.map(|fault| format!("server.tls_certificate: {fault}"));
    let spools = config.spools.iter().filter_map(|(name, spool)| {
        let found = files::standing(&spool.folder);
        let detail = match found {
            Ok(Some(found)) if found.is_folder => return None,
            Ok(Some(_)) => "it is no folder".to_owned(),
            Ok(None) => "it does not exist".to_owned(),
            Err(error) => error.to_string(),
        };
        let folder = spool.folder.display();
        Some(format!("spools.{name}.folder: {folder}: {detail}"))
    });
    dates.into_iter().chain(spools).collect()
}
