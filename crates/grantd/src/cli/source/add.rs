//! `grantd source add`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::settings::{Settings, in_words_of_the_command};
use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Add a secret source: a vault, or a service that gives a secret by one GET
///
/// Sources that read this machine (files, variables, programs) are declared in the configuration. `grantd
/// source test` tries the same settings before.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What references call it, for ever
    #[arg(value_name = "NAME", value_parser = named::source)]
    name: String,
    #[command(flatten)]
    settings: Settings,
}

impl Add {
    /// Adds it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut members = self.settings.members()?;
        members.insert("name".to_owned(), Value::String(self.name));
        let call = Call::new(Method::POST, &["sources"]).json(Value::Object(members));
        let answer = context.call(call).map_err(in_words_of_the_command)?;
        context.print(&answer.document, shown)
    }
}
