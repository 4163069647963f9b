//! `grantd keyring import`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use grantd_engine::open_existing;
use grantd_store::seal::import_keyring;
use grantd_store::{Keyring, SqliteStore, Store};

use super::passphrase::Passphrase;
use crate::cli::Context;
use crate::cli::offline::Offline;
use crate::failure::Failure;
use crate::keyring::Places;
use crate::state_folder::StatePaths;
use crate::system::SystemRandomness;
use crate::{files, output};

/// Put an exported keyring where the configuration says that the keyring is
///
/// Nothing may be there. With a backup that was restored, grantd then opens what it holds; a keyring that does not
/// open the database of the state folder is refused.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// File that `grantd keyring export` wrote
    #[arg(value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    offline: Offline,
    #[command(flatten)]
    passphrase: Passphrase,
}

impl Import {
    /// Puts it there.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let state = Offline::state(context, "keyring import")?;
        let places = self.offline.places(context, &state)?;
        let shown = self.from.display();
        let text = files::read_text(&self.from)
            .map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
        let passphrase = self.passphrase.read(false)?;
        let keyring = import_keyring(&text, &passphrase)
            .map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
        let folder = state.folder();
        files::make_private_folder(folder)
            .map_err(|error| Failure::refused(format!("{}: {error}", folder.display())))?;
        let place = places.current.told();
        crate::lifecycle::run_briefly(async {
            let refused =
                |error: grantd_engine::InstallationError| Failure::refused(error.to_string());
            if places.current.load().await.map_err(refused)?.is_some() {
                return Err(
                    Failure::refused(format!("there is a keyring {place} already"))
                        .with_remedy("Move it away if it is not the one that is wanted."),
                );
            }
            check_fits(&state, &places, keyring.clone(), &shown.to_string()).await?;
            places.current.create(&keyring).await.map_err(refused)
        })?;
        output::note(&format!(
            "the keyring with the keys {} is now {place}",
            keyring.ids().join(", ")
        ));
        Ok(())
    }
}

/// Refuses a keyring that does not open the database, if there is one.
async fn check_fits(
    state: &StatePaths,
    places: &Places,
    keyring: Keyring,
    shown: &str,
) -> Result<(), Failure> {
    let path = state.database();
    let refused = |error: &dyn std::fmt::Display| Failure::refused(error.to_string());
    let standing = files::standing(&path)
        .map_err(|error| Failure::refused(format!("{}: {error}", path.display())))?;
    if standing.is_none_or(|standing| standing.is_empty) {
        return Ok(());
    }
    let keyring = match &places.earlier {
        Some(earlier) => match earlier.load().await.map_err(|error| refused(&error))? {
            Some(earlier) => keyring.with_earlier(earlier),
            None => keyring,
        },
        None => keyring,
    };
    let store = SqliteStore::open_to_look(&path)
        .await
        .map_err(|error| refused(&error))?;
    let fits = async {
        let schema = store.schema().await.map_err(|error| refused(&error))?;
        if schema.found != schema.known {
            // the start brings it up to date and looks then
            return Ok(());
        }
        let mut unit = store.read().await.map_err(|error| refused(&error))?;
        let random = Arc::new(SystemRandomness);
        let opened = open_existing(unit.as_mut(), shown, keyring, random).await;
        opened.map(drop).map_err(|error| refused(&error))
    };
    let fits = fits.await;
    store.close().await;
    fits
}
