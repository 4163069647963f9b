//! `grantd user delete`.

use clap::Args;
use http::Method;

use crate::cli::{Context, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Delete a user; all sessions end
///
/// What the user did stays in the audit log.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Name or id of the user
    #[arg(value_name = "USER")]
    user: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Delete {
    /// Deletes one.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        if !self.yes {
            if !terminal::somebody_is_there() {
                return Err(Failure::usage(
                    "deleting asks first, and there is no terminal to ask at",
                )
                .with_remedy("Give --yes to delete without being asked."));
            }
            if !terminal::ask_yes(&format!("Delete the user `{}`?", self.user))? {
                output::note("nothing was deleted");
                return Ok(());
            }
        }
        context.call(Call::new(Method::DELETE, &["users", &self.user]))?;
        output::note(&format!("user `{}` was deleted", self.user));
        Ok(())
    }
}
