//! `grantd consumer add`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::settings::Settings;
use super::shown;
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Add an HTTP consumer; requests are let through at once
///
/// `grantd consumer test` sends one request with the same settings before.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Short name for commands and addresses [default: made of the name]
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
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
        let call = Call::new(Method::POST, &["consumers"]).json(Value::Object(members));
        let answer = context.call(call);
        let answer = answer.map_err(|failure| self.settings.in_words(failure))?;
        context.print(&answer.document, shown)
    }
}
