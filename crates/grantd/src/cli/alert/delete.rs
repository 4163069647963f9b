//! `grantd alert delete`.

use clap::Args;
use http::Method;

use super::etag;
use crate::cli::{Context, named, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Delete an alert channel, with all that waits for it
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Name of the channel
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
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
            let path = ["alert_channels", self.name.as_str()];
            let before = client.send(Call::new(Method::GET, &path)).await?;
            let etag = etag(before, self.revision)?;
            if !self.yes && !confirmed(&self.name)? {
                output::note("nothing was deleted");
                return Ok(());
            }
            let call = Call::new(Method::DELETE, &path).if_match(etag);
            client.send(call).await?;
            output::note(&format!("alert channel `{}` was deleted", self.name));
            Ok(())
        })
    }
}

fn confirmed(name: &str) -> Result<bool, Failure> {
    if !terminal::somebody_is_there() {
        return Err(
            Failure::usage("deleting asks first, and there is no terminal to ask at")
                .with_remedy("Give --yes to delete without being asked."),
        );
    }
    terminal::ask_yes(&format!("Delete the alert channel `{name}`?"))
}
