//! `grantd config reference`.

use clap::Args;

use crate::cli::Context;
use crate::config;
use crate::failure::Failure;
use crate::output::{self, OutputFormat};

/// Print everything that can be set, as a configuration file with the defaults
#[derive(Debug, Args)]
pub(crate) struct Reference {
    /// As a page in Markdown
    #[arg(long)]
    markdown: bool,
}

impl Reference {
    /// Prints it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.connection.refuse("config reference", false)?;
        let reference = config::Reference::new();
        match (context.output, self.markdown) {
            (OutputFormat::Json, true) => Err(Failure::usage(
                "`--markdown` or `--output json` is expected, not both",
            )),
            (OutputFormat::Json, false) => output::print_json(&reference.json()),
            (OutputFormat::Table, true) => output::print(&reference.markdown()),
            (OutputFormat::Table, false) => output::print(&reference.sample()),
        }
    }
}
