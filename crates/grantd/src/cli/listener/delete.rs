//! `grantd listener delete`.

use clap::Args;
use http::Method;

use super::etag;
use crate::cli::{Context, named, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Delete an email listener with all that it remembers
///
/// What it delivered stays where it is. A new one on the same folder begins anew.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Revision that is meant [default: the current one]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u64>,
}

impl Delete {
    /// Deletes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        crate::lifecycle::run_briefly(async {
            let etag = etag(&client, &self.listener, self.revision).await?;
            if !self.yes && !confirmed(&self.listener)? {
                output::note("nothing was deleted");
                return Ok(());
            }
            let call = Call::new(Method::DELETE, &["listeners", &self.listener]).if_match(etag);
            client.send(call).await?;
            output::note(&format!("email listener `{}` was deleted", self.listener));
            Ok(())
        })
    }
}

fn confirmed(listener: &str) -> Result<bool, Failure> {
    if !terminal::somebody_is_there() {
        return Err(
            Failure::usage("deleting asks first, and there is no terminal to ask at")
                .with_remedy("Give --yes to delete without being asked."),
        );
    }
    terminal::ask_yes(&format!(
        "Delete the email listener `{listener}` with all that it remembers?"
    ))
}
