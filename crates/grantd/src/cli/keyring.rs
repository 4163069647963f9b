//! `grantd keyring`.

mod export;
mod forget;
mod import;
mod passphrase;
mod rotate;
mod show;

use clap::{Args, Subcommand};

use super::Context;
use crate::failure::Failure;

/// Show the keyring that seals what is kept; change its keys; keep it apart from backups
#[derive(Debug, Args)]
pub(crate) struct Keyring {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::Show),
    Rotate(rotate::Rotate),
    Forget(forget::Forget),
    Export(export::Export),
    Import(import::Import),
}

impl Keyring {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            None | Some(Command::Show(_)) => show::Show::run(context),
            Some(Command::Rotate(rotate)) => rotate.run(context),
            Some(Command::Forget(forget)) => forget.run(context),
            Some(Command::Export(export)) => export.run(context),
            Some(Command::Import(import)) => import.run(context),
        }
    }
}
