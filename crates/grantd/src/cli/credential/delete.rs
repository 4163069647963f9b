//! `grantd credential delete`.

use clap::Args;
use http::Method;

use super::etag;
use crate::cli::{Context, named, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Delete a credential with its secret
///
/// It can not be brought back. Its tokens stay valid at the services until they end.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
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
            let etag = etag(&client, &self.credential, self.revision).await?;
            if !self.yes && !confirmed(&self.credential)? {
                output::note("nothing was deleted");
                return Ok(());
            }
            let call = Call::new(Method::DELETE, &["credentials", &self.credential]).if_match(etag);
            client.send(call).await?;
            output::note(&format!("credential `{}` was deleted", self.credential));
            Ok(())
        })
    }
}

fn confirmed(credential: &str) -> Result<bool, Failure> {
    if !terminal::somebody_is_there() {
        return Err(
            Failure::usage("deleting asks first, and there is no terminal to ask at")
                .with_remedy("Give --yes to delete without being asked."),
        );
    }
    terminal::ask_yes(&format!(
        "Delete the credential `{credential}` with its secret?"
    ))
}
