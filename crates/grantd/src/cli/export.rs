//! `grantd export`.

use clap::Args;
use grantd_server::document_text::to_toml;
use http::Method;

use super::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Print everything as a document that `grantd apply` takes, without secrets
///
/// It holds what the API key may read: credentials, email listeners and, for an admin, secret sources. What is
/// as it is without being said is left out. TOML, or JSON with --output json.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Put a variable in the place of each secret, for an installation elsewhere; without it, secrets are left out,
    /// and kept where the document is from
    #[arg(long)]
    with_variables: bool,
}

impl Export {
    /// Exports.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let call = Call::new(Method::GET, &["export"])
            .query("variables", self.with_variables.then_some(true));
        let answer = context.call(call.patient())?;
        context.print(&answer.document, to_toml)
    }
}
