//! `grantd source check`.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{outcome, report};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Try whether a secret can be read, to be sent to a token endpoint
///
/// It is read from the source as it is now; its value is never shown.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Name of the source
    #[arg(value_name = "NAME", value_parser = named::source)]
    name: String,
    /// Path of the secret
    #[arg(value_name = "PATH")]
    path: String,
    /// JSON pointer into what is there, such as `/client_secret`
    #[arg(long, value_name = "POINTER")]
    key: Option<String>,
    /// Which version [default: the newest]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Token endpoint of the credential
    #[arg(long, value_name = "URL")]
    token_endpoint: String,
}

impl Check {
    /// Tries it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let form = json!({
            "source": self.name, "path": self.path, "key": self.key, "version": self.version,
            "token_endpoint": self.token_endpoint,
        });
        let call = Call::new(Method::POST, &["reference_tests"]).json(form);
        let answer = context.call(call)?;
        context.print(&answer.document, report)?;
        outcome(&answer.document)
    }
}
