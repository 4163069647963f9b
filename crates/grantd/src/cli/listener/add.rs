//! `grantd listener add`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::settings::{Settings, in_words_of_the_command};
use super::shown;
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Add an email listener; it begins at once
///
/// `grantd listener test` tries the same settings before.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Short name for commands and addresses [default: made of the name]
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
    /// Let it wait for `grantd listener resume`
    #[arg(long)]
    paused: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Add {
    /// Adds it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut members = self.settings.members()?;
        if let Some(slug) = self.slug {
            members.insert("slug".to_owned(), Value::String(slug));
        }
        if self.paused {
            members.insert("paused".to_owned(), Value::Bool(true));
        }
        let call = Call::new(Method::POST, &["listeners"]).json(Value::Object(members));
        let answer = context.call(call).map_err(in_words_of_the_command)?;
        context.print(&answer.document, shown)
    }
}
