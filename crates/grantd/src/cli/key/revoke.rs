//! `grantd key revoke`.

use clap::Args;
use http::Method;

use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Revoke an API key; its holder is refused from then on
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Id of the API key, such as key_…
    #[arg(value_name = "KEY_ID")]
    id: String,
}

impl Revoke {
    /// Revokes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.call(Call::new(Method::DELETE, &["keys", &self.id]))?;
        output::note(&format!("API key {} was revoked", self.id));
        Ok(())
    }
}
