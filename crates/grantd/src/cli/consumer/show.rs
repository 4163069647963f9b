//! `grantd consumer show`.

use clap::Args;
use http::Method;

use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Show an HTTP consumer
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Slug or id of the consumer
    #[arg(value_name = "CONSUMER", value_parser = named::consumer)]
    consumer: String,
}

impl Show {
    /// Shows one.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["consumers", &self.consumer]))?;
        context.print(&answer.document, shown)
    }
}
