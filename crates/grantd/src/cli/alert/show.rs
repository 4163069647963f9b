//! `grantd alert show`.

use clap::Args;
use http::Method;

use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Show an alert channel, and how it fares
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name of the channel
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
}

impl Show {
    /// Shows it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["alert_channels", self.name.as_str()];
        let answer = context.call(Call::new(Method::GET, &path))?;
        context.print(&answer.document, shown)
    }
}
