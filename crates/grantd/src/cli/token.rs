//! `grantd token`.

use clap::Args;
use http::Method;

use super::Context;
use crate::client::Call;
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
}

impl Token {
    /// Gets and prints it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["credentials", &self.credential, "token"];
        let answer = context.call(Call::new(Method::POST, &path).patient())?;
        if context.output == OutputFormat::Json {
            return output::print_json(&answer.document);
        }
        let Some(token) = answer.document["access_token"].as_str() else {
            return Err(Failure::refused(
                "the answer of grantd holds no access token",
            ));
        };
        output::print(&format!("{token}\n"))?;
        for warning in answer.document["warnings"].as_array().into_iter().flatten() {
            let text = match warning["detail"].as_str().or(warning.as_str()) {
                Some(text) => text.to_owned(),
                None => warning.to_string(),
            };
            output::note(&text);
        }
        Ok(())
    }
}
