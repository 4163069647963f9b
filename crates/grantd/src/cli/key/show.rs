//! `grantd key show`.

use clap::Args;
use http::Method;

use super::{ORDER, for_people};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::record;

/// Show an API key, never its secret
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id of the API key, such as key_…
    #[arg(value_name = "KEY_ID", value_parser = named::key)]
    id: String,
}

impl Show {
    /// Shows it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["keys", &self.id]))?;
        context.print(&answer.document, |document| {
            record(&for_people(document), &ORDER)
        })
    }
}
