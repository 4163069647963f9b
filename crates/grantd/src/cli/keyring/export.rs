//! `grantd keyring export`.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;
use grantd_model::Clock;
use grantd_store::seal::export_keyring;

use super::passphrase::Passphrase;
use crate::cli::Context;
use crate::cli::offline::Offline;
use crate::failure::Failure;
use crate::system::{SystemClock, SystemRandomness};
use crate::{files, output};

/// Write the keyring of this machine into a file, encrypted under a passphrase
///
/// Without the keyring a backup opens nothing. Keep the file apart from the backups, and the passphrase apart
/// from both. It reads the keyring where the configuration says that it is, and needs no server.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// File that is made for its owner alone, or `-` for standard output
    #[arg(value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    offline: Offline,
    #[command(flatten)]
    passphrase: Passphrase,
}

impl Export {
    /// Writes it.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let state = Offline::state(context, "keyring export")?;
        let places = self.offline.places(context, &state)?;
        let place = places.current.told();
        let loaded = crate::lifecycle::run_briefly(places.load())?;
        let keyring = loaded.ok_or_else(|| {
            Failure::refused(format!("there is no keyring {place} so far"))
                .with_remedy("The first start of `grantd serve` makes it.")
        })?;
        let passphrase = self.passphrase.read(true)?;
        let text = export_keyring(&keyring, &passphrase, SystemClock.now(), &SystemRandomness)
            .map_err(|error| Failure::usage(error.to_string()))?;
        if files::is_standard(&self.to) {
            return output::print_whole(text.as_bytes());
        }
        let shown = self.to.display();
        files::create_private(&self.to, &text).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::refused(format!("{shown} is there already"))
                .with_remedy("Name another file, or move that one away."),
            _ => Failure::refused(format!("{shown}: {error}")),
        })?;
        output::note(&format!(
            "the keyring with the keys {} was written to {shown}",
            keyring.ids().join(", ")
        ));
        Ok(())
    }
}
