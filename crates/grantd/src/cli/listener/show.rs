//! `grantd listener show`.

use clap::Args;
use http::Method;

use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Show an email listener, and how it fares
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
}

impl Show {
    /// Shows one.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["listeners", &self.listener]))?;
        context.print(&answer.document, shown)
    }
}
