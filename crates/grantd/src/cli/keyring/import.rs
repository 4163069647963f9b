//! `grantd keyring import`.

use std::path::PathBuf;

use clap::Args;
use grantd_store::seal::import_keyring;

use super::passphrase::Passphrase;
use crate::cli::Context;
use crate::cli::offline::Offline;
use crate::failure::Failure;
use crate::{files, output};

/// Put an exported keyring where the configuration says that the keyring is
///
/// Nothing may be there. With a backup that was restored, grantd then opens what it holds.
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
            places.current.create(&keyring).await.map_err(refused)
        })?;
        output::note(&format!(
            "the keyring with the keys {} is now {place}",
            keyring.ids().join(", ")
        ));
        Ok(())
    }
}
