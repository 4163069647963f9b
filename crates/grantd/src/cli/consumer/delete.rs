//! `grantd consumer delete`.

use clap::Args;
use http::Method;

use super::etag;
use crate::cli::{Context, named, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Delete an HTTP consumer with its secrets
///
/// Requests to it are refused from then on.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Slug or id of the consumer
    #[arg(value_name = "CONSUMER", value_parser = named::consumer)]
    consumer: String,
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
            let etag = etag(&client, &self.consumer, self.revision).await?;
            if !self.yes && !confirmed(&self.consumer)? {
                output::note("nothing was deleted");
                return Ok(());
            }
            let call = Call::new(Method::DELETE, &["consumers", &self.consumer]).if_match(etag);
            client.send(call).await?;
            output::note(&format!("HTTP consumer `{}` was deleted", self.consumer));
            Ok(())
        })
    }
}

fn confirmed(consumer: &str) -> Result<bool, Failure> {
    if !terminal::somebody_is_there() {
        return Err(
            Failure::usage("deleting asks first, and there is no terminal to ask at")
                .with_remedy("Give --yes to delete without being asked."),
        );
    }
    terminal::ask_yes(&format!(
        "Delete the HTTP consumer `{consumer}` with its secrets?"
    ))
}
