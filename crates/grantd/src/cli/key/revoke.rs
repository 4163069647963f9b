//! `grantd key revoke`.

use clap::Args;
use grantd_model::KeyId;
use http::Method;

use crate::cli::{Context, named, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Revoke an API key; its holder is refused from then on
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Id of the API key, such as key_…
    #[arg(value_name = "KEY_ID", value_parser = named::key)]
    id: String,
    /// Revoke it even if it is the key that this command itself shows
    #[arg(long)]
    yes: bool,
}

impl Revoke {
    /// Revokes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let is_own = self
            .id
            .parse::<KeyId>()
            .is_ok_and(|id| client.key_id() == Some(id));
        if is_own && !self.yes && !confirmed(&self.id)? {
            output::note("nothing was revoked");
            return Ok(());
        }
        let call = Call::new(Method::DELETE, &["keys", &self.id]);
        crate::lifecycle::run_briefly(client.send(call))?;
        output::note(&format!("API key {} was revoked", self.id));
        Ok(())
    }
}

fn confirmed(id: &str) -> Result<bool, Failure> {
    let explanation = format!(
        "{id} is the key that this command itself shows; once it is revoked, commands with it are \
         refused"
    );
    if !terminal::somebody_is_there() {
        return Err(Failure::usage(explanation).with_remedy(
            "Use another key with --api-key-file, or give --yes. The admin.key of a state folder \
             is made anew when the file is deleted and grantd is started again.",
        ));
    }
    output::note(&explanation);
    terminal::ask_yes("Revoke it?")
}
