//! `grantd token`.

use clap::Args;

use super::Context;
use super::access_token::{self, TokenFlags};
use crate::failure::Failure;
use crate::output::{self, OutputFormat};

/// Get an access token of a credential
///
/// It is printed alone on its line. With --output json, the whole answer is printed: token, type, lifetime and scope.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = super::named::credential)]
    credential: String,
    #[command(flatten)]
    wanted: TokenFlags,
}

impl Token {
    /// Gets and prints it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let token = access_token::fetch(context, &self.credential, &self.wanted)?;
        if context.output == OutputFormat::Json {
            return output::print_json(&token.document);
        }
        output::print(&format!("{}\n", token.value.expose()))?;
        token.tell_warnings();
        Ok(())
    }
}
