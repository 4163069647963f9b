//! `grantd audit`.

mod checkpoint;
mod export;
mod list;
mod verify;

use clap::{Args, Subcommand};

use super::Context;
use crate::failure::Failure;

/// Show who did what, newest first; check and export the log
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: list::List,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Verify(verify::Verify),
    Checkpoint(checkpoint::Checkpoint),
    Export(export::Export),
}

impl Audit {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            Some(Command::List(list)) => list.run(context),
            Some(Command::Verify(verify)) => verify.run(context),
            Some(Command::Checkpoint(_)) => checkpoint::Checkpoint::run(context),
            Some(Command::Export(export)) => export.run(context),
            None => self.list.run(context),
        }
    }
}
