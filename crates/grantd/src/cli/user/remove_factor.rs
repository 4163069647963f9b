//! `grantd user remove-factor`.

use clap::Args;
use http::Method;

use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Remove the second factor of a user who has lost it
#[derive(Debug, Args)]
pub(crate) struct RemoveFactor {
    /// Name or id of the user
    #[arg(value_name = "USER")]
    user: String,
}

impl RemoveFactor {
    /// Removes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.call(Call::new(
            Method::DELETE,
            &["users", &self.user, "second_factor"],
        ))?;
        output::note(&format!("user `{}` has no second factor", self.user));
        Ok(())
    }
}
