//! `grantd consumer enable` and `disable`.

use clap::Args;
use http::Method;

use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Which consumer is enabled or disabled.
#[derive(Debug, Args)]
pub(crate) struct Enable {
    /// Slug or id of the consumer
    #[arg(value_name = "CONSUMER", value_parser = named::consumer)]
    consumer: String,
}

impl Enable {
    /// Enables or disables it, by the last segment of the path.
    pub(super) fn run(self, context: &Context, verb: &str) -> Result<(), Failure> {
        let path = ["consumers", &self.consumer, verb];
        let answer = context.call(Call::new(Method::POST, &path))?;
        context.print(&answer.document, shown)
    }
}
