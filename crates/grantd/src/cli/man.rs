//! `grantd man`.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::Cli;
use crate::failure::Failure;
use crate::files;

/// Write man pages, one for each command
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write them into; it is made if it is absent
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

impl Man {
    /// Writes them.
    pub(super) fn run(self) -> Result<(), Failure> {
        files::make_folder(&self.dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.dir))
            .map_err(|error| Failure::refused(format!("{}: {error}", self.dir.display())))
    }
}
