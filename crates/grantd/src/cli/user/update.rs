//! `grantd user update`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use http::Method;
use serde_json::json;

use super::{ROLES, shown};
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Give a user another role, from the next page on
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Name or id of the user
    #[arg(value_name = "USER")]
    user: String,
    /// What the person may do
    #[arg(long, value_parser = PossibleValuesParser::new(ROLES))]
    role: String,
}

impl Update {
    /// Gives it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let call = Call::new(Method::PATCH, &["users", &self.user])
            .merge_patch(json!({"role": self.role}));
        context.print(&context.call(call)?.document, shown)
    }
}
