//! `grantd backup verify`.

use std::path::PathBuf;

use clap::Args;
use tokio::task::spawn_blocking;

use super::{check_audit, document, shown};
use crate::backup_file::{look_into, unpack_to};
use crate::cli::Context;
use crate::cli::offline::Offline;
use crate::failure::Failure;
use crate::lifecycle::{run_briefly, unless_ended};
use crate::temporary::temporary_folder;

/// Check that a backup is whole and its database sound, and which keys it needs
///
/// It is unpacked into a temporary folder for that, and nothing else is touched.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// File, or `-` for standard input
    #[arg(value_name = "FILE")]
    backup: PathBuf,
    /// Check as well that the keyring of this machine opens it, and the audit log in it
    #[arg(long)]
    with_keyring: bool,
    #[command(flatten)]
    offline: Offline,
}

impl Verify {
    /// Checks it.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let state = Offline::state(context, "backup verify")?;
        let places = if self.with_keyring {
            Some(self.offline.places(context, &state)?)
        } else {
            None
        };
        let folder = temporary_folder("grantd-backup")?;
        let database = folder.path().join("grantd.db");
        let backup = self.backup.clone();
        let found = run_briefly(unless_ended(async {
            let target = database.clone();
            let unpacked = spawn_blocking(move || unpack_to(&backup, &target)).await;
            let manifest = unpacked.map_err(|error| Failure::refused(error.to_string()))??;
            let keyring = match &places {
                None => None,
                Some(places) => {
                    let told = places.current.told();
                    let keyring = places
                        .load()
                        .await?
                        .ok_or_else(|| Failure::refused(format!("there is no keyring {told}")))?;
                    Some((told, keyring))
                }
            };
            look_into(manifest, &database, keyring).await
        }))?;
        context.print(&document(&found), shown)?;
        check_audit(&found)
    }
}
