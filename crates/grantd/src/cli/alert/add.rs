//! `grantd alert add`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::settings::{Settings, in_words_of_the_command};
use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Add an alert channel: a signed webhook, a mail or a chat
///
/// For a webhook grantd makes a signing secret, which is shown once. `grantd alert test` tries the channel.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What it is called, for ever
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
    #[command(flatten)]
    settings: Settings,
}

impl Add {
    /// Adds it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut members = self.settings.members()?;
        members.insert("name".to_owned(), Value::String(self.name));
        let call = Call::new(Method::POST, &["alert_channels"]).json(Value::Object(members));
        let answer = context.call(call).map_err(in_words_of_the_command)?;
        context.print(&answer.document, shown)
    }
}
