//! `grantd backup create`.

use std::path::PathBuf;

use clap::Args;
use http::Method;

use crate::cli::Context;
use crate::client::Call;
use crate::download_file::DownloadFile;
use crate::failure::Failure;
use crate::lifecycle::{run_briefly, unless_ended};
use crate::{files, output};

/// Copy everything that a running grantd keeps, as it is now, into one file
///
/// The keyring is not in it: without it the backup opens nothing. Keep both, apart from each other; see
/// `grantd keyring export`.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// File that is made for its owner alone, or `-` for standard output
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

impl Create {
    /// Makes it.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let call = Call::new(Method::POST, &["backups"]);
        if files::is_standard(&self.to) {
            return run_briefly(client.download(call, output::print_whole));
        }
        let mut file = DownloadFile::create(&self.to)?;
        let mut bytes = 0;
        let download = client.download(call, |piece| {
            bytes += piece.len();
            file.write(piece)
        });
        run_briefly(unless_ended(download))?;
        file.keep()?;
        output::note(&format!(
            "{bytes} bytes were written to {}; check it with `grantd backup verify`",
            self.to.display()
        ));
        Ok(())
    }
}
