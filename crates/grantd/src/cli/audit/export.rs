//! `grantd audit export`.

use std::path::PathBuf;

use clap::Args;
use http::Method;

use crate::cli::Context;
use crate::client::Call;
use crate::download_file::DownloadFile;
use crate::failure::Failure;
use crate::lifecycle::{run_briefly, unless_ended};
use crate::{files, output};

/// Write the log as JSON Lines, the oldest entry first
///
/// Each line has the number of the entry and its MAC.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// File that is made for its owner alone, or `-` for standard output [default: -]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Only from this time on, such as 2027-01-31T09:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Export {
    /// Writes it.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let call = Call::new(Method::GET, &["audit", "export"])
            .query("from", self.from.as_ref())
            .query("until", self.until.as_ref());
        let Some(to) = self.to.as_deref().filter(|to| !files::is_standard(to)) else {
            return run_briefly(client.download(call, output::print_whole));
        };
        let mut file = DownloadFile::create(to)?;
        run_briefly(unless_ended(
            client.download(call, |piece| file.write(piece)),
        ))?;
        file.keep()
    }
}
