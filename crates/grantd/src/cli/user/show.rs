//! `grantd user show`.

use clap::Args;
use http::Method;

use super::shown;
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Show a user
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name or id of the user
    #[arg(value_name = "USER")]
    user: String,
}

impl Show {
    /// Shows one.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["users", &self.user]))?;
        context.print(&answer.document, shown)
    }
}
