//! `grantd backup restore`.

use std::path::PathBuf;

use clap::Args;
use grantd_store::whole_file;

use super::{check_audit, document, shown};
use crate::backup_file::{look_into, unpack_to};
use crate::cli::Context;
use crate::cli::offline::Offline;
use crate::failure::Failure;
use crate::state_folder::{StateFolder, StatePaths};
use crate::{files, output};

/// Restore a backup into an empty state folder, which no grantd may be running in
///
/// The keyring may be there already, or is put there afterwards. What was revoked after the backup was made is
/// valid again: look through keys, users and sessions.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// File, or `-` for standard input
    #[arg(value_name = "FILE")]
    backup: PathBuf,
    #[command(flatten)]
    offline: Offline,
}

impl Restore {
    /// Restores it: all of it, or nothing.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let paths = Offline::state(context, "backup restore")?;
        refuse_what_is_there(&paths)?;
        let places = self.offline.places(context, &paths)?;
        let state = StateFolder::hold(paths)?;
        let paths = state.paths();
        // looked at again: it is held only now
        refuse_what_is_there(paths)?;
        let half = paths.restoring();
        let refused =
            |error: std::io::Error| Failure::refused(format!("{}: {error}", half.display()));
        files::remove_if_present(&half).map_err(refused)?;
        let restored = self.unpack(&half, &places);
        let found = match restored {
            Ok(found) => found,
            Err(failure) => {
                files::remove_if_present(&half).map_err(refused)?;
                return Err(failure);
            }
        };
        whole_file::put_new(&half, &paths.database()).map_err(refused)?;
        context.print(&document(&found), shown)?;
        // it is what was there: that it is not intact is told, and no reason to have nothing
        if let Err(failure) = check_audit(&found) {
            output::complain(&failure.to_string());
        }
        if !found.is_opened {
            let keys = found.manifest.keys.iter().map(|key| key.id.as_str());
            output::note(&format!(
                "the keyring is still to be put in place; it must hold the keys {}",
                keys.collect::<Vec<_>>().join(", ")
            ));
        }
        Ok(())
    }

    fn unpack(
        &self,
        half: &std::path::Path,
        places: &crate::keyring::Places,
    ) -> Result<crate::backup_file::Found, Failure> {
        let manifest = unpack_to(&self.backup, half)?;
        let found = crate::lifecycle::run_briefly(async {
            let keyring = places.load().await?;
            let keyring = keyring.map(|keyring| (places.current.told(), keyring));
            look_into(manifest, half, keyring).await
        })?;
        Ok(found)
    }
}

fn refuse_what_is_there(paths: &StatePaths) -> Result<(), Failure> {
    let names = paths.in_the_way()?;
    match names.first() {
        None => Ok(()),
        Some(_) => Err(Failure::refused(format!(
            "the state folder {} is not empty, it holds {}",
            paths.folder().display(),
            names.join(", ")
        ))
        .with_remedy("Name an empty folder with --state-dir, or move what is in this one away.")),
    }
}
