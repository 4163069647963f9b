//! `grantd credential drop-tokens`.

use clap::Args;
use http::Method;

use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{self, OutputFormat};

/// Throw away the tokens at hand, so that the next caller gets a new one
///
/// At the services they stay valid until they end.
#[derive(Debug, Args)]
pub(crate) struct DropTokens {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
}

impl DropTokens {
    /// Drops them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["credentials", &self.credential, "token"];
        let answer = context.call(Call::new(Method::DELETE, &path))?;
        if context.output == OutputFormat::Json {
            return output::print_json(&answer.document);
        }
        output::note(&match answer.document["dropped"].as_u64() {
            Some(0) | None => "there was no token to drop".to_owned(),
            Some(1) => "1 token was dropped".to_owned(),
            Some(count) => format!("{count} tokens were dropped"),
        });
        Ok(())
    }
}
